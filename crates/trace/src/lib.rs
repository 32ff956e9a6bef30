//! One attempt's trace: from the click through the line and its round to the push and the record.
//!
//! ```text
//! ingress        POST …/attempts ─▶ create ┄┄ carried by the line's message ┄┄┐     publish: one message, linked to
//! dispenser                                     process attempt ◀┄┄┄┄┄┄┄┄┄┄┄┄┄┘     each create; process: one round,
//! notifier                                         push    ◀┄┄ carried by the       linked to each create, with read,
//! order-worker                                     record  ◀┄┄ round's message      decide, commit and publish in it
//! ```
//!
//! Spans follow messages, not the stack of calls, so each is told where it belongs: its [`SpanRef`] is what messages
//! carry ([`Carried`]), for the sampled attempts only. Nothing here is needed for a sale: where a trace is lost, its
//! attempt is not. When tracing is off, or an attempt is not sampled, a [`Span`] is an empty word, and messages carry
//! nothing.

mod carried;
mod messaging;
mod meters;

use std::fmt;
use std::sync::OnceLock;

use http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{
    Link, Span as _, SpanBuilder, SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracer;
use serde::{Deserialize, Serialize};

pub use carried::{CARRIED_MAX, Carried};
pub use messaging::{Destination, Operation};
pub use opentelemetry::Value;
pub use opentelemetry::trace::SpanKind;

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Whether this process records traces.
pub fn is_on() -> bool {
    TRACER.get().is_some()
}

/// Records traces from now on. Once.
pub fn switch_on(tracer: SdkTracer) {
    let _ = TRACER.set(tracer);
}

/// Shows at zero what is measured of traces in messages.
pub fn register_meters() {
    meter::register(meters::ALL);
}

/// Where something stands in a recorded trace: that trace's id, and the span that whatever follows belongs under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanRef {
    trace: [u8; 16],
    span: [u8; 8],
}

impl SpanRef {
    fn of(context: &SpanContext) -> Self {
        Self { trace: context.trace_id().to_bytes(), span: context.span_id().to_bytes() }
    }

    fn context(self, is_remote: bool) -> SpanContext {
        let (trace, span) = (TraceId::from_bytes(self.trace), SpanId::from_bytes(self.span));
        SpanContext::new(trace, span, TraceFlags::SAMPLED, is_remote, TraceState::NONE)
    }
}

/// As in the headers `traceparent` and `traceresponse` of the W3C.
impl fmt::Display for SpanRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-01", hex::encode(self.trace), hex::encode(self.span))
    }
}

/// A span under way, recorded when it is dropped; or nothing, when its trace is not recorded.
#[derive(Debug, Default)]
pub struct Span(Option<Box<opentelemetry_sdk::trace::Span>>);

impl Span {
    /// The span of an HTTP request. It goes on with the caller's trace if there is a `traceparent`; whether one that
    /// begins here is recorded is decided by lot.
    pub fn of_request(name: &'static str, headers: &HeaderMap) -> Self {
        Self::begin(|| (SpanBuilder::from_name(name).with_kind(SpanKind::Server), caller(headers)))
    }

    /// A span under one of this process, in its trace.
    pub fn child(&self, name: &'static str, kind: SpanKind) -> Self {
        let Some(place) = self.place() else { return Self::default() };
        Self::begin(|| (SpanBuilder::from_name(name).with_kind(kind), under(place, false)))
    }

    /// A span of what is done with one attempt's message, under the place that it carries.
    pub fn under(parent: Option<SpanRef>, operation: Operation, with: impl Destination) -> Self {
        let Some(parent) = parent else { return Self::default() };
        Self::begin(|| (messaging::builder(operation, &with), under(parent, operation.is_remote())))
    }

    /// A span of what is done with many attempts at once, of which some are sampled: it begins a trace of its own,
    /// and is linked to theirs.
    pub fn linked(to: &Carried, operation: Operation, with: impl Destination, messages: usize) -> Self {
        if to.is_empty() {
            return Self::default();
        }
        let links = || to.places().map(|place| Link::with_context(place.context(operation.is_remote()))).collect();
        let mut span = Self::begin(|| (messaging::builder(operation, &with).with_links(links()), Context::new()));
        span.set("messaging.batch.message_count", i64::try_from(messages).unwrap_or(i64::MAX));
        span
    }

    fn begin(what: impl FnOnce() -> (SpanBuilder, Context)) -> Self {
        let Some(tracer) = TRACER.get() else { return Self::default() };
        let (builder, parent) = what();
        let span = tracer.build_with_context(builder, &parent);
        Self(span.is_recording().then(|| Box::new(span)))
    }

    /// What whatever follows from this is to carry.
    pub fn place(&self) -> Option<SpanRef> {
        self.0.as_ref().map(|span| SpanRef::of(span.span_context()))
    }

    /// Whether it is recorded, so that it is worth finding out what there is to say.
    pub fn is_recorded(&self) -> bool {
        self.0.is_some()
    }

    /// Links it to another place, of another trace.
    pub fn link(&mut self, to: Option<SpanRef>) {
        if let (Some(span), Some(to)) = (&mut self.0, to) {
            span.add_link(to.context(false), Vec::new());
        }
    }

    /// Says something about it.
    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new(key, value));
        }
    }

    /// Says that it failed, and why.
    pub fn fail(&mut self, why: &impl fmt::Display) {
        if let Some(span) = &mut self.0 {
            span.set_status(Status::error(why.to_string()));
        }
    }
}

/// The caller's place, as far as there is one to be believed.
fn caller(headers: &HeaderMap) -> Context {
    struct Headers<'a>(&'a HeaderMap);
    impl Extractor for Headers<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            self.0.get(key)?.to_str().ok()
        }
        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(http::HeaderName::as_str).collect()
        }
    }
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers))
}

fn under(place: SpanRef, is_remote: bool) -> Context {
    Context::new().with_remote_span_context(place.context(is_remote))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Line;

    impl Destination for Line {
        fn template(&self) -> &'static str {
            "line"
        }
        fn name(&self) -> String {
            "line".to_owned()
        }
        fn routing_key(&self) -> Option<String> {
            None
        }
    }

    #[test]
    fn switched_off_there_is_nothing_and_nothing_is_carried() {
        let asks = [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")];
        let headers = asks.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
        let mut click = Span::of_request("click", &headers.collect());
        click.set("says", "nothing");
        assert!(!is_on() && click.place().is_none() && !click.is_recorded());
        let mut carried = Carried::default();
        carried.add(0, click.place());
        carried.add(1, Some(SpanRef { trace: [1; 16], span: [1; 8] }));
        assert!(!Span::linked(&carried, Operation::Process, Line, 2).is_recorded());
        assert!(!Span::under(carried.at(1), Operation::Answer, Line).is_recorded());
    }

    #[test]
    fn a_place_is_told_as_the_w3c_writes_it() {
        let place = SpanRef { trace: [0x0a; 16], span: [0xb7; 8] };
        assert_eq!(place.to_string(), "00-0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a-b7b7b7b7b7b7b7b7-01");
    }
}
