//! Standby within a round: what comes back goes to the next in line.

use super::super::fewer;
use super::{Known, Round};
use crate::answer::{Answer, Change, StandbyEnd};
use crate::ids::{AttemptId, ItemNo};

impl Round<'_> {
    /// Gives what is free to standby, in order of arrival.
    ///
    /// Where the first place wants more than is free:
    /// - held units could make up the rest: nobody behind it is served. That lasts at most the time to pay.
    /// - only units whose payment is being captured could, which may take any time: it keeps its place, and what is free
    ///   goes to the first behind it that wants no more.
    /// - nothing could: the place ends.
    pub(super) fn serve_standby(&mut self, item: ItemNo) {
        self.serve_in_order(item);
        self.serve_behind(item);
    }

    fn serve_in_order(&mut self, item: ItemNo) {
        let stopped = self.rules.stopped_at.is_some();
        let mut passed_over = 0;
        loop {
            let counts = self.counts(item);
            let (left, held, obtainable) = (counts.left(), counts.held, counts.obtainable());
            if counts.standby_len as usize <= passed_over || (left == 0 && obtainable > 0 && !stopped) {
                return;
            }
            let Some(key) = self.standby.get(&item).and_then(|heads| heads.get(passed_over)).copied() else {
                // Reading again helps only if it brings others than those who were looked at.
                let others = passed_over == 0 || self.writes.standby_removed.iter().any(|(of, _)| *of == item);
                self.standby_starved |= others;
                return;
            };
            let Some(Known { record, .. }) = self.records.get(&key) else { return };
            let Answer::Standby { quantity, coupon, .. } = record.answer else { return };
            let id = record.id;
            if stopped || quantity > obtainable {
                let why = if stopped { StandbyEnd::SaleStopped } else { StandbyEnd::SoldOut };
                self.end_standby(id, item, quantity);
                self.change(id, Change::StandbyEnded(why));
            } else if quantity <= left {
                self.leave_standby(id, item);
                let hold_ms = self.rules.standby_hold_ms.unwrap_or(self.rules.hold_ms);
                let grant = self.grant_for(id, item, quantity, coupon, hold_ms);
                self.head.tally.granted_from_standby += 1;
                self.change(id, Change::Granted(grant));
            } else if quantity <= left.saturating_add(held) {
                return;
            } else {
                passed_over += 1;
            }
        }
    }

    /// Notes whose turn it is next for each item, for those who wait.
    pub(super) fn note_standby_heads(&mut self) {
        for (item, heads) in &self.standby {
            let Some(counts) = self.head.items.get_mut(item.index()) else { continue };
            let first = heads.front().and_then(|key| self.records.get(key)).map(|known| &known.record.answer);
            match first {
                _ if counts.standby_len == 0 => counts.standby_head = None,
                Some(Answer::Standby { number, .. }) => counts.standby_head = Some(*number),
                // All who were read are gone: read those who come next.
                _ => self.standby_starved |= self.writes.standby_removed.iter().any(|(of, _)| of == item),
            }
        }
    }

    /// Ends a place without a grant: what was kept with it is free again.
    pub(super) fn end_standby(&mut self, id: AttemptId, item: ItemNo, units: u32) {
        let Some(Known { record, .. }) = self.records.get(&id.key()) else { return };
        let provenance = record.provenance;
        match record.answer {
            Answer::Standby { coupon, .. } => {
                self.leave_standby(id, item);
                self.count_unpaid(provenance, item, -i64::from(units));
                self.return_coupon(coupon);
            }
            Answer::Behind { coupon, .. } => {
                self.leave_behind(id, item);
                self.return_coupon(coupon);
            }
            _ => return,
        }
        self.free_units(id, units);
        self.return_code(provenance.code);
    }

    fn leave_standby(&mut self, id: AttemptId, item: ItemNo) {
        let counts = self.counts(item);
        counts.standby_len = fewer(counts.standby_len, 1);
        if let Some(heads) = self.standby.get_mut(&item) {
            heads.retain(|key| *key != id.key());
        }
        self.writes.standby_removed.push((item, id));
    }
}
