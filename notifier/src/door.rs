//! The door: accepts connections, checks who may come in, and upgrades them to WebSockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Door;
use crate::metered::Metered;
use crate::{Context, meters, socket};

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// What a client may say in one message, in bytes.
const MESSAGE_BYTES_MAX: usize = 4 * 1024;
/// The library's default of 128 KiB a connection would be 2.5 GB for 20,000 shoppers.
const READ_BUFFER_BYTES: usize = 1024;
/// What a client may say in one heartbeat, in bytes, whatever it is made of.
const HEARTBEAT_BYTES_MAX: usize = 256 * 1024;
/// Clients told at once that there is no place; further ones are not even told.
const REFUSALS_AT_ONCE: usize = 256;
/// Beyond this many unsent bytes, a send fails, and the socket is closed.
const WRITE_BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How long after the drain the last sockets may take to close.
const CLOSE_GRACE: Duration = Duration::from_secs(5);

/// Accepts until told to stop, then sends everybody away, spread over the drain time.
pub(crate) async fn run(
    listener: TcpListener,
    context: Arc<Context>,
    door: Door,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    meters::SOCKETS_MAX.set(door.sockets_max as f64);
    let places = Arc::new(Semaphore::new(door.sockets_max));
    let refusals = Arc::new(Semaphore::new(REFUSALS_AT_ONCE));
    let origins: Arc<[String]> = door.allowed_origins.iter().map(|origin| origin.trim().to_owned()).collect();
    let sockets = TaskTracker::new();
    loop {
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
        let (place, full) = match Arc::clone(&places).try_acquire_owned() {
            Ok(place) => (place, false),
            Err(_) => match Arc::clone(&refusals).try_acquire_owned() {
                Ok(place) => (place, true),
                Err(_) => continue,
            },
        };
        let (context, origins, leave) = (Arc::clone(&context), Arc::clone(&origins), shutdown.clone());
        let drain = door.drain_seconds;
        sockets.spawn(async move {
            if let Some(stream) = shake_hands(stream, peer, &origins, full).await {
                meters::SOCKETS.change(1.0);
                let why = Box::pin(socket::serve(stream, context, leave, drain)).await;
                meters::DISCONNECTS.one(why);
                meters::SOCKETS.change(-1.0);
            }
            drop(place);
        });
    }
    // Who was just sent away must not land in the backlog of a server that leaves.
    drop(listener);
    sockets.close();
    if tokio::time::timeout(door.drain_seconds + CLOSE_GRACE, sockets.wait()).await.is_err() {
        tracing::warn!(open = sockets.len(), "sockets still open after the drain");
    }
    Ok(())
}

async fn shake_hands(
    stream: TcpStream,
    peer: SocketAddr,
    origins: &[String],
    full: bool,
) -> Option<WebSocketStream<Metered<TcpStream>>> {
    let _ = stream.set_nodelay(true);
    let mut refused = "handshake";
    // The callback's type is the library's.
    #[expect(clippy::result_large_err, reason = "the library's signature")]
    let check = |request: &Request, response: Response| {
        let verdict = if full { Err((StatusCode::SERVICE_UNAVAILABLE, "full")) } else { may_come_in(request, origins) };
        verdict.map(|()| response).map_err(|(status, why)| {
            refused = why;
            let mut refusal = ErrorResponse::new(Some(format!("{why}\n")));
            *refusal.status_mut() = status;
            refusal
        })
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let stream = Metered::new(stream, HEARTBEAT_BYTES_MAX);
    let shaken = tokio_tungstenite::accept_hdr_async_with_config(stream, check, Some(config));
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, shaken).await {
        Ok(Ok(socket)) => Some(socket),
        Ok(Err(error)) => {
            meters::REFUSED.one(refused);
            tracing::debug!(%peer, %error, "handshake refused");
            None
        }
        Err(_) => {
            meters::REFUSED.one("slow");
            None
        }
    }
}

/// A browser says which page opens the socket; nobody checks it for us. Clients that are no browser send
/// none, and prove who they are by their token like everybody else.
fn may_come_in(request: &Request, origins: &[String]) -> Result<(), (StatusCode, &'static str)> {
    if request.uri().path() != "/ws" {
        return Err((StatusCode::NOT_FOUND, "path"));
    }
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().map_err(|_| (StatusCode::FORBIDDEN, "origin"))?;
    let own = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let from_here = origin.split_once("://").map(|(_, host)| without_port(host)) == own.map(without_port);
    let listed = origins.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin));
    if listed || (origins.is_empty() && own.is_some() && from_here) {
        Ok(())
    } else {
        Err((StatusCode::FORBIDDEN, "origin"))
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(path: &str, origin: Option<&str>, allowed: &[&str]) -> Option<&'static str> {
        let mut request = Request::builder().uri(path).header("host", "shop.example:8081");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let allowed: Vec<String> = allowed.iter().map(|&origin| origin.to_owned()).collect();
        may_come_in(&request.body(()).expect("request"), &allowed).err().map(|(_, why)| why)
    }

    #[test]
    fn pages_of_this_host_and_clients_that_are_no_browser_come_in() {
        assert_eq!(verdict("/ws", None, &[]), None);
        assert_eq!(verdict("/ws", Some("http://shop.example:8080"), &[]), None);
        assert_eq!(verdict("/ws", Some("https://shop.example"), &[]), None);
        assert_eq!(verdict("/", None, &[]), Some("path"));
    }

    #[test]
    fn other_pages_only_when_listed() {
        assert_eq!(verdict("/ws", Some("https://evil.example"), &[]), Some("origin"));
        assert_eq!(verdict("/ws", Some("https://shop.example.evil.example"), &[]), Some("origin"));
        assert_eq!(verdict("/ws", Some("null"), &[]), Some("origin"));
        assert_eq!(verdict("/ws", Some("https://page.example"), &["https://page.example"]), None);
        assert_eq!(verdict("/ws", Some("https://shop.example"), &["https://page.example"]), Some("origin"));
    }
}
