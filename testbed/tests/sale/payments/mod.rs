//! Money, with a gateway and shoppers that do not behave.

mod bank;
mod desk;
mod gateway;
mod orders;
mod reconciliation;
mod refunds;
mod stripe;

use std::time::Duration;

use reqwest::{Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{Crowd, NewSale, Testbed, Then, wait};

/// For what the gateway and the order-worker do by themselves.
const SOON: Duration = Duration::from_secs(30);

/// Somebody who has reserved a unit, and pays with a card.
struct Buyer {
    shopper: Shopper,
    attempt: String,
    payment: String,
}

impl Buyer {
    async fn pays(testbed: &Testbed, event: EventId, sale: &NewSale, card: Value) -> Self {
        let shopper = Shopper::arrive(&testbed.base_urls[0]).await;
        let attempt = shopper.click(event, sale, "click").await;
        shopper.sees(event, &attempt, "reserved").await;
        let (status, payment) = shopper.pay(event, &attempt, card).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{payment}");
        let payment = payment["payment_id"].as_str().expect("an id").to_owned();
        Self { shopper, attempt, payment }
    }

    /// Waits for the order to be in a state, and returns it.
    async fn order(&self, event: EventId, state: &str) -> Value {
        let seen = self.shopper.waits_for(event, &self.attempt, state, |seen| seen["order"]["state"] == state).await;
        seen["order"].clone()
    }

    /// Waits for the payment to be in a state, and returns the whole attempt.
    async fn payment(&self, event: EventId, state: &str) -> Value {
        self.shopper.waits_for(event, &self.attempt, state, |seen| seen["payment"]["state"] == state).await
    }

    /// What the gateway has of the payment.
    async fn at_gateway(&self, testbed: &Testbed) -> Value {
        let all = reqwest::get(format!("{}/v1/authorisations", testbed.gateway_url)).await.expect("answered");
        let all: Vec<Value> = all.json().await.expect("JSON");
        all.into_iter().find(|one| one["reference"] == self.payment.as_str()).unwrap_or_default()
    }
}

/// A sale in which people have time.
fn unhurried(units: u32) -> NewSale {
    NewSale { hold_seconds: 120, ..NewSale::of_one(units) }
}

/// A call of the admin, with a key of its own; answered with its status.
async fn admin(testbed: &Testbed, method: Method, path: &str, key: &str, body: Value) -> (StatusCode, Value) {
    let request = reqwest::Client::new().request(method, format!("{}/api/v1/admin{path}", testbed.base_urls[0]));
    let request = request.bearer_auth(&testbed.admin_token).header("idempotency-key", key).json(&body);
    let answer = request.send().await.expect("answered");
    let (status, text) = (answer.status(), answer.text().await.expect("text"));
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Asks for a refund of an order.
async fn refund(testbed: &Testbed, order: &Value, key: &str, body: Value) -> (StatusCode, Value) {
    let path = format!("/orders/{}/refund", order["order_id"].as_str().expect("an order"));
    admin(testbed, Method::POST, &path, key, body).await
}

/// Waits until the admin's list shows an order as told.
async fn listed(testbed: &Testbed, order: &Value, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/orders?q={}", order["number"].as_str().expect("a number"));
    let look = async || testbed.admin.call(Method::GET, &path, None).await.expect("listed")["orders"][0].clone();
    wait::until(&format!("the order is {what}"), SOON, look, is_so).await
}

/// Waits until the list shows its refund in a state.
async fn refund_is(testbed: &Testbed, order: &Value, state: &str) -> Value {
    listed(testbed, order, state, |shown| shown["refund_state"] == state).await
}

/// Makes all payments and refunds old enough to be compared with the gateway: differences of the last minute may have good
/// reasons.
async fn aged(testbed: &Testbed) {
    let pool = testbed.postgres().await.expect("postgres");
    for table in ["payments", "refunds"] {
        let age = format!("UPDATE {table} SET updated_at = now() - interval '2 minutes'");
        sqlx::query(sqlx::AssertSqlSafe(age)).execute(&pool).await.expect("aged");
    }
}

#[tokio::test]
async fn declined_slow_lost_repeated_and_failing_payments_all_add_up() {
    let testbed = Testbed::builder().order_workers(2).start().await.expect("the system starts");
    let sale = NewSale { hold_seconds: 15, standby_max: 0, payment_tries: 2, ..NewSale::of_one(80) };
    let event = testbed.admin.create(&sale).await.expect("created");
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
    let outcome = Crowd::buying(&sale, 80, 1.0, then).run(&testbed.base_urls, event).await.expect("ran");
    testbed.judge(event, &outcome).await.expect("the verifier can look").assert_good();
    assert_eq!(outcome.paid(), 60, "six of eight ways to pay lead to an order");
    assert_eq!(outcome.count("cancelled"), 20, "two lead back: every try declined, or the capture failed");
    testbed.end().await;
}

#[tokio::test]
async fn a_payment_that_comes_too_late_is_voided() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    // The gateway takes two seconds, the reservation lasts one, and there is no grace.
    let sale = NewSale { hold_seconds: 1, grace_seconds: 0, standby_max: 0, ..NewSale::of_one(5) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let crowd = Crowd::buying(&sale, 5, 0.2, |_| Then::Pay(vec!["tok_slow"]));
    let outcome = crowd.run(&testbed.base_urls, event).await.expect("ran");
    testbed.judge(event, &outcome).await.expect("the verifier can look").assert_good();
    assert_eq!((outcome.paid(), outcome.count("expired")), (0, 5));
    let pool = testbed.postgres().await.expect("postgres");
    let voided = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM payments WHERE event_id = $1 AND state = 'voided' AND failure = 'expired'"#,
        event.0
    );
    assert_eq!(voided.fetch_one(&pool).await.expect("counted"), 5);
    testbed.end().await;
}

#[tokio::test]
async fn forged_and_replayed_webhooks_change_nothing() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let client = reqwest::Client::new();
    let body = json!({ "id": "evt_1", "reference": uuid::Uuid::now_v7(), "state": "captured" }).to_string();
    let sign = |key: &str, at_s: u64| {
        use hmac::{Hmac, KeyInit, Mac};
        let mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).expect("any key fits");
        let mac = mac.chain_update(format!("{at_s}.{body}")).finalize().into_bytes();
        format!("t={at_s},v1={}", hex::encode(mac))
    };
    let send = async |signature: String| {
        let request = client.post(&testbed.webhook_url).header("flashline-signature", signature);
        request.body(body.clone()).send().await.expect("answered").status().as_u16()
    };
    let now_s = clock::now().0 / 1_000;
    let key = testbed.webhook_key.clone();
    assert_eq!(send(sign("somebody else's key, long enough to be one", now_s)).await, 401, "forged");
    assert_eq!(send(sign(&key, now_s - 3_600)).await, 401, "an hour old");
    assert_eq!(send("nonsense".to_owned()).await, 401, "unsigned");
    assert_eq!(send(sign(&key, now_s)).await, 204, "genuine");
    assert_eq!(send(sign(&key, now_s)).await, 204, "genuine, again: taken once");
    let pool = testbed.postgres().await.expect("postgres");
    let receipts = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM webhook_receipts WHERE gateway_event_id = 'sandbox:evt_1'"#
    );
    assert_eq!(receipts.fetch_one(&pool).await.expect("counted"), 1);
    testbed.end().await;
}
