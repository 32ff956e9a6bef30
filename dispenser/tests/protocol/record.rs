//! PostgreSQL, and the recorder that fills it from the path of the rounds (`order-worker/src/ledger`).

use std::sync::Arc;

use crate::guards::{Guard, Guards};
use crate::sale::{Answer, Head, News, Outcome, Records, Seed};

/// A round as it is announced: under the epoch of who announces it, which may have taken it over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Report {
    pub(crate) epoch: u8,
    pub(crate) head: Head,
    pub(crate) outcomes: Arc<[Outcome]>,
}

/// What travels on the path of the rounds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Entry {
    Round(Report),
    Barrier(u8),
}

/// The durable truth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Record {
    /// The newest epoch claimed, and the newest whose barrier came by.
    pub(crate) epoch: u8,
    pub(crate) barrier: u8,
    pub(crate) incarnation: u8,
    /// Every round, in order.
    pub(crate) journal: Vec<Report>,
    /// What orders the entries of the lobby, once that is sealed.
    pub(crate) seed: Option<Seed>,
    /// A gap, or a repeat that says something else: must never happen.
    pub(crate) alarm: bool,
}

impl Record {
    pub(crate) fn seq(&self) -> u8 {
        self.journal.len() as u8
    }

    pub(crate) fn head(&self) -> Option<Head> {
        self.journal.last().map(|report| report.head)
    }

    /// Each attempt's row: the first answer stays, changes follow.
    pub(crate) fn rows(&self) -> Records {
        let mut rows = Records::default();
        for outcome in self.outcomes() {
            let is_second_answer = matches!(outcome.news, News::Answer(_)) && rows.get(outcome.attempt).is_some();
            if !is_second_answer {
                rows.apply(outcome);
            }
        }
        rows
    }

    pub(crate) fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.journal.iter().flat_map(|report| report.outcomes.iter())
    }

    /// Whether the lobby may be sealed now (`order-worker/src/draws.rs`).
    pub(crate) fn can_be_sealed(&self, guards: Guards) -> bool {
        let is_closed = self.head().is_some_and(|head| head.is_closed);
        self.seed.is_none() && (is_closed || !guards.has(Guard::SealWhole))
    }

    pub(crate) fn seal(&mut self) {
        let entered = self.outcomes().filter(|outcome| outcome.news == News::Answer(Answer::Entered));
        self.seed = Some(Seed::of(entered.map(|outcome| outcome.attempt)));
    }

    /// Only if nobody else has claimed since the subscription.
    pub(crate) fn claim(&mut self, observed: u8, guards: Guards) -> Option<u8> {
        (self.epoch == observed || !guards.has(Guard::ClaimInTurn)).then(|| {
            self.epoch += 1;
            self.epoch
        })
    }

    /// Only for the newest writer.
    pub(crate) fn raise_incarnation(&mut self, epoch: u8, guards: Guards) -> Option<u8> {
        (self.epoch == epoch).then(|| {
            if guards.has(Guard::RaiseIncarnation) || self.incarnation == 0 {
                self.incarnation += 1;
            }
            self.incarnation
        })
    }

    /// `record_event`, for one entry. An entry may come again.
    pub(crate) fn take(&mut self, entry: &Entry, guards: Guards) {
        match entry {
            Entry::Barrier(epoch) => self.barrier = self.barrier.max(*epoch),
            Entry::Round(report) if report.epoch < self.barrier && guards.has(Guard::RefuseReplaced) => {}
            Entry::Round(report) if report.head.seq <= self.seq() => {
                let known = &self.journal[usize::from(report.head.seq) - 1];
                self.alarm |= known.outcomes != report.outcomes;
            }
            Entry::Round(report) if report.head.seq == self.seq() + 1 => self.journal.push(report.clone()),
            Entry::Round(_) => self.alarm = true,
        }
    }
}
