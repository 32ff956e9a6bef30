//! The frame of a process: named tasks with an owner who notices when one dies, readiness,
//! `/livez`, `/readyz` and `/metrics`, and a graceful shutdown on SIGTERM or Ctrl-C.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use clap::Args;
use metrics_exporter_prometheus::PrometheusHandle;
use settings::seconds;
use telemetry::{Telemetry, Traces};
use tls::Trust;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::readiness::Readiness;
use crate::{http, meters};

/// How often the metrics recorder tidies its histograms.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// How the process shows what it does, and how it ends.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Operation")]
pub struct Observe {
    /// Where /livez, /readyz and /metrics are served
    #[arg(long, env = "FLASHLINE_OPS_LISTEN", default_value = "127.0.0.1:0")]
    pub ops_listen: SocketAddr,
    /// Logs and traces.
    #[command(flatten)]
    pub telemetry: telemetry::Settings,
    /// How long a graceful shutdown may take before the process gives up, in seconds
    #[arg(long, env = "FLASHLINE_SHUTDOWN_SECONDS", default_value = "20", value_parser = seconds(1, 600))]
    pub shutdown_seconds: Duration,
}

/// A running process: hand it the tasks it consists of, then [`run`](Service::run) it.
pub struct Service {
    tasks: JoinSet<(String, anyhow::Result<()>)>,
    shutdown: CancellationToken,
    readiness: Readiness,
    operations: JoinHandle<anyhow::Result<()>>,
    shutdown_within: Duration,
    traces: Traces,
}

impl Service {
    /// Starts telemetry and the operations endpoints.
    ///
    /// # Errors
    /// When logging cannot start or the operations address cannot be bound.
    pub async fn start(name: &'static str, observe: &Observe, trust: &Trust) -> anyhow::Result<Self> {
        let Telemetry { metrics, traces } = telemetry::start(name, &observe.telemetry, trust)?;
        meter::register(meters::ALL);
        let listener = TcpListener::bind(observe.ops_listen)
            .await
            .with_context(|| format!("FLASHLINE_OPS_LISTEN: cannot listen on {}", observe.ops_listen))?;
        tracing::info!(service = name, version = env!("CARGO_PKG_VERSION"), ops = %listener.local_addr()?, "starting");

        let readiness = Readiness::default();
        // Not before everything is set up: whoever asks earlier must not be sent to a door that is not there yet.
        readiness.set("running", false);
        let router = operations(metrics.clone(), readiness.clone());
        let serving = http::serve(listener, router, http::Limits::operations(), CancellationToken::new());
        // No task like the others: it answers until the process exits, so that a draining process is seen as such.
        let operations = tokio::spawn(async move {
            tokio::select! {
                served = serving => served,
                () = upkeep(metrics) => Ok(()),
            }
        });
        Ok(Self {
            tasks: JoinSet::new(),
            shutdown: CancellationToken::new(),
            readiness,
            operations,
            shutdown_within: observe.shutdown_seconds,
            traces,
        })
    }

    /// Adds a task. If it ends before shutdown was asked for, the whole process shuts down, and fails.
    pub fn spawn(&mut self, name: impl Into<String>, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let name = name.into();
        self.tasks.spawn(async move { (name, task.await) });
    }

    /// Cancelled when the process should finish what it has in hand and end.
    pub fn shutdown(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Where tasks say whether they can do their work.
    pub fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    /// Runs until SIGTERM, Ctrl-C or the end of a task; then lets every task finish.
    ///
    /// # Errors
    /// When a task failed or ended unasked, or the shutdown took too long.
    pub async fn run(mut self) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        self.readiness.set("running", true);
        let mut verdict = tokio::select! {
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
            Some(ended) = self.tasks.join_next() => ended_unasked(ended),
            ended = &mut self.operations => ended_unasked(ended.map(|ended| ("operations".to_owned(), ended))),
        };
        if let Err(error) = &verdict {
            tracing::error!(error = format!("{error:#}"), "a task ended, shutting down");
        }
        tracing::info!("shutting down");
        self.readiness.set("running", false);
        self.shutdown.cancel();
        let finished = tokio::time::timeout(self.shutdown_within, async {
            while let Some(ended) = self.tasks.join_next().await {
                match ended {
                    Ok((_, Ok(()))) => {}
                    Ok((name, Err(error))) => tracing::warn!(task = name, error = format!("{error:#}"), "ended badly"),
                    Err(error) => verdict = Err(error.into()),
                }
            }
        });
        let finished = finished.await;
        self.traces.flush().await;
        if finished.is_err() {
            bail!("shutdown took longer than {} s", self.shutdown_within.as_secs());
        }
        tracing::info!("stopped");
        verdict
    }
}

fn ended_unasked(ended: Result<(String, anyhow::Result<()>), tokio::task::JoinError>) -> anyhow::Result<()> {
    match ended {
        Ok((name, Ok(()))) => bail!("task {name} ended unasked"),
        Ok((name, Err(error))) => Err(error.context(format!("task {name}"))),
        Err(error) => Err(error).context("a task panicked"),
    }
}

fn operations(metrics: PrometheusHandle, readiness: Readiness) -> Router {
    async fn readyz(State(readiness): State<Readiness>) -> Response {
        let (ready, known) = readiness.report();
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, Json(known)).into_response()
    }
    let process = metrics_process::Collector::default();
    process.describe();
    let render = move || {
        process.collect();
        metrics.render() + &meter::render_events()
    };
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .with_state(readiness)
        .route("/metrics", get(async move || render()))
}

async fn upkeep(metrics: PrometheusHandle) {
    loop {
        tokio::time::sleep(METRICS_UPKEEP).await;
        metrics.run_upkeep();
    }
}
