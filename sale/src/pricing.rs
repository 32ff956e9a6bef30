//! Discount rules, tiers and coupons, and what a grant costs.
//!
//! Prices are decided at the grant, by the dispenser, because tiers depend on the order of grants.
//! A unit's position is the number of units out (held or sold) when it is granted: a unit that comes
//! back takes its place in the tier with it, so the next shopper gets that same discount.

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
    /// By units out: the first tier's units first, then the next tier's; after the last, the list price.
    Tiers(Vec<Tier>),
}

impl Discount {
    /// The tier (by index) that the unit at `position` (units out before it) falls in, and its cut.
    fn at(&self, position: u32) -> (Option<u16>, Option<Cut>) {
        match self {
            Discount::None => (None, None),
            Discount::Flat(cut) => (None, Some(*cut)),
            Discount::Tiers(tiers) => {
                let mut passed = 0u32;
                for (index, tier) in tiers.iter().enumerate() {
                    passed = passed.saturating_add(tier.units);
                    if position < passed {
                        return (u16::try_from(index).ok(), Some(tier.cut));
                    }
                }
                (None, None)
            }
        }
    }

    /// The sale price of one unit at `position`, without a coupon, in minor units.
    pub fn unit_minor(&self, list_minor: i64, position: u32) -> i64 {
        self.at(position).1.map_or(list_minor, |cut| cut.apply(list_minor))
    }
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
    /// Prices `quantity` units, the first of them at `position`.
    pub fn quote(
        discount: &Discount,
        list_minor: i64,
        position: u32,
        quantity: u32,
        coupon: Option<(CouponNo, Cut)>,
    ) -> Self {
        let mut lines: Vec<PriceLine> = Vec::with_capacity(1);
        for offset in 0..quantity {
            let (tier, cut) = discount.at(position.saturating_add(offset));
            let sale_minor = cut.map_or(list_minor, |cut| cut.apply(list_minor));
            let unit_minor = coupon.map_or(sale_minor, |(_, cut)| cut.apply(sale_minor));
            match lines.last_mut() {
                Some(line) if line.unit_minor == unit_minor && line.tier == tier => line.units += 1,
                _ => lines.push(PriceLine { units: 1, unit_minor, tier }),
            }
        }
        Self { lines, coupon: coupon.map(|(number, _)| number) }
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn a_cut_never_raises_a_price_nor_makes_it_negative(cut in cut(), list in 0i64..1_000_000) {
            prop_assert!((0..=list).contains(&cut.apply(list)));
        }

        #[test]
        fn a_quote_covers_every_unit_at_its_own_position(
            discount in discount(), list in 0i64..1_000_000, position in 0u32..120, quantity in 1u32..12,
        ) {
            let price = Price::quote(&discount, list, position, quantity, None);
            prop_assert_eq!(price.lines.iter().map(|line| line.units).sum::<u32>(), quantity);
            let by_unit: i64 = (position..position + quantity).map(|p| discount.unit_minor(list, p)).sum();
            prop_assert_eq!(price.total_minor(), by_unit);
        }

        #[test]
        fn one_grant_of_many_costs_what_many_grants_of_one_cost(
            discount in discount(), list in 0i64..1_000_000, position in 0u32..120, quantity in 1u32..12,
        ) {
            let whole = Price::quote(&discount, list, position, quantity, None).total_minor();
            let parts: i64 = (0..quantity)
                .map(|offset| Price::quote(&discount, list, position + offset, 1, None).total_minor())
                .sum();
            prop_assert_eq!(whole, parts);
        }

        #[test]
        fn a_coupon_never_makes_it_dearer(
            discount in discount(), coupon in cut(), list in 0i64..1_000_000, position in 0u32..120, quantity in 1u32..12,
        ) {
            let plain = Price::quote(&discount, list, position, quantity, None).total_minor();
            let with = Price::quote(&discount, list, position, quantity, Some((CouponNo(0), coupon)));
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
        let prices: Vec<i64> = (0..5).map(|position| rule.unit_minor(1_000, position)).collect();
        assert_eq!(prices, [500, 500, 900, 1_000, 1_000]);
        let crossing = Price::quote(&rule, 1_000, 1, 3, None);
        assert_eq!(crossing.lines.len(), 3);
        assert_eq!(crossing.total_minor(), 500 + 900 + 1_000);
    }
}
