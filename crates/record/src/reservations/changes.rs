//! From outcomes to rows: what several rounds change about each reservation, folded into one row.

use std::collections::BTreeMap;

use sale::answer::{Answer, Change, Grace, Grant, News, Outcome};
use sale::ids::{AttemptId, PaymentId, ShopperId};
use sale::payment::Failure;
use sale::provenance::Provenance;
use sale::report::RoundReport;
use sale::time::UnixMs;
use sqlx::types::JsonValue;

use super::ReservationState;
use crate::message;

/// What some rounds change, to be written in one go.
#[derive(Debug, Default)]
pub struct Changes {
    /// Attempts that were answered with stock or a place, as the rounds leave them.
    pub(super) new: BTreeMap<AttemptId, Changed>,
    /// Changes to attempts that were answered before.
    pub(super) changed: BTreeMap<AttemptId, Changed>,
    /// Payments that were accepted: capture them.
    accepted: Vec<PaymentId>,
    /// Payments that were not, and why: void them.
    refused: Vec<(PaymentId, Failure)>,
}

/// One reservation or place on standby. In a change, absent fields stay as they are.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Changed {
    pub(super) id: AttemptId,
    pub(super) shopper: ShopperId,
    pub(super) item_no: i32,
    pub(super) quantity: i32,
    pub(super) state: ReservationState,
    pub(super) answer: Option<Answer>,
    /// With the answer alone.
    pub(super) provenance: Provenance,
    pub(super) grant: Option<Grant>,
    /// `Some(None)`: it is held on no longer.
    pub(super) grace: Option<Option<Grace>>,
    pub(super) standby_number: Option<u64>,
    pub(super) payment: Option<PaymentId>,
    pub(super) ended_why: Option<JsonValue>,
    pub(super) answered_seq: u64,
    pub(super) granted_seq: Option<u64>,
    pub(super) changed_seq: u64,
    pub(super) answered_at: UnixMs,
    pub(super) granted_at: Option<UnixMs>,
    pub(super) ended_at: Option<UnixMs>,
    pub(super) settled_at: Option<UnixMs>,
}

impl Changes {
    /// Adds a round. Rounds come in order.
    ///
    /// # Errors
    /// When an outcome cannot be written as a row; then nothing of this batch may be stored.
    pub fn add(&mut self, report: &RoundReport) -> sqlx::Result<()> {
        for outcome in &report.outcomes {
            match &outcome.news {
                News::Answer(answer) => self.answered(report, outcome, answer, Provenance::default())?,
                News::AnswerTo(answer, from) | News::Change(Change::Drawn(answer, from)) => {
                    self.answered(report, outcome, answer, *from)?;
                }
                News::Change(change) => self.follow(report, outcome, change)?,
            }
        }
        Ok(())
    }

    /// Payments that were accepted, in the order of the rounds.
    pub fn accepted(&self) -> &[PaymentId] {
        &self.accepted
    }

    /// Payments that were refused, and why, in the order of the rounds.
    pub fn refused(&self) -> &[(PaymentId, Failure)] {
        &self.refused
    }

    /// Attempts that were granted stock.
    pub fn granted(&self) -> Vec<AttemptId> {
        self.all().filter(|row| row.granted_seq.is_some()).map(|row| row.id).collect()
    }

    /// Attempts whose stock was lost unpaid.
    pub fn lost(&self) -> Vec<AttemptId> {
        let is_lost = |state| matches!(state, ReservationState::Expired | ReservationState::Cancelled);
        self.all().filter(|row| is_lost(row.state)).map(|row| row.id).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Changed> {
        self.new.values().chain(self.changed.values())
    }

    fn answered(
        &mut self,
        report: &RoundReport,
        outcome: &Outcome,
        answer: &Answer,
        provenance: Provenance,
    ) -> sqlx::Result<()> {
        let mut row = match answer {
            Answer::Reserved(grant) => {
                let mut row = Changed::new(report, outcome, ReservationState::Active);
                row.granted(report, grant)?;
                row
            }
            Answer::Standby { item, quantity, number, .. } | Answer::Behind { item, quantity, number, .. } => Changed {
                item_no: i32::from(item.0),
                quantity: units(*quantity)?,
                standby_number: Some(*number),
                ..Changed::new(report, outcome, ReservationState::Standby)
            },
            // Answers without stock, and entries, live in the journal alone.
            Answer::SoldOut { .. } | Answer::Refused(_) | Answer::Entered { .. } => return Ok(()),
        };
        (row.answer, row.provenance) = (Some(answer.clone()), provenance);
        self.new.insert(row.id, row);
        Ok(())
    }

    fn follow(&mut self, report: &RoundReport, outcome: &Outcome, change: &Change) -> sqlx::Result<()> {
        let state = match change {
            Change::ConfirmRefused(payment, why) => {
                self.refused.push((*payment, (*why).into()));
                return Ok(());
            }
            Change::Drawn(..) => return Ok(()),
            Change::Granted(_) | Change::HeldOn(_) | Change::LetGo(_) => ReservationState::Active,
            Change::Expired => ReservationState::Expired,
            Change::Cancelled(_) => ReservationState::Cancelled,
            Change::StandbyEnded(_) => ReservationState::StandbyEnded,
            Change::Converted(_) | Change::Settled(_) => ReservationState::Converted,
        };
        let row = match self.new.get_mut(&outcome.attempt) {
            Some(new) => new,
            None => self.changed.entry(outcome.attempt).or_insert_with(|| Changed::new(report, outcome, state)),
        };
        row.state = state;
        row.changed_seq = report.head.seq;
        match change {
            Change::Granted(grant) => row.granted(report, grant)?,
            Change::Expired => row.ended(report, None),
            Change::Cancelled(cause) => row.ended(report, Some(message::json(cause)?)),
            Change::StandbyEnded(why) => row.ended(report, Some(message::json(why)?)),
            Change::Converted(payment) => {
                row.ended(report, None);
                row.payment = Some(*payment);
                self.accepted.push(*payment);
            }
            Change::Settled(_) => row.settled_at = Some(report.decided_at),
            Change::HeldOn(grace) => row.grace = Some(Some(*grace)),
            Change::LetGo(_) => row.grace = Some(None),
            Change::ConfirmRefused(..) | Change::Drawn(..) => {}
        }
        Ok(())
    }
}

impl Changed {
    fn new(report: &RoundReport, outcome: &Outcome, state: ReservationState) -> Self {
        Self {
            id: outcome.attempt,
            shopper: outcome.shopper,
            item_no: 0,
            quantity: 0,
            state,
            answer: None,
            provenance: Provenance::default(),
            grant: None,
            grace: None,
            standby_number: None,
            payment: None,
            ended_why: None,
            answered_seq: report.head.seq,
            granted_seq: None,
            changed_seq: report.head.seq,
            answered_at: report.decided_at,
            granted_at: None,
            ended_at: None,
            settled_at: None,
        }
    }

    fn granted(&mut self, report: &RoundReport, grant: &Grant) -> sqlx::Result<()> {
        self.item_no = i32::from(grant.item.0);
        self.quantity = units(grant.quantity)?;
        self.granted_seq = Some(report.head.seq);
        self.granted_at = Some(report.decided_at);
        self.grant = Some(grant.clone());
        Ok(())
    }

    fn ended(&mut self, report: &RoundReport, why: Option<JsonValue>) {
        self.ended_why = why;
        self.ended_at = Some(report.decided_at);
    }
}

/// Units as the column has them.
fn units(quantity: u32) -> sqlx::Result<i32> {
    i32::try_from(quantity).map_err(|error| sqlx::Error::Encode(error.into()))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
