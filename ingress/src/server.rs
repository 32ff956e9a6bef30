//! All routes, and the frame around each of them.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use service::http::{Inbound, Respond};

use crate::callers::Callers;
use crate::problems::{ApiError, Kind};
use crate::requests::Timed;
use crate::shopper::attempts;
use crate::state::App;
use crate::{admin, openapi, shop, shopper, sign_off};

/// How long a call that asks the database may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
/// And one that takes a picture: most of it is what the picture's way here takes.
const PICTURE_ANSWERED_WITHIN: Duration = Duration::from_secs(90);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const REQUEST_ID_LENGTH_MAX: usize = 64;
/// What a page of ours may use of the device it is on: nothing, but the wallets that people pay with.
const NO_DEVICES: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
     midi=(), payment=(self), usb=()",
);
/// Neither for the windows that opened it nor for the pages that would embed it: what is ours stays ours.
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
/// The API serves data: a browser that is made to show it as a page gets nothing to run.
const API_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Everything this server answers. Attempts go past the router: finding their way through it, in boxes within
/// boxes, takes longer than all that is checked of them.
#[derive(Clone)]
pub(crate) struct Server {
    callers: Arc<Callers>,
    attempts: attempts::AttemptParts,
    router: Router,
}

impl Server {
    /// # Errors
    /// When the description of the API cannot be made.
    pub(crate) fn new(app: App, pages: Router) -> anyhow::Result<Self> {
        Ok(Self { callers: Arc::clone(&app.callers), attempts: FromRef::from_ref(&app), router: router(app, pages)? })
    }
}

impl Respond for Server {
    async fn answer(&self, request: Request<Inbound>) -> Response {
        match attempts::event_of_attempt(request.method(), request.uri().path()) {
            Some(event) => {
                let (head, body) = request.into_parts();
                let (timed, id) = (Timed::of(&Method::POST, attempts::PATH), request_id(&head.headers));
                let counted = count(&self.callers, &head);
                framed(timed, id, attempts::respond(&self.attempts, event, &head, body, counted)).await
            }
            None => self.router.answer(request).await,
        }
    }
}

/// Counts a request for its address, whatever comes of it: a call of the API, or anything else.
fn count(callers: &Callers, head: &Parts) -> Result<(), ApiError> {
    let address = callers.address(&head.extensions, &head.headers);
    if head.uri.path().starts_with("/api/v1/") { callers.rates.address(address) } else { callers.rates.pages(address) }
}

fn router(app: App, pages: Router) -> anyhow::Result<Router> {
    // Attempts have a bound on each of their steps, and no database transaction: they go without the detour. Here
    // they are for the API's description, and for addresses that are not written as usual.
    let (attempts, attempts_api) = shopper::attempts_router().split_for_parts();
    let (others, mut api) = shopper::router().merge(shop::router()).merge(admin::router()).split_for_parts();
    api.merge(attempts_api);
    let (uploads, uploads_api) = admin::uploads_router().split_for_parts();
    api.merge(uploads_api);
    let others = others.layer(middleware::from_fn(detached));
    let uploads = uploads.layer(middleware::from_fn(|request: Request, next: Next| {
        detached_within(PICTURE_ANSWERED_WITHIN, request, next)
    }));
    let counting = Arc::clone(&app.callers);
    Ok(Router::new()
        .merge(attempts)
        .merge(others)
        .merge(uploads)
        .merge(sign_off::router().layer(middleware::from_fn(detached)))
        .with_state(app)
        .merge(openapi::router(api)?)
        .merge(pages)
        .method_not_allowed_fallback(async || Kind::MethodNotAllowed.because("see the Allow header"))
        .layer(middleware::from_fn_with_state(
            counting,
            async |State(callers): State<Arc<Callers>>, request: Request, next: Next| {
                let (timed, id) = (Timed::begin(&request), request_id(request.headers()));
                let (head, body) = request.into_parts();
                let answer = async {
                    match count(&callers, &head) {
                        Ok(()) => next.run(Request::from_parts(head, body)).await,
                        Err(refused) => refused.into_response(),
                    }
                };
                framed(timed, id, answer).await
            },
        )))
}

/// Runs a call as a task of its own. A client that goes away, or a timeout, must not cancel the beginning
/// of a database transaction half-way: that poisons the connection. And a panic stays in its task.
async fn detached(request: Request, next: Next) -> Response {
    detached_within(ANSWERED_WITHIN, request, next).await
}

async fn detached_within(within: Duration, request: Request, next: Next) -> Response {
    let call = tokio::spawn(next.run(request));
    match tokio::time::timeout(within, call).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => ApiError::internal("a handler panicked").into_response(),
        Err(_) => {
            let detail = "no answer in time; what was asked may still be done: look before asking again";
            Kind::Unavailable.because(detail).retry_after_s(5).into_response()
        }
    }
}

/// Around everything: a request id, safe headers, and an answer even when a handler panics.
async fn framed(timed: Timed, id: HeaderValue, answer: impl Future<Output = Response>) -> Response {
    let mut response = match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(response) => response,
        Err(_) => ApiError::internal("a handler panicked").into_response(),
    };
    timed.end(response.status());
    if response.status().is_server_error() {
        let kind = response.extensions().get::<Kind>().map(|kind| kind.word());
        tracing::debug!(request_id = ?id, kind, "answered with an error");
    }
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(RESOURCE_POLICY, SAME_ORIGIN);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(API_POLICY);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if !is_json(headers) {
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.entry(PERMISSIONS_POLICY).or_insert(NO_DEVICES);
        headers.entry(OPENER_POLICY).or_insert(SAME_ORIGIN);
    }
    response
}

/// Whether it is data, which is shown in no window, opens none and uses no device: what is said of those would be a third of
/// an answer to an attempt.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    kind.starts_with(b"application/json") || kind.starts_with(b"application/problem+json")
}

/// The client's own id, if it sent a reasonable one; else one that names process and request.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    static PROCESS: LazyLock<String> = LazyLock::new(|| uuid::Uuid::now_v7().simple().to_string()[..13].to_owned());
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let sent = headers
        .get(REQUEST_ID)
        .filter(|id| (1..=REQUEST_ID_LENGTH_MAX).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic));
    sent.cloned().unwrap_or_else(|| {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        HeaderValue::try_from(format!("{}-{count:x}", *PROCESS)).unwrap_or(HeaderValue::from_static("none"))
    })
}
