//! From outcomes to rows: what several rounds change about each reservation, folded into one row.

use std::collections::BTreeMap;

use sale::answer::{Answer, Change, Grant, News, Outcome};
use sale::report::RoundReport;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// What some rounds change, to be written in one go.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Attempts that were answered with stock or a place, as the rounds leave them.
    pub(super) new: BTreeMap<Uuid, Row>,
    /// Changes to attempts that were answered before.
    pub(super) changed: BTreeMap<Uuid, Row>,
    /// Payments that were accepted: capture them.
    pub(super) accepted: Vec<Uuid>,
    /// Payments that were not, and why: void them.
    pub(super) refused: Vec<(Uuid, &'static str)>,
}

/// One reservation or place on standby. In a change, absent fields stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) shopper_id: Uuid,
    pub(super) item_no: i32,
    pub(super) quantity: i32,
    pub(super) state: &'static str,
    pub(super) answer: Option<Answer>,
    #[serde(rename = "grant_")]
    pub(super) grant: Option<Grant>,
    pub(super) total_minor: Option<i64>,
    pub(super) deadline_ms: Option<u64>,
    pub(super) standby_number: Option<u64>,
    pub(super) payment_id: Option<Uuid>,
    pub(super) ended_why: Option<Value>,
    pub(super) answered_seq: u64,
    pub(super) granted_seq: Option<u64>,
    pub(super) changed_seq: u64,
    pub(super) at_ms: u64,
    pub(super) granted_ms: Option<u64>,
    pub(super) ended_ms: Option<u64>,
    pub(super) settled_ms: Option<u64>,
}

impl Rows {
    /// Adds a round. Rounds come in order.
    pub(super) fn add(&mut self, report: &RoundReport) {
        for outcome in &report.outcomes {
            match &outcome.news {
                News::Answer(answer) => self.answered(report, outcome, answer),
                News::Change(change) => self.follow(report, outcome, change),
            }
        }
    }

    fn answered(&mut self, report: &RoundReport, outcome: &Outcome, answer: &Answer) {
        let mut row = row(report, outcome);
        row.answer = Some(answer.clone());
        match answer {
            Answer::Reserved(grant) => row.granted(report, grant),
            Answer::Standby { item, quantity, number, .. } => {
                row.item_no = i32::from(item.0);
                row.quantity = i32::try_from(*quantity).unwrap_or(i32::MAX);
                row.standby_number = Some(*number);
                row.state = "standby";
            }
            // Answers without stock live in the journal alone.
            Answer::SoldOut { .. } | Answer::Refused(_) => return,
        }
        self.new.insert(row.id, row);
    }

    fn follow(&mut self, report: &RoundReport, outcome: &Outcome, change: &Change) {
        if let Change::ConfirmRefused(payment, why) = change {
            self.refused.push((payment.0, view::confirm_refusal_word(*why)));
            return;
        }
        let row = match self.new.get_mut(&outcome.attempt.0) {
            Some(new) => new,
            None => self.changed.entry(outcome.attempt.0).or_insert_with(|| row(report, outcome)),
        };
        row.changed_seq = report.head.seq;
        match change {
            Change::Granted(grant) => row.granted(report, grant),
            Change::Expired => row.ended(report, "expired", None),
            Change::Cancelled(cause) => row.ended(report, "cancelled", serde_json::to_value(cause).ok()),
            Change::StandbyEnded(why) => row.ended(report, "standby_ended", serde_json::to_value(why).ok()),
            Change::Converted(payment) => {
                row.ended(report, "converted", None);
                row.payment_id = Some(payment.0);
                self.accepted.push(payment.0);
            }
            Change::Settled(_) => {
                row.state = "converted";
                row.settled_ms = Some(report.decided_at.0);
            }
            Change::ConfirmRefused(..) => {}
        }
    }
}

impl Row {
    fn granted(&mut self, report: &RoundReport, grant: &Grant) {
        self.state = "active";
        self.item_no = i32::from(grant.item.0);
        self.quantity = i32::try_from(grant.quantity).unwrap_or(i32::MAX);
        self.total_minor = Some(grant.price.total_minor());
        self.deadline_ms = Some(grant.deadline.0);
        self.granted_seq = Some(report.head.seq);
        self.granted_ms = Some(report.decided_at.0);
        self.grant = Some(grant.clone());
    }

    fn ended(&mut self, report: &RoundReport, state: &'static str, why: Option<Value>) {
        self.state = state;
        self.ended_why = why;
        self.ended_ms = Some(report.decided_at.0);
    }
}

fn row(report: &RoundReport, outcome: &Outcome) -> Row {
    Row {
        id: outcome.attempt.0,
        shopper_id: outcome.shopper.0,
        answered_seq: report.head.seq,
        changed_seq: report.head.seq,
        at_ms: report.decided_at.0,
        ..Row::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sale::ids::{AttemptId, EventId, ItemNo, PaymentId, ShopperId};
    use sale::pricing::Price;
    use sale::record::Head;
    use sale::time::{LineMs, UnixMs};

    fn round(seq: u64, news: Vec<(u128, News)>) -> RoundReport {
        let outcome = |(id, news)| Outcome {
            attempt: AttemptId(Uuid::from_u128(id)),
            shopper: ShopperId(Uuid::from_u128(9)),
            news,
        };
        RoundReport {
            event: EventId(Uuid::from_u128(1)),
            epoch: 1,
            decided_at: UnixMs(1_000 * seq),
            outcomes: news.into_iter().map(outcome).collect(),
            head: Head { seq, ..Head::default() },
        }
    }

    fn grant() -> Grant {
        Grant {
            item: ItemNo(0),
            quantity: 2,
            price: Price::default(),
            deadline: UnixMs(9_000),
            deadline_line: LineMs(9_000),
        }
    }

    fn standby() -> News {
        News::Answer(Answer::Standby { item: ItemNo(0), quantity: 2, number: 4, place: 1, coupon: None })
    }

    #[test]
    fn a_whole_life_in_one_batch_is_one_row() {
        let payment = PaymentId(Uuid::from_u128(7));
        let mut rows = Rows::default();
        rows.add(&round(1, vec![(5, standby())]));
        rows.add(&round(2, vec![(5, News::Change(Change::Granted(grant())))]));
        rows.add(&round(3, vec![(5, News::Change(Change::Converted(payment)))]));
        let row = &rows.new[&Uuid::from_u128(5)];
        assert_eq!((row.state, row.answered_seq, row.granted_seq, row.changed_seq), ("converted", 1, Some(2), 3));
        assert_eq!((row.standby_number, row.payment_id), (Some(4), Some(payment.0)));
        assert_eq!(rows.accepted, [payment.0]);
        assert!(rows.changed.is_empty());
    }

    #[test]
    fn money_that_is_taken_leaves_a_reservation_converted() {
        let payment = PaymentId(Uuid::from_u128(7));
        let mut rows = Rows::default();
        rows.add(&round(8, vec![(5, News::Change(Change::Settled(payment)))]));
        let row = &rows.changed[&Uuid::from_u128(5)];
        assert_eq!((row.state, row.settled_ms, row.ended_ms), ("converted", Some(8_000), None));
        assert!(rows.accepted.is_empty(), "it is not taken again");
    }

    #[test]
    fn a_change_to_an_older_reservation_touches_only_what_changed() {
        let mut rows = Rows::default();
        rows.add(&round(8, vec![(5, News::Change(Change::Expired))]));
        let row = &rows.changed[&Uuid::from_u128(5)];
        assert_eq!((row.state, row.ended_ms), ("expired", Some(8_000)));
        assert_eq!((&row.answer, &row.grant), (&None, &None));
    }

    #[test]
    fn answers_without_stock_make_no_row() {
        let mut rows = Rows::default();
        rows.add(&round(1, vec![(5, News::Answer(Answer::SoldOut { item: ItemNo(0) }))]));
        assert!(rows.new.is_empty() && rows.changed.is_empty());
    }
}
