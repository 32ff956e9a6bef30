//! The writer does not hear of what an organiser changes: it is frozen meanwhile, and decides by nothing older when it
//! wakes up.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::ByHand;
use testbed::{Kind, NewSale, Testbed, wait};

use crate::SOON;

/// What a writer that wakes up has in its socket is decided within milliseconds, if it is.
const WOULD_HAVE_DECIDED: Duration = Duration::from_secs(2);
const CLICKS: usize = 5;

/// One after the other, each by somebody else.
async fn clicks(door: &str, event: EventId, wish: &Value) -> Vec<(ByHand, String)> {
    let mut waiting = Vec::new();
    for _ in 0..CLICKS {
        let shopper = ByHand::at(door, event).await;
        let attempt = shopper.enter(door, "k", wish).await;
        waiting.push((shopper, attempt));
    }
    waiting
}

/// A sale, its writer frozen, and what the organiser does meanwhile; then clicks, and the writer wakes up.
async fn changed_behind_the_writer(change: &str, body: Value) -> (Testbed, EventId, Vec<(ByHand, String)>) {
    let mut testbed = Testbed::builder().dispensers(1).start().await.expect("the system starts");
    let door = testbed.base_urls[0].clone();
    let sale = NewSale { hold_seconds: 60, ..NewSale::of_one(20) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    ByHand::holding(&door, event, &wish).await;
    testbed.process(Kind::Dispenser, 0).pause();
    let waiting = clicks(&door, event, &wish).await;
    testbed.admin.run(event, change, body).await.expect("the organiser is told that it is so");
    testbed.process(Kind::Dispenser, 0).resume();
    (testbed, event, waiting)
}

#[tokio::test]
async fn a_writer_that_slept_through_a_pause_answers_nobody_until_it_ends() {
    let (testbed, event, waiting) = changed_behind_the_writer("pause", json!({ "reason": "a moment" })).await;
    let door = &testbed.base_urls[0];
    // There is no state to wait for: nothing may happen.
    tokio::time::sleep(WOULD_HAVE_DECIDED).await;
    for (shopper, attempt) in &waiting {
        assert_eq!(shopper.ask(door, attempt).await.1["state"], "in_line");
    }
    testbed.admin.run(event, "resume", json!({})).await.expect("resumed");
    for (shopper, attempt) in &waiting {
        shopper.becomes(door, attempt, "reserved").await;
    }
    testbed.end().await;
}

#[tokio::test]
async fn a_writer_that_slept_through_a_stop_grants_nothing() {
    let (testbed, _, waiting) = changed_behind_the_writer("stop", json!({ "reason": "a mistake" })).await;
    for (shopper, attempt) in &waiting {
        let answer = shopper.becomes(&testbed.base_urls[0], attempt, "refused").await;
        assert_eq!(answer["reason"], "sale_stopped");
    }
    testbed.end().await;
}

#[tokio::test]
async fn a_writer_that_slept_through_a_change_before_the_opening_sells_what_stands_there() {
    let mut testbed = Testbed::builder().dispensers(1).start().await.expect("the system starts");
    let door = testbed.base_urls[0].clone();
    let sale = NewSale { opens_in_ms: 6_000, ..NewSale::of_one(10) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let committed = async || testbed.head(event).await.map(|head| head.seq);
    wait::until("somebody writes the line", SOON, committed, Option::is_some).await;
    testbed.process(Kind::Dispenser, 0).pause();
    let mut fewer = sale.definition();
    fewer["items"][0]["allocation"] = json!(2);
    let put = Client::new().put(format!("{door}/api/v1/admin/events/{event}")).bearer_auth(&testbed.admin_token);
    let changed = put.header("if-match", "*").json(&fewer).send().await.expect("answered");
    assert_eq!(changed.status(), StatusCode::OK);
    let path = format!("/events/{event}");
    let opens = async || testbed.admin.call(Method::GET, &path, None).await.expect("read")["status"].clone();
    wait::until("it opens", SOON, opens, |status| status == "active").await;
    let waiting = clicks(&door, event, &json!({ "sku": sale.items[0].sku, "quantity": 1 })).await;
    testbed.process(Kind::Dispenser, 0).resume();
    for (index, (shopper, attempt)) in waiting.iter().enumerate() {
        shopper.becomes(&door, attempt, if index < 2 { "reserved" } else { "standby" }).await;
    }
    testbed.end().await;
}
