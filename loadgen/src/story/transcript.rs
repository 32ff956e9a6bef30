//! Every sentence that anybody was told, as it was told.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sale::time::UnixMs;
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use super::clock::Clock;
use super::step::{Wish, name};

/// Who was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    Organiser,
    Shopper(usize),
    Anybody,
}

/// How.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    Door(usize),
    /// One of a shopper's sockets; numbers are given once in a story.
    Socket(usize),
}

/// What it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// The answer to a click.
    Click { key: usize, wish: Wish },
    /// Where an attempt stands: asked for, or pushed.
    Attempt(Uuid),
    /// News of a payment or an order.
    OrderNews(Uuid),
    /// A wish to pay.
    Payment(Uuid),
    /// A wish to give back.
    GiveBack(Uuid),
    /// A session renewed, for whom.
    Renewal { shopper_id: Uuid },
    /// A shopper's own list.
    Mine,
    /// A listing, and what it should read: its status, and the units left of each item.
    Listing { status: &'static str, left: Option<Vec<u32>> },
    /// What is broadcast to everybody; written down when it says something new.
    Progress,
    /// A copy of the sale, for a form.
    Copy,
    /// A form saved.
    Save,
    /// Units added.
    Restock { item: usize, units: u32 },
    /// Something else that an organiser did.
    Run(&'static str),
    /// Money given back for an attempt.
    Refund { attempt: Uuid, put_back: bool },
}

/// One sentence.
#[derive(Clone, Debug)]
pub(super) struct Sentence {
    /// When it was asked for, on the story's stopwatch; pushed ones when they came.
    pub(super) asked: Duration,
    /// When it came.
    pub(super) heard: Duration,
    /// The time everybody was told it was.
    pub(super) at: UnixMs,
    pub(super) to: To,
    pub(super) via: Via,
    pub(super) about: About,
    /// The HTTP status of an answer; 0 when there was none. Absent for what was pushed.
    pub(super) status: Option<u16>,
    pub(super) said: Value,
}

impl Sentence {
    /// Whether it says what was asked, and not a problem.
    pub(super) fn is_good(&self) -> bool {
        self.status.is_none_or(|status| (200..300).contains(&status))
    }

    /// The problem's kind, if it is one.
    pub(super) fn problem(&self) -> Option<&str> {
        self.said["type"].as_str()?.strip_prefix("/problems/")
    }

    /// Where the attempt stands, if this says so.
    pub(super) fn state(&self) -> Option<&str> {
        (matches!(self.about, About::Attempt(_)) && self.is_good()).then(|| self.said["state"].as_str()).flatten()
    }

    /// The attempt of a 202.
    pub(super) fn accepted(&self) -> Option<Uuid> {
        let is_accepted = matches!(self.about, About::Click { .. }) && self.status == Some(202);
        self.said["attempt_id"].as_str().filter(|_| is_accepted)?.parse().ok()
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = clock::to_utc(self.at).format("%j %H:%M:%S");
        write!(out, "{:>6.2} s  day {at}  ", self.heard.as_secs_f64())?;
        match self.to {
            To::Organiser => write!(out, "organiser")?,
            To::Shopper(shopper) => write!(out, "{}", name(shopper))?,
            To::Anybody => write!(out, "anybody")?,
        }
        match self.via {
            Via::Door(door) => write!(out, ", door {door}")?,
            Via::Socket(socket) => write!(out, ", socket {socket}")?,
        }
        match &self.about {
            About::Click { key, wish } => write!(out, ": key {key}, {wish}")?,
            About::Attempt(id) | About::OrderNews(id) => write!(out, ": {}", short(*id))?,
            About::Payment(id) => write!(out, ": pays {}", short(*id))?,
            About::GiveBack(id) => write!(out, ": gives back {}", short(*id))?,
            About::Listing { status, left } => write!(out, ": the sale is {status}, left {left:?}")?,
            About::Refund { attempt, put_back } => write!(out, ": refunds {}, put back {put_back}", short(*attempt))?,
            other => write!(out, ": {other:?}")?,
        }
        if let Some(status) = self.status {
            write!(out, " -> {status}")?;
        }
        for part in ["type", "attempt_id", "state", "answer", "reason", "status", "detail"] {
            if let Some(word) = self.said[part].as_str().filter(|word| !matches!(*word, "attempt" | "order")) {
                write!(out, " {}", if part == "attempt_id" { &word[word.len().saturating_sub(12)..] } else { word })?;
            }
        }
        if let Some(total) = self.said["price"]["total_minor"].as_i64() {
            write!(out, " for {total}")?;
        }
        Ok(())
    }
}

/// The part of an id that people compare.
pub(super) fn short(id: Uuid) -> String {
    let text = id.to_string();
    text[text.len() - 12..].to_owned()
}

/// Where sentences are written down as they come, from many tasks.
#[derive(Clone)]
pub(super) struct Notebook {
    began: Instant,
    clock: Clock,
    sentences: Arc<Mutex<Vec<Sentence>>>,
}

impl Notebook {
    pub(super) fn open(clock: Clock) -> Self {
        Self { began: Instant::now(), clock, sentences: Arc::default() }
    }

    /// On the story's stopwatch.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) fn note(&self, asked: Duration, to: To, via: Via, about: About, status: Option<u16>, said: Value) {
        let (heard, at) = (self.elapsed(), self.clock.now());
        self.lock().push(Sentence { asked, heard, at, to, via, about, status, said });
    }

    /// Everything so far.
    pub(super) fn read(&self) -> Vec<Sentence> {
        self.lock().clone()
    }

    /// The last that was told about an attempt's state.
    pub(super) fn state_of(&self, attempt: Uuid) -> Option<String> {
        let sentences = self.lock();
        let about = sentences.iter().rev().filter(|told| told.about == About::Attempt(attempt));
        about.filter_map(Sentence::state).next().map(str::to_owned)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Sentence>> {
        self.sentences.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
