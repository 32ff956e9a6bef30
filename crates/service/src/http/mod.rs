//! Serving HTTP/1.1 with a limit on everything.
//!
//! `axum::serve` sets no timer: idle connections and half-sent headers stay open for ever. So the accept
//! loop is ours, on hyper: a bound on connections, on the time a header may take, on idle time, and on the
//! time a client may take to read. When all places are taken, those who wait for their client make room.

mod accept;
mod body;
mod crowding;
mod linger;
mod room;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::readiness::Readiness;

pub use accept::{Gate, accept};
pub use body::Inbound;
use body::Outbound;
pub use crowding::{Admitted, Crowding};
use linger::Lingering;
pub use room::{Doing, Room, Seat};

/// Newcomers without a place that wait where they are seen; further ones wait in the kernel's backlog.
const OUTSIDE_MAX: usize = 512;
/// How long a connection that was told to leave may take to send what it has, and how often it is looked at while its
/// request is still being answered.
const LEAVE_WITHIN: Duration = Duration::from_secs(1);

/// What a server allows.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once; further ones wait.
    pub connections_max: usize,
    /// From the beginning of a connection to the end of its first header.
    pub first_header_timeout: Duration,
    /// From the end of a response to the end of the next header.
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
            first_header_timeout: Duration::from_secs(10),
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
pub trait Respond: Clone + Send + Sync + 'static {
    /// The answer to one request.
    fn answer(&self, request: Request<Inbound>) -> impl Future<Output = Response> + Send;
}

impl Respond for Router {
    async fn answer(&self, request: Request<Inbound>) -> Response {
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
    door: impl Respond,
    limits: Limits,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    serve_in(Room::new(limits.connections_max), listener, door, limits, Crowding::off(), shutdown).await
}

/// The same for a door that anybody may come to: no address gets more connections than its share, and the process
/// is not ready while people cannot get in.
///
/// # Errors
/// Never while it serves: a failing connection is its own affair.
pub async fn serve_crowd(
    listener: TcpListener,
    door: impl Respond,
    limits: Limits,
    crowding: Crowding,
    readiness: Readiness,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let room = Room::new(limits.connections_max);
    tokio::select! {
        served = serve_in(room.clone(), listener, door, limits, crowding, shutdown) => served,
        () = room.watch(&readiness) => Ok(()),
    }
}

async fn serve_in(
    room: Room,
    listener: TcpListener,
    door: impl Respond,
    limits: Limits,
    crowding: Crowding,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let connections = TaskTracker::new();
    let closing = shutdown.child_token();
    let entry = Gate { room, crowding, outside_max: OUTSIDE_MAX };
    let serve = move |stream, peer, seat| {
        let (door, closing) = (door.clone(), closing.clone());
        async move { serve_connection(stream, peer, door, limits, Arc::new(seat), closing).await }
    };
    accept(listener, entry, &connections, &shutdown, serve).await;
    connections.close();
    if tokio::time::timeout(limits.drain_timeout, connections.wait()).await.is_err() {
        tracing::warn!(open = connections.len(), "connections still open after the drain");
    }
    Ok(())
}

async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    door: impl Respond,
    limits: Limits,
    seat: Arc<Seat>,
    closing: CancellationToken,
) {
    let _ = stream.set_nodelay(true);
    let is_unread = Arc::new(AtomicBool::new(false));
    let service = hyper::service::service_fn(|mut request: Request<Incoming>| {
        seat.does(Doing::Busy);
        request.extensions_mut().insert(Peer(peer));
        answer(&door, request, &seat, &is_unread)
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write_timeout));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(limits.header_bytes_max)
        .serve_connection(TokioIo::new(Lingering::new(Box::pin(stream), Arc::clone(&is_unread))), service);
    let mut connection = std::pin::pin!(connection);
    let early = async {
        sleep(limits.first_header_timeout).await;
        // It is not the first any more.
        if seat.doing() != Doing::Silent {
            std::future::pending::<()>().await;
        }
    };
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        () = early => return,
        () = seat.told_to_leave() => {
            if matches!(seat.doing(), Doing::Silent | Doing::Sending) {
                return;
            }
            connection.as_mut().graceful_shutdown();
            loop {
                tokio::select! {
                    served = connection.as_mut() => break served,
                    () = sleep(LEAVE_WITHIN) => if seat.doing() != Doing::Busy {
                        return;
                    }
                }
            }
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, %peer, "connection ended");
    }
}

/// The answer to one request. When the body was not read to its end, it says that the connection ends: what is left
/// of it would be taken for the next request.
async fn answer(
    door: &impl Respond,
    request: Request<Incoming>,
    seat: &Arc<Seat>,
    is_unread: &AtomicBool,
) -> Result<axum::http::Response<Outbound>, Infallible> {
    // Who waits to be asked for the body may leave it out after an early answer, or send it.
    let sends_when_asked = request.headers().contains_key(header::EXPECT);
    let (head, body) = request.into_parts();
    let (body, rest) = Inbound::new(body, Arc::clone(seat));
    let mut response = door.answer(Request::from_parts(head, body)).await;
    if let Some(rest) = rest
        && !rest.read_to_end(sends_when_asked).await
    {
        is_unread.store(true, Ordering::Relaxed);
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    seat.does(Doing::Busy);
    Ok(response.map(|body| Outbound::new(body, Arc::clone(seat))))
}
