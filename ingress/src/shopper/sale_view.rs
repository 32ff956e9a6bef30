//! What is said of a sale.

use std::hash::{Hash, Hasher};

use sale::buyer::Fields;
use sale::pricing::Discount;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::buyers::FieldsSchema;
use crate::checks::HostedCheckView;
use crate::gateways::GatewayView;

/// All sales that are not drafts.
#[derive(Serialize, ToSchema)]
pub(crate) struct SaleList {
    /// This server's clock, Unix ms.
    pub(super) server_time_ms: u64,
    /// The sales, in the order of their opening.
    pub(super) sales: Vec<SaleView>,
}

/// One sale.
#[derive(Hash, Serialize, ToSchema)]
pub(crate) struct SaleView {
    pub(super) event_id: Uuid,
    pub(super) name: String,
    pub(super) description: String,
    /// `upcoming`, `active`, `paused`, `ended` or `stopped`.
    pub(super) status: &'static str,
    /// Why it is paused or stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status_reason: Option<String>,
    /// This server's clock, Unix ms: for countdowns.
    #[schema(value_type = u64)]
    pub(super) server_time_ms: Time,
    pub(super) opens_at_ms: u64,
    /// As it stands now: a pause holds it up.
    #[schema(value_type = u64)]
    pub(super) closes_at_ms: Time,
    /// Of a sale that starts by draw: when it may be entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lobby: Option<LobbyView>,
    /// ISO 4217.
    pub(super) currency: String,
    /// Digits of its minor unit after the point.
    pub(super) currency_digits: u8,
    /// `reservation`, `direct_order`, or `handed_over`: paid for at the shop's own checkout.
    pub(super) checkout: &'static str,
    /// What it is paid through.
    pub(super) gateway: GatewayView,
    /// How long a shopper may take to pay.
    pub(super) hold_ms: u64,
    /// Units one shopper may have.
    pub(super) per_shopper_max: u32,
    /// The series that it belongs to, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) series: Option<SeriesView>,
    /// Units in one attempt.
    pub(super) quantity_max: u32,
    /// Places on standby for each item.
    pub(super) standby_max: u32,
    /// Attempts need an access code.
    pub(super) access_code_needed: bool,
    /// There are coupons that an attempt may name.
    pub(super) has_coupons: bool,
    /// Others are served before those who let reservations come to nothing unpaid, or hold too much from one address; absent where
    /// nobody is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hoarding: Option<LimitsView>,
    /// Who may take part: `anyone`; with `email` who has confirmed an address or has an account; with `account` who has one.
    pub(super) participation: &'static str,
    /// How shoppers become one of those: by a code to their `email`, with their `account`, as a customer of the `shop`; absent
    /// where anyone may take part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) sign_in: Vec<&'static str>,
    /// Whether only those may take part who are invited.
    pub(super) invited_only: bool,
    /// What guests have to show: a proof of work where it is `when_pressed` or `always`, that they have passed the `hosted` check, or
    /// nothing where it is `off`.
    pub(super) machine_check: &'static str,
    /// Where that is `hosted`: whose widget the page shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hosted_check: Option<HostedCheckView>,
    /// Attempts answered so far; absent when nobody knows at the moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) served: Option<u64>,
    /// When the counts were told, Unix ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub(super) progress_at_ms: Option<Time>,
    pub(super) items: Vec<ItemView>,
    /// What is asked for once units are reserved, and before they are paid for; absent where that is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<FieldsSchema>)]
    pub(super) buyer_fields: Option<Fields>,
}

/// Several sales of which one shopper may not have more together.
#[derive(Hash, Serialize, ToSchema)]
#[schema(as = SeriesOfSale)]
pub(crate) struct SeriesView {
    pub(super) name: String,
    /// Units one shopper may hold, have bought or be waiting for in all sales of it together.
    pub(super) per_shopper_max: u32,
}

/// A time in an answer, Unix ms. That one moves on with the clock is no news.
pub(super) struct Time {
    pub(super) ms: u64,
    pub(super) moves: bool,
}

impl Time {
    /// When something was said.
    pub(super) fn said(ms: u64) -> Self {
        Self { ms, moves: true }
    }
}

impl Hash for Time {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (!self.moves).then_some(self.ms).hash(state);
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.ms)
    }
}

/// Limits on hoarding. How much is too much is not told: that would be how much may be hoarded.
#[derive(Hash, Serialize, ToSchema)]
pub(crate) struct LimitsView {
    /// For how long others are served first.
    pub(super) rest_ms: u64,
}

/// The lobby of a sale that starts by draw.
#[derive(Hash, Serialize, ToSchema)]
pub(crate) struct LobbyView {
    /// First moment at which shoppers may enter.
    pub(super) opens_at_ms: u64,
    /// First moment at which they no longer may.
    pub(super) closes_at_ms: u64,
    /// Of the secret that the draw will follow from. Keep it: what is published later is held against it.
    pub(super) commitment: String,
    /// Entries that are yet to be drawn; absent when nobody knows at the moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) entered: Option<u32>,
    /// The round of the randomness beacon that counts in the draw; absent where none takes part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) beacon: Option<RoundView>,
    /// What a sale that has opened waits for before anything is decided: `sealing`, that the entries are published; or `beacon`,
    /// that its round is out and had. Absent where it waits for neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waits_for: Option<&'static str>,
}

/// A round of a randomness beacon.
#[derive(Hash, Serialize, ToSchema)]
pub(crate) struct RoundView {
    pub(super) round: u64,
    /// When it comes, Unix ms.
    pub(super) at_ms: u64,
}

/// One item of a sale.
#[derive(Hash, Serialize, ToSchema)]
pub(crate) struct ItemView {
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image_url: Option<String>,
    /// What one unit costs without the sale, in minor units.
    pub(super) list_minor: i64,
    /// What the next unit costs, without a coupon.
    pub(super) sale_minor: i64,
    /// The tier the next unit falls in, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tier: Option<u16>,
    /// All tiers, in the order in which they run; after the last, a unit costs the list price. Absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tiers: Vec<TierView>,
    /// Units in this sale.
    pub(super) allocated: u32,
    /// Units neither held nor sold.
    pub(super) left: u32,
    /// Units in live reservations.
    pub(super) held: u32,
    /// Units paid for.
    pub(super) sold: u32,
    /// Shoppers on standby, but for those behind everybody else: whoever comes now goes before them.
    pub(super) standby_len: u32,
    /// Nothing left, and nothing to wait for.
    pub(super) sold_out: bool,
}

/// A tier of an item's price.
#[derive(Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(as = TierOfItem)]
pub(crate) struct TierView {
    /// Units that it holds.
    pub(super) units: u32,
    /// What each of them costs without a coupon, in minor units.
    pub(super) unit_minor: i64,
}

impl TierView {
    /// The tiers of an item with this list price.
    pub(super) fn all(discount: &Discount, list_minor: i64) -> Vec<Self> {
        let tier = |tier: &sale::pricing::Tier| Self { units: tier.units, unit_minor: tier.cut.apply(list_minor) };
        discount.tiers().iter().map(tier).collect()
    }
}

#[cfg(test)]
mod tests {
    use sale::pricing::{Cut, Tier};

    use super::*;

    #[test]
    fn the_tiers_of_an_item_are_told_with_what_a_unit_costs_in_each() {
        let tiers = Discount::Tiers(vec![
            Tier { units: 50, cut: Cut::PercentOff(5_000) },
            Tier { units: 100, cut: Cut::AmountOff(3_870) },
        ]);
        let told = [TierView { units: 50, unit_minor: 6_450 }, TierView { units: 100, unit_minor: 9_030 }];
        assert_eq!(TierView::all(&tiers, 12_900), told);
        assert!(TierView::all(&Discount::Flat(Cut::PercentOff(5_000)), 12_900).is_empty());
    }
}
