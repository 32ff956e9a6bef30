//! What a call must bring, and what can happen to its answer.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::json;

use super::account::{Account, pairs, refused};
use super::keys::{Answer, Begun, Keys};
use super::{PUBLISHABLE_KEY, SECRET_KEY};

/// Longer than any client waits.
const SLOW: Duration = Duration::from_secs(7);

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The deed is done, and the answer is lost on the way.
    LosesAnswer,
    /// The deed is done, and the answer takes longer than anybody waits; the request counts as under way until then.
    IsSlow,
    /// A failure of Stripe's own is answered, and saved under the key; the deed is done all the same.
    FailsDone,
    /// The same, and the deed is not done.
    FailsUndone,
    /// It is refused because a bank is still being asked, and the refusal is saved under the key.
    RefusesUndone,
}

/// The door to an account.
pub(super) struct Door {
    pub(super) account: Account,
    keys: Keys,
    planned: Mutex<Vec<(&'static str, Option<Trouble>)>>,
    loses_one_in: AtomicU32,
    troubles: AtomicU64,
}

pub(super) fn router(door: Arc<Door>) -> Router {
    Router::new().fallback(receive).with_state(door)
}

async fn receive(State(door): State<Arc<Door>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path().trim_start_matches("/v1/").to_owned();
    if path == "authorisations" {
        return match door.account.authorisations().await {
            Ok(all) => reply((StatusCode::OK, all)),
            Err(error) => reply((StatusCode::BAD_GATEWAY, json!(error.to_string()))),
        };
    }
    if let Some(answer) = super::page::answer(&door.account, &method, &uri, &body).await {
        return answer;
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let bearer = header("authorization");
    let is_public = path == "tokens" && bearer == format!("Bearer {PUBLISHABLE_KEY}");
    if bearer != format!("Bearer {SECRET_KEY}") && !is_public {
        return reply(refused(StatusCode::UNAUTHORIZED, None, "Invalid API Key provided: sk_test_****"));
    }
    if header("stripe-version").is_empty() {
        return reply(refused(StatusCode::BAD_REQUEST, None, "the account's version is not the adapter's"));
    }
    let trouble = door.trouble(&path);
    if method == Method::GET {
        let answer = door.account.read(&path, &pairs(uri.query().unwrap_or_default())).await;
        return tell(answer, trouble).await;
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    let key = header("idempotency-key");
    if key.is_empty() {
        return reply(refused(StatusCode::BAD_REQUEST, None, "without a key it could be done twice"));
    }
    match door.keys.begin(&key, &format!("{path}?{body}")) {
        Begun::Again(answer) => {
            let mut again = reply(answer);
            again.headers_mut().insert("idempotent-replayed", axum::http::HeaderValue::from_static("true"));
            return again;
        }
        Begun::UnderWay => return reply(refused(StatusCode::CONFLICT, Some("idempotency_key_in_use"), "under way")),
        Begun::SomethingElse => {
            let error =
                json!({ "type": "idempotency_error", "message": "Keys can only be used with the same parameters" });
            return reply((StatusCode::BAD_REQUEST, json!({ "error": error })));
        }
        Begun::Fresh => {}
    }
    // As a task of its own: a client that goes away does not undo it.
    let deed = tokio::spawn(async move {
        let failure = || (StatusCode::INTERNAL_SERVER_ERROR, json!({ "error": { "type": "api_error" } }));
        let answer = match trouble {
            Some(Trouble::FailsUndone) => failure(),
            Some(Trouble::RefusesUndone) => {
                refused(StatusCode::BAD_REQUEST, Some("payment_intent_unexpected_state"), "it is processing")
            }
            Some(Trouble::FailsDone) => {
                door.account.post(&path, &pairs(&body)).await;
                failure()
            }
            _ => door.account.post(&path, &pairs(&body)).await,
        };
        if trouble == Some(Trouble::IsSlow) {
            tokio::time::sleep(SLOW).await;
        }
        door.keys.end(&key, &answer);
        tell(answer, trouble).await
    });
    deed.await.unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
}

async fn tell(answer: Answer, trouble: Option<Trouble>) -> Response {
    match trouble {
        Some(Trouble::LosesAnswer) => {
            // Its head arrives, and then the connection ends.
            let lost = stream::iter([Err::<Bytes, _>(std::io::Error::other("lost"))]);
            (answer.0, Body::from_stream(lost)).into_response()
        }
        _ => reply(answer),
    }
}

fn reply((status, body): Answer) -> Response {
    (status, axum::Json(body)).into_response()
}

impl Door {
    pub(super) fn new(account: Account) -> Self {
        Self {
            account,
            keys: Keys::default(),
            planned: Mutex::default(),
            loses_one_in: AtomicU32::new(0),
            troubles: AtomicU64::new(0),
        }
    }

    pub(super) fn plan(&self, call: &'static str, trouble: Trouble) {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).push((call, Some(trouble)));
    }

    /// The next call meets with nothing.
    pub(super) fn pass(&self, call: &'static str) {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).push((call, None));
    }

    pub(super) fn loses_one_in(&self, calls: u32) {
        self.loses_one_in.store(calls, Ordering::Relaxed);
    }

    pub(super) fn forget_keys(&self) {
        self.keys.forget();
    }

    pub(super) fn troubles(&self) -> u64 {
        self.troubles.load(Ordering::Relaxed)
    }

    fn trouble(&self, path: &str) -> Option<Trouble> {
        let mut planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        let next = planned.iter().position(|(call, _)| path.ends_with(call));
        let one_in = self.loses_one_in.load(Ordering::Relaxed);
        let trouble = match next {
            Some(next) => planned.remove(next).1,
            None => (one_in > 0 && rand::random_ratio(1, one_in)).then_some(Trouble::LosesAnswer),
        };
        self.troubles.fetch_add(trouble.is_some().into(), Ordering::Relaxed);
        trouble
    }
}
