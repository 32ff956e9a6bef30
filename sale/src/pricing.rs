//! Discount rules, tiers and coupons, and what a grant costs.
//!
//! Prices are decided at the grant, by the dispenser, because tiers depend on the order of grants.
//! A unit falls in the first tier with room, and is counted there for as long as it is out (held or sold): when
//! it comes back, the next shopper gets that same discount.

use serde::{Deserialize, Serialize};

use crate::ids::CouponNo;
use crate::money::AMOUNT_MINOR_MAX;

/// Basis points in a whole: 10,000 is 100 %.
pub const BASIS_POINTS_WHOLE: u16 = 10_000;

/// A single reduction of a unit's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// Percent off, in basis points (2,500 is 25 %).
    PercentOff(u16),
    /// Minor units off; the price never goes below zero.
    AmountOff(i64),
    /// This price in minor units instead, if it is lower.
    FixedPrice(i64),
}

impl Cut {
    /// The reduced price of one unit, in minor units. Percentages round half up, to the nearest minor unit.
    pub fn apply(self, unit_minor: i64) -> i64 {
        match self {
            Cut::PercentOff(basis_points) => {
                let keep = i128::from(BASIS_POINTS_WHOLE.saturating_sub(basis_points));
                let whole = i128::from(BASIS_POINTS_WHOLE);
                let kept = (i128::from(unit_minor) * keep + whole / 2) / whole;
                i64::try_from(kept).unwrap_or(unit_minor)
            }
            Cut::AmountOff(minor) => unit_minor.saturating_sub(minor).max(0),
            Cut::FixedPrice(minor) => minor.min(unit_minor),
        }
    }

    /// Why this cut cannot be used, if it cannot.
    pub fn problem(self) -> Option<&'static str> {
        match self {
            Cut::PercentOff(basis_points) if basis_points > BASIS_POINTS_WHOLE => {
                Some("percent_off is in basis points, at most 10000")
            }
            Cut::AmountOff(minor) | Cut::FixedPrice(minor) if !(0..=AMOUNT_MINOR_MAX).contains(&minor) => {
                Some("amounts are minor units from 0 to 500000000000")
            }
            _ => None,
        }
    }
}

/// A tier: the next `units` units get this cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// How many units the tier holds.
    pub units: u32,
    /// What they get.
    pub cut: Cut,
}

/// How an item's sale price follows from its list price.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// No discount.
    #[default]
    None,
    /// The same cut for every unit.
    Flat(Cut),
    /// The first tier's units first, then the next tier's; when all are out, the list price.
    Tiers(Vec<Tier>),
}

impl Discount {
    /// The tier (by index) that the next unit falls in, and its cut, when so many units of each tier are out.
    fn next(&self, out: &[u32]) -> (Option<u16>, Option<Cut>) {
        match self {
            Discount::None => (None, None),
            Discount::Flat(cut) => (None, Some(*cut)),
            Discount::Tiers(tiers) => {
                let has_room = |(index, tier): &(usize, &Tier)| out.get(*index).copied().unwrap_or(0) < tier.units;
                let tier = tiers.iter().enumerate().find(has_room);
                (tier.and_then(|(index, _)| u16::try_from(index).ok()), tier.map(|(_, tier)| tier.cut))
            }
        }
    }

    /// The tiers, in the order in which they run; none where every unit costs the same.
    pub fn tiers(&self) -> &[Tier] {
        match self {
            Discount::Tiers(tiers) => tiers,
            Discount::None | Discount::Flat(_) => &[],
        }
    }

    /// What the next unit costs without a coupon, in minor units, and its tier (by index), when so many units of each
    /// tier are out.
    pub fn next_unit(&self, list_minor: i64, out: &[u32]) -> (i64, Option<u16>) {
        let (tier, cut) = self.next(out);
        (cut.map_or(list_minor, |cut| cut.apply(list_minor)), tier)
    }
}

/// Counts units into their tiers, or out of them.
fn count(out: &mut Vec<u32>, tier: Option<u16>, change: impl FnOnce(u32) -> u32) {
    let Some(index) = tier.map(usize::from) else { return };
    if out.len() <= index {
        out.resize(index + 1, 0);
    }
    out[index] = change(out[index]);
}

/// Some units of a grant that cost the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceLine {
    /// How many units.
    pub units: u32,
    /// What each costs, in minor units, every rule applied.
    pub unit_minor: i64,
    /// The tier that ran, by its index in the item's rule.
    pub tier: Option<u16>,
}

/// What a grant costs and by which rules. Recorded with the reservation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// More than one line only where a grant crosses from one tier to the next.
    pub lines: Vec<PriceLine>,
    /// The coupon that was applied on top of the sale price.
    pub coupon: Option<CouponNo>,
}

impl Price {
    /// Prices `quantity` units, and counts each into its tier: the first one that has room.
    pub fn take(
        discount: &Discount,
        list_minor: i64,
        out: &mut Vec<u32>,
        quantity: u32,
        coupon: Option<(CouponNo, Cut)>,
    ) -> Self {
        let mut lines: Vec<PriceLine> = Vec::with_capacity(1);
        for _ in 0..quantity {
            let (sale_minor, tier) = discount.next_unit(list_minor, out);
            let unit_minor = coupon.map_or(sale_minor, |(_, cut)| cut.apply(sale_minor));
            count(out, tier, |units| units.saturating_add(1));
            match lines.last_mut() {
                Some(line) if line.unit_minor == unit_minor && line.tier == tier => line.units += 1,
                _ => lines.push(PriceLine { units: 1, unit_minor, tier }),
            }
        }
        Self { lines, coupon: coupon.map(|(number, _)| number) }
    }

    /// Counts its units out of their tiers again: the next shopper gets the same discounts.
    pub fn put_back(&self, out: &mut Vec<u32>) {
        for line in &self.lines {
            count(out, line.tier, |units| units.saturating_sub(line.units));
        }
    }

    /// The sum, in minor units.
    pub fn total_minor(&self) -> i64 {
        self.lines.iter().map(|line| i64::from(line.units) * line.unit_minor).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut() -> impl Strategy<Value = Cut> {
        prop_oneof![
            (0u16..=10_000).prop_map(Cut::PercentOff),
            (0i64..2_000_000).prop_map(Cut::AmountOff),
            (0i64..2_000_000).prop_map(Cut::FixedPrice),
        ]
    }

    fn discount() -> impl Strategy<Value = Discount> {
        prop_oneof![
            Just(Discount::None),
            cut().prop_map(Discount::Flat),
            proptest::collection::vec((1u32..20, cut()), 1..5).prop_map(|tiers| {
                Discount::Tiers(tiers.into_iter().map(|(units, cut)| Tier { units, cut }).collect())
            }),
        ]
    }

    fn out() -> impl Strategy<Value = Vec<u32>> {
        proptest::collection::vec(0u32..25, 0..5)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn a_cut_never_raises_a_price_nor_makes_it_negative(cut in cut(), list in 0i64..1_000_000) {
            prop_assert!((0..=list).contains(&cut.apply(list)));
        }

        #[test]
        fn a_price_covers_every_unit_in_the_first_tier_with_room(
            discount in discount(), list in 0i64..1_000_000, out in out(), quantity in 1u32..12,
        ) {
            let mut counted = out.clone();
            let price = Price::take(&discount, list, &mut counted, quantity, None);
            prop_assert_eq!(price.lines.iter().map(|line| line.units).sum::<u32>(), quantity);
            if let Discount::Tiers(tiers) = &discount {
                let units = |counted: &[u32], index: usize| counted.get(index).copied().unwrap_or(0);
                for (index, tier) in tiers.iter().enumerate() {
                    prop_assert!(units(&counted, index) <= tier.units.max(units(&out, index)), "too many in tier {index}");
                    let later = (index + 1..tiers.len()).any(|later| units(&counted, later) > units(&out, later));
                    let listed = price.lines.iter().any(|line| line.tier.is_none());
                    prop_assert!(!(later || listed) || units(&counted, index) >= tier.units, "room left in tier {index}");
                }
            }
        }

        #[test]
        fn one_grant_of_many_costs_what_many_grants_of_one_cost(
            discount in discount(), list in 0i64..1_000_000, out in out(), quantity in 1u32..12,
        ) {
            let (mut at_once, mut one_by_one) = (out.clone(), out);
            let whole = Price::take(&discount, list, &mut at_once, quantity, None).total_minor();
            let parts: i64 =
                (0..quantity).map(|_| Price::take(&discount, list, &mut one_by_one, 1, None).total_minor()).sum();
            prop_assert_eq!(whole, parts);
            prop_assert_eq!(at_once, one_by_one);
        }

        #[test]
        fn what_comes_back_costs_the_next_shopper_the_same(
            discount in discount(), list in 0i64..1_000_000, out in out(), quantity in 1u32..12,
        ) {
            let mut counted = out;
            let first = Price::take(&discount, list, &mut counted, quantity, None);
            let others = counted.clone();
            Price::take(&discount, list, &mut counted, 5, None).put_back(&mut counted);
            counted.truncate(others.len());
            prop_assert_eq!(&counted, &others);
            first.put_back(&mut counted);
            prop_assert_eq!(Price::take(&discount, list, &mut counted, quantity, None), first);
        }

        #[test]
        fn a_coupon_never_makes_it_dearer(
            discount in discount(), coupon in cut(), list in 0i64..1_000_000, out in out(), quantity in 1u32..12,
        ) {
            let plain = Price::take(&discount, list, &mut out.clone(), quantity, None).total_minor();
            let with = Price::take(&discount, list, &mut out.clone(), quantity, Some((CouponNo(0), coupon)));
            prop_assert!((0..=plain).contains(&with.total_minor()));
        }
    }

    #[test]
    fn percentages_round_half_up_per_unit() {
        assert_eq!(Cut::PercentOff(2_500).apply(999), 749); // 749.25
        assert_eq!(Cut::PercentOff(5_000).apply(999), 500); // 499.5
        assert_eq!(Cut::PercentOff(10_000).apply(999), 0);
    }

    #[test]
    fn tiers_run_out_in_order() {
        let rule = Discount::Tiers(vec![
            Tier { units: 2, cut: Cut::PercentOff(5_000) },
            Tier { units: 1, cut: Cut::AmountOff(100) },
        ]);
        let mut out = Vec::new();
        let prices: Vec<Price> = (0..5).map(|_| Price::take(&rule, 1_000, &mut out, 1, None)).collect();
        let totals: Vec<i64> = prices.iter().map(Price::total_minor).collect();
        assert_eq!(totals, [500, 500, 900, 1_000, 1_000]);
        prices[1].put_back(&mut out);
        prices[3].put_back(&mut out);
        assert_eq!(rule.next_unit(1_000, &out), (500, Some(0)), "whoever comes next gets what came back");
        let crossing = Price::take(&rule, 1_000, &mut vec![1], 3, None);
        assert_eq!(crossing.lines.len(), 3);
        assert_eq!(crossing.total_minor(), 500 + 900 + 1_000);
    }
}
