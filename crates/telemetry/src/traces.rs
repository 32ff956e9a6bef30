//! Sending traces to an OpenTelemetry collector. A collector that is slow or down costs spans, never a sale: they
//! wait in a bounded queue for a thread of their own, and what finds no room there is dropped and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use opentelemetry::trace::{Link, SpanKind, TraceId, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter as OtlpExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SamplingResult, SdkTracerProvider, ShouldSample, Span, SpanData,
    SpanExporter, SpanProcessor,
};

use tls::Trust;
use trace::CARRIED_MAX;

use crate::meters::{self, Fate};

/// Spans that wait to be sent at most.
const QUEUE_MAX: usize = 8_192;
/// Spans in one message to the collector at most.
const BATCH_MAX: usize = 1_024;
/// Between two messages, unless one is full.
const SEND_EVERY: Duration = Duration::from_secs(1);
/// How long the collector may take for a message.
const SEND_WITHIN: Duration = Duration::from_secs(3);
/// How long the last spans may take at shutdown.
const FLUSH_WITHIN: Duration = Duration::from_secs(4);

/// Which attempts are traced, and where their traces go.
#[derive(Clone, Debug, Args)]
#[group(skip)]
#[command(next_help_heading = "Operation")]
pub struct Settings {
    /// OpenTelemetry collector that takes traces, as http://host:4318 or https://…; without it there are none
    #[arg(long, env = "FLASHLINE_OTLP_ENDPOINT", value_parser = collector)]
    pub otlp_endpoint: Option<String>,
    /// Share of the attempts that are traced, from 0 to 1; one whose caller sends a traceparent does as that says
    #[arg(long, env = "FLASHLINE_TRACE_RATIO", default_value = "0.01", value_parser = share)]
    pub trace_ratio: f64,
}

fn collector(text: &str) -> Result<String, String> {
    match text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) {
        Some(host) if !host.is_empty() => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("must be a URL that starts with http:// or https://".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("must be a number from 0 to 1".to_owned()),
    }
}

/// The spans of this process on their way to the collector; nothing when tracing is off.
#[derive(Default)]
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Starts sending, if an endpoint is set. Call at most once.
    ///
    /// # Errors
    /// When the exporter cannot be made.
    pub fn start(service: &'static str, settings: &Settings, trust: &Trust) -> anyhow::Result<Self> {
        let Some(endpoint) = &settings.otlp_endpoint else { return Ok(Self::default()) };
        let sent = OtlpExporter::builder()
            .with_http()
            .with_http_client(client(trust)?)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_timeout(SEND_WITHIN)
            .with_retry_policy(RetryPolicy::disabled())
            .build()
            .context("FLASHLINE_OTLP_ENDPOINT")?;
        let waiting = Arc::new(AtomicUsize::new(0));
        let batch = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE_MAX)
            .with_max_export_batch_size(BATCH_MAX)
            .with_scheduled_delay(SEND_EVERY)
            .build();
        let sender = Sender { collector: sent, waiting: Arc::clone(&waiting), failing: AtomicBool::new(false) };
        let batches = BatchSpanProcessor::builder(sender).with_batch_config(batch).build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(Queue { batches, waiting })
            .with_sampler(Sampler::ParentBased(Box::new(Roots { ratio: settings.trace_ratio })))
            .with_max_links_per_span(u32::try_from(CARRIED_MAX).unwrap_or(u32::MAX))
            .with_resource(resource(service))
            .build();
        trace::switch_on(provider.tracer("flashline"));
        tracing::info!(endpoint, ratio = settings.trace_ratio, "tracing");
        Ok(Self(Some(provider)))
    }

    /// Sends what waits. Nothing is recorded after it.
    pub async fn flush(self) {
        let Some(provider) = self.0 else { return };
        // On a thread of its own: it waits for the collector.
        let flushed = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FLUSH_WITHIN)).await;
        if !matches!(flushed, Ok(Ok(()))) {
            tracing::warn!("the last spans were not sent");
        }
    }
}

/// The exporting thread blocks, so its client does. It must be made and dropped outside of a runtime's threads.
fn client(trust: &Trust) -> anyhow::Result<reqwest::blocking::Client> {
    let config = trust.client_config()?;
    let made = std::thread::spawn(|| {
        reqwest::blocking::Client::builder().timeout(SEND_WITHIN).tls_backend_preconfigured(config).build()
    });
    Ok(made.join().map_err(|_| anyhow::anyhow!("the client of the collector panicked"))??)
}

fn resource(service: &'static str) -> Resource {
    Resource::builder()
        .with_service_name(service)
        .with_attributes([
            KeyValue::new("service.namespace", "flashline"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", uuid::Uuid::now_v7().to_string()),
        ])
        .build()
}

/// Which traces that begin here are recorded: those that link to recorded ones, as batches do, and a share of the
/// others. Whatever has a parent does as its parent does.
#[derive(Clone, Debug)]
struct Roots {
    ratio: f64,
}

impl ShouldSample for Roots {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let linked = links.iter().any(|link| link.span_context.is_sampled());
        let sampler = if linked { Sampler::AlwaysOn } else { Sampler::TraceIdRatioBased(self.ratio) };
        sampler.should_sample(parent, trace, name, kind, attributes, links)
    }
}

/// Lets spans wait for the sending thread, as long as there is room.
#[derive(Debug)]
struct Queue {
    batches: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) < QUEUE_MAX {
            self.batches.on_end(span);
        } else {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            count(Fate::QueueFull, 1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}

/// Sends batches to the collector, says once that it does not take them, and counts what became of each span.
#[derive(Debug)]
struct Sender {
    collector: OtlpExporter,
    waiting: Arc<AtomicUsize>,
    failing: AtomicBool,
}

impl SpanExporter for Sender {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
        let sent = self.collector.export(batch).await;
        count(if sent.is_ok() { Fate::Sent } else { Fate::Lost }, spans);
        match &sent {
            Ok(()) if self.failing.swap(false, Ordering::Relaxed) => tracing::info!("the collector takes traces again"),
            Err(error) if !self.failing.swap(true, Ordering::Relaxed) => {
                tracing::warn!(%error, "the collector does not take traces; they are lost until it does");
            }
            Ok(()) | Err(_) => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.collector.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.collector.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.collector.set_resource(resource);
    }
}

fn count(fate: Fate, spans: usize) {
    meters::TRACE_SPANS.add(fate, spans as u64);
}
