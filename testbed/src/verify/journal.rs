//! The journal, replayed: what the dispensers decided, in the order in which they did.

use std::collections::HashMap;

use sale::answer::{Answer, Change, Grant, News, Outcome};
use sale::ids::{AttemptId, EventId, ItemNo};
use sale::provenance::Provenance;
use sale::record::ItemCounts;
use sale::report::RoundReport;
use sale::rules::SaleRules;
use sale::wire;
use sqlx::PgPool;
use uuid::Uuid;

use super::lobby::Lobby;

/// The decisions of one sale.
pub(super) struct Journal {
    pub(super) rounds: usize,
    /// Every attempt's answer, and its place among all answers.
    pub(super) answers: HashMap<Uuid, (usize, Answer)>,
    /// Attempts that were answered again, differently.
    pub(super) twice: Vec<String>,
    pub(super) granted: usize,
    pub(super) lobby: Lobby,
    provenance: HashMap<AttemptId, Provenance>,
    reports: Vec<RoundReport>,
}

pub(super) struct Oversold {
    pub(super) units: u64,
    pub(super) violations: Vec<String>,
}

impl Journal {
    pub(super) async fn read(pool: &PgPool, event: EventId) -> anyhow::Result<Self> {
        let rows = sqlx::query!("SELECT seq, report FROM rounds WHERE event_id = $1 ORDER BY seq", event.0)
            .fetch_all(pool)
            .await?;
        let mut reports = Vec::with_capacity(rows.len());
        for (row, expected) in rows.into_iter().zip(1..) {
            anyhow::ensure!(row.seq == expected, "the journal has a gap before round {}", row.seq);
            reports.push(wire::decode::<RoundReport>(&row.report)?);
        }
        Ok(Self::of(reports))
    }

    /// Of all the rounds of a sale, in order. An entry that was drawn stands where it was drawn, like an attempt that came then.
    pub(super) fn of(mut reports: Vec<RoundReport>) -> Self {
        let (mut lobby, mut provenance) = (Lobby::default(), HashMap::new());
        for outcomes in reports.iter_mut().map(|report| &mut report.outcomes) {
            for outcome in outcomes.iter_mut() {
                match &outcome.news {
                    News::AnswerTo(answer, from) => {
                        provenance.insert(outcome.attempt, *from);
                        outcome.news = News::Answer(answer.clone());
                    }
                    News::Change(Change::Drawn(_, from)) => drop(provenance.insert(outcome.attempt, *from)),
                    News::Answer(_) | News::Change(_) => {}
                }
            }
            outcomes.retain_mut(|outcome| lobby.follow(outcome));
        }
        let rounds = reports.len();
        let mut journal =
            Self { rounds, answers: HashMap::new(), twice: Vec::new(), granted: 0, lobby, provenance, reports };
        for outcome in journal.reports.iter().flat_map(|report| &report.outcomes) {
            match &outcome.news {
                News::Answer(answer) | News::AnswerTo(answer, _) => {
                    let place = journal.answers.len();
                    if let Some((_, before)) = journal.answers.get(&outcome.attempt.0) {
                        journal.twice.push(format!("{}: {before:?}, then {answer:?}", outcome.attempt));
                        continue;
                    }
                    journal.answers.insert(outcome.attempt.0, (place, answer.clone()));
                    journal.granted += usize::from(matches!(answer, Answer::Reserved(_)));
                }
                News::Change(Change::Granted(_)) => journal.granted += 1,
                News::Change(_) => {}
            }
        }
        for (attempt, answer) in &journal.lobby.entered {
            let place = journal.answers.len();
            journal.answers.entry(attempt.0).or_insert_with(|| (place, answer.clone()));
        }
        journal
    }

    /// Every outcome in its order, with the report of its round.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = (&RoundReport, &Outcome)> {
        self.reports.iter().flat_map(|report| report.outcomes.iter().map(move |outcome| (report, outcome)))
    }

    /// The rounds, in order.
    pub(super) fn reports(&self) -> &[RoundReport] {
        &self.reports
    }

    /// Where an attempt came from.
    pub(super) fn provenance_of(&self, attempt: AttemptId) -> Provenance {
        self.provenance.get(&attempt).copied().unwrap_or_default()
    }

    /// The counts after the last round.
    pub(super) fn last_items(&self) -> &[ItemCounts] {
        self.reports.last().map_or(&[], |report| &report.head.items)
    }

    /// Replays what is out of each item, and holds it against what may be.
    pub(super) fn oversold(&self, rules: &SaleRules) -> Oversold {
        let mut out: HashMap<ItemNo, u64> = HashMap::new();
        let mut holding: HashMap<AttemptId, Grant> = HashMap::new();
        let mut found = Oversold { units: 0, violations: Vec::new() };
        for report in &self.reports {
            for outcome in &report.outcomes {
                match &outcome.news {
                    News::Answer(Answer::Reserved(grant)) | News::Change(Change::Granted(grant)) => {
                        *out.entry(grant.item).or_default() += u64::from(grant.quantity);
                        holding.insert(outcome.attempt, grant.clone());
                    }
                    News::Change(Change::Expired | Change::Cancelled(_)) => {
                        if let Some(grant) = holding.remove(&outcome.attempt) {
                            *out.entry(grant.item).or_default() -= u64::from(grant.quantity);
                        }
                    }
                    News::Answer(_) | News::AnswerTo(..) | News::Change(_) => {}
                }
            }
            for (number, units) in &out {
                let counts = report.head.items.get(number.index());
                let allocated = counts.map_or(0, |counts| u64::from(counts.allocated));
                if *units > allocated {
                    found.units = found.units.max(units - allocated);
                    found.violations.push(format!("round {}: {units} of {allocated} out", report.head.seq));
                }
                if counts.map(|counts| u64::from(counts.out())) != Some(*units) {
                    found
                        .violations
                        .push(format!("round {}: the head says {counts:?}, the journal {units}", report.head.seq));
                }
            }
        }
        let last = self.reports.last().map(|report| &report.head.items);
        for (item, counts) in rules.items.iter().zip(last.into_iter().flatten()) {
            if counts.out() > item.allocation {
                found.units = found.units.max(u64::from(counts.out() - item.allocation));
                found.violations.push(format!("{}: {} of {} out", item.sku, counts.out(), item.allocation));
            }
        }
        found
    }
}
