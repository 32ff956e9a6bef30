//! Serving HTTP/1.1 with a limit on everything.
//!
//! `axum::serve` sets no timer: idle connections and half-sent headers stay open for ever. So the accept
//! loop is ours, on hyper: a bound on connections, on the time a header may take, on idle time, and on the
//! time a client may take to read.

mod crowding;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
pub use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::meters;

pub use crowding::Crowding;

/// How long to wait after a failed `accept` (out of files, say) before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a server allows.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once; further ones wait in the kernel's backlog.
    pub connections_max: usize,
    /// From the first byte of a connection or the end of a response to the end of the next header.
    pub header_timeout: Duration,
    /// Bytes of header, and so of URL.
    pub header_bytes_max: usize,
    /// How long a client may read nothing of what it is sent.
    pub write_timeout: Duration,
    /// How long open requests may take to end after shutdown was asked for.
    pub drain_timeout: Duration,
}

impl Limits {
    /// For `/livez`, `/readyz` and `/metrics`.
    pub fn operations() -> Self {
        Self { connections_max: 64, ..Self::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 16_000,
            header_timeout: Duration::from_secs(30),
            header_bytes_max: 16 * 1024,
            write_timeout: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(10),
        }
    }
}

/// The address a connection comes from. In every request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// What answers requests. Each connection has a clone.
pub trait Answer: Clone + Send + Sync + 'static {
    /// The answer to one request.
    fn answer(&self, request: Request<Incoming>) -> impl Future<Output = Response> + Send;
}

impl Answer for Router {
    async fn answer(&self, request: Request<Incoming>) -> Response {
        match self.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// Serves until `shutdown` is cancelled, then lets open requests end.
///
/// # Errors
/// Never while it serves: a failing connection is its own affair.
pub async fn serve(
    listener: TcpListener,
    door: impl Answer,
    limits: Limits,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    serve_crowd(listener, door, limits, Crowding::off(), shutdown).await
}

/// The same for a door that anybody may come to: no address gets more connections than its share.
///
/// # Errors
/// Never while it serves: a failing connection is its own affair.
pub async fn serve_crowd(
    listener: TcpListener,
    door: impl Answer,
    limits: Limits,
    crowding: Crowding,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let slots = Arc::new(Semaphore::new(limits.connections_max));
    let connections = TaskTracker::new();
    let closing = shutdown.child_token();
    loop {
        let slot = tokio::select! {
            slot = Arc::clone(&slots).acquire_owned() => slot.context("connection slots")?,
            () = shutdown.cancelled() => break,
        };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            () = shutdown.cancelled() => break,
        };
        let Some(place) = crowding.admit(peer.ip()) else {
            meters::CROWDED_OUT.one();
            continue;
        };
        let connection = serve_connection(stream, peer, door.clone(), limits, closing.clone());
        connections.spawn(async move {
            connection.await;
            drop((slot, place));
        });
    }
    // Whoever connects now is to be refused, and go elsewhere, not to wait in the backlog of a server that leaves.
    drop(listener);
    connections.close();
    if tokio::time::timeout(limits.drain_timeout, connections.wait()).await.is_err() {
        tracing::warn!(open = connections.len(), "connections still open after the drain");
    }
    Ok(())
}

async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    door: impl Answer,
    limits: Limits,
    closing: CancellationToken,
) {
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        let answer = door.answer(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write_timeout));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(limits.header_bytes_max)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    let mut connection = std::pin::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, %peer, "connection ended");
    }
}
