//! The shoppers' sockets: opened before the start, as in a real waiting page, and listened to.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use futures_util::{SinkExt, StreamExt, stream};
use sale::ids::EventId;
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
const PER_ADDRESS: usize = 10_000;

/// Open sockets. Closed when dropped.
pub(super) struct Sockets {
    _readers: JoinSet<()>,
    heard: Arc<Heard>,
}

/// What was heard besides answers.
#[derive(Default)]
pub(super) struct Heard {
    progress: AtomicU64,
    broken: AtomicU64,
}

impl Sockets {
    /// Opens one for each shopper, at the address that `door_of` its index gives.
    pub(super) async fn open(
        shoppers: &Arc<Shoppers>,
        event: EventId,
        door_of: impl Fn(usize) -> String,
    ) -> anyhow::Result<Self> {
        let opening = stream::iter(0..shoppers.len()).map(|index| {
            let (url, shoppers) = (door_of(index), Arc::clone(shoppers));
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

    /// Progress messages read so far.
    pub(super) fn progress(&self) -> u64 {
        self.heard.progress.load(Ordering::Relaxed)
    }

    /// Sockets that ended.
    pub(super) fn broken(&self) -> u64 {
        self.heard.broken.load(Ordering::Relaxed)
    }
}

async fn open(
    index: usize,
    url: &str,
    shoppers: &Shoppers,
    event: EventId,
) -> anyhow::Result<(usize, WebSocketStream<TcpStream>)> {
    let door: SocketAddr = url.trim_start_matches("ws://").trim_end_matches("/ws").parse()?;
    let from = Ipv4Addr::new(127, 0, 0, u8::try_from(2 + index / PER_ADDRESS)?);
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
            if let Some(attempt) = attempt_id(text.as_bytes()) {
                shoppers.pushed(shoppers.get(index), attempt);
            }
        } else if text.starts_with(r#"{"type":"progress""#) {
            heard.progress.fetch_add(1, Ordering::Relaxed);
        }
    }
    heard.broken.fetch_add(1, Ordering::Relaxed);
}
