//! A provider of a hosted check: its `siteverify`, as Turnstile's and hCaptcha's documents have it, and a script that offers their
//! widgets' API, with a box to tick in a frame. (Theirs cannot be had for tests that ask nobody outside.)

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use rand::distr::{Alphanumeric, SampleString};
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::builder::Builder;

/// What it knows the site by.
pub const SITE_KEY: &str = "site-key-of-the-testbed";
/// And by what, who asks: with signs that must be escaped on the way.
const SECRET: &str = "a secret: of+the%testbed&more";
/// Where pages of the testbed are.
pub const HOST: &str = "127.0.0.1";
/// What their widgets are for.
pub const ACTION: &str = "session";
const TOKEN_LETTERS: usize = 300;
const SCRIPT: &str = include_str!("widget.js");
const FRAME: &str = include_str!("frame.html");

/// How it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// As it should.
    #[default]
    Well,
    /// With a page that says so, and 502.
    Broken,
    /// Never.
    Silent,
    /// That it has trouble of its own.
    Troubled,
    /// As to somebody whose secret it does not know.
    Strange,
}

/// One that runs. It ends with the test's runtime.
pub struct HostedCheck {
    /// Where it is.
    pub url: String,
    provider: Arc<Mutex<Provider>>,
}

#[derive(Default)]
struct Provider {
    manner: Manner,
    issued: HashMap<String, Issued>,
    /// For whom it was asked.
    asked: Vec<String>,
}

/// What a token was given out for.
#[derive(Clone, Deserialize)]
struct Issued {
    sitekey: String,
    hostname: String,
    action: Option<String>,
    /// Whether it was asked about, or is too old.
    #[serde(skip)]
    is_over: bool,
}

type Shared = Arc<Mutex<Provider>>;

impl HostedCheck {
    /// Starts it.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("the provider cannot listen")?;
        let url = format!("http://{}", listener.local_addr()?);
        let provider = Shared::default();
        let routes = Router::new()
            .route("/siteverify", post(site_verify))
            // As Turnstile, and as hCaptcha.
            .route("/api.js", get(script))
            .route("/1/api.js", get(script))
            .route("/frame", get(async || ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], FRAME)))
            .route("/issue", post(issue))
            .route("/manner", post(turn))
            .with_state(Arc::clone(&provider));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { url, provider })
    }

    /// A system whose sales may ask for it.
    pub fn known_to(&self, builder: Builder) -> Builder {
        builder
            .setting("FLASHLINE_HOSTED_CHECK_URL", &format!("{}/siteverify", self.url))
            .setting("FLASHLINE_HOSTED_CHECK_SECRET", SECRET)
            .setting("FLASHLINE_HOSTED_CHECK_SITE_KEY", SITE_KEY)
            .setting("FLASHLINE_HOSTED_CHECK_SCRIPT_URL", &format!("{}/api.js", self.url))
    }

    /// A token, as the widget gives it to a page of the testbed.
    pub fn token(&self) -> String {
        self.token_for(HOST, ACTION)
    }

    /// A token that was made at a host, for something.
    pub fn token_for(&self, hostname: &str, action: &str) -> String {
        let (sitekey, hostname, action) = (SITE_KEY.to_owned(), hostname.to_owned(), Some(action.to_owned()));
        locked(&self.provider).issue(Issued { sitekey, hostname, action, is_over: false })
    }

    /// Five minutes pass for a token.
    pub fn outlast(&self, token: &str) {
        if let Some(issued) = locked(&self.provider).issued.get_mut(token) {
            issued.is_over = true;
        }
    }

    /// From now on it answers so.
    pub fn be(&self, manner: Manner) {
        locked(&self.provider).manner = manner;
    }

    /// For which addresses it was asked, the first first.
    pub fn asked_for(&self) -> Vec<String> {
        locked(&self.provider).asked.clone()
    }
}

impl Provider {
    fn issue(&mut self, issued: Issued) -> String {
        let token = Alphanumeric.sample_string(&mut rand::rng(), TOKEN_LETTERS);
        self.issued.insert(token.clone(), issued);
        token
    }

    /// Says once of a token that it is good.
    fn verify(&mut self, form: &HashMap<String, String>) -> Value {
        let no = |codes: &[&str]| json!({ "success": false, "error-codes": codes, "messages": [] });
        self.asked.push(form.get("remoteip").cloned().unwrap_or_default());
        let Some(secret) = form.get("secret") else { return no(&["missing-input-secret"]) };
        if secret != SECRET || self.manner == Manner::Strange {
            return no(&["invalid-input-secret"]);
        }
        let Some(token) = form.get("response").filter(|token| !token.is_empty()) else {
            return no(&["missing-input-response"]);
        };
        match self.issued.get_mut(token) {
            None => no(&["invalid-input-response"]),
            Some(issued) if issued.is_over => no(&["timeout-or-duplicate"]),
            Some(issued) => {
                issued.is_over = true;
                let Issued { hostname, action, .. } = issued.clone();
                json!({ "success": true, "error-codes": [], "challenge_ts": chrono::Utc::now(), "hostname": hostname,
                    "action": action, "cdata": "", "metadata": { "interactive": true } })
            }
        }
    }
}

async fn site_verify(State(provider): State<Shared>, headers: HeaderMap, form: String) -> Response {
    let manner = locked(&provider).manner;
    match manner {
        Manner::Broken => return (StatusCode::BAD_GATEWAY, "<html>Bad gateway</html>").into_response(),
        Manner::Silent => std::future::pending::<()>().await,
        Manner::Troubled => {
            return Json(json!({ "success": false, "error-codes": ["internal-error"] })).into_response();
        }
        Manner::Well | Manner::Strange => {}
    }
    let is_form = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    let form = Url::parse(&format!("http://form/?{form}")).ok().filter(|_| is_form);
    let form = form.map(|url| url.query_pairs().into_owned().collect::<HashMap<_, _>>());
    match form {
        Some(form) => Json(locked(&provider).verify(&form)).into_response(),
        None => Json(json!({ "success": false, "error-codes": ["bad-request"] })).into_response(),
    }
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)
}

/// The box was ticked.
async fn issue(State(provider): State<Shared>, Json(asked): Json<Issued>) -> Result<String, StatusCode> {
    if asked.sitekey == SITE_KEY { Ok(locked(&provider).issue(asked)) } else { Err(StatusCode::BAD_REQUEST) }
}

async fn turn(State(provider): State<Shared>, Json(manner): Json<Manner>) {
    locked(&provider).manner = manner;
}

fn locked(provider: &Mutex<Provider>) -> MutexGuard<'_, Provider> {
    provider.lock().unwrap_or_else(PoisonError::into_inner)
}
