//! A shopper with tabs: sessions, sockets, clicks, and what is done with what they lead to.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use sale::ids::{EventId, ShopperId};
use serde_json::{Value, json};
use session::{Audience, SessionKeys};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use uuid::Uuid;

use super::caller::{Answered, Call, Caller};
use super::clock::Clock;
use super::step::Wish;
use super::transcript::{About, Notebook, To, Via};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long a new socket may take to say where every attempt stands.
const TOLD_WITHIN: Duration = Duration::from_millis(2_500);
/// How long a shopper looks at the page before they take it that there is no answer yet.
const ANSWERED_WITHIN: Duration = Duration::from_millis(1_200);
const LOOK_EVERY: Duration = Duration::from_millis(40);
/// Attempts that one hello may name.
const HELLO_MAX: usize = 16;
/// Of a session that we make ourselves where the API gives none.
const MADE_LASTS_S: u64 = 900;

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What all shoppers of a story share.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) caller: Caller,
    pub(super) clock: Clock,
    pub(super) event: EventId,
    /// To make the session of a shopper whom the API would make somebody else: the story goes on as it should.
    pub(super) sessions: SessionKeys,
}

/// One shopper.
pub(super) struct Shopper {
    number: usize,
    pub(super) id: ShopperId,
    first_token: String,
    token: String,
    /// What reads the socket of each open tab.
    tabs: JoinSet<()>,
    sockets: usize,
    /// Every attempt that got a 202: with which key and wish.
    pub(super) attempts: Vec<(usize, Wish, Uuid)>,
    /// The first attempt of each key.
    pub(super) firsts: BTreeMap<usize, Uuid>,
    /// Attempts that were waited for in vain once.
    missed: Vec<Uuid>,
}

impl Shopper {
    /// Opens the page, and its socket.
    pub(super) async fn arrive(place: &Place, number: usize) -> anyhow::Result<Self> {
        let session = place.caller.call(Call::post(number % 2, "/sessions")).await;
        let text = |field: &str| session.body[field].as_str().map(str::to_owned);
        let (Some(token), Some(id)) = (text("token"), text("shopper_id")) else {
            anyhow::bail!("no session: {} {}", session.status, session.body)
        };
        let mut shopper = Self {
            number,
            id: id.parse()?,
            first_token: token.clone(),
            token,
            tabs: JoinSet::new(),
            sockets: 0,
            attempts: Vec::new(),
            firsts: BTreeMap::new(),
            missed: Vec::new(),
        };
        shopper.open_tab(place).await;
        Ok(shopper)
    }

    fn to(&self) -> To {
        To::Shopper(self.number)
    }

    /// Clicks, and remembers what the 202 was for.
    pub(super) async fn click(&mut self, place: &Place, key: usize, wish: Wish, door: usize, body: &Value) {
        let path = format!("/sales/{}/attempts", place.event);
        let headers = [("idempotency-key", format!("key-{key}"))];
        let call = Call { headers: &headers, body: Some(body), ..Call::post(door, &path) };
        let answered = self.ask(place, call, About::Click { key, wish }).await;
        let Some(id) = answered.body["attempt_id"].as_str().and_then(|id| id.parse().ok()) else { return };
        if answered.status == 202 && !self.attempts.iter().any(|(.., known)| *known == id) {
            self.attempts.push((key, wish, id));
            self.firsts.entry(key).or_insert(id);
        }
    }

    /// Pays, once the page says that there is something to pay.
    pub(super) async fn pay(&mut self, place: &Place, key: usize, card: &str, nth: usize) {
        let Some(attempt) = self.in_state(place, key, &["reserved"]).await else { return };
        let path = format!("/sales/{}/reservations/{attempt}/payments", place.event);
        let headers = [("idempotency-key", format!("pay-{nth}"))];
        let body = json!({ "card_token": card });
        let call = Call { headers: &headers, body: Some(&body), ..Call::post(self.number % 2, &path) };
        self.ask(place, call, About::Payment(attempt)).await;
    }

    /// Gives back what is reserved, or a place on standby.
    pub(super) async fn give_back(&mut self, place: &Place, key: usize) {
        let Some(attempt) = self.in_state(place, key, &["reserved", "standby"]).await else { return };
        let path = format!("/sales/{}/reservations/{attempt}/cancel", place.event);
        self.ask(place, Call::post(self.number % 2, &path), About::GiveBack(attempt)).await;
    }

    /// The attempt of a key, if it stands so.
    async fn in_state(&mut self, place: &Place, key: usize, states: &[&str]) -> Option<Uuid> {
        let attempt = *self.firsts.get(&key)?;
        self.answered(place, attempt).await;
        let state = place.caller.notebook.state_of(attempt)?;
        states.contains(&state.as_str()).then_some(attempt)
    }

    /// Looks until an attempt is answered; not again if that was in vain.
    async fn answered(&mut self, place: &Place, attempt: Uuid) {
        let give_up = Instant::now() + ANSWERED_WITHIN;
        loop {
            let state = self.look(place, self.number % 2, attempt).await;
            if state.is_some_and(|state| state != "in_line") || self.missed.contains(&attempt) {
                return;
            }
            if Instant::now() > give_up {
                return self.missed.push(attempt);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Waits for the answers of everything that may have one by now.
    pub(super) async fn all_answered(&mut self, place: &Place) {
        for attempt in self.ids() {
            if place.caller.notebook.state_of(attempt).is_none_or(|state| state == "in_line") {
                self.answered(place, attempt).await;
            }
        }
    }

    async fn look(&mut self, place: &Place, door: usize, attempt: Uuid) -> Option<String> {
        let path = format!("/sales/{}/attempts/{attempt}", place.event);
        let answered = self.ask(place, Call::get(door, &path), About::Attempt(attempt)).await;
        answered.body["state"].as_str().filter(|_| answered.is_good()).map(str::to_owned)
    }

    /// Asks where every attempt stands, and for the list of what is held.
    pub(super) async fn ask_all(&mut self, place: &Place, door: usize) {
        for attempt in self.ids() {
            self.look(place, door, attempt).await;
        }
        self.ask(place, Call::get(door, "/me/reservations"), About::Mine).await;
    }

    fn ids(&self) -> Vec<Uuid> {
        self.attempts.iter().map(|(.., id)| *id).collect()
    }

    /// Comes back with the session that the shopper began with.
    pub(super) async fn come_back(&mut self, place: &Place) {
        let first = self.first_token.clone();
        self.renew(place, &first).await;
        self.ask(place, Call::get(1, "/me/reservations"), About::Mine).await;
    }

    /// A new session for the same shopper. Where the API has none, one of our own.
    async fn renew(&mut self, place: &Place, with: &str) {
        let call = Call { bearer: Some(with), ..Call::post(self.number % 2, "/sessions/renew") };
        let renewed = place.caller.ask(call, self.to(), About::Renewal { shopper_id: self.id.0 }).await;
        let same = renewed.is_good() && renewed.body["shopper_id"] == json!(self.id.to_string());
        let token = renewed.body["token"].as_str().filter(|_| same).map(str::to_owned);
        let made =
            || place.sessions.issue(self.id, Audience::Shop, place.clock.now(), MADE_LASTS_S).unwrap_or_default();
        self.token = token.unwrap_or_else(made);
    }

    /// Calls with the shopper's session, renewed if it has expired.
    async fn ask(&mut self, place: &Place, call: Call<'_>, about: About) -> Answered {
        let token = self.token.clone();
        let asked = place.caller.notebook.elapsed();
        let answered = place.caller.call(Call { bearer: Some(&token), ..call }).await;
        if answered.status == 401 && answered.body["type"] == "/problems/token_expired" {
            self.renew(place, &token).await;
            let token = self.token.clone();
            return place.caller.ask(Call { bearer: Some(&token), ..call }, self.to(), about).await;
        }
        let (via, status, said) = (Via::Door(call.door), Some(answered.status), answered.body.clone());
        place.caller.notebook.note(asked, self.to(), via, about, status, said);
        answered
    }

    /// One more tab, with a socket that is read until the tab is closed.
    pub(super) async fn open_tab(&mut self, place: &Place) {
        let named: Vec<Uuid> = self.ids().into_iter().rev().take(HELLO_MAX).collect();
        let Some(stream) = self.connect(place, &named).await else { return };
        let ear = self.ear(place);
        self.tabs.spawn(async move { ear.listen(stream, &mut Vec::new()).await });
    }

    pub(super) fn close_tabs(&mut self) {
        self.tabs.abort_all();
    }

    /// Opens a new socket, hears where every attempt stands, and closes it.
    pub(super) async fn hear_all(&mut self, place: &Place) {
        let ids = self.ids();
        for named in ids.chunks(HELLO_MAX) {
            let Some(stream) = self.connect(place, named).await else { continue };
            let (ear, mut awaited) = (self.ear(place), named.to_vec());
            let _ = timeout(TOLD_WITHIN, ear.listen(stream, &mut awaited)).await;
        }
    }

    fn ear(&mut self, place: &Place) -> Ear {
        self.sockets += 1;
        let socket = self.number * 100 + self.sockets;
        Ear { notebook: place.caller.notebook.clone(), to: self.to(), via: Via::Socket(socket) }
    }

    async fn connect(&mut self, place: &Place, attempts: &[Uuid]) -> Option<Stream> {
        let ticket = self.ticket(place).await?;
        let (token, url) = (ticket["token"].as_str()?, ticket["url"].as_str()?);
        let (mut stream, _) = timeout(CONNECT_WITHIN, tokio_tungstenite::connect_async(url)).await.ok()?.ok()?;
        let event = place.event.to_string();
        let named: Vec<Value> = attempts.iter().map(|id| json!({ "event_id": event, "attempt_id": id })).collect();
        let hello = json!({ "type": "hello", "token": token, "events": [event], "attempts": named });
        stream.send(Message::text(hello.to_string())).await.ok()?;
        Some(stream)
    }

    async fn ticket(&mut self, place: &Place) -> Option<Value> {
        for _ in 0..2 {
            let token = self.token.clone();
            let call = Call { bearer: Some(&token), ..Call::post(self.number % 2, "/socket-tickets") };
            let answered = place.caller.call(call).await;
            if answered.is_good() {
                return Some(answered.body);
            }
            self.renew(place, &token).await;
        }
        None
    }
}

/// Who listens at a socket.
struct Ear {
    notebook: Notebook,
    to: To,
    via: Via,
}

impl Ear {
    /// Writes down what is said until the socket ends, or until the attempts that are waited for (if any are) have all
    /// been spoken of.
    async fn listen(&self, mut stream: Stream, awaited: &mut Vec<Uuid>) {
        let (waits, mut broadcast) = (!awaited.is_empty(), Value::Null);
        while let Some(Ok(heard)) = stream.next().await {
            let Message::Text(text) = heard else { continue };
            let said: Value = serde_json::from_str(&text).unwrap_or_default();
            let attempt = said["attempt_id"].as_str().and_then(|id| id.parse::<Uuid>().ok());
            let about = match (said["type"].as_str(), attempt) {
                (Some("attempt"), Some(attempt)) => About::Attempt(attempt),
                (Some("order"), Some(attempt)) => About::OrderNews(attempt),
                (Some("progress"), _) if said["status"] != broadcast => {
                    broadcast = said["status"].clone();
                    About::Progress
                }
                _ => continue,
            };
            self.notebook.note(self.notebook.elapsed(), self.to, self.via, about, None, said);
            awaited.retain(|id| Some(*id) != attempt);
            if waits && awaited.is_empty() {
                return;
            }
        }
    }
}
