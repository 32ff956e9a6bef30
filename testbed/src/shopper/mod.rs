//! One simulated shopper: opens the page (and its socket), waits for the start, clicks, waits for the answer,
//! pays or not. Keeps a diary.

mod door;
mod socket;

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::seq::IndexedRandom;
use sale::gateway::GatewayKind;
use sale::ids::EventId;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use crate::diary::{Diary, Seen};
use crate::stripe;
use door::{Clicked, Door};
use socket::Socket;

/// Without news for this long, ask.
const ASK_AFTER: Duration = Duration::from_secs(3);

/// How long an answer in the response is waited for, in seconds.
const WAITS_S: u32 = 2;

/// Where a shopper of a crowd lives.
#[derive(Clone)]
pub struct World {
    /// Keep-alive connections to the doors: each shopper has their own.
    pub client: reqwest::Client,
    /// The doors; each shopper uses one.
    pub base_urls: Vec<String>,
    /// The sale.
    pub event: EventId,
    /// When the crowd's clock began.
    pub began: Instant,
    /// When everybody goes home.
    pub ends: Instant,
    /// How all of them treat their sockets.
    pub mood: watch::Receiver<Mood>,
    /// Sockets that nobody will read or close any more.
    lost: Arc<Mutex<Vec<socket::Stream>>>,
}

/// How a crowd treats its sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// Reads them.
    #[default]
    Calm,
    /// Does not read them.
    Slow,
    /// Closes all of them, and opens others at the same moment.
    Storm,
    /// The same, but the old ones stay open without anybody behind them.
    Vanish,
}

impl World {
    /// A crowd's, from now until it goes home.
    pub fn new(
        client: reqwest::Client,
        base_urls: &[String],
        event: EventId,
        (began, ends): (Instant, Instant),
        mood: watch::Receiver<Mood>,
    ) -> Self {
        Self { client, base_urls: base_urls.to_vec(), event, began, ends, mood, lost: Arc::default() }
    }
}

/// What a shopper does with a reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Pays with these cards, one after the other, until one is accepted.
    Pay(Vec<&'static str>),
    /// Does nothing, and lets it expire.
    Abandon,
    /// Gives it back.
    Cancel,
}

impl Then {
    /// Pays, with a card that is accepted.
    pub fn pays() -> Self {
        Self::Pay(vec!["tok_ok"])
    }

    /// By a shopper's number: most pay, some with a second card, some never.
    pub fn mixed(index: usize) -> Self {
        match index % 10 {
            0..6 => Self::pays(),
            6 => Self::Pay(vec!["tok_declined", "tok_ok"]),
            7 => Self::Pay(vec!["tok_declined", "tok_declined", "tok_declined"]),
            8 => Self::Abandon,
            _ => Self::Cancel,
        }
    }
}

/// What one shopper is up to.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Wants this.
    pub sku: String,
    /// So many.
    pub quantity: u32,
    /// With this coupon.
    pub coupon: Option<String>,
    /// And then.
    pub then: Then,
    /// Clicks twice at once.
    pub double_click: bool,
    /// Would rather have the answer in the response.
    pub waits: bool,
    /// Takes so long to fill in a card.
    pub types_for: Duration,
    /// Comes from this address, where the doors believe this machine of where others come from.
    pub from: Option<IpAddr>,
}

impl Plan {
    /// One unit of a random item; most pay, some with a second card, some never.
    pub fn random(skus: &[String], coupon: Option<&str>) -> Self {
        let then = match rand::random_range(0..100) {
            0..52 => Then::Pay(vec!["tok_ok"]),
            52..57 => Then::Pay(vec!["tok_3ds"]),
            57..60 => Then::Pay(vec!["tok_pending"]),
            60..62 => Then::Pay(vec!["tok_hold_expires"]),
            62..66 => Then::Pay(vec!["tok_slow"]),
            66..70 => Then::Pay(vec!["tok_twice"]),
            70..80 => Then::Pay(vec!["tok_declined", "tok_ok"]),
            80..85 => Then::Pay(vec!["tok_declined", "tok_declined", "tok_declined"]),
            85..95 => Then::Abandon,
            _ => Then::Cancel,
        };
        Self {
            sku: skus.choose(&mut rand::rng()).cloned().unwrap_or_default(),
            quantity: if rand::random_ratio(1, 8) { 2 } else { 1 },
            coupon: coupon.filter(|_| rand::random_ratio(1, 10)).map(str::to_owned),
            then,
            double_click: rand::random_ratio(1, 20),
            waits: rand::random_ratio(2, 3),
            types_for: Duration::ZERO,
            from: None,
        }
    }
}

impl Plan {
    /// The same with cards of the gateway that the sale is paid through.
    #[must_use]
    pub fn through(mut self, gateway: GatewayKind) -> Self {
        if let (Then::Pay(cards), GatewayKind::Stripe) = (&mut self.then, gateway) {
            for card in cards {
                *card = if *card == "tok_declined" { stripe::DECLINED } else { stripe::CARD };
            }
        }
        self
    }
}

/// Lives one shopper's life: opens the page now, clicks at `clicks_at`.
pub async fn live(world: World, plan: Plan, clicks_at: Instant, opens_page_at: Instant) -> Option<Diary> {
    tokio::time::sleep_until(opens_page_at).await;
    let door = Door::open(&world).await?;
    let shopper = door.shopper;
    let mut socket = Socket::open(&world, &door).await;
    tokio::select! {
        () = tokio::time::sleep_until(clicks_at) => {}
        never = socket.listen(&world, &door) => match never {},
    }
    let mut life = Life {
        seen: Seen { scheduled_ms: ms(world.began, clicks_at), ..Seen::default() },
        cards: match &plan.then {
            Then::Pay(cards) => cards.clone(),
            Then::Abandon | Then::Cancel => Vec::new(),
        },
        world,
        plan,
        door,
        socket,
    };
    life.run().await;
    life.seen.away_longest_ms = life.socket.away_longest.as_secs_f64() * 1_000.0;
    Some(Diary { event: life.world.event, shopper, seen: life.seen })
}

struct Life {
    world: World,
    plan: Plan,
    door: Door,
    socket: Socket,
    seen: Seen,
    /// Cards not tried yet.
    cards: Vec<&'static str>,
}

impl Life {
    async fn run(&mut self) {
        let mut wish = json!({ "sku": self.plan.sku, "quantity": self.plan.quantity });
        if let Some(coupon) = &self.plan.coupon {
            wish["coupon"] = json!(coupon);
        }
        let key = Uuid::now_v7().to_string();
        self.seen.sent_ms = self.now_ms();
        let entry = if self.plan.double_click {
            let (first, second) = tokio::join!(self.click(&wish, &key), self.click(&wish, &key));
            if matches!(first, Clicked::TurnedAway(_)) { second } else { first }
        } else {
            self.click(&wish, &key).await
        };
        match entry {
            Clicked::Accepted(at, attempt) => {
                self.seen.accepted = Some((ms(self.world.began, at), attempt));
                self.socket.remember(attempt);
                self.wait(attempt).await;
            }
            Clicked::Answered(at, attempt, answer) => {
                self.seen.accepted = Some((ms(self.world.began, at), attempt));
                self.socket.remember(attempt);
                self.take_note(&answer);
                if !self.is_over(&answer) {
                    self.react(&answer, attempt).await;
                    self.wait(attempt).await;
                }
            }
            Clicked::TurnedAway(kind) => self.seen.turned_away = Some(kind),
        }
    }

    async fn click(&self, wish: &Value, key: &str) -> Clicked {
        self.door.attempt(&self.world, wish, key, self.plan.waits.then_some(WAITS_S)).await
    }

    /// Follows the attempt until nothing more can happen, or everybody goes home.
    async fn wait(&mut self, attempt: Uuid) {
        loop {
            let news = tokio::select! {
                news = self.socket.next(&self.world, &self.door) => Some(news),
                () = tokio::time::sleep(ASK_AFTER) => self.door.read(&self.world, attempt).await,
                () = tokio::time::sleep_until(self.world.ends) => return,
            };
            let Some(news) = news else { continue };
            self.take_note(&news);
            if self.is_over(&news) {
                return;
            }
            self.react(&news, attempt).await;
        }
    }

    fn take_note(&mut self, news: &Value) {
        let state = news["state"].as_str().unwrap_or_default();
        let is_order = news["type"] == "order";
        let answer = news["answer"].as_str();
        if let (Some(answer), false) = (answer, is_order) {
            self.seen.answers.insert(answer.to_owned());
            let now_ms = self.now_ms();
            self.seen.answered_ms.get_or_insert(now_ms);
        }
        if let Some(total_minor) = news["price"]["total_minor"].as_i64() {
            self.seen.total_minor = Some(total_minor);
        }
        let number = news["order_number"].as_str().or(news["order"]["number"].as_str());
        if let Some(number) = number.filter(|_| state == "paid" || news["order"]["state"] == "paid") {
            self.seen.order_number = Some(number.to_owned());
        }
        if !is_order && !state.is_empty() && state != "in_line" {
            self.seen.state = state.to_owned();
        }
    }

    fn is_over(&self, news: &Value) -> bool {
        let state = self.seen.state.as_str();
        // A change can be the first thing heard, while the answer went to a socket that broke: ask for that. That an entry is in
        // is not the answer to it yet.
        if self.seen.answers.iter().all(|answer| answer == "entered") {
            return false;
        }
        matches!(state, "sold_out" | "refused" | "expired" | "cancelled" | "standby_ended")
            || (state == "confirmed" && self.seen.order_number.is_some())
            || (news["type"] == "order" && news["state"] == "refunded")
    }

    async fn react(&mut self, news: &Value, attempt: Uuid) {
        if news["state"] == "action_needed" || news["payment"]["state"] == "action_needed" {
            return self.answer_bank(news, attempt).await;
        }
        let reserved = news["state"] == "reserved" && news["type"] != "order";
        let declined = news["state"] == "declined" || news["payment"]["state"] == "declined";
        if !reserved && !declined {
            return;
        }
        match &self.plan.then {
            Then::Cancel if reserved => self.door.cancel(&self.world, attempt).await,
            // A second look at the same reservation must not spend a second card.
            Then::Pay(cards) if declined || self.cards.len() == cards.len() => {
                if let Some(card) = (!self.cards.is_empty()).then(|| self.cards.remove(0)) {
                    tokio::time::sleep(self.plan.types_for).await;
                    self.door.pay(&self.world, attempt, card).await;
                }
            }
            Then::Pay(_) | Then::Cancel | Then::Abandon => {}
        }
    }

    /// The bank asks: most say that it is them, some say no, some never say anything.
    async fn answer_bank(&self, news: &Value, attempt: Uuid) {
        // News over the socket do not say where.
        let asked = match news["payment"]["action"]["url"].as_str() {
            Some(_) => Some(news.clone()),
            None => self.door.read(&self.world, attempt).await,
        };
        let says = match attempt.as_u128() % 8 {
            0 => return,
            1 => "no",
            _ => "yes",
        };
        if let Some(url) = asked.as_ref().and_then(|asked| asked["payment"]["action"]["url"].as_str()) {
            self.door.answer_bank(&self.world, url, says).await;
        }
    }

    fn now_ms(&self) -> f64 {
        ms(self.world.began, Instant::now())
    }
}

fn ms(began: Instant, at: Instant) -> f64 {
    at.saturating_duration_since(began).as_secs_f64() * 1_000.0
}
