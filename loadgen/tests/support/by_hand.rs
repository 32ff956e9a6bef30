//! One shopper, by hand: each call is one request, each answer is what was said.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::shopper::Shopper;

const TOLD_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A shopper in one sale, at whichever door.
pub(crate) struct ByHand {
    shopper: Shopper,
    event: EventId,
}

impl ByHand {
    pub(crate) async fn at(door: &str, event: EventId) -> Self {
        Self { shopper: Shopper::arrive(door).await, event }
    }

    /// One who holds the units of a wish.
    pub(crate) async fn holding(door: &str, event: EventId, wish: &Value) -> (Self, String) {
        let shopper = Self::at(door, event).await;
        let attempt = shopper.enter(door, "k", wish).await;
        shopper.becomes(door, &attempt, "reserved").await;
        (shopper, attempt)
    }

    /// Clicks; the status, and what was said.
    pub(crate) async fn click(&self, door: &str, key: &str, wish: &Value) -> (StatusCode, Value) {
        self.post(door, "attempts", key, wish).await
    }

    /// Clicks, and is let into the line: the attempt.
    pub(crate) async fn enter(&self, door: &str, key: &str, wish: &Value) -> String {
        let (status, said) = self.click(door, key, wish).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{said}");
        said["attempt_id"].as_str().expect("an attempt").to_owned()
    }

    /// Clicks again with the same key until there is room in the line.
    pub(crate) async fn enter_when_there_is_room(&self, door: &str, key: &str, wish: &Value) -> String {
        let give_up = Instant::now() + TOLD_WITHIN;
        loop {
            match self.click(door, key, wish).await {
                (StatusCode::ACCEPTED, said) => return said["attempt_id"].as_str().expect("an attempt").to_owned(),
                refused => assert!(Instant::now() < give_up, "{refused:?}"),
            }
            tokio::time::sleep(10 * LOOK_EVERY).await;
        }
    }

    pub(crate) async fn pay(&self, door: &str, attempt: &str, card: &str) -> (StatusCode, Value) {
        let key = uuid::Uuid::now_v7().to_string();
        self.post(door, &format!("reservations/{attempt}/payments"), &key, &json!({ "card_token": card })).await
    }

    pub(crate) async fn give_back(&self, door: &str, attempt: &str) -> (StatusCode, Value) {
        self.post(door, &format!("reservations/{attempt}/cancel"), "back", &json!({})).await
    }

    /// Asks once where an attempt stands.
    pub(crate) async fn ask(&self, door: &str, attempt: &str) -> (StatusCode, Value) {
        self.call(door, Method::GET, &format!("attempts/{attempt}"), "-", &Value::Null).await
    }

    /// Asks until an attempt stands as expected, and returns what was said then.
    pub(crate) async fn becomes(&self, door: &str, attempt: &str, state: &str) -> Value {
        self.asks_until(door, attempt, state, |said| said["state"] == state).await
    }

    /// Asks until the latest payment for an attempt stands as expected.
    pub(crate) async fn payment_becomes(&self, door: &str, attempt: &str, state: &str) {
        self.asks_until(door, attempt, state, |said| said["payment"]["state"] == state).await;
    }

    async fn asks_until(&self, door: &str, attempt: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let give_up = Instant::now() + TOLD_WITHIN;
        loop {
            let (_, said) = self.ask(door, attempt).await;
            if is_so(&said) {
                return said;
            }
            assert!(Instant::now() < give_up, "{attempt} should become {what}, but it is told {said}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn post(&self, door: &str, path: &str, key: &str, body: &Value) -> (StatusCode, Value) {
        self.call(door, Method::POST, path, key, body).await
    }

    async fn call(&self, door: &str, method: Method, path: &str, key: &str, body: &Value) -> (StatusCode, Value) {
        let path = format!("/sales/{}/{path}", self.event);
        let (status, said) = self.shopper.ask_at(door, method, &path, key, body.clone()).await;
        assert!(!said.is_null(), "{path}: {status} without JSON");
        (status, said)
    }
}
