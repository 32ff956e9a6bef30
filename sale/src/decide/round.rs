//! One round in the making: the read set, overlaid with what has been decided so far.

mod behind;
mod coupons;
mod hold;
mod lobby;
mod standby;
mod stock;

use std::collections::{HashMap, VecDeque};

use super::counts::Counts;
use super::holdings::Holdings;
use super::{Decision, ReadSet, WriteSet, fewer};
use crate::answer::{Answer, Change, ConfirmRefusal, News, Outcome, Refusal};
use crate::command::{Attempt, CancelCause};
use crate::ids::{AttemptId, AttemptKey, ItemNo, PaymentId, ShopperId};
use crate::provenance::Provenance;
use crate::record::{Head, ItemCounts, Record, State};
use crate::rules::SaleRules;
use crate::series::Elsewhere;
use crate::time::UnixMs;

pub(super) struct Round<'r> {
    rules: &'r SaleRules,
    now: UnixMs,
    before: Head,
    head: Head,
    records: HashMap<AttemptKey, Known>,
    /// Records this round changed, in the order of their first change.
    touched: Vec<AttemptKey>,
    holdings: Holdings,
    elsewhere: Option<Elsewhere>,
    counted: Counts,
    due: VecDeque<AttemptKey>,
    standby: HashMap<ItemNo, VecDeque<AttemptKey>>,
    /// Those who stand behind everybody else.
    standby_behind: HashMap<ItemNo, VecDeque<AttemptKey>>,
    /// What shoppers have in the lobby.
    entries: HashMap<ShopperId, AttemptKey>,
    outcomes: Vec<Outcome>,
    /// Attempts that came again.
    repeats: Vec<AttemptId>,
    writes: WriteSet,
    standby_starved: bool,
}

/// A record, and whether this round changed it.
struct Known {
    record: Record,
    touched: bool,
}

impl<'r> Round<'r> {
    /// `expected` is how many commands will come: what is sized once need not move as it grows.
    pub(super) fn start(rules: &'r SaleRules, read: ReadSet, now: UnixMs, expected: usize) -> Self {
        let due = read.due.iter().map(|record| record.id.key()).collect();
        let (mut standby, mut standby_behind) = (HashMap::new(), HashMap::new());
        for (item, heads) in &read.standby {
            let is_behind = |record: &&Record| matches!(record.answer, Answer::Behind { .. });
            let (behind, others): (Vec<&Record>, Vec<&Record>) = heads.iter().partition(is_behind);
            let keys = |heads: Vec<&Record>| heads.into_iter().map(|record| record.id.key()).collect();
            standby.insert(*item, keys(others));
            standby_behind.insert(*item, keys(behind));
        }
        let entries = read.entries.iter().map(|(shopper, record)| (*shopper, record.id.key())).collect();
        let listed = read.due.into_iter().chain(read.standby.into_values().flatten()).chain(read.entries.into_values());
        let known = read.records.into_values().chain(listed);
        let mut records = HashMap::with_capacity(expected);
        records.extend(known.map(|record| (record.id.key(), Known { record, touched: false })));
        let mut round = Self {
            rules,
            now,
            before: read.head.clone(),
            head: read.head,
            records,
            touched: Vec::with_capacity(expected),
            holdings: Holdings::new(read.holdings, expected),
            elsewhere: read.elsewhere,
            counted: Counts::new(read.counts, read.ran_out_at),
            due,
            standby,
            standby_behind,
            entries,
            outcomes: Vec::with_capacity(expected),
            repeats: Vec::new(),
            writes: WriteSet::default(),
            standby_starved: false,
        };
        round.follow_rules();
        // A round without commands finishes what an earlier one had no room for.
        round.expire_due();
        round
    }

    pub(super) fn finish(mut self) -> Decision {
        self.note_standby_heads();
        self.note_rests();
        let line = self.head.line;
        // As they stand after the round: its news, which may be about them, are told first.
        let told_again = |id: &AttemptId| Some(self.records.get(&id.key())?.record.clone().as_told_to(*id));
        let repeats = self.repeats.iter().filter_map(told_again).collect();
        // The line's time alone is not worth a commit: it is carried by the next message anyway.
        let changed = !self.outcomes.is_empty() || Head { line: self.before.line, ..self.head.clone() } != self.before;
        let writes = changed.then(|| {
            self.head.seq += 1;
            let mut writes = std::mem::take(&mut self.writes);
            let touched = self.touched.iter().filter_map(|key| Some(self.records.remove(key)?.record));
            writes.records = touched.collect();
            writes.holdings = self.holdings.into_changes();
            (writes.counts, writes.ran_out_at) = self.counted.into_changes();
            writes.head = self.head;
            writes
        });
        Decision { outcomes: self.outcomes, repeats, writes, line, standby_starved: self.standby_starved }
    }

    /// Moves the line's time to that of the next command and does what has become due by then.
    /// Never backwards; and never past this process's own clock, so that one fast clock among the
    /// doors expires nobody's reservation early.
    pub(super) fn move_line_to(&mut self, entered_at: UnixMs) {
        let line = self.rules.pauses.line_time(entered_at.min(self.now));
        self.head.line = self.head.line.max(line);
        self.close_lobby_when_over();
        self.expire_due();
        self.serve_rested();
    }

    pub(super) fn attempt(&mut self, attempt: &Attempt, provenance: Provenance, entered_at: UnixMs) {
        if self.records.contains_key(&attempt.id.key()) {
            self.repeats.push(attempt.id);
            return;
        }
        self.head.tally.served += 1;
        let answer = if self.is_entry(entered_at) {
            self.enter(attempt)
        } else {
            self.decide_attempt(attempt, provenance, entered_at)
        };
        self.tell(attempt.id, attempt.shopper, News::of_answer(answer.clone(), provenance));
        let record = Record { provenance, ..Record::new(attempt.id, attempt.shopper, answer.clone()) };
        self.records.insert(attempt.id.key(), Known { record, touched: true });
        self.touched.push(attempt.id.key());
        self.serve_if_content(attempt, &answer);
    }

    /// Decides an attempt that came at `entered_at`: one in the line, or one that was drawn.
    fn decide_attempt(&mut self, attempt: &Attempt, provenance: Provenance, entered_at: UnixMs) -> Answer {
        let answer = match self.admissible(attempt, provenance, entered_at) {
            Ok(()) => self.serve(attempt, provenance),
            Err(refusal) => Answer::Refused(refusal),
        };
        let tally = &mut self.head.tally;
        match &answer {
            Answer::Reserved(_) => tally.reserved += 1,
            Answer::Standby { .. } | Answer::Behind { .. } => tally.standby += 1,
            Answer::SoldOut { .. } => tally.sold_out += 1,
            Answer::Refused(_) => tally.refused += 1,
            Answer::Entered { .. } => {}
        }
        answer
    }

    /// What is free may be too little for the places before this one, and enough for it.
    fn serve_if_content(&mut self, attempt: &Attempt, answer: &Answer) {
        if matches!(answer, Answer::Standby { .. } | Answer::Behind { .. }) && self.counts(attempt.item).left() > 0 {
            self.serve_standby(attempt.item);
        }
    }

    pub(super) fn confirm(&mut self, id: AttemptId, payment: PaymentId) {
        let Some((record, (item, _))) = self.with_units(id) else {
            // Nobody to tell but the payment itself, which waits for its refusal to be recorded.
            let nobody = ShopperId(uuid::Uuid::nil());
            let refused = Change::ConfirmRefused(payment, ConfirmRefusal::Unknown);
            return self.tell(id, nobody, News::Change(refused));
        };
        let refused = |why| Change::ConfirmRefused(payment, why);
        let change = match &record.state {
            _ if record.held_until().is_some_and(|until| until < self.head.line) => {
                self.expire(id);
                refused(ConfirmRefusal::Expired)
            }
            State::Held(grant) | State::HeldOn(grant, _) => {
                let (units, total_minor) = (grant.quantity, grant.price.total_minor());
                let counts = self.counts(item);
                counts.held = fewer(counts.held, units);
                counts.sold += units;
                counts.capturing += units;
                counts.revenue_minor += total_minor;
                self.head.tally.converted += 1;
                self.writes.due_removed.push(id);
                self.count_unpaid(self.provenance_of(id), item, -i64::from(units));
                self.count_payment(id, -1);
                Change::Converted(payment)
            }
            State::Sold(_, paid_by) if *paid_by == payment => Change::Converted(payment),
            State::Settled(_, paid_by) if *paid_by == payment => return, // nobody waits for it any more
            State::Sold(..) | State::Settled(..) => refused(ConfirmRefusal::AlreadyPaid),
            State::Cancelled(_) => refused(ConfirmRefusal::Cancelled),
            State::Expired => refused(ConfirmRefusal::Expired),
            State::Closed | State::Entered | State::Waiting | State::StandbyEnded(_) => {
                refused(ConfirmRefusal::Unknown)
            }
        };
        self.change(id, change);
        self.serve_standby(item); // what was held is being captured now: others on standby may be served
    }

    /// The money was taken. Once nothing is left that could come back, standby ends.
    pub(super) fn captured(&mut self, id: AttemptId, payment: PaymentId) {
        let Some((record, (item, units))) = self.with_units(id) else { return };
        if !matches!(&record.state, State::Sold(_, paid_by) if *paid_by == payment) {
            return; // not sold to this payment, or captured already
        }
        let counts = self.counts(item);
        counts.capturing = fewer(counts.capturing, units);
        self.change(id, Change::Settled(payment));
        self.serve_standby(item);
    }

    pub(super) fn cancel(&mut self, id: AttemptId, cause: CancelCause, entered_at: UnixMs) {
        let known = self.records.get(&id.key()).map(|known| &known.record).filter(|record| record.id == id);
        if known.is_some_and(|record| record.state == State::Entered) && cause == CancelCause::Shopper {
            return self.withdraw(id, entered_at);
        }
        let Some((record, (item, units))) = self.with_units(id) else { return };
        match (&record.state, cause) {
            (
                State::Held(grant) | State::HeldOn(grant, _),
                CancelCause::Shopper | CancelCause::PaymentFailed | CancelCause::Shop,
            ) => {
                let (price, deadline_line) = (grant.price.clone(), grant.deadline_line);
                self.release_held(id, item, units, &price);
                // Or else whoever gives back in time could hold for ever.
                self.came_to_nothing(id, deadline_line);
            }
            (State::Sold(grant, paid_by), CancelCause::CaptureFailed(payment) | CancelCause::Refunded(payment))
                if *paid_by == payment =>
            {
                let (price, deadline_line) = (grant.price.clone(), grant.deadline_line);
                let counts = self.counts(item);
                counts.capturing = fewer(counts.capturing, units);
                self.unsell(id, item, units, &price);
                if matches!(cause, CancelCause::CaptureFailed(_)) {
                    // It was not paid after all, and so came to nothing.
                    self.count_payment(id, 1);
                    self.came_to_nothing(id, deadline_line);
                }
            }
            (State::Settled(grant, paid_by), CancelCause::Refunded(payment)) if *paid_by == payment => {
                let price = grant.price.clone();
                self.unsell(id, item, units, &price);
            }
            (State::Waiting, CancelCause::Shopper) => self.end_standby(id, item, units),
            _ => return, // given back before, or not the canceller's to give
        }
        self.head.tally.cancelled += 1;
        self.change(id, Change::Cancelled(cause));
        self.serve_standby(item);
    }

    /// Takes stock or a place on standby for an admissible attempt, and says which.
    fn serve(&mut self, attempt: &Attempt, provenance: Provenance) -> Answer {
        let answer = match self.held_back(attempt, provenance) {
            Some((why, rests_until)) => self.stand_behind(attempt, provenance, why, rests_until),
            None => self.serve_in_turn(attempt, provenance),
        };
        if matches!(answer, Answer::Reserved(_) | Answer::Standby { .. } | Answer::Behind { .. }) {
            self.use_coupon(attempt.coupon);
            self.use_code(provenance.code);
        }
        answer
    }

    fn serve_in_turn(&mut self, attempt: &Attempt, provenance: Provenance) -> Answer {
        let (item, quantity) = (attempt.item, attempt.quantity);
        let standby_max = self.rules.standby_max;
        let counts = self.counts(item);
        let (left, obtainable) = (counts.left(), counts.obtainable());
        // Nobody takes stock past those who wait for it.
        if counts.standby_len == 0 && quantity <= left {
            self.holdings.take(attempt.shopper, quantity);
            self.count_unpaid(provenance, item, i64::from(quantity));
            return Answer::Reserved(self.grant(attempt.id, item, quantity, attempt.coupon));
        }
        // Whoever asks for more than could ever come back would wait in vain, and block those behind.
        if quantity > obtainable || counts.standby_len >= standby_max {
            return Answer::SoldOut { item };
        }
        let number = counts.standby_next;
        counts.standby_next += 1;
        counts.standby_len += 1;
        let place = counts.standby_len;
        self.holdings.take(attempt.shopper, quantity);
        self.count_unpaid(provenance, item, i64::from(quantity));
        self.writes.standby_added.push((item, number, attempt.id));
        let heads = self.standby.entry(item).or_default();
        if heads.len() + 1 == place as usize {
            heads.push_back(attempt.id.key()); // every earlier place is in the read set: this one follows
        }
        Answer::Standby { item, quantity, number, place, coupon: attempt.coupon }
    }

    fn admissible(&self, attempt: &Attempt, provenance: Provenance, entered_at: UnixMs) -> Result<(), Refusal> {
        let rules = self.rules;
        self.is_running()?;
        if entered_at < rules.opens_at {
            let lobby_is_over = rules.lobby.as_ref().is_some_and(|lobby| entered_at >= lobby.closes_at);
            return Err(if lobby_is_over { Refusal::LobbyClosed } else { Refusal::NotStarted });
        }
        if entered_at >= rules.ends_at(entered_at) {
            return Err(Refusal::SaleEnded);
        }
        self.is_valid(attempt)?;
        let held = self.holdings.of(attempt.shopper);
        if held.saturating_add(attempt.quantity) > rules.per_shopper_max {
            return Err(Refusal::LimitReached);
        }
        if let Some(Elsewhere { per_shopper_max: most, claimed }) = &self.elsewhere {
            let has = claimed.get(&attempt.shopper).map_or(held, |elsewhere| held.saturating_add(*elsewhere));
            if has.saturating_add(attempt.quantity) > *most {
                // What was given back here may still be claimed beside what took its place.
                return Err(Refusal::SeriesLimit { has: has.min(*most), most: *most });
            }
        }
        if attempt.coupon.is_some_and(|number| self.coupon_used_up(number)) {
            return Err(Refusal::CouponUsedUp);
        }
        if provenance.code.is_some_and(|number| self.code_used_up(number)) {
            return Err(Refusal::CodeUsedUp);
        }
        Ok(())
    }

    fn is_running(&self) -> Result<(), Refusal> {
        match self.rules {
            SaleRules { stopped_at: Some(_), .. } => Err(Refusal::SaleStopped),
            SaleRules { scheduled: false, .. } => Err(Refusal::NotStarted),
            _ => Ok(()),
        }
    }

    fn is_valid(&self, attempt: &Attempt) -> Result<(), Refusal> {
        let rules = self.rules;
        let coupon_known = attempt.coupon.is_none_or(|number| rules.coupon(number).is_some());
        let quantity_fits = (1..=rules.quantity_max).contains(&attempt.quantity);
        if rules.item(attempt.item).is_none() || !coupon_known || !quantity_fits {
            return Err(Refusal::Invalid);
        }
        Ok(())
    }

    /// Takes over what the organiser changed: new stock, new items, a stop.
    fn follow_rules(&mut self) {
        self.head.items.resize_with(self.rules.items.len().max(self.head.items.len()), ItemCounts::default);
        let coupons = self.rules.coupons.len().max(self.head.coupon_uses.len());
        self.head.coupon_uses.resize(coupons, 0);
        for index in 0..self.rules.items.len() {
            if let Ok(number) = u16::try_from(index) {
                self.follow_allocation(ItemNo(number));
            }
        }
        for index in 0..self.head.items.len() {
            if let Ok(number) = u16::try_from(index) {
                self.serve_standby(ItemNo(number));
            }
        }
    }

    /// The record of an attempt that has held stock or a place, and of which item how many units.
    fn with_units(&self, id: AttemptId) -> Option<(&Record, (ItemNo, u32))> {
        let record = &self.records.get(&id.key()).filter(|known| known.record.id == id)?.record;
        Some((record, record.units()?))
    }

    /// Where an attempt came from.
    fn provenance_of(&self, id: AttemptId) -> Provenance {
        self.records.get(&id.key()).map(|known| known.record.provenance).unwrap_or_default()
    }

    /// Records and tells a change.
    fn change(&mut self, id: AttemptId, change: Change) {
        let Some(known) = self.records.get_mut(&id.key()) else { return };
        known.record.apply(&change);
        let shopper = known.record.shopper;
        if !std::mem::replace(&mut known.touched, true) {
            self.touched.push(id.key());
        }
        self.tell(id, shopper, News::Change(change));
    }

    fn tell(&mut self, attempt: AttemptId, shopper: ShopperId, news: News) {
        self.outcomes.push(Outcome { attempt, shopper, news });
    }
}
