//! What a shop's page asks for by itself: the script, and what the script calls. From another origin, without a secret.

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::PUBLISHABLE_KEY;
use super::account::{Account, pairs, refused};
use super::keys::Answer;

/// Where the script is, as a path of the stand-in.
pub(super) const SCRIPT: &str = "js.stripe.com/stripe.js";
/// Behind localstripe's own stand-in for Stripe.js.
const PAYMENT_ELEMENT: &str = include_str!("payment_element.js");

/// What the script sends for what a bank asks.
#[derive(Deserialize)]
struct Authenticates {
    key: String,
    client_secret: String,
}

/// The answer to a page; nothing where it is no call of one.
pub(super) async fn answer(account: &Account, method: &Method, uri: &Uri, body: &[u8]) -> Option<Response> {
    let path = uri.path().trim_start_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    let answer = match parts.as_slice() {
        _ if *method == Method::GET && path == SCRIPT => return Some(script(account).await),
        ["v1", "tokens"] if *method == Method::POST => {
            let form = pairs(&String::from_utf8_lossy(body));
            if !form.iter().any(|(name, value)| (name.as_str(), value.as_str()) == ("key", PUBLISHABLE_KEY)) {
                return None;
            }
            account.token(&form).await
        }
        ["v1", "payment_intents", intent, "_authenticate"] if *method == Method::POST => {
            let agrees = uri.query() == Some("success=true");
            match serde_json::from_slice::<Authenticates>(body) {
                Ok(sent) if sent.key == PUBLISHABLE_KEY => {
                    account.authenticate_with(intent, &sent.client_secret, agrees).await
                }
                _ => refused(StatusCode::UNAUTHORIZED, None, "Invalid API Key provided"),
            }
        }
        _ => return None,
    };
    Some(to_page(answer))
}

fn to_page((status, body): Answer) -> Response {
    let mut answer = (status, axum::Json(body)).into_response();
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    answer
}

async fn script(account: &Account) -> Response {
    match account.script().await {
        Ok(stand_in) => {
            let kind = [(header::CONTENT_TYPE, "text/javascript"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
            (kind, Body::from(format!("{stand_in}\n{PAYMENT_ELEMENT}"))).into_response()
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}
