//! How long units are held within a round: until the deadline of their grant; or, for what was begun before, until the end
//! of a grace.

use super::Round;
use crate::answer::{Change, Grace};
use crate::command::HeldOnFor;
use crate::ids::{AttemptId, AttemptKey, PaymentId};
use crate::record::State;
use crate::time::{LineMs, UnixMs};

impl Round<'_> {
    /// Takes back what is held past its time.
    pub(super) fn expire_due(&mut self) {
        while let Some(key) = self.due.front().copied() {
            if self.held_until(key).is_some_and(|until| until >= self.head.line) {
                break;
            }
            self.due.pop_front();
            if let Some(known) = self.records.get(&key) {
                self.expire(known.record.id);
            }
        }
    }

    /// Takes back what is held; nothing else, such as what was paid or given back earlier in this round.
    pub(super) fn expire(&mut self, id: AttemptId) {
        let Some((record, (item, units))) = self.with_units(id) else { return };
        let (State::Held(grant) | State::HeldOn(grant, _)) = &record.state else { return };
        let (price, deadline_line) = (grant.price.clone(), grant.deadline_line);
        self.release_held(id, item, units, &price);
        self.came_to_nothing(id, deadline_line);
        self.head.tally.expired += 1;
        self.change(id, Change::Expired);
        self.serve_standby(item);
    }

    /// Holds a reservation on whose time has not passed: until `until`, and no longer than the sale's grace. One that is
    /// held on for a payment is so for that one alone; the shop's checkout may ask again, for longer.
    pub(crate) fn hold_on(&mut self, id: AttemptId, what_for: HeldOnFor, until: Option<UnixMs>) {
        let Some((record, _)) = self.with_units(id) else { return };
        let (grant, held_until) = match &record.state {
            State::Held(grant) => (grant, grant.deadline_line),
            State::HeldOn(grant, grace) if (grace.what_for, what_for) == (HeldOnFor::Shop, HeldOnFor::Shop) => {
                (grant, grace.until_line)
            }
            _ => return,
        };
        let (deadline, deadline_line) = (grant.deadline, grant.deadline_line);
        let grace_ends = deadline_line.plus_ms(self.rules.grace_ms);
        let until_line = until.map_or(grace_ends, |until| self.rules.pauses.line_time(until).min(grace_ends));
        if held_until < self.head.line {
            return self.expire(id);
        }
        if until_line <= held_until {
            return; // it is held as long already
        }
        let until = deadline.plus_ms(until_line.0 - deadline_line.0);
        self.hold_until(id, until_line);
        self.change(id, Change::HeldOn(Grace { what_for, until, until_line }));
    }

    /// A payment came to nothing: what was held on for it is held until its deadline, if that is still to come.
    pub(crate) fn let_go(&mut self, id: AttemptId, payment: PaymentId) {
        let Some((record, _)) = self.with_units(id) else { return };
        let State::HeldOn(grant, Grace { what_for, .. }) = &record.state else { return };
        if *what_for != HeldOnFor::Payment(payment) {
            return;
        }
        if grant.deadline_line < self.head.line {
            return self.expire(id);
        }
        let grant = grant.clone();
        let deadline_line = grant.deadline_line;
        self.change(id, Change::LetGo(grant));
        self.hold_until(id, deadline_line);
    }

    /// Watches another deadline than before.
    fn hold_until(&mut self, id: AttemptId, until: LineMs) {
        self.writes.due_added.retain(|(added, _)| *added != id);
        self.writes.due_added.push((id, until));
        // Where it is watched in this round too: among those that were read, in their order.
        let key = id.key();
        self.due.retain(|due| *due != key);
        let later = self.due.iter().position(|due| self.held_until(*due).is_some_and(|other| other > until));
        self.due.insert(later.unwrap_or(self.due.len()), key);
    }

    fn held_until(&self, key: AttemptKey) -> Option<LineMs> {
        self.records.get(&key)?.record.held_until()
    }
}
