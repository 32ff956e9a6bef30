//! Clicking: as fast as it goes, or at set times.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::http::{Connection, Contract};
use super::shoppers::{Sample, Shoppers};
use super::usage::Usage;

/// After the last click, this long for the last answer.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The status of a response that is the line's answer.
const ANSWERED: u16 = 200;

/// When clicks are due.
#[derive(Clone)]
pub(super) enum Load {
    /// The next when the one before was taken, on each connection, for so long.
    Saturate(Duration),
    /// At these times from the beginning, whatever happened to those before.
    Schedule(Arc<[Duration]>),
}

impl Load {
    /// So many a second, evenly, for so long.
    pub(super) fn rate(per_s: f64, lasts: Duration) -> Self {
        let count = (per_s * lasts.as_secs_f64()) as usize;
        Self::Schedule((0..count).map(|index| Duration::from_secs_f64(index as f64 / per_s)).collect())
    }

    /// So many, each connection its next as soon as it can.
    pub(super) fn at_once(count: usize) -> Self {
        Self::Schedule(vec![Duration::ZERO; count].into())
    }

    /// One rate after the other, each for so long.
    pub(super) fn steps(steps: &[(f64, Duration)]) -> Self {
        let mut begins = Duration::ZERO;
        let mut times = Vec::new();
        for (per_s, lasts) in steps {
            let count = (per_s * lasts.as_secs_f64()) as usize;
            times.extend((0..count).map(|index| begins + Duration::from_secs_f64(index as f64 / per_s)));
            begins += *lasts;
        }
        Self::Schedule(times.into())
    }
}

/// Where to click, and how the answers come.
pub(super) struct Door {
    pub(super) address: SocketAddr,
    pub(super) connections: usize,
    pub(super) contract: Contract,
}

/// What came of a load.
pub(super) struct Run {
    /// From the first click to the last answer.
    pub(super) lasted: Duration,
    /// From each click that was taken to its 2xx.
    pub(super) accepted: Vec<Sample>,
    /// From each click to its answer.
    pub(super) answers: Vec<Sample>,
    /// Taken, but never answered.
    pub(super) unanswered: u64,
    /// Not taken, by status (0: the connection broke).
    pub(super) refused: BTreeMap<u16, u64>,
    /// Seconds of CPU by kind of process.
    pub(super) cpu_s: BTreeMap<String, f64>,
}

impl Run {
    pub(super) fn per_s(&self) -> f64 {
        self.answers.len() as f64 / self.lasted.as_secs_f64()
    }
}

/// Lets the shoppers click, and waits for their answers.
pub(super) async fn drive(door: &Door, shoppers: &Arc<Shoppers>, load: &Load) -> anyhow::Result<Run> {
    let mut connections = Vec::with_capacity(door.connections);
    for _ in 0..door.connections {
        connections.push(Connection::open(door.address).await?);
    }
    let before = Usage::now()?;
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut clickers = JoinSet::new();
    for connection in connections {
        let clicker = Clicker {
            connection,
            door: door.address,
            contract: door.contract,
            shoppers: Arc::clone(shoppers),
            next: Arc::clone(&next),
            began,
            load: load.clone(),
        };
        clickers.spawn(clicker.click());
    }
    let (mut accepted, mut too_late, mut refused) = (Vec::new(), 0, BTreeMap::new());
    while let Some(clicked) = clickers.join_next().await {
        let clicked = clicked?;
        accepted.extend(clicked.accepted);
        too_late += clicked.too_late;
        for status in clicked.refused {
            *refused.entry(status).or_default() += 1;
        }
    }
    let mut lasted = began.elapsed();
    let (answers, unanswered) = if door.contract == Contract::Push {
        let give_up = Instant::now() + PATIENCE;
        while shoppers.answered() < accepted.len() as u64 && Instant::now() < give_up {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let (answers, unanswered) = shoppers.finish();
        lasted = answers.iter().map(|sample| sample.due + sample.took).max().unwrap_or(lasted).max(lasted);
        (answers, unanswered)
    } else {
        (accepted.clone(), too_late)
    };
    let cpu_s = Usage::now()?.cpu_since(&before);
    Ok(Run { lasted, accepted, answers, unanswered, refused, cpu_s })
}

struct Clicker {
    connection: Connection,
    door: SocketAddr,
    contract: Contract,
    shoppers: Arc<Shoppers>,
    next: Arc<AtomicUsize>,
    began: Instant,
    load: Load,
}

#[derive(Default)]
struct Clicked {
    accepted: Vec<Sample>,
    too_late: u64,
    refused: Vec<u16>,
}

impl Clicker {
    async fn click(mut self) -> Clicked {
        let mut clicked = Clicked::default();
        let mut request = Vec::new();
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(due) = self.due(index).await else { return clicked };
            let due_at = self.began + due;
            let shopper = self.shoppers.get(index);
            self.shoppers.write_request(shopper, self.contract, &mut request);
            let Ok(reply) = self.connection.exchange(&request).await else {
                clicked.refused.push(0);
                match Connection::open(self.door).await {
                    Ok(connection) => self.connection = connection,
                    Err(_) => return clicked,
                }
                continue;
            };
            if !(200..300).contains(&reply.status) {
                clicked.refused.push(reply.status);
                continue;
            }
            if self.contract == Contract::Response && reply.status != ANSWERED {
                clicked.too_late += 1;
                continue;
            }
            clicked.accepted.push(Sample { due, took: due_at.elapsed() });
            if let (Contract::Push, Some(attempt)) = (self.contract, reply.attempt) {
                self.shoppers.accepted(shopper, attempt, due, due_at);
            }
        }
    }

    /// Waits until a click is due. Says when it was.
    async fn due(&self, index: usize) -> Option<Duration> {
        match &self.load {
            Load::Saturate(lasts) => Some(self.began.elapsed()).filter(|now| now < lasts),
            Load::Schedule(times) => {
                let due = *times.get(index)?;
                tokio::time::sleep_until((self.began + due).into()).await;
                Some(due)
            }
        }
    }
}
