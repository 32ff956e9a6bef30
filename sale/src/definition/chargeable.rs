//! Whether the gateway can charge every price that a sale could come to.

use std::iter;

use super::{Definition, ItemDefinition, PROBLEMS_MAX};
use crate::gateway::GatewayKind;
use crate::gateway::stripe;
use crate::money::Currency;
use crate::pricing::{Cut, Discount};

/// Every price that is neither nothing nor chargeable, by the field that it comes from.
///
/// A purchase is of units of one item, each at one of its prices. So where every price of one unit is free or chargeable,
/// no sum of them is too small or between two steps; and none is larger than so many units at the dearest price.
pub(super) fn problems(definition: &Definition) -> Vec<String> {
    let is_stripes = definition.gateway == GatewayKind::Stripe;
    let Some(currency) = definition.currency.parse().ok().filter(|_| is_stripes) else { return Vec::new() };
    if let Some(why) = stripe::problem(currency, 0) {
        return vec![format!("currency: {why}")];
    }
    let items = definition.items.iter().enumerate();
    items.flat_map(|(index, item)| of_item(definition, index, item, currency)).take(PROBLEMS_MAX).collect()
}

fn of_item(
    definition: &Definition,
    index: usize,
    item: &ItemDefinition,
    currency: Currency,
) -> impl Iterator<Item = String> {
    let units = prices(item, index).flat_map(move |(field, unit_minor)| {
        let alone = (field.clone(), unit_minor);
        let with_coupons = definition
            .coupons
            .iter()
            .enumerate()
            .map(move |(number, coupon)| (format!("{field} with coupons[{number}]"), coupon.cut.apply(unit_minor)));
        iter::once(alone).chain(with_coupons)
    });
    let of_units = units.filter_map(move |(field, unit_minor)| {
        stripe::problem(currency, unit_minor).map(|why| format!("{field}: {unit_minor} minor units; {why}"))
    });
    // The first price is the dearest: a cut never raises it.
    let quantity = definition.quantity_max;
    let largest = prices(item, index).next().and_then(move |(field, unit_minor)| {
        let sum_minor = unit_minor.saturating_mul(quantity.into());
        let is_of_one = stripe::problem(currency, unit_minor).is_some();
        let why = stripe::problem(currency, sum_minor).filter(|_| !is_of_one)?;
        Some(format!("{field}: {quantity} (quantity_max) of {unit_minor} minor units; {why}"))
    });
    of_units.chain(largest)
}

/// The prices of one unit without a coupon, the dearest first, and where each comes from; none where the list price is not
/// known here.
fn prices(item: &ItemDefinition, index: usize) -> impl Iterator<Item = (String, i64)> {
    let field = format!("items[{index}]");
    let list = item.list_minor.into_iter();
    list.flat_map(move |list_minor| {
        let listed = (format!("{field}.list_minor"), list_minor);
        let cut = |field: String, cut: Cut| (field, cut.apply(list_minor));
        match &item.discount {
            Discount::None => vec![listed],
            Discount::Flat(flat) => vec![cut(format!("{field}.discount.flat"), *flat)],
            Discount::Tiers(tiers) => {
                let tiers = tiers.iter().enumerate();
                let tiers = tiers.map(|(number, tier)| cut(format!("{field}.discount.tiers[{number}]"), tier.cut));
                iter::once(listed).chain(tiers).collect()
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::CouponDefinition;
    use super::*;
    use crate::check::Check;
    use crate::ids::CouponNo;
    use crate::participation::Participation;
    use crate::pricing::{Price, Tier};
    use crate::rules::CheckoutModel;
    use crate::time::UnixMs;
    use proptest::prelude::*;

    fn definition(
        currency: &str,
        quantity_max: i32,
        list_minor: i64,
        discount: Discount,
        coupons: &[Cut],
    ) -> Definition {
        let coupon =
            |(number, cut): (usize, &Cut)| CouponDefinition { code: format!("C{number}"), cut: *cut, uses_max: None };
        Definition {
            lobby: None,
            name: "a sale".to_owned(),
            description: String::new(),
            currency: currency.to_owned(),
            opens_at: UnixMs(1_000),
            closes_at: UnixMs(2_000),
            checkout: CheckoutModel::Reservation,
            checkout_url: None,
            hold_seconds: 60,
            standby_hold_seconds: None,
            grace_seconds: 60,
            per_shopper_max: quantity_max,
            quantity_max,
            standby_max: 0,
            time_zone: None,
            payment_tries: 1,
            participation: Participation::Anyone,
            hoarding: None,
            check: Check::Off,
            series: None,
            gateway: GatewayKind::Stripe,
            scheduled: true,
            items: vec![ItemDefinition { sku: "a".to_owned(), list_minor: Some(list_minor), allocation: 9, discount }],
            coupons: coupons.iter().enumerate().map(coupon).collect(),
            access_codes: None,
            buyer_fields: Default::default(),
        }
    }

    fn tiers(cuts: &[Cut]) -> Discount {
        Discount::Tiers(cuts.iter().map(|cut| Tier { units: 2, cut: *cut }).collect())
    }

    #[test]
    fn every_price_that_cannot_be_charged_is_named_where_it_comes_from() {
        let of = |currency, quantity_max, list_minor, discount, coupons: &[Cut]| {
            definition(currency, quantity_max, list_minor, discount, coupons).problems(UnixMs(0))
        };
        assert!(of("EUR", 1, 0, Discount::None, &[]).is_empty(), "what is free is not charged");
        assert!(of("EUR", 4, 5_000, tiers(&[Cut::FixedPrice(50), Cut::FixedPrice(0)]), &[]).is_empty());
        assert_eq!(
            of("EUR", 4, 5_000, tiers(&[Cut::PercentOff(9_950)]), &[Cut::AmountOff(20), Cut::PercentOff(9_999)]),
            [
                "items[0].list_minor with coupons[1]: 1 minor units; Stripe takes 50 at least",
                "items[0].discount.tiers[0]: 25 minor units; Stripe takes 50 at least",
                "items[0].discount.tiers[0] with coupons[0]: 5 minor units; Stripe takes 50 at least",
            ]
        );
        assert_eq!(
            of("KWD", 1, 5_000, Discount::Flat(Cut::FixedPrice(1_234)), &[]),
            ["items[0].discount.flat: 1234 minor units; Stripe takes multiples of 10 only"]
        );
        assert_eq!(
            of("EUR", 3, 40_000_000, Discount::None, &[]),
            ["items[0].list_minor: 3 (quantity_max) of 40000000 minor units; Stripe takes 99999999 at most"]
        );
        assert_eq!(of("LYD", 1, 5_000, Discount::None, &[]), ["currency: Stripe does not take this currency"]);
    }

    #[test]
    fn another_gateway_charges_what_it_likes_and_an_order_is_charged_like_a_reservation() {
        let sale = definition("LYD", 1, 1, Discount::None, &[]);
        let elsewhere = Definition { gateway: GatewayKind::Sandbox, ..sale.clone() };
        assert!(elsewhere.problems(UnixMs(0)).is_empty());
        let ordered = Definition { checkout: CheckoutModel::DirectOrder, ..sale.clone() };
        assert_eq!(ordered.problems(UnixMs(0)), sale.problems(UnixMs(0)));
        assert!(!sale.problems(UnixMs(0)).is_empty());
    }

    fn cut() -> impl Strategy<Value = Cut> {
        prop_oneof![
            (0u16..=10_000).prop_map(Cut::PercentOff),
            (0i64..300).prop_map(Cut::AmountOff),
            (0i64..300).prop_map(Cut::FixedPrice),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn a_sale_without_problems_comes_to_no_other_sum_and_one_with_problems_to_such_a_sum(
            currency in proptest::sample::select(vec!["EUR", "HUF", "KWD", "MGA", "ISK"]),
            list_minor in prop_oneof![0i64..400, 32_999_900i64..33_400_000, Just(1_200_000)],
            cuts in proptest::collection::vec(cut(), 0..3),
            coupons in proptest::collection::vec(cut(), 0..3),
            quantity_max in 1i32..4,
        ) {
            let discount = if cuts.is_empty() { Discount::None } else { tiers(&cuts) };
            let problems = definition(currency, quantity_max, list_minor, discount.clone(), &coupons).problems(UnixMs(0));
            let currency = currency.parse().expect("a currency");
            let with = coupons.iter().enumerate().map(|(number, cut)| Some((CouponNo(number as u16), *cut)));
            let mut sums = Vec::new();
            for coupon in with.chain([None]) {
                for out in 0..27u32 {
                    for quantity in 1..=quantity_max.unsigned_abs() {
                        let mut out = vec![out % 3, out / 3 % 3, out / 9];
                        sums.push(Price::take(&discount, list_minor, &mut out, quantity, coupon).total_minor());
                    }
                }
            }
            let uncharged = sums.iter().any(|sum| stripe::problem(currency, *sum).is_some());
            prop_assert_eq!(uncharged, !problems.is_empty(), "{:?} {:?}", problems, sums);
        }
    }
}
