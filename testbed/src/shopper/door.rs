//! The shopper's side of the HTTP API.

use std::time::Duration;

use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::World;

/// Between tries, at first and at most; jittered.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_LONGEST: Duration = Duration::from_secs(2);

/// A shopper with a session at one door.
pub(super) struct Door {
    base: String,
    token: String,
    pub(super) shopper: Uuid,
}

/// What came of a click.
pub(super) enum Clicked {
    /// In the line, since when, as which attempt.
    Accepted(Instant, Uuid),
    /// The same, and answered in the response.
    Answered(Instant, Uuid, Value),
    /// Not, and it makes no sense to try again; the problem's kind.
    TurnedAway(String),
}

impl Door {
    pub(super) async fn open(world: &World) -> Option<Self> {
        let base = world.base_urls.get(rand::random_range(0..world.base_urls.len().max(1)))?.clone();
        let session = persist(world, || world.client.post(format!("{base}/api/v1/sessions"))).await?;
        let session: Value = session.json().await.ok()?;
        let token = session["token"].as_str()?.to_owned();
        Some(Self { base, token, shopper: session["shopper_id"].as_str()?.parse().ok()? })
    }

    /// A ticket for the socket, and where it is.
    pub(super) async fn socket_ticket(&self, world: &World) -> Option<(String, String)> {
        let url = format!("{}/api/v1/socket-tickets", self.base);
        let ticket = persist(world, || world.client.post(&url).bearer_auth(&self.token)).await?;
        let ticket: Value = ticket.json().await.ok()?;
        Some((ticket["token"].as_str()?.to_owned(), ticket["url"].as_str()?.to_owned()))
    }

    /// Clicks, and clicks again with the same key while the door cannot say.
    pub(super) async fn attempt(&self, world: &World, wish: &Value, key: &str, waits_s: Option<u32>) -> Clicked {
        let url = format!("{}/api/v1/sales/{}/attempts", self.base, world.event);
        let click = || {
            let click = world.client.post(&url).bearer_auth(&self.token).header("idempotency-key", key).json(wish);
            match waits_s {
                Some(seconds) => click.header("prefer", format!("wait={seconds}")),
                None => click,
            }
        };
        let Some(answer) = persist(world, click).await else { return Clicked::TurnedAway("no_answer".to_owned()) };
        let status = answer.status();
        let at = Instant::now();
        let body: Value = answer.json().await.unwrap_or_default();
        match (status, body["attempt_id"].as_str().and_then(|id| id.parse().ok())) {
            (StatusCode::ACCEPTED, Some(attempt)) => Clicked::Accepted(at, attempt),
            (StatusCode::OK, Some(attempt)) => Clicked::Answered(at, attempt, body),
            _ => Clicked::TurnedAway(
                body["type"].as_str().unwrap_or("unknown").trim_start_matches("/problems/").to_owned(),
            ),
        }
    }

    pub(super) async fn read(&self, world: &World, attempt: Uuid) -> Option<Value> {
        let url = format!("{}/api/v1/sales/{}/attempts/{attempt}", self.base, world.event);
        let answer = world.client.get(url).bearer_auth(&self.token).send().await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        answer.json().await.ok()
    }

    pub(super) async fn pay(&self, world: &World, attempt: Uuid, card: &str) {
        let url = format!("{}/api/v1/sales/{}/reservations/{attempt}/payments", self.base, world.event);
        let key = Uuid::now_v7().to_string();
        let body = json!({ "card_token": card });
        persist(world, || world.client.post(&url).bearer_auth(&self.token).header("idempotency-key", &key).json(&body))
            .await;
    }

    /// Says something on the bank's page.
    pub(super) async fn answer_bank(&self, world: &World, page: &str, says: &str) {
        // Where that leads does not matter here.
        let _ = world.client.post(page).form(&[("says", says)]).send().await;
    }

    pub(super) async fn cancel(&self, world: &World, attempt: Uuid) {
        let url = format!("{}/api/v1/sales/{}/reservations/{attempt}/cancel", self.base, world.event);
        persist(world, || world.client.post(&url).bearer_auth(&self.token)).await;
    }
}

/// Tries until there is an answer that will not change by trying again, politely.
async fn persist(world: &World, request: impl Fn() -> RequestBuilder) -> Option<Response> {
    let mut pause = RETRY_FIRST;
    loop {
        let answer = request().send().await;
        let again = match &answer {
            Ok(answer) => {
                let status = answer.status();
                status == StatusCode::TOO_MANY_REQUESTS
                    || status == StatusCode::REQUEST_TIMEOUT
                    || status.is_server_error()
            }
            Err(_) => true,
        };
        if !again {
            return answer.ok();
        }
        if Instant::now() + pause > world.ends {
            return answer.ok();
        }
        tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.5))).await;
        pause = (pause * 2).min(RETRY_LONGEST);
    }
}
