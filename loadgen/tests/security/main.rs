//! What nobody may do, tried against the running system. `docs/security.md` has the list of threats.

mod desk;
mod headers;
mod hoarding;
mod isolation;
mod roles;
mod secrets;
mod slow;
mod sockets;
#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use loadgen::api::NewSale;
use reqwest::{Client, Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A shopper, by the HTTP API alone.
struct Shopper {
    client: Client,
    base: String,
    token: String,
}

impl Shopper {
    async fn arrive(base: &str) -> Self {
        let client = Client::new();
        let session = client.post(format!("{base}/api/v1/sessions")).send().await.expect("answered");
        let session: Value = session.json().await.expect("JSON");
        let token = session["token"].as_str().expect("a token").to_owned();
        Self { client, base: base.to_owned(), token }
    }

    async fn ask(&self, method: Method, path: &str, key: &str, body: Value) -> (StatusCode, Value) {
        let request = self.client.request(method, format!("{}/api/v1{path}", self.base));
        let request = request.bearer_auth(&self.token).header("idempotency-key", key).json(&body);
        let answer = request.send().await.expect("answered");
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn read(&self, path: &str) -> (StatusCode, Value) {
        self.ask(Method::GET, path, "-", Value::Null).await
    }

    async fn click(&self, event: EventId, sale: &NewSale, key: &str) -> String {
        let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
        let (status, accepted) = self.ask(Method::POST, &format!("/sales/{event}/attempts"), key, wish).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{accepted}");
        accepted["attempt_id"].as_str().expect("an id").to_owned()
    }

    /// Waits until an attempt is in a state.
    async fn sees(&self, event: EventId, attempt: &str, state: &str) {
        for _ in 0..100 {
            let (_, seen) = self.read(&format!("/sales/{event}/attempts/{attempt}")).await;
            if seen["state"] == state {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{attempt} never is {state}");
    }

    /// A token for the socket, and where that is.
    async fn ticket(&self) -> (String, String) {
        let (status, ticket) = self.ask(Method::POST, "/socket-tickets", "-", Value::Null).await;
        assert_eq!(status, StatusCode::CREATED);
        let text = |name: &str| ticket[name].as_str().expect("text").to_owned();
        (text("token"), text("url"))
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a socket and says hello, or something like it.
async fn open(url: &str, hello: &Value) -> Socket {
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.expect("connected");
    socket.send(Message::text(hello.to_string())).await.expect("sent");
    socket
}

/// Everything a socket is told for a while, or until it ends.
async fn heard(socket: &mut Socket, so_long: Duration) -> Vec<Value> {
    let (mut all, until) = (Vec::new(), Instant::now() + so_long);
    while let Ok(Some(Ok(message))) = tokio::time::timeout_at(until, socket.next()).await {
        if let Message::Text(text) = message {
            all.push(serde_json::from_str(&text).expect("JSON"));
        }
    }
    all
}
