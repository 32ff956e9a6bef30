//! Those who are held back, within a round: who is, and when those behind everybody else are served.

use super::super::fewer;
use super::Round;
use crate::answer::{Answer, Change, Refusal, StandbyEnd};
use crate::command::Attempt;
use crate::counted::Counted;
use crate::hoarding::{HeldBack, RunOuts};
use crate::ids::{AttemptId, ItemNo};
use crate::provenance::{Party, Provenance};
use crate::record::{BEHIND, Behind, Record};
use crate::time::LineMs;

impl Round<'_> {
    /// Why others are served before an attempt, and until when at least; nothing for most.
    pub(super) fn held_back(&mut self, attempt: &Attempt, provenance: Provenance) -> Option<(HeldBack, LineMs)> {
        let (rules, line) = (self.rules, self.head.line);
        let mut parties = Party::of(attempt.shopper, provenance);
        if parties.any(|party| rules.put_aside.contains(&party)) {
            let rest_ms = rules.hoarding.map_or(rules.hold_ms, |limits| limits.rest_ms);
            return Some((HeldBack::PutAside, self.rest_until(self.decided().plus_ms(rest_ms))));
        }
        let limits = rules.hoarding?;
        for party in Party::answering(attempt.shopper, provenance) {
            let (unpaid_max, why) = match party {
                Party::Shopper(_) => (limits.unpaid_max, HeldBack::Unpaid),
                Party::Origin(_) => (limits.address_unpaid_max, HeldBack::AddressUnpaid),
            };
            let unpaid = self.counted.of(Counted::RunOuts(party));
            let run_outs = RunOuts { unpaid, last_ms: self.counted.ran_out_at(party).0 };
            if let Some(until) = run_outs.rest(unpaid_max, limits.rest_ms, line.0) {
                return Some((why, self.rest_until(LineMs(until))));
            }
        }
        let origin = provenance.origin?;
        let from_there = self.counted.of(Counted::UnpaidFrom(origin, attempt.item)) + i64::from(attempt.quantity);
        let counts = self.counts(attempt.item);
        let share = i64::from(limits.share_of(counts.allocated, rules.per_shopper_max));
        let is_over = counts.is_short_for(attempt.quantity) && from_there > share;
        // In one time to pay, what is held from there is paid or has run out.
        is_over.then(|| (HeldBack::AddressShare, self.rest_until(self.decided().plus_ms(rules.hold_ms))))
    }

    /// Nobody else comes once the sale has ended: nobody rests for them.
    fn rest_until(&self, until: LineMs) -> LineMs {
        until.min(self.rules.pauses.line_time(self.rules.closes_at))
    }

    /// Gives a place behind everybody else.
    pub(super) fn stand_behind(
        &mut self,
        attempt: &Attempt,
        provenance: Provenance,
        why: HeldBack,
        rests_until: LineMs,
    ) -> Answer {
        let Attempt { id, shopper, item, quantity, coupon } = *attempt;
        let counts = self.counts(item);
        if quantity > counts.obtainable() {
            return Answer::SoldOut { item };
        }
        let (before, allocated, rules) = (counts.standby_len, counts.allocated, self.rules);
        // One block of addresses could otherwise take all places, and the uses of coupons and codes with them.
        let from = provenance.origin.map(|origin| Counted::BehindFrom(origin, item));
        let most = rules
            .hoarding
            .map_or(u32::MAX, |limits| limits.behind_max(allocated, rules.per_shopper_max, rules.standby_max));
        let too_many = from.is_some_and(|from| self.counted.of(from) + i64::from(quantity) > i64::from(most));
        let behind = self.behind(item);
        if too_many || before.saturating_add(behind.waiting) >= rules.standby_max {
            return Answer::Refused(Refusal::HeldBack);
        }
        let number = BEHIND + behind.next;
        behind.next += 1;
        behind.waiting += 1;
        let place = behind.waiting;
        self.writes.standby_added.push((item, number, id));
        let heads = self.standby_behind.entry(item).or_default();
        if heads.len() + 1 == place as usize {
            heads.push_back(id.key()); // every earlier place is in the read set: this one follows
        }
        self.holdings.take(shopper, quantity);
        if let Some(from) = from {
            self.counted.add(from, i64::from(quantity));
        }
        Answer::Behind { item, quantity, number, coupon, why, rests_until }
    }

    /// Serves those behind whose rest is over, where nobody else waits.
    pub(super) fn serve_rested(&mut self) {
        for index in 0..self.head.behind.len() {
            let behind = &self.head.behind[index];
            let is_due = behind.waiting > 0 && behind.rests_until.is_none_or(|until| until <= self.head.line);
            if let (true, Ok(number)) = (is_due, u16::try_from(index)) {
                self.serve_behind(ItemNo(number));
            }
        }
    }

    /// Gives what nobody else waits for to those behind, in order; one who wants more than is free is waited for.
    pub(super) fn serve_behind(&mut self, item: ItemNo) {
        let stopped = self.rules.stopped_at.is_some();
        while self.head.behind.get(item.index()).is_some_and(|behind| behind.waiting > 0) {
            let counts = self.counts(item);
            let (left, obtainable, others) = (counts.left(), counts.obtainable(), counts.standby_len);
            let rests = self.head.behind[item.index()].rests_until.is_some_and(|until| until > self.head.line);
            if !stopped && obtainable > 0 && (left == 0 || others > 0 || rests) {
                return;
            }
            let Some(key) = self.standby_behind.get(&item).and_then(|heads| heads.front()).copied() else {
                self.standby_starved = true;
                return;
            };
            let Some(record) = self.records.get(&key).map(|known| &known.record) else { return };
            let Answer::Behind { quantity, coupon, rests_until, .. } = record.answer else { return };
            let id = record.id;
            if stopped || quantity > obtainable {
                let why = if stopped { StandbyEnd::SaleStopped } else { StandbyEnd::SoldOut };
                self.end_standby(id, item, quantity);
                self.change(id, Change::StandbyEnded(why));
            } else if quantity <= left && rests_until <= self.head.line {
                self.leave_behind(id, item);
                self.count_unpaid(self.provenance_of(id), item, i64::from(quantity));
                let grant = self.grant(id, item, quantity, coupon);
                self.head.tally.granted_from_standby += 1;
                self.change(id, Change::Granted(grant));
            } else {
                return;
            }
        }
    }

    /// Notes until when the first of those behind rests, where that is known.
    pub(super) fn note_rests(&mut self) {
        for (index, behind) in self.head.behind.iter_mut().enumerate() {
            let heads = u16::try_from(index).ok().and_then(|number| self.standby_behind.get(&ItemNo(number)));
            let first = heads.and_then(|heads| heads.front()).and_then(|key| self.records.get(key));
            match first.map(|known| &known.record.answer) {
                _ if behind.waiting == 0 => behind.rests_until = None,
                Some(Answer::Behind { rests_until, .. }) => behind.rests_until = Some(*rests_until),
                // The first left in this round, and the next was not read: it is looked at next time.
                _ if self.writes.standby_removed.iter().any(|(of, _)| of.index() == index) => behind.rests_until = None,
                _ => {}
            }
        }
    }

    pub(super) fn leave_behind(&mut self, id: AttemptId, item: ItemNo) {
        let behind = self.behind(item);
        behind.waiting = fewer(behind.waiting, 1);
        if let Some(heads) = self.standby_behind.get_mut(&item) {
            heads.retain(|key| *key != id.key());
        }
        self.writes.standby_removed.push((item, id));
        let record = self.records.get(&id.key()).map(|known| &known.record);
        let origin = record.and_then(|record| record.provenance.origin);
        let units = record.and_then(Record::units).map_or(0, |(_, units)| units);
        if let Some(origin) = origin {
            self.counted.add(Counted::BehindFrom(origin, item), -i64::from(units));
        }
    }

    /// Counts units for where they are held, or waited for, unpaid; below zero when they are no longer.
    pub(super) fn count_unpaid(&mut self, provenance: Provenance, item: ItemNo, units: i64) {
        if let Some(origin) = provenance.origin {
            self.counted.add(Counted::UnpaidFrom(origin, item), units);
        }
    }

    /// Notes that what was held came to nothing. The rest after it counts from its deadline, however it ended.
    pub(super) fn came_to_nothing(&mut self, id: AttemptId, deadline_line: LineMs) {
        for party in self.answering(id) {
            self.counted.ran_out(party, deadline_line);
        }
    }

    /// Notes that a reservation was paid, or that it was not after all.
    pub(super) fn count_payment(&mut self, id: AttemptId, run_outs: i64) {
        for party in self.answering(id) {
            self.counted.add(Counted::RunOuts(party), run_outs);
        }
    }

    fn answering(&self, id: AttemptId) -> Vec<Party> {
        let shopper = self.records.get(&id.key()).map(|known| known.record.shopper);
        shopper.into_iter().flat_map(|shopper| Party::answering(shopper, self.provenance_of(id))).collect()
    }

    fn behind(&mut self, item: ItemNo) -> &mut Behind {
        if self.head.behind.len() <= item.index() {
            self.head.behind.resize_with(item.index() + 1, Behind::default);
        }
        &mut self.head.behind[item.index()]
    }
}
