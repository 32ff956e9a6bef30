//! The lobby within a round: who enters, changes their mind or withdraws; and the draw.

use super::super::fewer;
use super::{Known, Round};
use crate::answer::{Answer, Change, Refusal};
use crate::command::{Attempt, CancelCause};
use crate::ids::AttemptId;
use crate::lobby::UNDER_WAY_MS;
use crate::record::{Record, State};
use crate::time::UnixMs;

impl Round<'_> {
    /// Closes the lobby for good, once the line's time is past its end.
    pub(super) fn close_lobby_when_over(&mut self) {
        let Some(lobby) = &self.rules.lobby else { return };
        let over = self.rules.pauses.line_time(lobby.closes_at).plus_ms(UNDER_WAY_MS);
        self.head.lobby.closed |= self.head.line >= over;
    }

    /// Whether an attempt is an entry, by when it came. What comes between lobby and opening is refused as an attempt is that
    /// comes too early.
    pub(super) fn is_entry(&self, entered_at: UnixMs) -> bool {
        self.rules.lobby.as_ref().is_some_and(|lobby| lobby.is_open(entered_at))
    }

    /// Takes an entry. Of a shopper who had one it takes the place.
    pub(super) fn enter(&mut self, attempt: &Attempt) -> Answer {
        if let Err(refusal) = self.may_enter(attempt) {
            return Answer::Refused(refusal);
        }
        if let Some(before) = self.entries.insert(attempt.shopper, attempt.id.key())
            && let Some(before) = self.records.get(&before).map(|known| known.record.id)
        {
            self.leave_lobby(before, CancelCause::Replaced);
        }
        self.head.lobby.entered += 1;
        self.writes.entries_put.push((attempt.shopper, attempt.id));
        let Attempt { item, quantity, coupon, .. } = *attempt;
        Answer::Entered { item, quantity, coupon }
    }

    /// Withdraws an entry, if that was asked for while the lobby was open: the draw is about exactly those that were in it then.
    pub(super) fn withdraw(&mut self, id: AttemptId, entered_at: UnixMs) {
        if self.head.lobby.closed || !self.is_entry(entered_at) {
            return;
        }
        if let Some(record) = self.records.get(&id.key()).map(|known| &known.record) {
            let shopper = record.shopper;
            self.entries.remove(&shopper);
            self.writes.entries_put.retain(|(of, _)| *of != shopper);
            self.writes.entries_removed.push(shopper);
            self.leave_lobby(id, CancelCause::Shopper);
        }
    }

    /// The opening has come: decides entries, in the order in which they were drawn, as if they came at that moment.
    pub(crate) fn draw(&mut self, drawn: Vec<Record>) {
        self.head.lobby.closed = true;
        if self.rules.stopped_at.is_none() {
            self.move_line_to(self.rules.opens_at);
        }
        for record in drawn {
            let (State::Entered, Answer::Entered { item, quantity, coupon }) = (&record.state, &record.answer) else {
                debug_assert!(false, "drawn twice: {record:?}");
                continue;
            };
            let (id, shopper, provenance) = (record.id, record.shopper, record.provenance);
            let attempt = Attempt { id, shopper, item: *item, quantity: *quantity, coupon: *coupon };
            self.records.insert(id.key(), Known { record, touched: false });
            let answer = self.decide_attempt(&attempt, provenance, self.rules.opens_at);
            self.head.lobby.entered = fewer(self.head.lobby.entered, 1);
            self.writes.entries_removed.push(shopper);
            self.change(id, Change::Drawn(answer.clone(), provenance));
            self.serve_if_content(&attempt, &answer);
        }
    }

    /// What is known to be wrong of an entry is told at once; what others may take first, once it is drawn.
    fn may_enter(&self, attempt: &Attempt) -> Result<(), Refusal> {
        self.is_running()?;
        if self.head.lobby.closed {
            return Err(Refusal::LobbyClosed);
        }
        self.is_valid(attempt)?;
        if attempt.quantity > self.rules.per_shopper_max { Err(Refusal::LimitReached) } else { Ok(()) }
    }

    fn leave_lobby(&mut self, id: AttemptId, cause: CancelCause) {
        self.head.lobby.entered = fewer(self.head.lobby.entered, 1);
        self.head.tally.cancelled += 1;
        self.change(id, Change::Cancelled(cause));
    }
}
