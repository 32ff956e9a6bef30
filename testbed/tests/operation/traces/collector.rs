//! A collector as small as can be: it takes what the services send over OTLP, and keeps it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;

/// What was taken so far.
#[derive(Clone, Default)]
pub(crate) struct Collector(Arc<Mutex<Vec<Taken>>>);

/// A span and the service that it is of.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) service: String,
    pub(crate) span: Span,
}

impl Collector {
    /// Starts one. Returns its endpoint, too.
    pub(crate) async fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
        let collector = Self::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, endpoint)
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.0.lock().expect("not poisoned").clone()
    }
}

async fn take(State(collector): State<Collector>, body: Bytes) -> StatusCode {
    let Ok(sent) = ExportTraceServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    for of_service in sent.resource_spans {
        let service = text(&of_service.resource.unwrap_or_default().attributes, "service.name").unwrap_or_default();
        let spans = of_service.scope_spans.into_iter().flat_map(|scope| scope.spans);
        let taken = spans.map(|span| Taken { service: service.clone(), span });
        collector.0.lock().expect("not poisoned").extend(taken);
    }
    StatusCode::OK
}

impl Taken {
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        text(&self.span.attributes, key)
    }

    pub(crate) fn links_to(&self, other: &Taken) -> bool {
        self.span.links.iter().any(|link| link.trace_id == other.span.trace_id && link.span_id == other.span.span_id)
    }

    pub(crate) fn is_under(&self, other: &Taken) -> bool {
        self.span.trace_id == other.span.trace_id && self.span.parent_span_id == other.span.span_id
    }
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    match attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    }
}
