//! Where contenders meet: one set of private servers; each contender in turn alone on them.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::ValueEnum;
use sale::ids::EventId;
use testbed::{NewSale, Servers, Testbed, free_ports};
use tokio::net::TcpStream;
use tokio::time::Instant;
use uuid::Uuid;

use super::Options;
use super::contenders;
use super::drive::Door;
use super::http::Contract;
use super::shoppers::Shoppers;
use super::sockets::Sockets;

const READY_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Every client comes from one address here, and clicks far more often than a person: the limits are
/// checked for each request, but not reached.
const LIMITS: [(&str, &str); 9] = [
    ("FLASHLINE_ADDRESS_CONNECTIONS", "0"),
    ("FLASHLINE_ADDRESS_SOCKETS", "0"),
    ("FLASHLINE_LIMIT_ADDRESS", "1000000/1000000"),
    ("FLASHLINE_LIMIT_SHOPPER", "1000000/1000000"),
    // Its shoppers do not wait for an answer before they click again.
    ("FLASHLINE_UNDECIDED_MAX", "1000000"),
    ("FLASHLINE_LINE_MAX", "100000000"),
    ("FLASHLINE_LIMIT_EVENT", "1000000/1000000"),
    ("FLASHLINE_LINE_BACKLOG", "100000"),
    // Some say where they come from.
    ("FLASHLINE_TRUSTED_PROXIES", "127.0.0.1"),
];
/// Longer than any run.
pub(super) const HOLD_S: u64 = 3_600;

/// What is sold in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Goods {
    pub(super) stock: u32,
    pub(super) per_shopper: u32,
}

/// An alternative's process. Killed when dropped.
pub(super) struct Contender {
    child: Child,
    address: SocketAddr,
}

impl Contender {
    pub(super) async fn start(
        kind: contenders::Kind,
        servers: &Servers,
        goods: Goods,
        session_key: &str,
    ) -> anyhow::Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_ports(1)?[0]));
        let name = kind.to_possible_value().context("a kind without a name")?.get_name().to_owned();
        let child = Command::new(std::env::current_exe()?)
            .args(["contender", "--kind", &name, "--listen", &address.to_string()])
            .args(["--stock", &goods.stock.to_string(), "--per-shopper", &goods.per_shopper.to_string()])
            .env("FLASHLINE_SESSION_KEYS", session_key)
            .env("FLASHLINE_AMQP_URL", &servers.amqp_url)
            .env("FLASHLINE_REDIS_URL", &servers.redis_url)
            .env("FLASHLINE_DATABASE_URL", &servers.database_url)
            .stdin(Stdio::null())
            .spawn()?;
        let mut contender = Self { child, address };
        let give_up = Instant::now() + READY_WITHIN;
        while TcpStream::connect(address).await.is_err() {
            if contender.child.try_wait()?.is_some() || Instant::now() > give_up {
                bail!("{name} does not start");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(contender)
    }

    pub(super) fn door(&self, connections: usize) -> Door {
        Door { address: self.address, connections, contract: Contract::Success }
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The whole system, running.
pub(super) struct Flashline {
    pub(super) testbed: Testbed,
    address: SocketAddr,
}

/// A sale with its shoppers before it, their sockets open.
pub(super) struct Opened {
    pub(super) shoppers: Arc<Shoppers>,
    pub(super) sockets: Sockets,
}

impl Flashline {
    pub(super) async fn start(options: &Options, notifiers: usize) -> anyhow::Result<Self> {
        let described = Testbed::builder().set(&options.servers).notifiers(notifiers);
        let described = if options.tls { described.on_tls() } else { described };
        let described = LIMITS.iter().fold(described, |described, (name, value)| described.setting(name, value));
        let testbed = described.start().await?;
        let address = testbed.base_urls[0].trim_start_matches("http://").parse()?;
        Ok(Self { testbed, address })
    }

    pub(super) fn door(&self, connections: usize, contract: Contract) -> Door {
        Door { address: self.address, connections, contract }
    }

    pub(super) async fn create(&self, goods: Goods) -> anyhow::Result<(EventId, String)> {
        let sale = NewSale {
            hold_seconds: HOLD_S,
            grace_seconds: 300,
            per_shopper_max: goods.per_shopper,
            standby_max: 1_000_000,
            open_for_ms: 4 * 3_600_000,
            ..NewSale::of_one(goods.stock)
        };
        Ok((self.testbed.admin.create(&sale).await?, sale.items[0].sku.clone()))
    }

    /// A sale, and shoppers for it.
    pub(super) async fn shoppers(&self, goods: Goods, shoppers: u32) -> anyhow::Result<Arc<Shoppers>> {
        Ok(self.arrive(goods, shoppers).await?.1)
    }

    /// A sale, and shoppers who wait for it with open sockets.
    pub(super) async fn open(&self, goods: Goods, shoppers: u32) -> anyhow::Result<Opened> {
        let (event, shoppers) = self.arrive(goods, shoppers).await?;
        let sockets = Sockets::open(&shoppers, event, &self.testbed.socket_urls).await?;
        Ok(Opened { shoppers, sockets })
    }

    async fn arrive(&self, goods: Goods, shoppers: u32) -> anyhow::Result<(EventId, Arc<Shoppers>)> {
        let (event, sku) = self.create(goods).await?;
        Ok((event, Arc::new(Shoppers::new(0..shoppers, &self.testbed.session_key, event, &sku)?)))
    }
}

/// Shoppers for an alternative, which knows no sales: any id will do.
pub(super) fn strangers(count: u32, session_key: &str) -> anyhow::Result<Arc<Shoppers>> {
    Ok(Arc::new(Shoppers::new(0..count, session_key, EventId(Uuid::now_v7()), "item")?))
}
