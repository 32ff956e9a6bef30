//! What an admin says a sale should be, as the API takes it.

use sale::definition::{CouponDefinition, Definition, ItemDefinition};
use sale::gateway::GatewayKind;
use sale::pricing::{Cut, Discount};
use sale::rules::CheckoutModel;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::moment::Moment;

/// A sale event, as an admin describes it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventSpec {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    /// ISO 4217; that of all its products.
    pub(super) currency: String,
    /// First moment at which attempts are accepted.
    pub(super) opens_at: Moment,
    /// First moment at which they no longer are.
    pub(super) closes_at: Moment,
    #[serde(default = "reservation")]
    #[schema(value_type = CheckoutSchema)]
    pub(super) checkout: CheckoutModel,
    /// Where the shop's own checkout is, which is called with a grant: for `handed_over`, and only for that. https, or http
    /// on this machine; without user and fragment.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub(super) checkout_url: Option<String>,
    /// How long a shopper may take to pay.
    pub(super) hold_seconds: i64,
    /// How long past that a payment may end that was begun in time: a bank may ask the shopper first. With `handed_over`:
    /// how long past that the shop may extend it.
    #[serde(default = "five_minutes")]
    pub(super) grace_seconds: i64,
    /// Units one shopper may hold, have bought or be waiting for.
    pub(super) per_shopper_max: i32,
    /// Units in one attempt.
    pub(super) quantity_max: i32,
    /// Shoppers on standby for each item.
    pub(super) standby_max: i32,
    /// Tries to pay for one reservation. With `handed_over` it does not matter.
    #[serde(default = "three")]
    pub(super) payment_tries: i32,
    /// What it is paid through: `sandbox` or `stripe`, as far as this installation has access to it. Left out, it is the
    /// first that it has. With `handed_over` it does not matter.
    #[serde(default)]
    #[schema(value_type = Option<GatewaySchema>)]
    pub(super) gateway: Option<GatewayKind>,
    /// False for a draft, which only admins see.
    #[serde(default)]
    pub(super) scheduled: bool,
    pub(super) items: Vec<ItemSpec>,
    #[serde(default)]
    pub(super) coupons: Vec<CouponSpec>,
    /// When there are any, an attempt needs one. Kept as digests: never shown again. Left out when an event
    /// is replaced, the codes stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) access_codes: Option<Vec<String>>,
}

/// An item of a sale.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemSpec {
    /// Of a product.
    pub(super) sku: String,
    /// Without the sale, in minor units; the product's, if left out.
    #[serde(default)]
    pub(super) list_minor: Option<i64>,
    /// Units to sell.
    pub(super) allocation: i32,
    #[serde(default)]
    #[schema(value_type = DiscountSchema)]
    pub(super) discount: Discount,
}

/// A coupon of a sale.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CouponSpec {
    /// What the shopper types; compared without regard to case.
    pub(super) code: String,
    /// On top of the sale price.
    #[schema(value_type = CutSchema)]
    pub(super) cut: Cut,
    /// Reservations that may use it.
    #[serde(default)]
    pub(super) uses_max: Option<i32>,
}

/// How a granted unit becomes an order.
#[derive(ToSchema)]
#[schema(as = CheckoutModel, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum CheckoutSchema {
    /// Held with a deadline; the order exists once it is paid.
    Reservation,
    /// The order exists, pending, from the grant on.
    DirectOrder,
    /// Held with a deadline, and paid for at the shop's own checkout.
    HandedOver,
}

/// A payment gateway.
#[derive(ToSchema)]
#[schema(as = Gateway, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum GatewaySchema {
    Sandbox,
    Stripe,
}

/// A reduction of a unit's price.
#[derive(ToSchema)]
#[schema(as = Cut, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum CutSchema {
    /// Basis points: 2500 is 25 %.
    PercentOff(u16),
    /// Minor units.
    AmountOff(i64),
    /// Minor units.
    FixedPrice(i64),
}

/// How the sale price follows from the list price.
#[derive(ToSchema)]
#[schema(as = Discount, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum DiscountSchema {
    None,
    Flat(CutSchema),
    /// By units out: the first tier's units first; after the last, the list price.
    Tiers(Vec<TierSchema>),
}

/// The next `units` units get this cut.
#[derive(ToSchema)]
#[schema(as = Tier)]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) struct TierSchema {
    units: u32,
    cut: CutSchema,
}

fn reservation() -> CheckoutModel {
    CheckoutModel::Reservation
}

fn five_minutes() -> i64 {
    300
}

fn three() -> i32 {
    3
}

impl EventSpec {
    /// As the rules judge it, to be paid through `gateway`.
    pub(super) fn definition(&self, gateway: GatewayKind) -> Definition {
        let items = self.items.iter().map(|item| ItemDefinition {
            sku: item.sku.clone(),
            list_minor: item.list_minor,
            allocation: item.allocation,
            discount: item.discount.clone(),
        });
        let coupons = self.coupons.iter().map(|coupon| CouponDefinition {
            code: coupon.code.clone(),
            cut: coupon.cut,
            uses_max: coupon.uses_max,
        });
        Definition {
            name: self.name.clone(),
            description: self.description.clone(),
            currency: self.currency.clone(),
            opens_at: clock::from_utc(self.opens_at.utc()),
            closes_at: clock::from_utc(self.closes_at.utc()),
            checkout: self.checkout,
            checkout_url: self.checkout_url.clone(),
            hold_seconds: self.hold_seconds,
            grace_seconds: self.grace_seconds,
            per_shopper_max: self.per_shopper_max,
            quantity_max: self.quantity_max,
            standby_max: self.standby_max,
            payment_tries: self.payment_tries,
            gateway,
            scheduled: self.scheduled,
            items: items.collect(),
            coupons: coupons.collect(),
            access_codes: self.access_codes.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
