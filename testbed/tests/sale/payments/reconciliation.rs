//! What somebody did behind our back, at the gateway or in the record, is reported.

use serde_json::{Value, json};
use testbed::{Kind, Testbed, unique, wait};

use super::{Buyer, SOON, aged, listed, refund, refund_is, unhurried};

/// What the last comparison found of a kind.
async fn found(testbed: &Testbed, kind: &str) -> f64 {
    shown(testbed, &format!("differences{{kind=\"{kind}\"}}")).await
}

async fn shown(testbed: &Testbed, series: &str) -> f64 {
    let metrics = testbed.scrape(Kind::OrderWorker).await.expect("scraped").join("\n");
    let series = format!("flashline_order_worker_{series} ");
    let value = metrics.lines().find_map(|line| line.strip_prefix(&series)).expect("the series");
    value.parse().expect("a number")
}

async fn becomes(testbed: &Testbed, kind: &str, count: f64) {
    let is_so = |found: &f64| (found - count).abs() < 0.1;
    wait::until(&format!("{kind} becomes {count}"), SOON, async || found(testbed, kind).await, is_so).await;
}

/// Waits until gateway and record were compared so many times more.
async fn compared(testbed: &Testbed, times: f64) {
    let look = async || testbed.metrics(Kind::OrderWorker, "flashline_order_worker_comparisons_total").await[0];
    let before = look().await;
    wait::until("they are compared", SOON, look, |now| *now >= before + times).await;
}

async fn post(testbed: &Testbed, path: &str, body: Value) {
    let request = reqwest::Client::new().post(format!("{}{path}", testbed.gateway_url)).json(&body);
    let answer = request.header("idempotency-key", unique("by-hand")).send().await.expect("answered");
    assert!(answer.status().is_success(), "{}", answer.text().await.expect("text"));
}

#[tokio::test]
async fn what_gateway_and_record_tell_differently_is_reported_until_it_is_mended() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = unhurried(9);
    let event = testbed.admin.create(&sale).await.expect("created");
    let pool = testbed.postgres().await.expect("postgres");
    let refunded = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_ok" })).await;
    let renamed = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_ok" })).await;
    for buyer in [&refunded, &renamed] {
        buyer.order(event, "paid").await;
    }
    // Differences of the last minute may have good reasons.
    sqlx::query("UPDATE payments SET updated_at = now() - interval '2 minutes' WHERE event_id = $1")
        .bind(event.0)
        .execute(&pool)
        .await
        .expect("aged");
    // Of two, the second began after they were aged.
    compared(&testbed, 2.0).await;
    for kind in ["refund_differs", "reference_differs", "unknown_payment"] {
        becomes(&testbed, kind, 0.0).await;
    }

    let known = refunded.at_gateway(&testbed).await;
    let (authorisation, currency) = (&known["id"], &known["currency"]);
    let by_hand = json!({
        "authorisation": authorisation, "amount_minor": 1, "currency": currency, "reference": uuid::Uuid::now_v7(),
    });
    post(&testbed, "/v1/refunds", by_hand).await;
    becomes(&testbed, "refund_differs", 1.0).await;

    let rename = async |to: &str| {
        let update = "UPDATE payments SET gateway_ref = $2 WHERE id = $1::uuid";
        sqlx::query(update).bind(&renamed.payment).bind(to).execute(&pool).await.expect("renamed");
    };
    rename("another").await;
    // Something changes at the gateway: so it is compared again.
    let renamed_at = renamed.at_gateway(&testbed).await;
    let by_hand = json!({
        "authorisation": renamed_at["id"], "amount_minor": 1, "currency": renamed_at["currency"],
        "reference": uuid::Uuid::now_v7(),
    });
    post(&testbed, "/v1/refunds", by_hand).await;
    becomes(&testbed, "reference_differs", 1.0).await;
    let is_again = renamed.at_gateway(&testbed).await;
    rename(is_again["id"].as_str().expect("an id")).await;
    becomes(&testbed, "reference_differs", 0.0).await;

    nobody_pays(&testbed).await;
    becomes(&testbed, "unknown_payment", 1.0).await;
    testbed.end().await;
}

#[tokio::test]
async fn money_that_came_back_from_a_refund_is_the_shops_again_and_what_went_back_is_no_difference() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = unhurried(5);
    let event = testbed.admin.create(&sale).await.expect("created");
    let wrong = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_wrong_capture" })).await;
    wrong.payment(event, "capture_failed").await;
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_refund_comes_back" })).await;
    let order = buyer.order(event, "paid").await;
    let why = json!({ "reason": "it wobbles" });
    refund(&testbed, &order, &unique("refund"), why.clone()).await;
    let refunded = refund_is(&testbed, &order, "refunded").await;
    assert_eq!((&refunded["state"], &refunded["refunded_minor"]), (&json!("refunded"), &order["total_minor"]));
    let gateway = async || buyer.at_gateway(&testbed).await;
    wait::until("it comes back", SOON, gateway, |held| held["refunded_minor"] == 0).await;

    aged(&testbed).await;
    let failed = refund_is(&testbed, &order, "failed").await;
    assert_eq!((&failed["state"], &failed["refunded_minor"]), (&json!("paid"), &json!(0)), "{failed}");
    assert_eq!(failed["refund_failure"], "the account is closed");
    compared(&testbed, 2.0).await;
    for kind in ["refund_differs", "captured_not_recorded"] {
        becomes(&testbed, kind, 0.0).await;
    }
    // It can be asked for again.
    refund(&testbed, &order, &unique("refund"), why).await;
    listed(&testbed, &order, "refunded", |shown| shown["state"] == "refunded").await;
    assert_eq!(buyer.at_gateway(&testbed).await["refunded_minor"], order["total_minor"]);
    testbed.end().await;
}

/// Of what somebody gave back by hand, nothing is mended by a refund of ours that came back beside it.
#[tokio::test]
async fn what_is_mended_in_part_is_a_difference_still() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = unhurried(5);
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_refund_comes_back" })).await;
    let order = buyer.order(event, "paid").await;
    refund(&testbed, &order, &unique("refund"), json!({ "reason": "a scratch", "amount_minor": 100 })).await;
    refund_is(&testbed, &order, "refunded").await;
    let known = buyer.at_gateway(&testbed).await;
    let by_hand = json!({
        "authorisation": known["id"], "amount_minor": 1, "currency": known["currency"], "reference": uuid::Uuid::now_v7(),
    });
    post(&testbed, "/v1/refunds", by_hand).await;
    let gateway = async || buyer.at_gateway(&testbed).await;
    wait::until("ours comes back", SOON, gateway, |held| held["refunded_minor"] == 1).await;
    aged(&testbed).await;
    refund_is(&testbed, &order, "failed").await;
    // What has just come back is not compared for a while.
    compared(&testbed, 2.0).await;
    aged(&testbed).await;
    becomes(&testbed, "refund_differs", 1.0).await;
    testbed.end().await;
}

/// Something at the gateway that nobody here has asked for.
async fn nobody_pays(testbed: &Testbed) {
    let nobody_s = json!({
        "amount_minor": 100, "currency": "EUR", "card_token": "tok_ok", "reference": uuid::Uuid::now_v7(),
        "return_url": "http://127.0.0.1/",
    });
    post(testbed, "/v1/authorisations", nobody_s).await;
}

#[tokio::test]
async fn what_was_read_and_could_not_be_compared_is_compared_later() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let pool = testbed.postgres().await.expect("postgres");
    let rename = async |change: &'static str| sqlx::query(change).execute(&pool).await.expect("renamed");
    // What the gateway has can be read, and what is known here of it cannot.
    rename("ALTER TABLE refunds RENAME TO refunds_away").await;
    nobody_pays(&testbed).await;
    let failed = async || shown(&testbed, "comparisons_total{as=\"failed\"}").await;
    let before = failed().await;
    wait::until("comparisons have failed", SOON, failed, |now| *now >= before + 2.0).await;
    rename("ALTER TABLE refunds_away RENAME TO refunds").await;
    becomes(&testbed, "unknown_payment", 1.0).await;
    testbed.end().await;
}
