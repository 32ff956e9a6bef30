//! The door: accepts connections, checks who may come in, and upgrades them to WebSockets.
//!
//! Those who have not said hello are in a small room of their own, in which the silent make room for newcomers: they
//! take no shopper's place. A place is for who has shown a ticket, and no address has more than its share of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use meter::Label;
use service::Readiness;
use service::address::client_address;
use service::http::{Admitted, Crowding, Gate, Room, Seat, accept};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::Request;
use tokio_tungstenite::tungstenite::http::header;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::allowance::WithAllowance;
use crate::config::Admittance;
use crate::handshake::{self, HandshakeRefusal};
use crate::meters::NoSocket;
use crate::socket::{self, Guest};
use crate::{Context, meters};

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections that have not said hello. With more, those who have been silent for a second make room.
const NEWCOMERS_MAX: usize = 512;
/// Further ones wait here, and the rest in the kernel's backlog.
const OUTSIDE_MAX: usize = 128;
/// What a client may say in one message, in bytes.
const MESSAGE_BYTES_MAX: usize = 4 * 1024;
/// The library's default of 128 KiB a connection would be 2.5 GB for 20,000 shoppers.
const READ_BUFFER_BYTES: usize = 1024;
/// What a client may say in one heartbeat, in bytes, whatever it is made of.
const HEARTBEAT_BYTES_MAX: usize = 256 * 1024;
/// Beyond this many unsent bytes, a send fails, and the socket is closed.
const WRITE_BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How long after the drain the last sockets may take to close.
const CLOSE_GRACE: Duration = Duration::from_secs(5);
/// How often it is looked whether there are places.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What every newcomer comes by.
struct Doorway {
    context: Arc<Context>,
    door: Admittance,
    newcomers: Room,
    places: Arc<Semaphore>,
    crowding: Crowding,
}

/// What a socket holds for as long as it lasts.
type SocketPermits = (OwnedSemaphorePermit, Admitted);

/// Accepts until told to stop, then sends everybody away, spread over the drain time.
pub(crate) async fn run(
    listener: TcpListener,
    context: Arc<Context>,
    door: Admittance,
    readiness: Readiness,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    meters::SOCKETS_MAX.set(door.sockets_max as f64);
    let drain = door.drain_seconds;
    let entrance = Arc::new(Doorway {
        context,
        newcomers: Room::new(NEWCOMERS_MAX),
        places: Arc::new(Semaphore::new(door.sockets_max)),
        crowding: Crowding::new(door.address_sockets, door.trusted_proxies.clone()),
        door,
    });
    let sockets = TaskTracker::new();
    let entry = Gate {
        room: entrance.newcomers.clone(),
        // What an address may have is known once its request is read: many may come through one proxy.
        crowding: Crowding::new(0, entrance.door.trusted_proxies.clone()),
        outside_max: OUTSIDE_MAX,
    };
    let (by, leave) = (Arc::clone(&entrance), shutdown.clone());
    let serve = move |stream, peer, seat| Arc::clone(&by).serve(stream, peer, seat, leave.clone());
    tokio::select! {
        () = accept(listener, entry, &sockets, &shutdown, serve) => {}
        () = entrance.watch(&readiness) => {}
    }
    sockets.close();
    if timeout(drain + CLOSE_GRACE, sockets.wait()).await.is_err() {
        tracing::warn!(open = sockets.len(), "sockets still open after the drain");
    }
    Ok(())
}

impl Doorway {
    /// Says whether people can come in: whether newcomers wait, and whether there is a place for them.
    async fn watch(&self, readiness: &Readiness) {
        let places = async {
            loop {
                readiness.set("places", self.places.available_permits() > 0);
                sleep(LOOK_EVERY).await;
            }
        };
        tokio::join!(self.newcomers.watch(readiness), places);
    }

    /// A connection from its beginning to its end. A newcomer's seat is theirs until they have said hello.
    async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, seat: Seat, leave: CancellationToken) {
        let came_in = tokio::select! {
            came_in = Box::pin(self.come_in(stream, peer, &seat)) => came_in,
            () = leave.cancelled() => return,
        };
        drop(seat);
        match came_in {
            Ok((guest, held)) => {
                meters::SOCKETS.change(1.0);
                let (context, drain) = (Arc::clone(&self.context), self.door.drain_seconds);
                let why = Box::pin(socket::serve(guest, context, leave, drain)).await;
                meters::DISCONNECTS.one(why);
                meters::SOCKETS.change(-1.0);
                drop(held);
            }
            Err(why) => {
                meters::REFUSED.one(why);
                tracing::debug!(%peer, why = why.word(), "no socket");
            }
        }
    }

    /// From the connection to the hello. Says why there is no socket.
    async fn come_in(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        seat: &Seat,
    ) -> Result<(Guest, SocketPermits), NoSocket> {
        let _ = stream.set_nodelay(true);
        let entering = async {
            let mut stream = WithAllowance::new(stream, HEARTBEAT_BYTES_MAX);
            let share = match timeout(HANDSHAKE_TIMEOUT, self.shake_hands(&mut stream, peer, seat)).await {
                Ok(Some(Ok(share))) => share,
                Ok(Some(Err(refusal))) => {
                    handshake::refuse(&mut stream, refusal).await;
                    return Err(refusal.label());
                }
                Ok(None) => return Err(NoSocket::Left),
                Err(_) => return Err(NoSocket::Slow),
            };
            let config = WebSocketConfig::default()
                .read_buffer_size(READ_BUFFER_BYTES)
                .write_buffer_size(0)
                .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
                .max_message_size(Some(MESSAGE_BYTES_MAX))
                .max_frame_size(Some(MESSAGE_BYTES_MAX));
            let stream = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
            let (guest, place) = socket::hello(stream, &self.context, &self.places).await?;
            Ok((guest, (place, share)))
        };
        tokio::select! {
            came_in = entering => came_in,
            () = seat.told_to_leave() => Err(NoSocket::MadeRoom),
        }
    }

    /// One request, answered with the upgrade; the share of its address. `None` when the client has left.
    async fn shake_hands(
        &self,
        stream: &mut WithAllowance<TcpStream>,
        peer: SocketAddr,
        seat: &Seat,
    ) -> Option<Result<Admitted, HandshakeRefusal>> {
        let request = match handshake::read_head(stream).await? {
            Ok(request) => request,
            Err(refusal) => return Some(Err(refusal)),
        };
        let client = client_address(Some(peer), request.headers(), &self.door.trusted_proxies);
        seat.is_for(client);
        let admitted = may_come_in(&request, &self.door.allowed_origins).and_then(|()| {
            if self.places.available_permits() == 0 {
                return Err(HandshakeRefusal::Full);
            }
            self.crowding.admit(client).ok_or(HandshakeRefusal::Crowded)
        });
        match admitted {
            Ok(share) => Some(handshake::upgrade(stream, &request).await.map(|()| share)),
            Err(refusal) => Some(Err(refusal)),
        }
    }
}

/// A browser says which page opens the socket; nobody checks it for us. Clients that are no browser send
/// none, and prove who they are by their token like everybody else.
fn may_come_in(request: &Request, origins: &[String]) -> Result<(), HandshakeRefusal> {
    if request.uri().path() != "/ws" {
        return Err(HandshakeRefusal::Path);
    }
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().map_err(|_| HandshakeRefusal::Origin)?;
    let own = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let from_here = origin.split_once("://").map(|(_, host)| without_port(host)) == own.map(without_port);
    let listed = origins.iter().map(|allowed| allowed.trim());
    let listed = listed.into_iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin));
    if listed || (origins.is_empty() && own.is_some() && from_here) { Ok(()) } else { Err(HandshakeRefusal::Origin) }
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

    fn verdict(path: &str, origin: Option<&str>, allowed: &[&str]) -> Option<NoSocket> {
        let mut request = Request::builder().uri(path).header("host", "shop.example:8081");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let allowed: Vec<String> = allowed.iter().map(|&origin| origin.to_owned()).collect();
        may_come_in(&request.body(()).expect("request"), &allowed).err().map(HandshakeRefusal::label)
    }

    #[test]
    fn pages_of_this_host_and_clients_that_are_no_browser_come_in() {
        assert_eq!(verdict("/ws", None, &[]), None);
        assert_eq!(verdict("/ws", Some("http://shop.example:8080"), &[]), None);
        assert_eq!(verdict("/ws", Some("https://shop.example"), &[]), None);
        assert_eq!(verdict("/", None, &[]), Some(NoSocket::Path));
    }

    #[test]
    fn other_pages_only_when_listed() {
        assert_eq!(verdict("/ws", Some("https://evil.example"), &[]), Some(NoSocket::Origin));
        assert_eq!(verdict("/ws", Some("https://shop.example.evil.example"), &[]), Some(NoSocket::Origin));
        assert_eq!(verdict("/ws", Some("null"), &[]), Some(NoSocket::Origin));
        assert_eq!(verdict("/ws", Some("https://page.example"), &["https://page.example"]), None);
        assert_eq!(verdict("/ws", Some("https://shop.example"), &["https://page.example"]), Some(NoSocket::Origin));
    }
}
