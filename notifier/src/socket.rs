//! One shopper's socket, from hello to goodbye.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use meter::Label;
use sale::ids::{AttemptId, EventId, ShopperId};
use session::{Family, TokenError};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::allowance::WithAllowance;
use crate::mailbox::{Close, Mail, Mailbox};
use crate::meters::{self, NoSocket, SocketEnd};
use crate::protocol::{ATTEMPTS_MAX, AttemptRef, ClientMessage, ServerMessage, parse};
use crate::traced::Pushes;

const HELLO_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two pings.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// A socket that was silent for longer is closed at the next ping.
const SILENCE_MAX: Duration = Duration::from_secs(45);
/// How long a send may take before the reader counts as gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// Messages a client may send in one heartbeat.
const MESSAGES_PER_HEARTBEAT_MAX: u32 = 60;

/// Somebody who has said hello.
pub(crate) struct Guest {
    stream: WebSocketStream<WithAllowance<TcpStream>>,
    shopper: ShopperId,
    session: Family,
    events: Vec<EventId>,
    attempts: Vec<AttemptRef>,
}

/// Serves one socket until it ends. Says why it did.
pub(crate) async fn serve(guest: Guest, context: Arc<Context>, leave: CancellationToken, drain: Duration) -> SocketEnd {
    let Guest { stream, shopper, session, events, attempts } = guest;
    // First the mailbox, then the truth: what happens in between comes twice rather than never.
    let mailbox = context.mailboxes.open(shopper, session);
    // So does the end of the session.
    if context.ended.has(shopper, session) == Ok(true) {
        mailbox.close(Close::SessionEnded);
    }
    let mut socket = Socket {
        stream,
        context,
        shopper,
        mailbox,
        events: Vec::new(),
        attempts: Vec::new(),
        heard_at: Instant::now(),
    };
    let ended = match socket.welcome(events, attempts).await {
        Ok(()) => socket.converse(leave, drain).await,
        Err(ended) => ended,
    };
    socket.context.mailboxes.close(shopper, &socket.mailbox, &socket.events);
    let _ = timeout(SEND_TIMEOUT, socket.stream.close(None)).await;
    ended
}

/// Waits for the hello, checks its ticket, and takes a place. Says why there is none.
pub(crate) async fn hello(
    mut stream: WebSocketStream<WithAllowance<TcpStream>>,
    context: &Context,
    places: &Arc<Semaphore>,
) -> Result<(Guest, OwnedSemaphorePermit), NoSocket> {
    let said = match timeout(HELLO_TIMEOUT, stream.next()).await {
        Ok(Some(Ok(Message::Text(text)))) => parse(&text),
        Ok(Some(Ok(_))) => Err("the first message must be a hello, as text".to_owned()),
        Ok(Some(Err(Error::Capacity(_)))) => {
            return Err(refuse(&mut stream, NoSocket::TooLarge, "a message is too large", CloseCode::Size).await);
        }
        Ok(Some(Err(_)) | None) => return Err(NoSocket::Left),
        Err(_) => Err("no hello in time".to_owned()),
    };
    let (kind, detail, code) = match said {
        Ok(ClientMessage::Hello { token, events, attempts }) => match context.keys.ticket(&token) {
            Err(error) => {
                let kind = if error == TokenError::Expired { NoSocket::TokenExpired } else { NoSocket::Unauthorized };
                (kind, error.to_string(), CloseCode::Policy)
            }
            Ok(ticket) => match Arc::clone(places).try_acquire_owned() {
                Ok(_) if context.ended.has(ticket.shopper, ticket.family) == Ok(true) => {
                    (NoSocket::SessionEnded, "somebody has signed out".to_owned(), CloseCode::Policy)
                }
                Ok(_) if !context.ended.is_loaded() => {
                    (NoSocket::Unready, ended::Unknown.to_string(), CloseCode::Again)
                }
                Err(_) => (NoSocket::Full, "every place is taken; come back".to_owned(), CloseCode::Again),
                Ok(_) if !context.tickets.use_up(ticket.id) => {
                    (NoSocket::TicketUsed, "a ticket opens one socket; get another".to_owned(), CloseCode::Policy)
                }
                Ok(place) => {
                    let events = events.into_iter().map(EventId).collect();
                    return Ok((
                        Guest { stream, shopper: ticket.shopper, session: ticket.family, events, attempts },
                        place,
                    ));
                }
            },
        },
        Ok(_) => (NoSocket::NoHello, "the first message must be a hello".to_owned(), CloseCode::Policy),
        Err(detail) => (NoSocket::Malformed, detail, CloseCode::Policy),
    };
    Err(refuse(&mut stream, kind, &detail, code).await)
}

async fn refuse<L: Label>(
    stream: &mut WebSocketStream<WithAllowance<TcpStream>>,
    why: L,
    detail: &str,
    code: CloseCode,
) -> L {
    let goodbye = async {
        stream.send(Message::Text(ServerMessage::Problem { kind: why.word(), detail }.text())).await?;
        stream.close(Some(CloseFrame { code, reason: why.word().into() })).await
    };
    let _ = timeout(SEND_TIMEOUT, goodbye).await;
    why
}

struct Socket {
    stream: WebSocketStream<WithAllowance<TcpStream>>,
    context: Arc<Context>,
    shopper: ShopperId,
    mailbox: Arc<Mailbox>,
    events: Vec<EventId>,
    /// What to look up again after an interruption; the newest last.
    attempts: Vec<(EventId, AttemptId)>,
    heard_at: Instant,
}

impl Socket {
    async fn welcome(&mut self, events: Vec<EventId>, attempts: Vec<AttemptRef>) -> Result<(), SocketEnd> {
        let welcome = ServerMessage::Welcome {
            shopper_id: self.shopper.0,
            server_time_ms: clock::now().0,
            heartbeat_ms: u64::try_from(HEARTBEAT.as_millis()).unwrap_or(0),
        };
        self.send(vec![welcome.text()]).await?;
        self.watch(events, attempts).await
    }

    async fn converse(&mut self, leave: CancellationToken, drain: Duration) -> SocketEnd {
        let mut ping = pin!(sleep_until(Instant::now() + HEARTBEAT.mul_f64(rand::random_range(0.5..1.0))));
        // Spread over the drain time, so that reconnects do not flood the other notifiers. Until then it is served as before.
        let mut leaving = pin!(async {
            leave.cancelled().await;
            sleep(drain.mul_f64(rand::random_range(0.0..1.0))).await;
        });
        let mut messages = 0;
        loop {
            let step = tokio::select! {
                mail = self.mailbox.take() => self.deliver(mail).await,
                said = self.stream.next() => {
                    messages += 1;
                    if messages > MESSAGES_PER_HEARTBEAT_MAX {
                        return refuse(&mut self.stream, SocketEnd::TooManyMessages, "slow down", CloseCode::Policy).await;
                    }
                    self.hear(said).await
                }
                () = &mut ping => {
                    if self.heard_at.elapsed() > SILENCE_MAX {
                        return SocketEnd::Silent;
                    }
                    messages = 0;
                    self.stream.get_mut().renew();
                    ping.as_mut().reset(Instant::now() + HEARTBEAT);
                    self.send_all(vec![Message::Ping(Bytes::new())]).await
                }
                () = &mut leaving => return self.say_goodbye().await,
            };
            if let Err(ended) = step {
                return ended;
            }
        }
    }

    async fn hear(&mut self, said: Option<Result<Message, Error>>) -> Result<(), SocketEnd> {
        self.heard_at = Instant::now();
        let text = match said {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()), // the library answers pings
            Some(Ok(Message::Close(_))) | None => return Err(SocketEnd::Left),
            Some(Ok(_)) => {
                return Err(
                    refuse(&mut self.stream, SocketEnd::Malformed, "text, please", CloseCode::Unsupported).await
                );
            }
            Some(Err(Error::Capacity(_))) => {
                return Err(
                    refuse(&mut self.stream, SocketEnd::TooLarge, "a message is too large", CloseCode::Size).await
                );
            }
            Some(Err(_)) => return Err(SocketEnd::Broken),
        };
        match parse(&text) {
            Ok(ClientMessage::Ping) => {
                self.send(vec![ServerMessage::Pong { server_time_ms: clock::now().0 }.text()]).await
            }
            Ok(ClientMessage::Watch { events, attempts }) => {
                self.watch(events.into_iter().map(EventId).collect(), attempts).await
            }
            Ok(ClientMessage::Hello { .. }) => {
                Err(refuse(&mut self.stream, SocketEnd::Malformed, "there was a hello before", CloseCode::Policy).await)
            }
            Err(detail) => Err(refuse(&mut self.stream, SocketEnd::Malformed, &detail, CloseCode::Policy).await),
        }
    }

    /// Watches other events from now on, and tells the truth about the attempts named.
    async fn watch(&mut self, mut events: Vec<EventId>, attempts: Vec<AttemptRef>) -> Result<(), SocketEnd> {
        events.sort_unstable();
        events.dedup();
        self.context.mailboxes.unwatch(&self.mailbox, &self.events);
        self.context.mailboxes.watch(&self.mailbox, &events);
        self.events = events;
        for named in attempts {
            self.remember((EventId(named.event_id), AttemptId(named.attempt_id)));
        }
        self.tell_truth().await
    }

    async fn tell_truth(&mut self) -> Result<(), SocketEnd> {
        if self.attempts.is_empty() {
            return Ok(());
        }
        let views = self.context.catch_up.read(self.shopper, &self.attempts).await;
        self.send(views.iter().map(|view| ServerMessage::Attempt(view).text()).collect()).await
    }

    fn remember(&mut self, about: (EventId, AttemptId)) {
        if !self.attempts.contains(&about) {
            if self.attempts.len() == ATTEMPTS_MAX {
                self.attempts.remove(0);
            }
            self.attempts.push(about);
        }
    }

    /// Sends what waited, in one go.
    async fn deliver(&mut self, mail: Mail) -> Result<(), SocketEnd> {
        for letter in &mail.news {
            self.remember(letter.about);
        }
        let (count, progress, began) = (mail.news.len() as u64, mail.progress.len() as u64, Instant::now());
        let pushes = Pushes::of(mail.news.iter().map(|letter| &letter.push));
        let news = mail.news.into_iter().map(|letter| letter.text);
        let texts = news.chain(mail.progress.into_iter().map(|(_, text)| text)).collect();
        self.send(texts).await.inspect_err(|ended| pushes.fail(&ended.word()))?;
        drop(pushes);
        meters::PROGRESS.add(progress);
        if count > 0 {
            meters::NEWS.add(count);
            meters::WRITE.took(began.elapsed());
        }
        if mail.look_again {
            self.tell_truth().await?;
        }
        match mail.close {
            None => Ok(()),
            Some(Close::TooSlow) => {
                Err(refuse(&mut self.stream, SocketEnd::TooSlow, "news piled up; come back", CloseCode::Again).await)
            }
            Some(Close::TooMany) => {
                Err(refuse(&mut self.stream, SocketEnd::TooManySockets, "opened elsewhere", CloseCode::Policy).await)
            }
            Some(Close::SessionEnded) => {
                let detail = "somebody has signed out";
                Err(refuse(&mut self.stream, SocketEnd::SessionEnded, detail, CloseCode::Policy).await)
            }
        }
    }

    /// With what was to be taken along by the next broadcast.
    async fn say_goodbye(&mut self) -> SocketEnd {
        if let Err(ended) = self.deliver(self.mailbox.take_now()).await {
            return ended;
        }
        if self.send(vec![ServerMessage::Bye { reconnect_after_ms: 0 }.text()]).await.is_ok() {
            let going = CloseFrame { code: CloseCode::Away, reason: "bye".into() };
            let _ = timeout(SEND_TIMEOUT, self.stream.close(Some(going))).await;
        }
        SocketEnd::Drained
    }

    async fn send(&mut self, texts: Vec<Utf8Bytes>) -> Result<(), SocketEnd> {
        self.send_all(texts.into_iter().map(Message::Text).collect()).await
    }

    /// One flush for all.
    async fn send_all(&mut self, messages: Vec<Message>) -> Result<(), SocketEnd> {
        let send = async {
            for message in messages {
                self.stream.feed(message).await?;
            }
            self.stream.flush().await
        };
        match timeout(SEND_TIMEOUT, send).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(SocketEnd::Broken),
            Err(_) => Err(SocketEnd::TooSlow),
        }
    }
}
