//! Calls to the API, each answer written down.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;

use super::transcript::{About, Notebook, To, Via};

const TIMEOUT: Duration = Duration::from_secs(10);
/// Calls that cannot be answered at the moment are made again, so often.
const TRIES: u32 = 4;
const AGAIN_AFTER: Duration = Duration::from_millis(400);

/// One call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'c> {
    pub(super) door: usize,
    pub(super) method: &'c str,
    /// Below `/api/v1`.
    pub(super) path: &'c str,
    pub(super) bearer: Option<&'c str>,
    pub(super) headers: &'c [(&'c str, String)],
    pub(super) body: Option<&'c Value>,
}

impl<'c> Call<'c> {
    pub(super) fn get(door: usize, path: &'c str) -> Self {
        Self { door, method: "GET", path, bearer: None, headers: &[], body: None }
    }

    pub(super) fn post(door: usize, path: &'c str) -> Self {
        Self { method: "POST", ..Self::get(door, path) }
    }
}

/// What came back.
pub(super) struct Answered {
    /// 0 when nothing came.
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) etag: Option<String>,
}

impl Answered {
    pub(super) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The way to the doors.
#[derive(Clone)]
pub(super) struct Caller {
    client: Client,
    doors: Vec<String>,
    pub(super) notebook: Notebook,
}

impl Caller {
    pub(super) fn new(doors: &[String], notebook: Notebook) -> anyhow::Result<Self> {
        Ok(Self { client: Client::builder().timeout(TIMEOUT).build()?, doors: doors.to_vec(), notebook })
    }

    /// Calls, and writes the answer down.
    pub(super) async fn ask(&self, call: Call<'_>, to: To, about: About) -> Answered {
        let asked = self.notebook.elapsed();
        let answered = self.call(call).await;
        self.notebook.note(asked, to, Via::Door(call.door), about, Some(answered.status), answered.body.clone());
        answered
    }

    /// Calls, without a word.
    pub(super) async fn call(&self, call: Call<'_>) -> Answered {
        let mut tries = 1;
        loop {
            let answered = self.once(call).await;
            if !matches!(answered.status, 0 | 429 | 503) || tries == TRIES {
                return answered;
            }
            tries += 1;
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    async fn once(&self, call: Call<'_>) -> Answered {
        let url = format!("{}/api/v1{}", self.doors[call.door % self.doors.len()], call.path);
        let method = Method::from_bytes(call.method.as_bytes()).unwrap_or(Method::GET);
        let mut request = self.client.request(method, url);
        if let Some(token) = call.bearer {
            request = request.bearer_auth(token);
        }
        for (name, value) in call.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = call.body {
            request = request.json(body);
        }
        let Ok(answer) = request.send().await else { return Answered { status: 0, body: Value::Null, etag: None } };
        let status = answer.status().as_u16();
        let etag = answer.headers().get("etag").and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        Answered { status, body: answer.json().await.unwrap_or_default(), etag }
    }
}
