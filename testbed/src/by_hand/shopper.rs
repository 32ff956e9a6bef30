//! A shopper's session, by the HTTP API alone.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};

use crate::api::NewSale;
use crate::wait;

const SEEN_WITHIN: Duration = Duration::from_secs(20);

/// A shopper with a session at one door.
pub struct Shopper {
    /// Their connections.
    pub client: Client,
    /// The door, as a URL without a path.
    pub base: String,
    /// The session's token.
    pub token: String,
}

impl Shopper {
    /// Somebody new, at a door.
    pub async fn arrive(base: &str) -> Self {
        let client = Client::new();
        let session = client.post(format!("{base}/api/v1/sessions")).send().await.expect("answered");
        Self::with(client, base, &session.json().await.expect("JSON"))
    }

    /// Somebody with a session of the system's own making; all of a crowd may share their connections.
    pub fn of_a_crowd(client: &Client, base: &str, token: String) -> Self {
        Self { client: client.clone(), base: base.to_owned(), token }
    }

    /// A customer of the shop, at a door, by a token of the shop's; and what their session says.
    pub async fn signs_in(base: &str, customer_token: &str) -> (Self, Value) {
        let (status, session) = Self::asks_to_sign_in(base, json!({ "customer_token": customer_token })).await;
        assert_eq!(status, StatusCode::CREATED, "{session}");
        (Self::with(Client::new(), base, &session), session)
    }

    /// Asks for a session with a body; what was said.
    pub async fn asks_to_sign_in(base: &str, body: Value) -> (StatusCode, Value) {
        let asked = Client::new().post(format!("{base}/api/v1/sessions")).json(&body).send().await.expect("answered");
        (asked.status(), asked.json().await.unwrap_or_default())
    }

    /// Asks for a code by e-mail; what was said.
    pub async fn asks_for_code(base: &str, address: &str) -> (StatusCode, Value) {
        Self::posts(base, "/sessions/email", &json!({ "email": address })).await
    }

    /// Confirms an address; what was said.
    pub async fn confirms(base: &str, address: &str, code: &str) -> (StatusCode, Value) {
        Self::posts(base, "/sessions/email/confirm", &json!({ "email": address, "code": code })).await
    }

    /// Somebody who has confirmed their address: the session says so.
    pub fn confirmed(base: &str, session: &Value) -> Self {
        assert_eq!(session["identity"], "email", "{session}");
        Self::known(base, session)
    }

    /// Somebody with a session.
    pub fn known(base: &str, session: &Value) -> Self {
        Self::with(Client::new(), base, session)
    }

    async fn posts(base: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let asked = Client::new().post(format!("{base}/api/v1{path}")).json(body).send().await.expect("answered");
        (asked.status(), asked.json().await.unwrap_or_default())
    }

    fn with(client: Client, base: &str, session: &Value) -> Self {
        let token = session["token"].as_str().expect("a token").to_owned();
        Self { client, base: base.to_owned(), token }
    }

    /// One call with an `Idempotency-Key`, at the shopper's own door; `path` is what follows `/api/v1`.
    pub async fn ask(&self, method: Method, path: &str, key: &str, body: Value) -> (StatusCode, Value) {
        self.ask_at(&self.base, method, path, key, body).await
    }

    /// The same session, at another door.
    pub async fn ask_at(&self, door: &str, method: Method, path: &str, key: &str, body: Value) -> (StatusCode, Value) {
        let request = self.client.request(method, format!("{door}/api/v1{path}"));
        let request = request.bearer_auth(&self.token).header("idempotency-key", key).json(&body);
        let answer = request.send().await.expect("answered");
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    /// Reads what is at a path.
    pub async fn read(&self, path: &str) -> (StatusCode, Value) {
        self.ask(Method::GET, path, "-", Value::Null).await
    }

    /// Clicks for one unit of the first item, and is let into the line: the attempt.
    pub async fn click(&self, event: EventId, sale: &NewSale, key: &str) -> String {
        let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
        let (status, accepted) = self.ask(Method::POST, &format!("/sales/{event}/attempts"), key, wish).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{accepted}");
        accepted["attempt_id"].as_str().expect("an id").to_owned()
    }

    /// Asks to pay; the key is the card's, so that the same again is the same payment.
    pub async fn pay(&self, event: EventId, attempt: &str, body: Value) -> (StatusCode, Value) {
        let key = format!("pay-{}", body["card_token"].as_str().unwrap_or("nothing").replace(' ', "-"));
        self.ask(Method::POST, &format!("/sales/{event}/reservations/{attempt}/payments"), &key, body).await
    }

    /// Waits until an attempt is in a state, and returns what is known of it then.
    pub async fn sees(&self, event: EventId, attempt: &str, state: &str) -> Value {
        self.waits_for(event, attempt, state, |seen| seen["state"] == state).await
    }

    /// Waits until what is known of an attempt is as told, and returns it.
    pub async fn waits_for(&self, event: EventId, attempt: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/sales/{event}/attempts/{attempt}");
        wait::until(&format!("{attempt} is {what}"), SEEN_WITHIN, async || self.read(&path).await.1, is_so).await
    }

    /// A token for the socket, and where that is.
    pub async fn ticket(&self) -> (String, String) {
        let (status, ticket) = self.ask(Method::POST, "/socket-tickets", "-", Value::Null).await;
        assert_eq!(status, StatusCode::CREATED);
        let text = |name: &str| ticket[name].as_str().expect("text").to_owned();
        (text("token"), text("url"))
    }
}
