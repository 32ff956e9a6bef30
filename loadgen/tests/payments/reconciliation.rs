//! What somebody did behind our back, at the gateway or in the record, is reported.

use std::time::Duration;

use loadgen::api::unique;
use loadgen::stack::{Kind, Replicas};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::Scene;
use crate::{Buyer, unhurried};

const FOUND_WITHIN: Duration = Duration::from_secs(30);

/// What the last comparison found of a kind.
async fn found(scene: &Scene, kind: &str) -> f64 {
    let metrics = scene.stack.scrape(Kind::OrderWorker).await.expect("scraped").join("\n");
    let series = format!("flashline_order_worker_differences{{kind=\"{kind}\"}} ");
    let value = metrics.lines().find_map(|line| line.strip_prefix(&series)).expect("the series");
    value.parse().expect("a number")
}

async fn becomes(scene: &Scene, kind: &str, count: f64) {
    let give_up = Instant::now() + FOUND_WITHIN;
    while (found(scene, kind).await - count).abs() > 0.1 {
        assert!(Instant::now() < give_up, "{kind} never becomes {count}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn post(scene: &Scene, path: &str, body: Value) {
    let request = reqwest::Client::new().post(format!("{}{path}", scene.stack.gateway_url)).json(&body);
    let answer = request.header("idempotency-key", unique("by-hand")).send().await.expect("answered");
    assert!(answer.status().is_success(), "{}", answer.text().await.expect("text"));
}

#[tokio::test]
async fn what_gateway_and_record_tell_differently_is_reported_until_it_is_mended() {
    let scene = Scene::start(Replicas::default()).await;
    let sale = unhurried(9);
    let event = scene.admin.create(&sale).await.expect("created");
    let pool = scene.stack.postgres().await.expect("postgres");
    let refunded = Buyer::pays(&scene, event, &sale, json!({ "card_token": "tok_ok" })).await;
    let renamed = Buyer::pays(&scene, event, &sale, json!({ "card_token": "tok_ok" })).await;
    for buyer in [&refunded, &renamed] {
        buyer.order(event, "paid").await;
    }
    // Differences of the last minute may have good reasons.
    sqlx::query("UPDATE payments SET updated_at = now() - interval '2 minutes' WHERE event_id = $1")
        .bind(event.0)
        .execute(&pool)
        .await
        .expect("aged");
    tokio::time::sleep(Duration::from_secs(6)).await;
    for kind in ["refund_differs", "reference_differs", "unknown_payment"] {
        becomes(&scene, kind, 0.0).await;
    }

    let known = refunded.at_gateway(&scene).await;
    let (authorisation, currency) = (&known["id"], &known["currency"]);
    let by_hand = json!({
        "authorisation": authorisation, "amount_minor": 1, "currency": currency, "reference": uuid::Uuid::now_v7(),
    });
    post(&scene, "/v1/refunds", by_hand).await;
    becomes(&scene, "refund_differs", 1.0).await;

    let rename = async |to: &str| {
        let update = "UPDATE payments SET gateway_ref = $2 WHERE id = $1::uuid";
        sqlx::query(update).bind(&renamed.payment).bind(to).execute(&pool).await.expect("renamed");
    };
    rename("another").await;
    becomes(&scene, "reference_differs", 1.0).await;
    let is_again = renamed.at_gateway(&scene).await;
    rename(is_again["id"].as_str().expect("an id")).await;
    becomes(&scene, "reference_differs", 0.0).await;

    let nobody_s = json!({
        "amount_minor": 100, "currency": "EUR", "card_token": "tok_ok", "reference": uuid::Uuid::now_v7(),
    });
    post(&scene, "/v1/authorisations", nobody_s).await;
    becomes(&scene, "unknown_payment", 1.0).await;
    scene.end().await;
}
