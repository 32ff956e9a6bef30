//! A gateway that does something else than it was asked, and cards that are none.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{Kind, Testbed, unique};

use super::{Buyer, admin, refund, refund_is, unhurried};

#[tokio::test]
async fn another_amount_or_currency_than_was_asked_for_is_never_confirmed() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = unhurried(9);
    let event = testbed.admin.create(&sale).await.expect("created");
    for (card, failure) in [("tok_wrong_amount", "amount_mismatch"), ("tok_wrong_currency", "currency_mismatch")] {
        let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": card })).await;
        let seen = buyer.payment(event, "voided").await;
        assert_eq!((&seen["state"], &seen["order"]), (&json!("reserved"), &Value::Null), "{card}: not confirmed");
        assert_eq!(seen["payment"]["failure"], failure);
        assert_eq!(buyer.at_gateway(&testbed).await["state"], "voided", "{card}: nothing is held");
        // And another card is taken.
        let (status, told) = buyer.shopper.pay(event, &buyer.attempt, json!({ "card_token": "tok_ok" })).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
        buyer.order(event, "paid").await;
    }

    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_wrong_capture" })).await;
    let seen = buyer.payment(event, "capture_failed").await;
    assert_eq!((&seen["payment"]["failure"], &seen["order"]), (&json!("amount_mismatch"), &Value::Null));
    let gateway = buyer.at_gateway(&testbed).await;
    assert_eq!(gateway["refunded_minor"], gateway["captured_minor"], "what was taken has gone back");
    buyer.shopper.sees(event, &buyer.attempt, "cancelled").await;

    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_wrong_refund" })).await;
    let order = buyer.order(event, "paid").await;
    refund(&testbed, &order, &unique("refund"), json!({ "reason": "a mistake" })).await;
    let shown = refund_is(&testbed, &order, "failed").await;
    assert_eq!((&shown["state"], &shown["refund_failure"]), (&json!("paid"), &json!("amount_mismatch")), "{shown}");
    // Asked for again it would go back again: whatever it was that the gateway did otherwise.
    let pool = testbed.postgres().await.expect("postgres");
    for failure in ["currency_mismatch", "reference_mismatch", "amount_mismatch"] {
        // Of this order alone: others' refunds lie in the same tables.
        let update = sqlx::query("UPDATE refunds SET failure = $1 WHERE order_id = $2::uuid");
        let update = update.bind(failure).bind(order["order_id"].as_str());
        assert_eq!(update.execute(&pool).await.expect("renamed").rows_affected(), 1);
        let (status, told) = refund(&testbed, &order, &unique("refund"), json!({ "reason": "again" })).await;
        assert_eq!((status, &told["type"]), (StatusCode::CONFLICT, &json!("/problems/conflict")), "{failure}: {told}");
    }
    let put_back = format!("/orders/{}/put-back", order["order_id"].as_str().expect("an order"));
    let (status, told) = admin(&testbed, Method::POST, &put_back, &unique("back"), json!({ "reason": "again" })).await;
    assert_eq!(status, StatusCode::CONFLICT, "nothing went back as far as is known: {told}");

    let metrics = testbed.scrape(Kind::OrderWorker).await.expect("scraped").join("\n");
    for (call, count) in [("authorise", 2), ("capture", 1), ("refund", 1)] {
        let series = format!("flashline_order_worker_mismatches_total{{call=\"{call}\"}} {count}\n");
        assert!(metrics.contains(&series), "{series}");
    }
    testbed.end().await;
}

#[tokio::test]
async fn a_card_number_is_refused_and_a_token_is_deleted_once_it_is_used() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = unhurried(5);
    let event = testbed.admin.create(&sale).await.expect("created");
    let shopper = Shopper::arrive(&testbed.base_urls[0]).await;
    let attempt = shopper.click(event, &sale, "click").await;
    shopper.sees(event, &attempt, "reserved").await;
    for number in [json!("4111111111111111"), json!("4111 1111-1111 1111"), json!(4_111_111_111_111_111_u64)] {
        let (status, told) = shopper.pay(event, &attempt, json!({ "card_token": number })).await;
        assert_eq!((status, &told["type"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/problems/invalid")), "{told}");
        let told = told.to_string();
        assert!(told.contains("token of the card") && !told.contains("1111"), "says what to send: {told}");
    }
    let (status, told) = shopper.pay(event, &attempt, json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "there is something to pay: {told}");
    let pool = testbed.postgres().await.expect("postgres");
    let tokens = async || {
        let rows = sqlx::query_scalar!("SELECT card_token FROM payments WHERE event_id = $1 ORDER BY id", event.0);
        rows.fetch_all(&pool).await.expect("read")
    };
    assert!(tokens().await.is_empty(), "nothing was stored");

    for (card, state) in [("tok_declined", "declined"), ("tok_ok", "captured")] {
        let (status, told) = shopper.pay(event, &attempt, json!({ "card_token": card })).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
        shopper.waits_for(event, &attempt, state, |seen| seen["payment"]["state"] == state).await;
        assert!(tokens().await.iter().all(String::is_empty), "{card} is deleted");
        let (status, same) = shopper.pay(event, &attempt, json!({ "card_token": card })).await;
        assert_eq!((status, &same["state"]), (StatusCode::ACCEPTED, &json!(state)), "the same payment: {same}");
    }
    testbed.end().await;
}

/// The draft is from when there was access to it.
#[tokio::test]
async fn a_draft_is_not_scheduled_that_nobody_could_pay() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = unhurried(1);
    testbed.admin.create(&sale).await.expect("its products are there");
    let mut draft = sale.definition();
    draft["scheduled"] = json!(false);
    let made = testbed.admin.call(Method::POST, "/events", Some(draft)).await.expect("made");
    let path = format!("/events/{}/schedule", made["id"].as_str().expect("an id"));
    let through = async |gateway: &str| {
        let pool = testbed.postgres().await.expect("postgres");
        let change = "UPDATE sale_events SET gateway = $1 WHERE NOT scheduled";
        sqlx::query(change).bind(gateway).execute(&pool).await.expect("changed");
        testbed.admin.call(Method::POST, &path, None).await
    };
    let refused = through("stripe").await.expect_err("refused").to_string();
    assert!(refused.contains("gateway: sales here can be paid through sandbox"), "{refused}");
    assert_eq!(through("sandbox").await.expect("scheduled")["status"], "active");
    testbed.end().await;
}
