//! Stock within a round: units out and back, with their tiers.

use super::super::fewer;
use super::Round;
use crate::answer::Grant;
use crate::ids::{AttemptId, CouponNo, ItemNo};
use crate::pricing::Price;
use crate::record::ItemCounts;
use crate::time::LineMs;

impl Round<'_> {
    /// Takes units out of the stock for an attempt whose shopper already counts them, and the coupon's use, as theirs.
    pub(super) fn grant(&mut self, id: AttemptId, item: ItemNo, quantity: u32, coupon: Option<CouponNo>) -> Grant {
        self.grant_for(id, item, quantity, coupon, self.rules.hold_ms)
    }

    /// The same, to be paid within so many milliseconds.
    pub(super) fn grant_for(
        &mut self,
        id: AttemptId,
        item: ItemNo,
        quantity: u32,
        coupon: Option<CouponNo>,
        hold_ms: u64,
    ) -> Grant {
        let rules = self.rules;
        let coupon_cut = coupon.and_then(|number| Some((number, rules.coupon(number)?.cut)));
        let counts = self.counts(item);
        let price = rules.item(item).map_or_else(Price::default, |rule| {
            Price::take(&rule.discount, rule.list_minor, &mut counts.tiers_out, quantity, coupon_cut)
        });
        counts.held += quantity;
        // So that waiting in line costs nobody paying time.
        let decided = self.decided();
        let grant = Grant {
            item,
            quantity,
            price,
            deadline: self.now.plus_ms(hold_ms),
            deadline_line: decided.plus_ms(hold_ms),
        };
        self.writes.due_added.push((id, grant.deadline_line));
        grant
    }

    /// The moment of the decision, by the line's clock.
    pub(super) fn decided(&self) -> LineMs {
        self.rules.pauses.line_time(self.now).max(self.head.line)
    }

    /// Puts held units back into the stock.
    pub(super) fn release_held(&mut self, id: AttemptId, item: ItemNo, units: u32, price: &Price) {
        let counts = self.counts(item);
        counts.held = fewer(counts.held, units);
        self.writes.due_removed.push(id);
        self.count_unpaid(self.provenance_of(id), item, -i64::from(units));
        self.give_back(id, item, units, price);
    }

    /// Puts sold units back into the stock.
    pub(super) fn unsell(&mut self, id: AttemptId, item: ItemNo, units: u32, price: &Price) {
        let counts = self.counts(item);
        counts.sold = fewer(counts.sold, units);
        counts.revenue_minor -= price.total_minor();
        debug_assert!(self.head.tally.converted > 0, "a sale is undone that was not counted");
        self.head.tally.converted = self.head.tally.converted.saturating_sub(1);
        self.give_back(id, item, units, price);
    }

    /// Units that come back take their places in the tiers, and the use of a coupon, with them.
    pub(super) fn give_back(&mut self, id: AttemptId, item: ItemNo, units: u32, price: &Price) {
        self.free_units(id, units);
        self.return_coupon(price.coupon);
        self.return_code(self.provenance_of(id).code);
        price.put_back(&mut self.counts(item).tiers_out);
        self.follow_allocation(item);
    }

    /// Never below what is already out: a lowered allocation takes nothing from anybody.
    pub(super) fn follow_allocation(&mut self, item: ItemNo) {
        if let Some(allocation) = self.rules.item(item).map(|rule| rule.allocation) {
            let counts = self.counts(item);
            counts.allocated = allocation.max(counts.out());
        }
    }

    pub(super) fn free_units(&mut self, id: AttemptId, units: u32) {
        if let Some(known) = self.records.get(&id.key()) {
            self.holdings.free(known.record.shopper, units);
        }
    }

    /// The counts of an item; grows the list rather than fail on one the rules no longer name.
    pub(super) fn counts(&mut self, item: ItemNo) -> &mut ItemCounts {
        if self.head.items.len() <= item.index() {
            self.head.items.resize_with(item.index() + 1, ItemCounts::default);
        }
        &mut self.head.items[item.index()]
    }
}
