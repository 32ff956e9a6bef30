//! The tiers, replayed: every unit is sold in the lowest tier that has room, and comes back to it.

use std::collections::HashMap;

use sale::answer::{Answer, Change, Grant, News};
use sale::ids::{AttemptId, ItemNo};
use sale::pricing::{Discount, Tier};
use sale::rules::SaleRules;

use super::journal::Journal;

/// A tier by its index; none beyond the last.
type TierNo = Option<u16>;

pub(super) fn check(journal: &Journal, rules: &SaleRules) -> Vec<String> {
    let mut live: HashMap<AttemptId, Grant> = HashMap::new();
    let mut taken: HashMap<(ItemNo, TierNo), u32> = HashMap::new();
    let mut violations = Vec::new();
    for (report, outcome) in journal.outcomes() {
        match &outcome.news {
            News::Answer(Answer::Reserved(grant)) | News::Change(Change::Granted(grant)) => {
                let Some(item) = rules.item(grant.item) else { continue };
                if let Discount::Tiers(tiers) = &item.discount {
                    let right =
                        lowest(tiers, grant.quantity, |tier| taken.get(&(grant.item, tier)).copied().unwrap_or(0));
                    let mut given = units(grant);
                    given.sort_unstable_by_key(|tier| tier.unwrap_or(u16::MAX));
                    if given != right {
                        let (seq, id) = (report.head.seq, outcome.attempt);
                        violations.push(format!("round {seq}: {id} got {}, not {}", words(&given), words(&right)));
                    }
                }
                let coupon = grant.price.coupon.and_then(|number| rules.coupon(number)).map(|coupon| coupon.cut);
                for line in &grant.price.lines {
                    let cut = match (&item.discount, line.tier) {
                        (Discount::Tiers(tiers), Some(index)) => tiers.get(usize::from(index)).map(|tier| tier.cut),
                        (Discount::Flat(cut), _) => Some(*cut),
                        _ => None,
                    };
                    let sale_minor = cut.map_or(item.list_minor, |cut| cut.apply(item.list_minor));
                    let unit_minor = coupon.map_or(sale_minor, |cut| cut.apply(sale_minor));
                    if line.unit_minor != unit_minor {
                        violations.push(format!("{}: {} a unit, not {unit_minor}", outcome.attempt, line.unit_minor));
                    }
                }
                for tier in units(grant) {
                    *taken.entry((grant.item, tier)).or_default() += 1;
                }
                live.insert(outcome.attempt, grant.clone());
            }
            News::Change(Change::Expired | Change::Cancelled(_)) => {
                let Some(grant) = live.remove(&outcome.attempt) else { continue };
                for tier in units(&grant) {
                    let taken = taken.entry((grant.item, tier)).or_default();
                    *taken = taken.saturating_sub(1);
                }
            }
            _ => {}
        }
    }
    violations
}

/// The tier of each unit.
fn units(grant: &Grant) -> Vec<TierNo> {
    let of_line = |line: &sale::pricing::PriceLine| std::iter::repeat_n(line.tier, line.units as usize);
    grant.price.lines.iter().flat_map(of_line).collect()
}

/// The tiers that so many units should get: the lowest with room.
fn lowest(tiers: &[Tier], quantity: u32, taken: impl Fn(TierNo) -> u32) -> Vec<TierNo> {
    let mut right = Vec::new();
    for (index, tier) in (0u16..).zip(tiers) {
        let room = tier.units.saturating_sub(taken(Some(index)));
        let more = room.min(quantity - u32::try_from(right.len()).unwrap_or(quantity));
        right.extend(std::iter::repeat_n(Some(index), more as usize));
    }
    right.resize(quantity as usize, None);
    right
}

fn words(tiers: &[TierNo]) -> String {
    let word = |tier: &TierNo| tier.map_or("no tier".to_owned(), |index| format!("tier {}", index + 1));
    tiers.iter().map(word).collect::<Vec<_>>().join(" and ")
}
