//! Banks that ask the shopper first, or take their time: the units are held meanwhile, for a grace and no longer.

use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use testbed::by_hand::Shopper;
use testbed::{NewSale, Testbed, wait};

use super::{Buyer, SOON, unhurried};

/// The shopper goes to the bank's page and answers; the bank sends them back to the page of the sale.
async fn answer_bank(shop: &str, asked: &Value, says: &str) {
    let url = asked["payment"]["action"]["url"].as_str().unwrap_or_else(|| panic!("a page to go to: {asked}"));
    let client = reqwest::Client::builder().redirect(Policy::none()).build().expect("a client");
    assert!(client.get(url).send().await.expect("a page").text().await.expect("text").contains("Is it you who pays?"));
    let answer = client.post(url).form(&[("says", says)]).send().await.expect("answered");
    let back = answer.headers()["location"].to_str().expect("text").to_owned();
    let event = asked["event_id"].as_str().expect("an id");
    assert_eq!(back, format!("{shop}/sales/{event}"), "sent back");
}

/// Waits until it is on the record that a reservation is held on.
async fn is_held_on(pool: &PgPool, attempt: &str) {
    let look = async || {
        let row = sqlx::query_scalar("SELECT grace IS NOT NULL FROM reservations WHERE id = $1::uuid").bind(attempt);
        row.fetch_one(pool).await.expect("a reservation")
    };
    wait::until("it is held on", SOON, look, |held_on: &bool| *held_on).await;
}

#[tokio::test]
async fn a_bank_that_asks_the_shopper_is_waited_for_past_the_deadline() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale { hold_seconds: 3, grace_seconds: 60, ..NewSale::of_one(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_3ds" })).await;
    let next = Shopper::arrive(&testbed.base_urls[0]).await;
    let place = next.click(event, &sale, "click").await;
    next.sees(event, &place, "standby").await;

    buyer.payment(event, "action_needed").await;
    // As long as the grace.
    let is_held_on = |seen: &Value| seen["deadline_ms"].as_u64() > Some(clock::now().0 + 30_000);
    let asked = buyer.shopper.waits_for(event, &buyer.attempt, "held on", is_held_on).await;
    assert_eq!(asked["state"], "reserved");
    let until = asked["deadline_ms"].as_u64().expect("a deadline");
    // Its own three seconds are over by then: it is held on.
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    let held = buyer.payment(event, "action_needed").await;
    assert_eq!((&held["state"], &held["deadline_ms"]), (&json!("reserved"), &json!(until)));
    let (status, second) = buyer.shopper.pay(event, &buyer.attempt, json!({ "card_token": "tok_ok" })).await;
    assert_eq!(status, 409, "one payment at a time: {second}");

    answer_bank(&testbed.base_urls[0], &held, "yes").await;
    let order = buyer.order(event, "paid").await;
    assert_eq!(buyer.at_gateway(&testbed).await["captured_minor"], order["total_minor"]);
    next.sees(event, &place, "standby_ended").await;
    testbed.end().await;
}

#[tokio::test]
async fn whoever_says_no_has_the_rest_of_the_time_and_no_more() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let pool = testbed.postgres().await.expect("postgres");
    // In time: another card can be tried.
    let sale = unhurried(1);
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_3ds" })).await;
    buyer.payment(event, "action_needed").await;
    is_held_on(&pool, &buyer.attempt).await;
    let asked = buyer.payment(event, "action_needed").await;
    answer_bank(&testbed.base_urls[0], &asked, "no").await;
    let declined = buyer.payment(event, "declined").await;
    assert_eq!(
        (&declined["payment"]["failure"], &declined["payment"]["tries_left"]),
        (&json!("authentication_failed"), &json!(1))
    );
    assert_eq!(declined["payment"]["action"], Value::Null, "nothing is asked any more");
    let shorter = |seen: &Value| seen["deadline_ms"].as_u64() < asked["deadline_ms"].as_u64();
    buyer.shopper.waits_for(event, &buyer.attempt, "held no longer than its deadline", shorter).await;
    let (status, told) = buyer.shopper.pay(event, &buyer.attempt, json!({ "card_token": "tok_ok" })).await;
    assert_eq!(status, 202, "{told}");
    buyer.order(event, "paid").await;

    // Past the deadline: it goes to whoever waits.
    let sale = NewSale { hold_seconds: 2, grace_seconds: 60, ..NewSale::of_one(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_3ds" })).await;
    let next = Shopper::arrive(&testbed.base_urls[0]).await;
    let place = next.click(event, &sale, "click").await;
    next.sees(event, &place, "standby").await;
    let asked = buyer.payment(event, "action_needed").await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    next.sees(event, &place, "standby").await;
    answer_bank(&testbed.base_urls[0], &asked, "no").await;
    buyer.shopper.sees(event, &buyer.attempt, "expired").await;
    next.sees(event, &place, "reserved").await;
    testbed.end().await;
}

#[tokio::test]
async fn whose_bank_never_answers_gets_nothing_and_pays_nothing() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale { hold_seconds: 2, grace_seconds: 3, ..NewSale::of_one(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_3ds" })).await;
    let next = Shopper::arrive(&testbed.base_urls[0]).await;
    let place = next.click(event, &sale, "click").await;
    let asked = buyer.payment(event, "action_needed").await;
    buyer.shopper.sees(event, &buyer.attempt, "expired").await;
    next.sees(event, &place, "reserved").await;
    let ended = buyer.payment(event, "voided").await;
    assert_eq!(ended["payment"]["failure"], "expired");
    assert_eq!(buyer.at_gateway(&testbed).await["state"], "voided");
    // Too late: the bank is no longer asked, and nothing is taken.
    answer_bank_late(&asked).await;
    assert_eq!(buyer.at_gateway(&testbed).await["captured_minor"], 0);
    testbed.end().await;
}

async fn answer_bank_late(asked: &Value) {
    let url = asked["payment"]["action"]["url"].as_str().expect("a page");
    let client = reqwest::Client::builder().redirect(Policy::none()).build().expect("a client");
    assert!(client.get(url).send().await.expect("answered").status().is_redirection(), "sent back at once");
    assert!(client.post(url).form(&[("says", "yes")]).send().await.expect("answered").status().is_redirection());
}

#[tokio::test]
async fn a_bank_that_takes_its_time_is_waited_for_and_a_hold_that_is_gone_undoes_the_sale() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale { hold_seconds: 2, grace_seconds: 60, ..NewSale::of_one(3) };
    let event = testbed.admin.create(&sale).await.expect("created");
    // Three seconds at the bank, two to pay.
    let (yes, no) = (json!({ "card_token": "tok_pending" }), json!({ "card_token": "tok_pending_declined" }));
    let (yes, no) = (Buyer::pays(&testbed, event, &sale, yes).await, Buyer::pays(&testbed, event, &sale, no).await);
    let waits = yes.payment(event, "pending").await;
    assert_eq!((&waits["state"], &waits["payment"]["action"]), (&json!("reserved"), &Value::Null));
    yes.order(event, "paid").await;
    no.shopper.sees(event, &no.attempt, "expired").await;
    no.payment(event, "declined").await;

    let gone = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_hold_expires" })).await;
    let failed = gone.payment(event, "capture_failed").await;
    assert!(failed["payment"]["failure"].as_str().is_some_and(|why| why.contains("too long")), "{failed}");
    gone.shopper.sees(event, &gone.attempt, "cancelled").await;
    testbed.end().await;
}

#[tokio::test]
async fn a_payment_that_is_begun_in_the_last_second_is_not_lost_to_a_slow_gateway() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale { hold_seconds: 1, grace_seconds: 30, standby_max: 0, ..NewSale::of_one(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_slow" })).await;
    buyer.order(event, "paid").await;
    testbed.end().await;
}

/// The line let it go while the gateway was being asked: the news of that found no payment to tell.
#[tokio::test]
async fn a_bank_is_not_waited_for_when_the_reservation_is_gone() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = unhurried(1);
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_declined" })).await;
    buyer.payment(event, "declined").await;
    let cancel = format!("/sales/{event}/reservations/{}/cancel", buyer.attempt);
    assert_eq!(buyer.shopper.ask(Method::POST, &cancel, "-", Value::Null).await.0, StatusCode::ACCEPTED);
    buyer.shopper.sees(event, &buyer.attempt, "cancelled").await;
    let pool = testbed.postgres().await.expect("postgres");
    let begun =
        "INSERT INTO payments (id, reservation_id, event_id, shopper_id, idempotency_key, body_sha256, card_token,
                                       amount_minor, currency, gateway, state, next_try_at)
                 SELECT $2, reservation_id, event_id, shopper_id, 'second', body_sha256, 'tok_3ds',
                        amount_minor, currency, gateway, 'authorising', now() FROM payments WHERE id = $1::uuid";
    let second = uuid::Uuid::now_v7();
    sqlx::query(begun).bind(&buyer.payment).bind(second).execute(&pool).await.expect("begun");
    let buyer = Buyer { payment: second.to_string(), ..buyer };
    let ended = buyer.payment(event, "voided").await;
    assert_eq!(ended["payment"]["failure"], "cancelled");
    assert_eq!(buyer.at_gateway(&testbed).await["state"], "voided");
    testbed.end().await;
}
