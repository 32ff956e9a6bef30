//! One shopper, by hand: each call is one request, each answer is what was said. For tests: what is not answered at all
//! panics, and so does what does not come to be in time, with what was told last.
//!
//! [`Shopper`] is a session at one door, and goes to any sale; [`ByHand`] is in one sale, and goes to any door.

mod shopper;

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::wait;
pub use shopper::Shopper;

const TOLD_WITHIN: Duration = Duration::from_secs(20);

/// A shopper in one sale, at whichever door.
pub struct ByHand {
    shopper: Shopper,
    event: EventId,
}

impl ByHand {
    /// Somebody new, whose session is opened at a door.
    pub async fn at(door: &str, event: EventId) -> Self {
        Self { shopper: Shopper::arrive(door).await, event }
    }

    /// What a path says to this shopper.
    pub async fn read(&self, path: &str) -> (StatusCode, Value) {
        self.shopper.read(path).await
    }

    /// Somebody who has a session already.
    pub fn known(shopper: Shopper, event: EventId) -> Self {
        Self { shopper, event }
    }

    /// One who holds the units of a wish, and the attempt.
    pub async fn holding(door: &str, event: EventId, wish: &Value) -> (Self, String) {
        let shopper = Self::at(door, event).await;
        let attempt = shopper.enter(door, "k", wish).await;
        shopper.becomes(door, &attempt, "reserved").await;
        (shopper, attempt)
    }

    /// Clicks; the status, and what was said.
    pub async fn click(&self, door: &str, key: &str, wish: &Value) -> (StatusCode, Value) {
        self.post(door, "attempts", key, wish).await
    }

    /// Clicks, and would wait so many seconds for the answer: the whole response.
    pub async fn click_and_wait(&self, door: &str, key: &str, wish: &Value, seconds: u32) -> Response {
        self.waiting_click(door, key, wish, seconds).send().await.expect("answered")
    }

    /// The same in a task of its own. It may break.
    pub fn try_to_wait(
        &self,
        door: &str,
        key: &str,
        wish: &Value,
        seconds: u32,
    ) -> JoinHandle<reqwest::Result<Response>> {
        tokio::spawn(self.waiting_click(door, key, wish, seconds).send())
    }

    fn waiting_click(&self, door: &str, key: &str, wish: &Value, seconds: u32) -> RequestBuilder {
        let click = self.shopper.client.post(format!("{door}/api/v1/sales/{}/attempts", self.event));
        let click = click.bearer_auth(&self.shopper.token).header("idempotency-key", key).json(wish);
        click.header("prefer", format!("wait={seconds}"))
    }

    /// Their session.
    pub fn session(&self) -> &Shopper {
        &self.shopper
    }

    /// Clicks, and is let into the line: the attempt.
    pub async fn enter(&self, door: &str, key: &str, wish: &Value) -> String {
        attempt_of(self.click(door, key, wish).await)
    }

    /// Clicks again with the same key until there is room in the line.
    pub async fn enter_when_there_is_room(&self, door: &str, key: &str, wish: &Value) -> String {
        let click = async || self.click(door, key, wish).await;
        let is_in = |said: &(StatusCode, Value)| said.0 == StatusCode::ACCEPTED;
        attempt_of(wait::until("there is room in the line", TOLD_WITHIN, click, is_in).await)
    }

    /// Asks to pay for a reservation, each time with a new key.
    pub async fn pay(&self, door: &str, attempt: &str, card: &str) -> (StatusCode, Value) {
        let key = uuid::Uuid::now_v7().to_string();
        self.post(door, &format!("reservations/{attempt}/payments"), &key, &json!({ "card_token": card })).await
    }

    /// Cancels a reservation.
    pub async fn give_back(&self, door: &str, attempt: &str) -> (StatusCode, Value) {
        self.post(door, &format!("reservations/{attempt}/cancel"), "back", &json!({})).await
    }

    /// Asks once where an attempt stands.
    pub async fn ask(&self, door: &str, attempt: &str) -> (StatusCode, Value) {
        self.call(door, Method::GET, &format!("attempts/{attempt}"), "-", &Value::Null).await
    }

    /// Asks until an attempt stands as expected, and returns what was said then.
    pub async fn becomes(&self, door: &str, attempt: &str, state: &str) -> Value {
        self.asks_until(door, attempt, state, |said| said["state"] == state).await
    }

    /// Asks until the latest payment for an attempt stands as expected.
    pub async fn payment_becomes(&self, door: &str, attempt: &str, state: &str) {
        self.asks_until(door, attempt, state, |said| said["payment"]["state"] == state).await;
    }

    async fn asks_until(&self, door: &str, attempt: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let ask = async || self.ask(door, attempt).await.1;
        wait::until(&format!("{attempt} becomes {what}"), TOLD_WITHIN, ask, is_so).await
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

fn attempt_of((status, said): (StatusCode, Value)) -> String {
    assert_eq!(status, StatusCode::ACCEPTED, "{said}");
    said["attempt_id"].as_str().expect("an attempt").to_owned()
}
