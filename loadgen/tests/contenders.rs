//! The alternatives that sell from PostgreSQL are as exact as Flashline, so that it is compared with their like: each
//! sells its stock and no unit more, honours the limit, and answers a repeated attempt as it did before, in a crowd whose
//! every click is a double click.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use clap::ValueEnum;
use futures_util::{StreamExt, stream};
use loadgen::bench::contenders::Kind;
use reqwest::{Client, StatusCode};
use sale::ids::ShopperId;
use secrecy::SecretString;
use serde_json::{Value, json};
use session::{Audience, SessionKeys};
use testbed::{Servers, Testbed, free_ports, wait};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use uuid::Uuid;

const SESSION_KEY: &str = "the-key-of-the-contenders-sessions-in-tests";
const STOCK: u32 = 50;
const PER_SHOPPER: u32 = 2;
/// Enough to want more than there is.
const SHOPPERS: usize = 40;
/// Requests under way at the same time.
const CLIENTS: usize = 64;
const READY_WITHIN: Duration = Duration::from_secs(30);

#[tokio::test]
async fn every_contender_on_postgresql_sells_its_stock_exactly() {
    // Servers of its own: each contender deletes what the one before left.
    let servers = Testbed::builder().set("contenders").up().await.expect("the servers start");
    let all = Kind::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let mut tried = 0;
    for kind in all.filter(|kind| kind.get_name().starts_with("db-")) {
        // One click too many each; then all units at once, where a buyer may find every second one in another's hands.
        for (clicks, quantity) in [(PER_SHOPPER + 1, 1), (1, PER_SHOPPER)] {
            Contender::start(kind.get_name(), &servers).await.sell(clicks, quantity, &servers).await;
        }
        tried += 1;
    }
    assert_eq!(tried, 5);
}

/// One of the alternatives, as a process. Killed when dropped.
struct Contender {
    name: String,
    address: SocketAddr,
    _process: Child,
}

/// A shopper's wish, with the key of its attempts.
#[derive(Clone)]
struct Click {
    shopper: usize,
    token: String,
    key: String,
    quantity: u32,
}

impl Contender {
    async fn start(name: &str, servers: &Servers) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_ports(1).expect("a port")[0]));
        let process = Command::new(env!("CARGO_BIN_EXE_loadgen"))
            .args(["contender", "--kind", name, "--listen", &address.to_string()])
            .args(["--stock", &STOCK.to_string(), "--per-shopper", &PER_SHOPPER.to_string()])
            .env("FLASHLINE_SESSION_KEYS", SESSION_KEY)
            .env("FLASHLINE_AMQP_URL", &servers.amqp_url)
            .env("FLASHLINE_REDIS_URL", &servers.redis_url)
            .env("FLASHLINE_DATABASE_URL", &servers.database_url)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("it starts");
        let listens = async || TcpStream::connect(address).await.is_ok();
        wait::until(&format!("{name} listens"), READY_WITHIN, listens, |listens| *listens).await;
        Self { name: name.to_owned(), address, _process: process }
    }

    /// To a crowd, each of whom clicks so often, and each time wants so many units.
    async fn sell(&self, clicks: u32, quantity: u32, servers: &Servers) {
        let name = &self.name;
        let clicks = all_clicks(clicks, quantity);
        let client = Client::new();
        let click = async |click: &Click| {
            let (answer, again) = tokio::join!(self.ask(&client, click), self.ask(&client, click));
            assert_eq!(answer, again, "{name}: two answers to the two halves of a double click");
            answer
        };
        let answers: Vec<String> = stream::iter(&clicks).map(&click).buffered(CLIENTS / 2).collect().await;
        let mut bought: HashMap<usize, u32> = HashMap::new();
        for (click, _) in clicks.iter().zip(&answers).filter(|(_, answer)| *answer == "reserved") {
            *bought.entry(click.shopper).or_default() += click.quantity;
        }
        assert_eq!(bought.values().sum::<u32>(), STOCK, "{name}: units sold of {STOCK}");
        let most = bought.values().max().copied();
        assert_eq!(most, Some(PER_SHOPPER), "{name}: units of whoever has the most");
        let repeated: Vec<String> = stream::iter(&clicks).map(&click).buffered(CLIENTS / 2).collect().await;
        assert_eq!(answers, repeated, "{name}: the same attempts again");
        let recorded: i64 = sqlx::query_scalar("SELECT sum(quantity) FROM contender.reservations")
            .fetch_one(&servers.postgres().await.expect("PostgreSQL"))
            .await
            .expect("reservations");
        assert_eq!(recorded, i64::from(STOCK), "{name}: units in its record");
    }

    async fn ask(&self, client: &Client, click: &Click) -> String {
        let response = client
            .post(format!("http://{}/api/v1/sales/{}/attempts", self.address, Uuid::nil()))
            .bearer_auth(&click.token)
            .header("Idempotency-Key", &click.key)
            .json(&json!({ "sku": "item", "quantity": click.quantity }))
            .send()
            .await
            .expect("a response");
        assert_eq!(response.status(), StatusCode::OK, "{}", self.name);
        let body: Value = response.json().await.expect("JSON");
        body["state"].as_str().expect("a state").to_owned()
    }
}

fn all_clicks(each: u32, quantity: u32) -> Vec<Click> {
    let keys = SessionKeys::parse(&SecretString::from(SESSION_KEY)).expect("a good key");
    let of_one = |shopper| {
        let id = ShopperId(Uuid::now_v7());
        let token = keys.issue(id, Audience::Shop, clock::now(), 3_600).expect("a token");
        (0..each).map(move |nth| Click { shopper, token: token.clone(), key: format!("click-{nth}"), quantity })
    };
    (0..SHOPPERS).flat_map(of_one).collect()
}
