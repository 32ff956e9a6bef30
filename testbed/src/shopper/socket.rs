//! The shopper's socket: opened with the page, opened again when it breaks.

use std::convert::Infallible;
use std::sync::PoisonError;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use uuid::Uuid;

use super::door::Door;
use super::{Mood, World};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(500);
/// As the page does, when it is told to come back at once.
const PAUSE_SHORTEST: Duration = Duration::from_millis(50);

pub(super) type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(super) struct Socket {
    stream: Option<Stream>,
    attempts: Vec<Uuid>,
    /// Before the next try to connect; jittered.
    pause: Duration,
    away_since: Option<Instant>,
    /// The longest time between a connection that ended and the welcome on the next.
    pub(super) away_longest: Duration,
    mood: watch::Receiver<Mood>,
}

impl Socket {
    pub(super) async fn open(world: &World, door: &Door) -> Self {
        let mut socket = Self {
            stream: None,
            attempts: Vec::new(),
            pause: RETRY,
            away_since: None,
            away_longest: Duration::ZERO,
            mood: world.mood.clone(),
        };
        socket.connect(world, door).await;
        socket
    }

    /// From now on the truth about this attempt is asked for whenever the socket is opened again.
    pub(super) fn remember(&mut self, attempt: Uuid) {
        self.attempts.push(attempt);
    }

    /// The next news about attempts and orders; progress is skipped unread. Safe to cancel: what is lost by
    /// it is asked for again on the next connection, and by polling.
    pub(super) async fn next(&mut self, world: &World, door: &Door) -> Value {
        loop {
            let Some(stream) = &mut self.stream else {
                tokio::time::sleep(self.pause.mul_f64(rand::random_range(0.5..1.5))).await;
                self.pause = RETRY;
                self.connect(world, door).await;
                continue;
            };
            let reads = *self.mood.borrow() != Mood::Slow;
            let heard = tokio::select! {
                heard = stream.next(), if reads => heard,
                Ok(()) = self.mood.changed() => {
                    if self.lose(world) {
                        self.connect(world, door).await;
                    }
                    continue;
                }
                else => std::future::pending().await,
            };
            match heard {
                Some(Ok(Message::Text(text))) if text.starts_with(r#"{"type":"progress""#) => {}
                Some(Ok(Message::Text(text))) => {
                    let news: Value = serde_json::from_str(&text).unwrap_or_default();
                    match news["type"].as_str() {
                        Some("attempt" | "order") => return news,
                        Some("welcome") => self.is_back(),
                        Some("bye") => {
                            let after_ms = news["reconnect_after_ms"].as_u64().unwrap_or(0);
                            self.pause = Duration::from_millis(after_ms).max(PAUSE_SHORTEST);
                        }
                        _ => {}
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => {
                    self.stream = None;
                    self.away_since = Some(Instant::now());
                }
            }
        }
    }

    /// Reads what comes before there is anything of one's own to hear.
    pub(super) async fn listen(&mut self, world: &World, door: &Door) -> Infallible {
        loop {
            self.next(world, door).await;
        }
    }

    fn is_back(&mut self) {
        if let Some(since) = self.away_since.take() {
            self.away_longest = self.away_longest.max(since.elapsed());
        }
    }

    /// Whether the mood of all is to lose their sockets now.
    fn lose(&mut self, world: &World) -> bool {
        match *self.mood.borrow() {
            Mood::Storm => drop(self.stream.take()),
            Mood::Vanish => world.lost.lock().unwrap_or_else(PoisonError::into_inner).extend(self.stream.take()),
            Mood::Calm | Mood::Slow => return false,
        }
        true
    }

    async fn connect(&mut self, world: &World, door: &Door) {
        let Some((token, url)) = door.socket_ticket(world).await else { return };
        let config = WebSocketConfig::default().read_buffer_size(2 * 1024);
        let connecting = tokio_tungstenite::connect_async_with_config(url, Some(config), true);
        let Ok(Ok((mut stream, _))) = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await else { return };
        let event = world.event.to_string();
        let attempts: Vec<Value> =
            self.attempts.iter().map(|attempt| json!({ "event_id": event, "attempt_id": attempt })).collect();
        let hello = json!({ "type": "hello", "token": token, "events": [event], "attempts": attempts });
        if stream.send(Message::text(hello.to_string())).await.is_ok() {
            self.stream = Some(stream);
        }
    }
}
