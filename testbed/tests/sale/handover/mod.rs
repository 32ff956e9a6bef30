//! Sales that are paid for at the shop's own checkout: what its server says, and what the line decides of that.

mod calls;
mod hindered;
mod time;

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{Crowd, NewSale, Testbed, unique};

/// The server of a shop's own checkout.
struct Shop {
    client: Client,
    base: String,
    token: String,
}

impl Shop {
    /// With a token of its own role.
    async fn open(testbed: &Testbed) -> Self {
        let token = json!({ "name": unique("shop"), "role": "shop" });
        let made = testbed.admin.call(Method::POST, "/tokens", Some(token)).await.expect("made");
        let token = made["token"].as_str().expect("a token").to_owned();
        Self { client: Client::new(), base: testbed.base_urls[0].clone(), token }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request = self.client.request(method, format!("{}/api/v1/shop/reservations/{path}", self.base));
        let request = request.bearer_auth(&self.token);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await.expect("answered");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    async fn read(&self, reservation: &str) -> (StatusCode, Value) {
        self.call(Method::GET, reservation, None).await
    }

    async fn confirm(&self, reservation: &str, reference: &str, paid_minor: i64) -> (StatusCode, Value) {
        let body = json!({ "reference": reference, "paid_minor": paid_minor, "currency": "EUR" });
        self.call(Method::POST, &format!("{reservation}/confirm"), Some(body)).await
    }

    async fn release(&self, reservation: &str) -> (StatusCode, Value) {
        self.call(Method::POST, &format!("{reservation}/release"), None).await
    }

    async fn give_back(&self, reservation: &str) -> (StatusCode, Value) {
        self.call(Method::POST, &format!("{reservation}/return"), None).await
    }

    /// Asks for time until a moment, in Unix ms.
    async fn extend(&self, reservation: &str, until_ms: u64) -> (StatusCode, Value) {
        let until = chrono::DateTime::from_timestamp_millis(i64::try_from(until_ms).expect("small")).expect("a time");
        self.call(Method::POST, &format!("{reservation}/extend"), Some(json!({ "until": until }))).await
    }
}

/// A sale that is handed over, in which people have time.
fn handed_over(units: u32) -> NewSale {
    let checkout_url = Some("http://127.0.0.1:9/checkout?lang=en".to_owned());
    NewSale { checkout: "handed_over", checkout_url, hold_seconds: 120, grace_seconds: 60, ..NewSale::of_one(units) }
}

/// Somebody new, who has reserved a unit.
async fn reserves(testbed: &Testbed, event: EventId, sale: &NewSale) -> (Shopper, String) {
    let shopper = Shopper::arrive(&testbed.base_urls[0]).await;
    let attempt = shopper.click(event, sale, "click").await;
    shopper.sees(event, &attempt, "reserved").await;
    (shopper, attempt)
}

/// Somebody new, who waits for what comes back.
async fn waits(testbed: &Testbed, event: EventId, sale: &NewSale) -> (Shopper, String) {
    let shopper = Shopper::arrive(&testbed.base_urls[0]).await;
    let place = shopper.click(event, sale, "click").await;
    shopper.sees(event, &place, "standby").await;
    (shopper, place)
}

/// Asks where to pay. The shop knows of the reservation from then on.
async fn hands_over(shopper: &Shopper, event: EventId, attempt: &str) -> Value {
    let path = format!("/sales/{event}/reservations/{attempt}/handover");
    let ask = async || shopper.ask(Method::POST, &path, "-", Value::Null).await;
    let (status, said) =
        testbed::wait::until("it is handed over", Duration::from_secs(10), ask, |said| said.0 == 200).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    said
}

/// What the verifier finds in a sale when nobody but those in the test was there.
async fn judge(testbed: &Testbed, event: EventId) {
    let nobody = Crowd { plans: Vec::new(), gather: Duration::ZERO, click: Duration::ZERO, patience: Duration::ZERO };
    let outcome = nobody.run(&testbed.base_urls, event).await.expect("ran");
    testbed.judge(event, &outcome).await.expect("the verifier can look").assert_good();
}

fn kind(said: &Value) -> &str {
    said["type"]
        .as_str()
        .and_then(|kind| kind.strip_prefix("/problems/"))
        .unwrap_or_else(|| panic!("a problem: {said}"))
}
