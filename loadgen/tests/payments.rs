//! Money, with a gateway and shoppers that do not behave.

mod support;

use loadgen::api::NewSale;
use loadgen::shopper::Then;
use loadgen::stack::Replicas;
use serde_json::json;
use support::{Scene, count, crowd, paid};

#[tokio::test]
async fn declined_slow_lost_repeated_and_failing_payments_all_add_up() {
    let scene = Scene::start(Replicas { order_workers: 2, ..Replicas::default() }).await;
    let sale = NewSale { hold_seconds: 15, standby_max: 0, payment_tries: 2, ..NewSale::of_one(80) };
    let event = scene.admin.create(&sale).await.expect("created");
    let cards: [&[&'static str]; 8] = [
        &["tok_ok"],
        &["tok_declined", "tok_ok"],
        &["tok_declined", "tok_declined"],
        &["tok_slow"],
        &["tok_timeout"],
        &["tok_twice"],
        &["tok_bad_signature"],
        &["tok_capture_fails"],
    ];
    let then = |index: usize| Then::Pay(cards[index % cards.len()].to_vec());
    let outcome = crowd(&sale, 80, 1.0, then).run(&scene.stack.base_urls, event, None).await.expect("ran");
    scene.judge(event, &outcome).await.assert_good();
    assert_eq!(paid(&outcome), 60, "six of eight ways to pay lead to an order");
    assert_eq!(count(&outcome, "cancelled"), 20, "two lead back: every try declined, or the capture failed");
    scene.end().await;
}

#[tokio::test]
async fn a_payment_that_comes_too_late_is_voided() {
    let scene = Scene::start(Replicas::default()).await;
    // The gateway takes two seconds, the reservation lasts one.
    let sale = NewSale { hold_seconds: 1, standby_max: 0, ..NewSale::of_one(5) };
    let event = scene.admin.create(&sale).await.expect("created");
    let crowd = crowd(&sale, 5, 0.2, |_| Then::Pay(vec!["tok_slow"]));
    let outcome = crowd.run(&scene.stack.base_urls, event, None).await.expect("ran");
    scene.judge(event, &outcome).await.assert_good();
    assert_eq!((paid(&outcome), count(&outcome, "expired")), (0, 5));
    let pool = scene.stack.postgres().await.expect("postgres");
    let voided = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM payments WHERE event_id = $1 AND state = 'voided' AND failure = 'expired'"#,
        event.0
    );
    assert_eq!(voided.fetch_one(&pool).await.expect("counted"), 5);
    scene.end().await;
}

#[tokio::test]
async fn forged_and_replayed_webhooks_change_nothing() {
    let scene = Scene::start(Replicas::default()).await;
    let client = reqwest::Client::new();
    let body = json!({ "id": "evt_1", "reference": uuid::Uuid::now_v7(), "state": "captured" }).to_string();
    let sign = |key: &str, at_s: u64| {
        use hmac::{Hmac, KeyInit, Mac};
        let mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).expect("any key fits");
        let mac = mac.chain_update(format!("{at_s}.{body}")).finalize().into_bytes();
        format!("t={at_s},v1={}", hex::encode(mac))
    };
    let send = async |signature: String| {
        let request = client.post(&scene.stack.webhook_url).header("flashline-signature", signature);
        request.body(body.clone()).send().await.expect("answered").status().as_u16()
    };
    let now_s = wiring::clock::now().0 / 1_000;
    let key = scene.stack.webhook_key.clone();
    assert_eq!(send(sign("somebody else's key, long enough to be one", now_s)).await, 401, "forged");
    assert_eq!(send(sign(&key, now_s - 3_600)).await, 401, "an hour old");
    assert_eq!(send("nonsense".to_owned()).await, 401, "unsigned");
    assert_eq!(send(sign(&key, now_s)).await, 204, "genuine");
    assert_eq!(send(sign(&key, now_s)).await, 204, "genuine, again: taken once");
    let pool = scene.stack.postgres().await.expect("postgres");
    let receipts =
        sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM webhook_receipts WHERE gateway_event_id = 'evt_1'"#);
    assert_eq!(receipts.fetch_one(&pool).await.expect("counted"), 1);
    scene.end().await;
}
