//! Standby within a round: what comes back goes to the next in line.

use super::{Known, Round};
use crate::answer::{Answer, Change, StandbyEnd};
use crate::ids::{AttemptId, ItemNo};

impl Round<'_> {
    /// Gives what is free to the head of standby, strictly in order: a head that asks for more than is
    /// free keeps it waiting, unless so much can never come back.
    pub(super) fn serve_standby(&mut self, item: ItemNo) {
        let stopped = self.rules.stopped_at.is_some();
        loop {
            let counts = self.counts(item);
            let (left, held) = (counts.left(), counts.held);
            if counts.standby_len == 0 || (left == 0 && held > 0 && !stopped) {
                return;
            }
            let Some(key) = self.standby.get(&item).and_then(|heads| heads.front()).copied() else {
                self.standby_starved = true;
                return;
            };
            let Some(Known { record, .. }) = self.records.get(&key) else { return };
            let Answer::Standby { quantity, coupon, .. } = record.answer else { return };
            let id = record.id;
            if stopped || quantity > left.saturating_add(held) {
                let why = if stopped { StandbyEnd::SaleStopped } else { StandbyEnd::SoldOut };
                self.leave_standby(id, item);
                self.free_units(id, quantity);
                self.change(id, Change::StandbyEnded(why));
            } else if quantity <= left {
                self.leave_standby(id, item);
                // A coupon that was used up meanwhile no longer applies; the place in line does.
                let coupon = coupon.filter(|number| !self.coupon_used_up(*number));
                let grant = self.grant(id, item, quantity, coupon);
                self.head.tally.granted_from_standby += 1;
                self.change(id, Change::Granted(grant));
            } else {
                return;
            }
        }
    }

    pub(super) fn leave_standby(&mut self, id: AttemptId, item: ItemNo) {
        let counts = self.counts(item);
        counts.standby_len = counts.standby_len.saturating_sub(1);
        if let Some(heads) = self.standby.get_mut(&item) {
            heads.retain(|key| *key != id.key());
        }
        self.writes.standby_removed.push((item, id));
    }
}
