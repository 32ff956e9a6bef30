//! A system to which things happen, one sale after the other.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use super::network::{Network, Weather};
use super::schedule::Schedule;
use crate::api::{Admin, NewSale};
use crate::crowd::Crowd;
use crate::shopper::Plan;
use crate::stack::{Replicas, Server, Servers, Stack};
use crate::verify::{Evidence, Promise, verify};

const SHOPPERS: usize = 250;
const STOCK: u32 = 40;
/// The sale stays open, in milliseconds.
const OPEN_MS: i64 = 60_000;
const GATHER: Duration = Duration::from_secs(1);
const CLICK: Duration = Duration::from_secs(4);
const PATIENCE: Duration = Duration::from_secs(45);

/// A running system behind a network that can be disturbed.
pub struct Arena {
    stack: Stack,
    network: Network,
    admin: Admin,
}

/// One run, judged.
pub struct Judged {
    pub(super) schedule: Schedule,
    pub(super) took: Duration,
    /// Promises, or why nothing could be judged.
    pub(super) verdict: Result<Vec<Promise>, String>,
}

impl Judged {
    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        self.verdict.as_ref().is_ok_and(|promises| promises.iter().all(|promise| promise.kept))
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_good() { "kept  " } else { "BROKEN" };
        write!(out, "seed {:>4}  {word} {:>5.1} s ", self.schedule.seed, self.took.as_secs_f64())?;
        for happening in &self.schedule.happenings {
            let (begins, ends) = (happening.begins.as_secs_f64(), happening.ends.as_secs_f64());
            write!(out, "  {begins:.1}-{ends:.1} s {}", happening.fault.name())?;
        }
        match &self.verdict {
            Err(why) => write!(out, "\n    not judged: {why}")?,
            Ok(promises) => {
                for broken in promises.iter().filter(|promise| !promise.kept) {
                    write!(out, "\n    {}: {}", broken.promise, broken.detail)?;
                }
            }
        }
        Ok(())
    }
}

impl Arena {
    /// Two of every service. `name` is the server set.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn start(name: &str) -> anyhow::Result<Self> {
        let network = Network::open(&Servers::up(name).await?).await?;
        let two = Replicas { ingress: 2, dispensers: 2, order_workers: 2, notifiers: 2 };
        let stack = Stack::start_with(name, two, &network.settings()).await?;
        let admin = Admin::new(&stack.base_urls, &stack.admin_token);
        Ok(Self { stack, network, admin })
    }

    /// A sale during which the schedule happens; afterwards everything runs again.
    pub async fn judge(&mut self, schedule: Schedule) -> Judged {
        let began = Instant::now();
        let verdict = self.sell(&schedule).await.map_err(|error| format!("{error:#}"));
        Judged { schedule, took: began.elapsed(), verdict }
    }

    async fn sell(&mut self, schedule: &Schedule) -> anyhow::Result<Vec<Promise>> {
        self.stack.ready().await?;
        // It ends soon after the crowd has gone: a hundred open sales are another load than one.
        let sale = NewSale { hold_seconds: 4, open_for_ms: OPEN_MS, ..NewSale::of_one(STOCK) };
        let event = self.admin.create(&sale).await?;
        let skus = [sale.items[0].sku.clone()];
        let crowd = Crowd {
            plans: (0..SHOPPERS).map(|_| Plan::random(&skus, None)).collect(),
            gather: GATHER,
            click: CLICK,
            patience: PATIENCE,
        };
        let doors = self.stack.base_urls.clone();
        let first_click = Instant::now() + GATHER;
        let running = tokio::spawn(async move { crowd.run(&doors, event, None).await });
        let mut troubles = Vec::new();
        for (at, fault, begins) in schedule.steps() {
            tokio::time::sleep_until(first_click + at).await;
            let done = if begins {
                fault.begin(&mut self.stack, &self.network, event).await
            } else {
                fault.end(&mut self.stack, &self.network).await
            };
            if let Err(error) = done {
                troubles.push(format!("{}: {error:#}", fault.name()));
            }
        }
        self.mend().await?;
        let outcome = running.await??;
        anyhow::ensure!(troubles.is_empty(), "a fault could not be made or undone: {}", troubles.join("; "));
        let pool = self.stack.postgres().await?;
        let evidence = Evidence {
            event,
            diaries: &outcome.diaries,
            pool: &pool,
            redis: self.stack.redis()?,
            gateway_url: &self.stack.gateway_url,
        };
        Ok(verify(evidence).await?.promises)
    }

    /// What a supervisor would do: what has ended is started.
    async fn mend(&mut self) -> anyhow::Result<()> {
        for server in [Server::RabbitMq, Server::Redis, Server::Postgres] {
            self.network.set(server, Weather::Fair);
        }
        self.stack.servers.mend().await?;
        self.stack.revive()
    }

    /// Stops everything. The data of the servers stays.
    ///
    /// # Errors
    /// When something does not stop in good order.
    pub async fn end(mut self) -> anyhow::Result<()> {
        self.stack.stop().await?;
        self.stack.servers.down().await
    }
}
