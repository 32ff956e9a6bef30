//! The shoppers' sockets: opened before the start, as in a real waiting page, and listened to.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use futures_util::{SinkExt, StreamExt, stream};
use sale::ids::EventId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::http::attempt_id;
use super::shoppers::Shoppers;

const OPENING_AT_ONCE: usize = 128;
const OPEN_WITHIN: Duration = Duration::from_secs(20);
const READ_BUFFER_BYTES: usize = 1024;
/// Sockets from one loopback address: fewer than there are ports.
const PER_ADDRESS: u32 = 5_000;

/// Open sockets. Closed when dropped.
pub(super) struct Sockets {
    _readers: JoinSet<()>,
    heard: Arc<Heard>,
}

/// What was heard besides answers.
#[derive(Default)]
struct Heard {
    /// Answers to attempts.
    answers: AtomicU64,
    /// Progress messages.
    progress: AtomicU64,
    /// The longest that one was under way, in milliseconds by this machine's clock.
    progress_ms_max: AtomicU64,
    /// Sockets that ended.
    broken: AtomicU64,
}

/// A look at what was heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Count {
    pub(super) answers: u64,
    pub(super) progress: u64,
    pub(super) progress_ms_max: u64,
    pub(super) broken: u64,
}

impl Sockets {
    /// Opens one for each shopper, at the address that the door would give to each of them.
    pub(super) async fn open(shoppers: &Arc<Shoppers>, event: EventId, urls: &[String]) -> anyhow::Result<Self> {
        let opening = stream::iter(0..shoppers.len()).map(|index| {
            let hash = shoppers.get(index).id.0.as_u128() % urls.len().max(1) as u128;
            let url = usize::try_from(hash).ok().and_then(|at| urls.get(at)).cloned().unwrap_or_default();
            let shoppers = Arc::clone(shoppers);
            async move { tokio::time::timeout(OPEN_WITHIN, open(index, &url, &shoppers, event)).await? }
        });
        let mut opening = opening.buffer_unordered(OPENING_AT_ONCE);
        let (mut readers, heard) = (JoinSet::new(), Arc::<Heard>::default());
        while let Some(opened) = opening.next().await {
            let (index, socket) = opened?;
            readers.spawn(read(index, socket, Arc::clone(shoppers), Arc::clone(&heard)));
        }
        Ok(Self { _readers: readers, heard })
    }

    /// What was heard so far. The longest is of the time since the last look.
    pub(super) fn count(&self) -> Count {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Count {
            answers: read(&self.heard.answers),
            progress: read(&self.heard.progress),
            progress_ms_max: self.heard.progress_ms_max.swap(0, Ordering::Relaxed),
            broken: read(&self.heard.broken),
        }
    }
}

async fn open(
    index: usize,
    url: &str,
    shoppers: &Shoppers,
    event: EventId,
) -> anyhow::Result<(usize, WebSocketStream<TcpStream>)> {
    let door: SocketAddr = url.trim_start_matches("ws://").trim_end_matches("/ws").parse()?;
    // Addresses of its own for each sale: ports of closed connections are not free again at once.
    let of_event = event.0.as_bytes()[15];
    let from = Ipv4Addr::new(127, 1, of_event, u8::try_from(2 + shoppers.get(index).place / PER_ADDRESS)?);
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
    let stream = socket.connect(door).await.with_context(|| format!("cannot connect to {door}"))?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES).write_buffer_size(0);
    let (mut socket, _) = tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await?;
    let token = &shoppers.get(index).socket_token;
    let hello = json!({ "type": "hello", "token": token, "events": [event] });
    socket.send(Message::text(hello.to_string())).await?;
    let welcome = socket.next().await.context("closed at once")??;
    ensure!(welcome.to_text()?.contains("\"welcome\""), "not welcome: {welcome}");
    Ok((index, socket))
}

async fn read(index: usize, mut socket: WebSocketStream<TcpStream>, shoppers: Arc<Shoppers>, heard: Arc<Heard>) {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        if text.starts_with(r#"{"type":"attempt""#) {
            heard.answers.fetch_add(1, Ordering::Relaxed);
            if let Some(attempt) = attempt_id(text.as_bytes()) {
                shoppers.pushed(shoppers.get(index), attempt);
            }
        } else if text.starts_with(r#"{"type":"progress""#) {
            heard.progress.fetch_add(1, Ordering::Relaxed);
            if let Some(at_ms) = number(&text, "\"at_ms\":") {
                heard.progress_ms_max.fetch_max(clock::now().0.saturating_sub(at_ms), Ordering::Relaxed);
            }
        }
    }
    heard.broken.fetch_add(1, Ordering::Relaxed);
}

/// A number in some JSON, by the text before it.
fn number(json: &str, before: &str) -> Option<u64> {
    let (_, after) = json.split_once(before)?;
    after.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}
