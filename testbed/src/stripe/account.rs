//! What each call does at localstripe, and where Stripe would not do it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::ensure;
use axum::http::StatusCode;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::ASKS_FIRST;
use super::SECRET_KEY;
use super::adapt;
use super::history::History;
use super::keys::Answer;

/// What creating and confirming an intent takes; Stripe refuses what it does not know.
const OPENS_WITH: [&str; 6] = [
    "amount",
    "currency",
    "capture_method",
    "automatic_payment_methods[enabled]",
    "metadata[payment]",
    "payment_method",
];
const CONFIRMS_WITH: [&str; 3] = ["confirmation_token", "return_url", "use_stripe_sdk"];
/// The least in EUR.
const LEAST: i64 = 50;
/// A card of localstripe's whose bank asks first.
const CARD_THAT_ASKS: [(&str, &str); 5] = [
    ("type", "card"),
    ("card[number]", "4000002500003155"),
    ("card[exp_month]", "12"),
    ("card[exp_year]", "2035"),
    ("card[cvc]", "123"),
];

/// An account at localstripe.
pub(super) struct Account {
    client: Client,
    localstripe: String,
    history: History,
    /// How often each intent was captured.
    captures: Mutex<HashMap<String, u32>>,
    /// Refunds that did not succeed at once: where each stands.
    refunds: Mutex<HashMap<String, Unusual>>,
    refund_is_pending: AtomicBool,
    /// What changes something is done one after the other, for it looks first whether it may.
    acting: tokio::sync::Mutex<()>,
}

/// Where a refund stands, and how much it is.
#[derive(Clone)]
struct Unusual {
    intent: String,
    amount: i64,
    status: &'static str,
    reason: Option<&'static str>,
}

/// Stripe's no.
pub(super) fn refused(status: StatusCode, code: Option<&str>, message: &str) -> Answer {
    (status, json!({ "error": { "type": "invalid_request_error", "code": code, "message": message } }))
}

fn value<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Stripe repeats what it was sent.
fn no_method(id: &str) -> Answer {
    refused(StatusCode::BAD_REQUEST, Some("resource_missing"), &format!("No such PaymentMethod: '{id}'"))
}

fn owned(form: &[(&str, &str)]) -> Vec<(String, String)> {
    form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn unknown_parameter(form: &[(String, String)], known: &[&str]) -> Option<Answer> {
    let (name, _) = form.iter().find(|(name, _)| name != "expand[]" && !known.contains(&name.as_str()))?;
    Some(refused(StatusCode::BAD_REQUEST, Some("parameter_unknown"), &format!("Received unknown parameter: {name}")))
}

impl Account {
    pub(super) fn new(localstripe: String, webhook_url: Option<String>) -> Self {
        Self {
            client: Client::new(),
            localstripe,
            history: History::new(webhook_url),
            captures: Mutex::default(),
            refunds: Mutex::default(),
            refund_is_pending: AtomicBool::new(false),
            acting: tokio::sync::Mutex::default(),
        }
    }

    async fn ask(&self, method: Method, path: &str, form: &[(String, String)]) -> Answer {
        let request = self.client.request(method.clone(), format!("{}/v1/{path}", self.localstripe));
        let request = request.bearer_auth(SECRET_KEY);
        let request = if method == Method::GET { request.query(form) } else { request.form(form) };
        let Ok(answer) = request.send().await else {
            return (StatusCode::BAD_GATEWAY, json!({ "error": { "type": "api_error" } }));
        };
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    /// What changes nothing.
    pub(super) async fn read(&self, path: &str, query: &[(String, String)]) -> Answer {
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            ["events"] => self.history.list(query),
            ["payment_intents", id] => {
                self.shown(self.ask(Method::GET, &format!("payment_intents/{id}"), &[]).await, query)
            }
            ["refunds", _] => self.refund_shown(self.ask(Method::GET, path, &[]).await),
            ["refunds"] => self.refunds_of(query).await,
            _ => refused(StatusCode::NOT_FOUND, None, "Unrecognized request URL"),
        }
    }

    /// What changes something.
    pub(super) async fn post(&self, path: &str, form: &[(String, String)]) -> Answer {
        let _alone = self.acting.lock().await;
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            ["payment_intents"] => self.open(form).await,
            ["payment_intents", id, "confirm"] => self.confirm(id, form).await,
            ["payment_intents", id, "capture"] => self.step(id, "capture", &["requires_capture"], form).await,
            ["payment_intents", id, "cancel"] => {
                let from = ["requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"];
                self.step(id, "cancel", &from, form).await
            }
            ["refunds"] => self.refund(form).await,
            ["payment_methods" | "tokens"] => self.ask(Method::POST, path, form).await,
            _ => refused(StatusCode::NOT_FOUND, None, "Unrecognized request URL"),
        }
    }

    async fn open(&self, form: &[(String, String)]) -> Answer {
        if let Some(no) = unknown_parameter(form, &OPENS_WITH) {
            return no;
        }
        let amount = value(form, "amount").and_then(|amount| amount.parse().ok()).unwrap_or(0);
        if value(form, "currency") == Some("eur") && amount < LEAST {
            return refused(StatusCode::BAD_REQUEST, Some("amount_too_small"), "Amount must be at least €0.50 eur");
        }
        let mut taken: Vec<(String, String)> =
            form.iter().filter(|(name, _)| !name.starts_with("automatic_") && name != "expand[]").cloned().collect();
        for (name, value) in &mut taken {
            if name == "payment_method" {
                *value = self.method(value).await;
            }
        }
        let (status, answer) = self.ask(Method::POST, "payment_intents", &taken).await;
        match value(&taken, "payment_method") {
            Some(method) if status == StatusCode::NOT_FOUND => no_method(method),
            _ => self.shown((status, answer), form),
        }
    }

    /// A card by Stripe's name for it, as localstripe knows it.
    async fn method(&self, name: &str) -> String {
        if name != ASKS_FIRST {
            return name.to_owned();
        }
        let (_, made) = self.ask(Method::POST, "payment_methods", &owned(&CARD_THAT_ASKS)).await;
        made["id"].as_str().unwrap_or_default().to_owned()
    }

    async fn confirm(&self, id: &str, form: &[(String, String)]) -> Answer {
        if let Some(no) = unknown_parameter(form, &CONFIRMS_WITH) {
            return no;
        }
        if value(form, "return_url").is_none() {
            let message = "To confirm with automatic payment methods you must specify a return_url";
            return refused(StatusCode::BAD_REQUEST, Some("parameter_missing"), message);
        }
        if let Some(token) = value(form, "confirmation_token") {
            let method = self.method(token.trim_start_matches("ctoken_")).await;
            let before = self.get(&format!("payment_intents/{id}")).await.unwrap_or_default();
            if before["status"] == "requires_payment_method" && before["latest_charge"].is_null() {
                let (status, answer) = self
                    .ask(Method::POST, &format!("payment_intents/{id}"), &owned(&[("payment_method", &method)]))
                    .await;
                if !status.is_success() {
                    return (status, answer);
                }
                if self.get(&format!("payment_methods/{method}")).await.is_err() {
                    return no_method(&method);
                }
            }
        }
        self.step(id, "confirm", &["requires_confirmation"], form).await
    }

    /// A step of an intent that must stand in one of some states, and what tells of it.
    async fn step(&self, id: &str, action: &str, from: &[&str], form: &[(String, String)]) -> Answer {
        let path = format!("payment_intents/{id}");
        let (status, before) = self.ask(Method::GET, &path, &[]).await;
        if !status.is_success() {
            return self.shown((status, before), form);
        }
        if !from.iter().any(|state| before["status"] == *state) {
            let message =
                format!("You cannot {action} this PaymentIntent because it has a status of {}", before["status"]);
            return refused(StatusCode::BAD_REQUEST, Some("payment_intent_unexpected_state"), &message);
        }
        let (status, answer) = self.ask(Method::POST, &format!("{path}/{action}"), &[]).await;
        let after = self.get(&path).await.unwrap_or_default();
        if action == "capture" && after["status"] == "succeeded" {
            *lock(&self.captures).entry(id.to_owned()).or_default() += 1;
        }
        self.history.tell_of_intent(&self.intent(after.clone()));
        if status == StatusCode::PAYMENT_REQUIRED {
            return (status, adapt::decline(&answer, self.intent(after)));
        }
        self.shown((status, answer), form)
    }

    async fn refund(&self, form: &[(String, String)]) -> Answer {
        let id = value(form, "payment_intent").unwrap_or_default().to_owned();
        let (status, intent) = self.ask(Method::GET, &format!("payment_intents/{id}"), &[]).await;
        let amount = value(form, "amount").and_then(|amount| amount.parse::<i64>().ok()).unwrap_or(0);
        if !status.is_success() || intent["status"] != "succeeded" {
            return refused(
                StatusCode::BAD_REQUEST,
                None,
                "This PaymentIntent does not have a successful charge to refund.",
            );
        }
        let intent = self.intent(intent);
        let left = intent["amount_received"].as_i64().unwrap_or(0)
            - intent["latest_charge"]["amount_refunded"].as_i64().unwrap_or(0);
        if left == 0 {
            return refused(
                StatusCode::BAD_REQUEST,
                Some("charge_already_refunded"),
                "Charge has already been refunded.",
            );
        }
        if amount > left {
            let message = format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})");
            return refused(StatusCode::BAD_REQUEST, None, &message);
        }
        let (status, made) = self.ask(Method::POST, "refunds", form).await;
        if status.is_success() && self.refund_is_pending.swap(false, Ordering::Relaxed) {
            let made = made["id"].as_str().unwrap_or_default().to_owned();
            lock(&self.refunds).insert(made, Unusual { intent: id.clone(), amount, status: "pending", reason: None });
        }
        let answer = self.refund_shown((status, made));
        self.history.tell("refund.created", &answer.1);
        answer
    }

    async fn refunds_of(&self, query: &[(String, String)]) -> Answer {
        let intent = value(query, "payment_intent").unwrap_or_default();
        // It fails over one that was never charged.
        let known = self.get(&format!("payment_intents/{intent}")).await.unwrap_or_default();
        if known["latest_charge"].is_null() {
            return (StatusCode::OK, json!({ "data": [], "has_more": false }));
        }
        let (status, mut list) = self.ask(Method::GET, "refunds", query).await;
        for refund in list["data"].as_array_mut().into_iter().flatten() {
            *refund = self.refund_shown((status, refund.take())).1;
        }
        (status, list)
    }

    fn refund_shown(&self, (status, mut refund): Answer) -> Answer {
        if !status.is_success() {
            return adapt::missing((status, refund));
        }
        if let Some(unusual) = lock(&self.refunds).get(refund["id"].as_str().unwrap_or_default()) {
            refund["status"] = json!(unusual.status);
            refund["failure_reason"] = json!(unusual.reason);
        }
        (status, refund)
    }

    pub(super) fn refund_is_pending(&self) {
        self.refund_is_pending.store(true, Ordering::Relaxed);
    }

    pub(super) fn end_refund(&self, id: &str, status: &'static str, reason: Option<&'static str>) {
        let mut refunds = lock(&self.refunds);
        if let Some(refund) = refunds.get_mut(id) {
            *refund = Unusual { status, reason, ..refund.clone() };
            let told = json!({ "object": "refund", "id": id, "payment_intent": refund.intent, "status": status });
            self.history.tell("refund.updated", &told);
        }
    }

    pub(super) async fn authenticate(&self, id: &str, agrees: bool) -> anyhow::Result<()> {
        let asked = self.get(&format!("payment_intents/{id}")).await?;
        let secret = asked["client_secret"].as_str().unwrap_or_default();
        let (status, answer) = self.authenticate_with(id, secret, agrees).await;
        ensure!(status.is_success() || status == StatusCode::PAYMENT_REQUIRED, "{answer}");
        Ok(())
    }

    /// The same, by whoever knows the intent's client secret.
    pub(super) async fn authenticate_with(&self, id: &str, client_secret: &str, agrees: bool) -> Answer {
        let _alone = self.acting.lock().await;
        let path = format!("payment_intents/{id}");
        let form = owned(&[("client_secret", client_secret), ("success", if agrees { "true" } else { "false" })]);
        let answer = self.ask(Method::POST, &format!("{path}/_authenticate"), &form).await;
        if let Ok(stands) = self.get(&path).await {
            self.history.tell_of_intent(&self.intent(stands));
        }
        answer
    }

    /// What a page makes of a card.
    pub(super) async fn token(&self, form: &[(String, String)]) -> Answer {
        self.ask(Method::POST, "tokens", form).await
    }

    /// localstripe's stand-in for Stripe.js.
    pub(super) async fn script(&self) -> anyhow::Result<String> {
        let script = self.client.get(format!("{}/js.stripe.com/v3/", self.localstripe)).send().await?;
        Ok(script.error_for_status()?.text().await?)
    }

    /// What localstripe has at a path.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let (status, answer) = self.ask(Method::GET, path, &[]).await;
        ensure!(status.is_success(), "{path}: {status}");
        Ok(answer)
    }

    /// All intents that there are.
    pub(super) async fn intents(&self) -> anyhow::Result<Vec<Value>> {
        let all = self.get("payment_intents?limit=1000000").await?;
        Ok(all["data"].as_array().into_iter().flatten().map(|intent| self.intent(intent.clone())).collect())
    }

    /// As the verifier asks every gateway.
    pub(super) async fn authorisations(&self) -> anyhow::Result<Value> {
        let captures = lock(&self.captures).clone();
        Ok(self.intents().await?.iter().filter_map(|intent| adapt::authorisation(intent, &captures)).collect())
    }

    fn intent(&self, intent: Value) -> Value {
        let id = intent["id"].as_str().unwrap_or_default();
        let failed = lock(&self.refunds)
            .values()
            .filter(|refund| refund.intent == id && matches!(refund.status, "failed" | "canceled"))
            .map(|refund| refund.amount)
            .sum();
        adapt::intent(intent, failed)
    }

    fn shown(&self, (status, intent): Answer, form: &[(String, String)]) -> Answer {
        if !status.is_success() {
            return adapt::missing((status, intent));
        }
        let is_whole =
            form.iter().any(|(name, value)| (name.as_str(), value.as_str()) == ("expand[]", "latest_charge"));
        let mut intent = self.intent(intent);
        if !is_whole && intent["latest_charge"].is_object() {
            intent["latest_charge"] = intent["latest_charge"]["id"].take();
        }
        (status, intent)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The names and values of a form.
pub(super) fn pairs(form: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://form/?{form}"));
    url.map(|url| url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
        .unwrap_or_default()
}
