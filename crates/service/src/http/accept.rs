//! Accepting connections: the one loop of every server, whatever it speaks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::crowding::Crowding;
use super::room::{Room, Seat};
use crate::meters;

/// How long to wait after a failed `accept` (out of files, say) before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What connections come in by.
pub struct Gate {
    /// Where each takes a seat.
    pub room: Room,
    /// How many one address may have; and which addresses are proxies.
    pub crowding: Crowding,
    /// Those without a seat that wait here, where they are seen; further ones wait in the kernel's backlog.
    pub outside_max: usize,
}

/// Accepts until `shutdown` is cancelled, and serves each connection once it has a seat, as one of `connections`. The
/// listener ends with it: whoever connects then is to be refused, and go elsewhere, not to wait in the backlog of a
/// server that leaves.
pub async fn accept<S, F>(
    listener: TcpListener,
    gate: Gate,
    connections: &TaskTracker,
    shutdown: &CancellationToken,
    serve: S,
) where
    S: Fn(TcpStream, SocketAddr, Seat) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let Gate { room, crowding, outside_max } = gate;
    let outside = Arc::new(Semaphore::new(outside_max));
    loop {
        let next = async {
            // Never closed.
            let newcomer = Arc::clone(&outside).acquire_owned().await.ok();
            (newcomer, listener.accept().await)
        };
        let (newcomer, accepted) = tokio::select! {
            next = next => next,
            () = shutdown.cancelled() => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "accept failed");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(share) = crowding.admit(peer.ip()) else {
            meters::CROWDED_OUT.one();
            continue;
        };
        let (room, is_proxy) = (room.clone(), crowding.is_exempt(peer.ip()));
        let (shutdown, serve) = (shutdown.clone(), serve.clone());
        connections.spawn(async move {
            let seat = tokio::select! {
                seat = room.enter(peer.ip(), is_proxy) => seat,
                () = shutdown.cancelled() => return,
            };
            drop(newcomer);
            serve(stream, peer, seat).await;
            drop(share);
        });
    }
}
