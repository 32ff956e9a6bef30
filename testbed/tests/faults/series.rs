//! Sales of one series while something breaks: nobody gets more than one shopper may, and nothing stays claimed that nobody has.

use std::time::Duration;

use futures_util::future::join_all;
use sale::ids::EventId;
use serde_json::{Value, json};
use sqlx::PgPool;
use testbed::by_hand::{ByHand, Shopper};
use testbed::{Kind, NewSale, Outcome, Server, Testbed, wait};

use crate::{SOON, epoch, taken_over_from};

const BACK_WITHIN: Duration = Duration::from_secs(60);

async fn system() -> Testbed {
    Testbed::builder().setting("FLASHLINE_LIMIT_SHOPPER", "off").start().await.expect("the system starts")
}

/// So many sales of a series of which one shopper may have one unit.
async fn sales(testbed: &Testbed, count: usize, sale: NewSale) -> Vec<(NewSale, EventId)> {
    let series = Some(testbed.admin.create_series(1).await.expect("created"));
    let mut sales = Vec::new();
    for _ in 0..count {
        let sale = NewSale { series, items: NewSale::of_one(sale.items[0].allocation).items, ..sale.clone() };
        let event = testbed.admin.create(&sale).await.expect("created");
        sales.push((sale, event));
    }
    sales
}

fn wish(sale: &NewSale) -> Value {
    json!({ "sku": sale.items[0].sku, "quantity": 1 })
}

async fn claims(pool: &PgPool, event: EventId) -> i64 {
    let claims = sqlx::query_scalar("SELECT count(*) FROM series_claims WHERE event_id = $1").bind(event.0);
    claims.fetch_one(pool).await.expect("read")
}

async fn judge(testbed: &Testbed, event: EventId) {
    testbed.judge(event, &Outcome::of_nobody()).await.expect("the verifier can look").assert_good();
}

/// A writer dies between its claim and its commit. What it claimed is kept by the answer of who writes next; or ends with it.
#[tokio::test]
async fn a_writer_dies_between_claim_and_commit() {
    for stopped in [false, true] {
        let mut testbed = system().await;
        let sale = NewSale { hold_seconds: 4, ..NewSale::of_one(5) };
        let (sale, event) = sales(&testbed, 1, sale).await.remove(0);
        let pool = testbed.postgres().await.expect("postgres");
        let door = testbed.base_urls[0].clone();
        let shopper = ByHand::at(&door, event).await;
        let epoch = epoch(&testbed, event).await;
        let look = async || testbed.writer(event).await;
        let writer = wait::until("somebody writes", SOON, look, Option::is_some).await.expect("somebody");

        // In another's turn the writer waits: it has read, and has not claimed.
        let mut turn = pool.begin().await.expect("begun");
        sqlx::query("SELECT FROM series FOR NO KEY UPDATE").execute(&mut *turn).await.expect("locked");
        let attempt = shopper.enter(&door, "k", &wish(&sale)).await;
        let waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'dispenser'";
        let look = async || sqlx::query_scalar::<_, i64>(waiting).fetch_one(&pool).await.expect("read");
        wait::until("the writer waits for its turn", SOON, look, |waiting| *waiting > 0).await;
        testbed.servers.kill(Server::Redis).await.expect("killed");
        turn.rollback().await.expect("ended");
        wait::until("it has claimed", SOON, async || claims(&pool, event).await, |claims| *claims == 1).await;
        testbed.process(Kind::Dispenser, writer).kill();
        if stopped {
            testbed.admin.run(event, "stop", json!({ "reason": "it broke" })).await.expect("stopped");
        }
        testbed.servers.start(Server::Redis).await.expect("back");
        taken_over_from(&testbed, event, epoch, BACK_WITHIN).await;
        if stopped {
            let said = shopper.becomes(&door, &attempt, "refused").await;
            assert_eq!(said["reason"], "sale_stopped", "{said}");
            let look = async || claims(&pool, event).await;
            wait::until("nothing is claimed for nothing", SOON, look, |claims| *claims == 0).await;
        } else {
            shopper.becomes(&door, &attempt, "reserved").await;
            assert_eq!(claims(&pool, event).await, 1, "once, for the same attempt");
        }
        testbed.process(Kind::Dispenser, writer).start().expect("starts");
        judge(&testbed, event).await;
        assert_eq!(claims(&pool, event).await, 0);
        testbed.end().await;
    }
}

/// The same people click in two sales at once while Redis loses everything, and a writer dies.
#[tokio::test]
async fn redis_is_wiped_and_a_writer_dies_while_the_same_people_are_in_two_sales() {
    let mut testbed = system().await;
    let sale = NewSale { hold_seconds: 3, standby_max: 30, ..NewSale::of_one(15) };
    let sales = sales(&testbed, 2, sale).await;
    let door = testbed.base_urls[0].clone();
    let shoppers = join_all((0..40).map(|_| Shopper::arrive(&door))).await;
    let crowd = tokio::spawn({
        let (sales, door) = (sales.clone(), door.clone());
        let click = async move |number: usize, shopper: Shopper| {
            tokio::time::sleep(Duration::from_millis(100 * number as u64)).await;
            for round in 0..3 {
                for (sale, event) in &sales {
                    let known = Shopper::of_a_crowd(&shopper.client, &door, shopper.token.clone());
                    let clicks = ByHand::known(known, *event).click(&door, &format!("k{round}"), &wish(sale)).await;
                    assert!(!clicks.0.is_server_error() || clicks.0 == 503, "{clicks:?}");
                }
                tokio::time::sleep(Duration::from_millis(900)).await;
            }
        };
        async move { join_all(shoppers.into_iter().enumerate().map(|(number, shopper)| click(number, shopper))).await }
    });
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let lost = testbed.head(sales[0].1).await.expect("Redis answers").incarnation;
    testbed.servers.wipe_redis().await.expect("wiped");
    let look = async || testbed.head(sales[0].1).await.map(|head| head.incarnation);
    wait::until("the inventory is rebuilt", SOON, look, |now| now.is_some_and(|now| now > lost)).await;
    let epoch = epoch(&testbed, sales[1].1).await;
    let look = async || testbed.writer(sales[1].1).await;
    let writer = wait::until("somebody writes", SOON, look, Option::is_some).await.expect("somebody");
    testbed.process(Kind::Dispenser, writer).kill();
    taken_over_from(&testbed, sales[1].1, epoch, SOON).await;
    testbed.process(Kind::Dispenser, writer).start().expect("starts");
    crowd.await.expect("the crowd survives");
    for (_, event) in &sales {
        judge(&testbed, *event).await;
    }
    testbed.end().await;
}

/// Without the record nobody knows what shoppers have in other sales: such a line waits, and others do not.
#[tokio::test]
async fn postgres_is_away_and_lines_of_a_series_wait() {
    let testbed = system().await;
    let sale = NewSale { hold_seconds: 4, ..NewSale::of_one(5) };
    let in_series = sales(&testbed, 2, sale.clone()).await;
    let alone = testbed.admin.create(&sale).await.expect("created");
    let door = testbed.base_urls[0].clone();
    let shopper = Shopper::arrive(&door).await;
    let in_sale = |event| ByHand::known(Shopper::of_a_crowd(&shopper.client, &door, shopper.token.clone()), event);
    for event in in_series.iter().map(|(_, event)| *event).chain([alone]) {
        epoch(&testbed, event).await; // there is a writer, who needs no record to go on
    }
    let restarts = async || {
        let series = r#"flashline_dispenser_line_restarts_total{why="series"}"#;
        testbed.metrics(Kind::Dispenser, series).await.iter().sum::<f64>()
    };
    testbed.servers.kill(Server::Postgres).await.expect("killed");
    let mut attempts = Vec::new();
    for (sale, event) in &in_series {
        attempts.push((*event, in_sale(*event).enter(&door, "k", &wish(sale)).await));
    }
    let by_itself = in_sale(alone).enter(&door, "k", &wish(&sale)).await;
    in_sale(alone).becomes(&door, &by_itself, "reserved").await;
    wait::until("lines of the series wait", SOON, restarts, |restarts| *restarts > 0.0).await;
    for (event, attempt) in &attempts {
        assert_eq!(in_sale(*event).ask(&door, attempt).await.1["state"], "in_line");
    }
    testbed.servers.start(Server::Postgres).await.expect("back");
    let look = async || {
        join_all(attempts.iter().map(async |(event, attempt)| in_sale(*event).ask(&door, attempt).await.1)).await
    };
    let answered = |said: &Vec<Value>| said.iter().all(|said| said["answer"].is_string());
    let said = wait::until("both are answered", BACK_WITHIN, look, answered).await;
    let reserved = said.iter().filter(|said| said["answer"] == "reserved").count();
    let refused = said.iter().filter(|said| said["reason"] == "series_limit").count();
    assert_eq!((reserved, refused), (1, 1), "{said:?}");
    for event in in_series.iter().map(|(_, event)| *event).chain([alone]) {
        judge(&testbed, event).await;
    }
    testbed.end().await;
}
