//! The beginning of an attempt's trace: the click, its way into a message, and the message. All of it is nothing
//! when the attempt is not sampled.

use std::num::NonZeroU32;
use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use broker::Destination;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use sale::ids::{AttemptId, EventId};
use trace::{Carried, Operation, Span};

use crate::problems::ApiError;

/// What tells the client which trace its click is in.
const TRACE_RESPONSE: HeaderName = HeaderName::from_static("traceresponse");
/// Clicks a second that may go on with their caller's trace: anybody can ask for that, and traces have a cost.
const CALLERS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1_000).expect("not zero");

/// The span of a click, from the request to its answer.
pub(crate) struct Click(Span);

impl Click {
    pub(crate) fn begin(headers: &HeaderMap) -> Self {
        if !trace::is_on() || asks_too_much(headers) {
            return Self(Span::default());
        }
        Self(Span::of_request("POST /api/v1/sales/{event}/attempts", headers))
    }

    /// The attempt is admitted: begins the span that lasts until it is in a message.
    pub(crate) fn admit(&mut self, event: EventId, attempt: AttemptId) -> Span {
        if !self.0.is_recorded() {
            return Span::default();
        }
        self.0.set("flashline.event_id", event.to_string());
        self.0.set("flashline.attempt_id", attempt.to_string());
        Span::under(self.0.place(), Operation::Create, Destination::Line(event))
    }

    /// Says how it was answered, and the client which trace that is in.
    pub(crate) fn answer(mut self, result: &mut Result<Response, ApiError>) {
        let Some(place) = self.0.place() else { return };
        let status = match result {
            Ok(response) => {
                if let Ok(place) = HeaderValue::try_from(place.to_string()) {
                    response.headers_mut().insert(TRACE_RESPONSE, place);
                }
                response.status()
            }
            Err(error) => {
                self.0.set("error.type", error.kind.word());
                error.kind.status()
            }
        };
        self.0.set("http.request.method", "POST");
        self.0.set("http.route", "/api/v1/sales/{event}/attempts");
        self.0.set("http.response.status_code", i64::from(status.as_u16()));
        if status.is_server_error() {
            self.0.fail(&status);
        }
    }
}

fn asks_too_much(headers: &HeaderMap) -> bool {
    static CALLERS: LazyLock<DefaultDirectRateLimiter> =
        LazyLock::new(|| RateLimiter::direct(Quota::per_second(CALLERS_PER_SECOND)));
    let asks = headers.get("traceparent").is_some_and(|parent| !parent.as_bytes().ends_with(b"-00"));
    asks && CALLERS.check().is_err()
}

/// One message on its way, until the broker's confirm: what it carries, and its span.
#[derive(Default)]
pub(crate) struct Sending {
    pub(crate) carried: Carried,
    pub(crate) span: Span,
}

impl Sending {
    /// Of what has gathered for a message; the spans that waited for that end here.
    pub(crate) fn begin<'a>(event: EventId, waiting: impl ExactSizeIterator<Item = &'a mut Span>) -> Self {
        if !trace::is_on() {
            return Self::default();
        }
        let (mut carried, commands) = (Carried::default(), waiting.len());
        for (index, span) in waiting.enumerate() {
            carried.add(index, std::mem::take(span).place());
        }
        let span = Span::linked(&carried, Operation::Publish, Destination::Line(event), commands);
        Self { carried, span }
    }
}
