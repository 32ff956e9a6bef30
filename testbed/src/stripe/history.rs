//! Events, newest first, and the webhooks that tell of them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Client;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use super::WEBHOOK_KEY;
use super::keys::Answer;

const TRIES: u32 = 3;
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// What happened at an account.
pub(super) struct History {
    client: Client,
    webhook_url: Option<String>,
    events: Mutex<Vec<Value>>,
}

impl History {
    pub(super) fn new(webhook_url: Option<String>) -> Self {
        Self { client: Client::new(), webhook_url, events: Mutex::default() }
    }

    /// The event that an intent's new state makes.
    pub(super) fn tell_of_intent(&self, intent: &Value) {
        let kind = match intent["status"].as_str().unwrap_or_default() {
            "requires_capture" => "payment_intent.amount_capturable_updated",
            "requires_action" => "payment_intent.requires_action",
            "requires_payment_method" => "payment_intent.payment_failed",
            "canceled" => "payment_intent.canceled",
            "succeeded" => "payment_intent.succeeded",
            _ => return,
        };
        self.tell(kind, intent);
    }

    pub(super) fn tell(&self, kind: &str, object: &Value) {
        let created = chrono::Utc::now().timestamp();
        let id = format!("evt_{}", Uuid::now_v7().simple());
        let event = json!({
            "id": id, "object": "event", "created": created, "type": kind, "livemode": false, "data": { "object": object },
        });
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
        if let Some(url) = self.webhook_url.clone() {
            tokio::spawn(deliver(self.client.clone(), url, event.to_string(), created));
        }
    }

    pub(super) fn list(&self, query: &[(String, String)]) -> Answer {
        let value = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let since: i64 = value("created[gte]").and_then(|since| since.parse().ok()).unwrap_or(0);
        let limit: usize = value("limit").and_then(|limit| limit.parse().ok()).unwrap_or(10);
        let kinds: Vec<&str> =
            query.iter().filter(|(name, _)| name == "types[]").map(|(_, kind)| kind.as_str()).collect();
        if kinds.len() > 20 || limit > 100 {
            return (StatusCode::BAD_REQUEST, json!({ "error": { "type": "invalid_request_error" } }));
        }
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = |event: &&Value| {
            let kind = event["type"].as_str().unwrap_or_default();
            event["created"].as_i64() >= Some(since) && (kinds.is_empty() || kinds.contains(&kind))
        };
        let newest_first: Vec<&Value> = events.iter().rev().filter(wanted).collect();
        let after =
            value("starting_after").and_then(|after| newest_first.iter().position(|event| event["id"] == after));
        let rest = newest_first.get(after.map_or(0, |after| after + 1)..).unwrap_or_default();
        let page: Vec<&Value> = rest.iter().take(limit).copied().collect();
        (StatusCode::OK, json!({ "object": "list", "data": page, "has_more": rest.len() > limit }))
    }
}

async fn deliver(client: Client, url: String, body: String, created: i64) {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(WEBHOOK_KEY.as_bytes()) else { return };
    let mac = mac.chain_update(format!("{created}.{body}")).finalize().into_bytes();
    let signature = format!("t={created},v1={}", hex::encode(mac));
    for _ in 0..TRIES {
        let sent = client.post(&url).header("stripe-signature", &signature).body(body.clone()).send().await;
        if sent.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
}
