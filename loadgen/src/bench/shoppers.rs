//! The shoppers of a run: their prepared requests, and when they were accepted and answered.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sale::ids::{EventId, ShopperId};
use secrecy::SecretString;
use session::{Audience, SessionKeys};
use uuid::Uuid;

use super::http::Contract;

const TOKEN_VALID_S: u64 = 6 * 3_600;
const KEY_DIGITS: usize = 20;
/// Of whoever has the answer in the response.
const WAITS: &str = "\r\nPrefer: wait=10";

/// When something was due, counted from the beginning of the run, and how long it took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) due: Duration,
    pub(super) took: Duration,
}

/// Everybody who takes part.
pub(super) struct Shoppers {
    all: Vec<Shopper>,
    /// Runs of the same shoppers use other keys.
    next_key: AtomicU64,
    answered: AtomicU64,
}

pub(super) struct Shopper {
    pub(super) id: ShopperId,
    pub(super) place: u32,
    pub(super) socket_token: String,
    head: String,
    tail: String,
    book: Mutex<Book>,
}

/// What one shopper waits for, and what came.
#[derive(Default)]
struct Book {
    /// Accepted, not answered: when each was due.
    waiting: HashMap<Uuid, (Duration, Instant)>,
    /// Answered before the 202 was read.
    early: HashMap<Uuid, Instant>,
    answers: Vec<Sample>,
}

impl Shoppers {
    /// With tokens of a shop that signs them itself. Their ids follow from their places, so that several
    /// processes can play the same shoppers.
    pub(super) fn new(who: Range<u32>, session_key: &str, event: EventId, sku: &str) -> anyhow::Result<Self> {
        let keys = SessionKeys::parse(&SecretString::from(session_key)).map_err(anyhow::Error::msg)?;
        let body = format!("{{\"sku\":\"{sku}\",\"quantity\":1}}");
        let all = who.map(|place| {
            let id = ShopperId(Uuid::from_u64_pair(event.0.as_u64_pair().1, place.into()));
            let token = keys.issue(id, Audience::Shop, clock::now(), TOKEN_VALID_S)?;
            Ok(Shopper {
                id,
                place,
                socket_token: keys.issue(id, Audience::Socket, clock::now(), TOKEN_VALID_S)?,
                head: format!(
                    "POST /api/v1/sales/{event}/attempts HTTP/1.1\r\nHost: flashline.test\r\n\
                     Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
                     Content-Length: {}\r\nIdempotency-Key: ",
                    body.len()
                ),
                tail: format!("\r\n\r\n{body}"),
                book: Mutex::default(),
            })
        });
        let all = all.collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self { all, next_key: AtomicU64::new(1), answered: AtomicU64::new(0) })
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, index: usize) -> &Shopper {
        &self.all[index % self.all.len()]
    }

    /// The bytes of the next click of a shopper.
    pub(super) fn write_request(&self, shopper: &Shopper, contract: Contract, request: &mut Vec<u8>) {
        let key = self.next_key.fetch_add(1, Ordering::Relaxed);
        request.clear();
        request.extend_from_slice(shopper.head.as_bytes());
        request.extend_from_slice(format!("{key:0KEY_DIGITS$}").as_bytes());
        if contract == Contract::Response {
            request.extend_from_slice(WAITS.as_bytes());
        }
        request.extend_from_slice(shopper.tail.as_bytes());
    }

    /// A 202 was read, now; its click was due at `due`, which was `due_at`.
    pub(super) fn accepted(&self, shopper: &Shopper, attempt: Uuid, due: Duration, due_at: Instant) {
        let mut book = shopper.book();
        match book.early.remove(&attempt) {
            Some(at) => self.note(&mut book, due, at.saturating_duration_since(due_at)),
            None => drop(book.waiting.insert(attempt, (due, due_at))),
        }
    }

    /// An answer was pushed to a shopper's socket, now.
    pub(super) fn pushed(&self, shopper: &Shopper, attempt: Uuid) {
        let now = Instant::now();
        let mut book = shopper.book();
        match book.waiting.remove(&attempt) {
            Some((due, due_at)) => self.note(&mut book, due, now.saturating_duration_since(due_at)),
            None => drop(book.early.insert(attempt, now)),
        }
    }

    fn note(&self, book: &mut Book, due: Duration, took: Duration) {
        book.answers.push(Sample { due, took });
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// Answers so far, in this run.
    pub(super) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Takes what was noted, and forgets what is still waited for: `(answers, unanswered)`.
    pub(super) fn finish(&self) -> (Vec<Sample>, u64) {
        let (mut answers, mut unanswered) = (Vec::new(), 0);
        for shopper in &self.all {
            let book = std::mem::take(&mut *shopper.book());
            unanswered += book.waiting.len() as u64;
            answers.extend(book.answers);
        }
        self.answered.store(0, Ordering::Relaxed);
        (answers, unanswered)
    }
}

impl Shopper {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
