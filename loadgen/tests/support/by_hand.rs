//! One shopper, by hand: each call is one request, each answer is what was said.
#![allow(dead_code, reason = "each story uses a part of it")]

use std::time::Duration;

use reqwest::{Client, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use tokio::time::Instant;

const TOLD_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A shopper with a session.
pub(crate) struct ByHand {
    client: Client,
    event: EventId,
    token: String,
}

impl ByHand {
    pub(crate) async fn at(door: &str, event: EventId) -> Self {
        let client = Client::new();
        let session = client.post(format!("{door}/api/v1/sessions")).send().await.expect("answered");
        let token = session.json::<Value>().await.expect("JSON")["token"].as_str().expect("a token").to_owned();
        Self { client, event, token }
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
        let url = format!("{door}/api/v1/sales/{}/attempts/{attempt}", self.event);
        let answer = self.client.get(url).bearer_auth(&self.token).send().await.expect("answered");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    /// Asks until an attempt stands as expected, and returns what was said then.
    pub(crate) async fn becomes(&self, door: &str, attempt: &str, state: &str) -> Value {
        let give_up = Instant::now() + TOLD_WITHIN;
        loop {
            let (_, said) = self.ask(door, attempt).await;
            if said["state"] == state {
                return said;
            }
            assert!(Instant::now() < give_up, "{attempt} should become {state}, but it is told {said}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Asks until the latest payment for an attempt stands as expected.
    pub(crate) async fn payment_becomes(&self, door: &str, attempt: &str, state: &str) {
        let give_up = Instant::now() + TOLD_WITHIN;
        loop {
            let (_, said) = self.ask(door, attempt).await;
            if said["payment"]["state"] == state {
                return;
            }
            assert!(Instant::now() < give_up, "the payment should be {state}, but it is told {said}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn post(&self, door: &str, path: &str, key: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.client.post(format!("{door}/api/v1/sales/{}/{path}", self.event)).bearer_auth(&self.token);
        let answer = request.header("idempotency-key", key).json(body).send().await.expect("answered");
        (answer.status(), answer.json().await.expect("JSON"))
    }
}
