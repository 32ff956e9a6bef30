//! A push service to test with: web-push-testing, which others wrote. It checks who sends, and decrypts what they sent as a
//! browser does.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::ports::free_ports;
use crate::servers::checkout;
use crate::wait;

const READY_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A message takes a moment, and longer after an order-worker was killed.
const COMES_WITHIN: Duration = Duration::from_secs(60);

/// One that runs. It ends with its handle.
pub struct PushService {
    url: String,
    child: Child,
}

/// A browser that is subscribed there.
pub struct Browser {
    /// What a page tells of its `PushSubscription`.
    pub subscription: Value,
    name: String,
}

impl PushService {
    /// Starts one.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start() -> anyhow::Result<Self> {
        let port = free_ports(1)?[0];
        let own = checkout().join(".flashline/tools/bin/node");
        let node = if own.exists() { own } else { "node".into() };
        let child = Command::new(node)
            .arg(checkout().join("web/node_modules/web-push-testing/src/bin/server.js"))
            .arg(port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("Node is missing: setup/install pages")?;
        let mut service = Self { url: format!("http://localhost:{port}"), child };
        let give_up = Instant::now() + READY_WITHIN;
        while TcpStream::connect(("localhost", port)).await.is_err() {
            let waits = service.child.try_wait()?.is_none() && Instant::now() < give_up;
            ensure!(waits, "no push service: setup/install pages");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(service)
    }

    /// A browser that takes messages from who has this key.
    pub async fn subscribe(&self, key: &str) -> Browser {
        // It wants the text "true".
        let options = json!({ "userVisibleOnly": "true", "applicationServerKey": key });
        let said = self.post("/subscribe", &options).await["data"].clone();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        Browser {
            subscription: json!({ "endpoint": said["endpoint"], "p256dh": said["keys"]["p256dh"], "auth": said["keys"]["auth"] }),
            name: text(&said["clientHash"]),
        }
    }

    /// The messages that came to a browser, decrypted, the first first.
    pub async fn to(&self, browser: &Browser) -> Vec<Value> {
        let said = self.post("/get-notifications", &json!({ "clientHash": browser.name })).await;
        let messages = said["data"]["messages"].as_array().cloned().unwrap_or_default();
        messages.iter().filter_map(|text| serde_json::from_str(text.as_str()?).ok()).collect()
    }

    /// Waits for the message of a number (from 1) to a browser.
    pub async fn nth_to(&self, browser: &Browser, number: usize) -> Value {
        let look = async || self.to(browser).await;
        let come = wait::until("the message has come", COMES_WITHIN, look, |come| come.len() >= number).await;
        come[number - 1].clone()
    }

    /// A browser takes no messages any more: its owner has withdrawn the permission.
    pub async fn expire(&self, browser: &Browser) {
        let sent = Client::new().post(format!("{}/expire-subscription/{}", self.url, browser.name)).send().await;
        assert!(sent.is_ok_and(|sent| sent.status().is_success()), "expired");
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = Client::new().post(format!("{}{path}", self.url)).json(body).send().await.expect("answered");
        answer.json().await.unwrap_or_default()
    }
}

impl Drop for PushService {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
