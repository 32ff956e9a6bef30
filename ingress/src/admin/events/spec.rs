//! What an admin says a sale should be, as the API takes it.

use sale::buyer;
use sale::check::Check;
use sale::definition::{
    AccessCodeDefinition, CouponDefinition, Definition, HoardingDefinition, ItemDefinition, LobbyDefinition,
};
use sale::gateway::GatewayKind;
use sale::hoarding::Hoarding;
use sale::ids::SeriesId;
use sale::participation::Participation;
use sale::pricing::{Cut, Discount};
use sale::rules::CheckoutModel;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::buyers::FieldsSchema;
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
    /// With a lobby the sale starts by draw: who enters in time is decided at the opening in an order that nobody can choose,
    /// and everybody else behind. Left out, it is first come, first served from the opening on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lobby: Option<LobbySpec>,
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
    /// The same for who is granted something from standby, and may be away: no shorter than for others; left out, as long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) standby_hold_seconds: Option<i64>,
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
    /// False for a draft, which only admins see. It may be without items, and without the address of the shop's checkout; its times
    /// may have passed.
    #[serde(default)]
    pub(super) scheduled: bool,
    /// The IANA name of the zone in which its organisers think of it, such as `Europe/Berlin`: the console shows its times in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub(super) time_zone: Option<String>,
    #[serde(default)]
    pub(super) items: Vec<ItemSpec>,
    #[serde(default)]
    pub(super) coupons: Vec<CouponSpec>,
    /// When there are any, an attempt needs one. Kept as digests: never shown again. Left out when an event
    /// is replaced, the codes stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) access_codes: Option<Vec<AccessCodeSpec>>,
    /// What those who have a reservation are asked for before they pay, to be sent the goods. Not with `handed_over`.
    #[serde(default)]
    #[schema(value_type = FieldsSchema)]
    pub(super) buyer_fields: buyer::Fields,
    /// Who may take part: `anyone`, or with `email` only shoppers who have confirmed an e-mail address, or for whom the shop
    /// vouches.
    #[serde(default)]
    #[schema(value_type = ParticipationSchema)]
    pub(super) participation: Participation,
    /// How units are kept from being hoarded; left out, they are not. Whoever reaches these limits is served after
    /// everybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hoarding: Option<HoardingSpec>,
    /// What guests have to show: a proof of work, which a browser does by itself, `when_pressed` (where many sessions begin at one
    /// address) or `always`; that they have passed the `hosted` check of a provider, where this installation knows one; or nothing,
    /// `off`. Who has signed in is never asked.
    #[serde(default)]
    #[schema(value_type = CheckSchema)]
    pub(super) machine_check: Check,
    /// The series that it belongs to: how many units one shopper may have in all its sales together. Settled once the sale is
    /// scheduled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) series_id: Option<Uuid>,
}

/// An access code: alone, or with the number of reservations that may use it. Compared without regard to case and spaces
/// around it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a code, or {\"code\", \"uses_max\"}")]
pub(crate) enum AccessCodeSpec {
    /// Without a limit.
    Unlimited(String),
    /// With one.
    Limited(LimitedCodeSpec),
}

/// An access code that may be used so often.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitedCodeSpec {
    /// What the shopper types.
    code: String,
    /// Reservations that may use it; what is given back may be used again.
    uses_max: i32,
}

/// How a sale keeps units from being hoarded.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoardingSpec {
    /// From so many reservations of one shopper on that came to nothing unpaid, less those they paid, others are served first.
    unpaid_max: i32,
    /// The same for all who share an internet address (of IPv6, the /64).
    address_unpaid_max: i32,
    /// For how long others are served first, after the last one that ran out.
    rest_seconds: i64,
    /// While less than half of an item is free or others wait for it: of its units, how many of 100 may be held unpaid, or
    /// waited for, from one address. What one shopper may have is never too much.
    address_percent: i32,
}

/// The lobby of a sale that starts by draw.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LobbySpec {
    /// First moment at which shoppers may enter.
    pub(super) opens_at: Moment,
    /// First moment at which they no longer may, nor withdraw; at least five seconds before the sale opens.
    pub(super) closes_at: Moment,
    /// Whether the order follows from a round of a public randomness beacon (drand) too, which is named before the lobby opens:
    /// then not even who runs the shop could choose it. Needs relays to be configured, and about twenty seconds between lobby
    /// and opening. Should the round not be had, the sale waits for it.
    #[serde(default)]
    pub(super) beacon: bool,
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

/// Who may take part in a sale.
#[derive(ToSchema)]
#[schema(as = Participation, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum ParticipationSchema {
    /// Whoever opens the page.
    Anyone,
    /// Shoppers who have confirmed an e-mail address, or who have an account.
    Email,
    /// Shoppers with an account at the OpenID provider, or for whom the shop vouches.
    Account,
}

/// What guests have to show.
#[derive(ToSchema)]
#[schema(as = MachineCheck, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum CheckSchema {
    Off,
    WhenPressed,
    Always,
    Hosted,
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
            lobby: self.lobby.map(|lobby| LobbyDefinition {
                opens_at: clock::from_utc(lobby.opens_at.utc()),
                closes_at: clock::from_utc(lobby.closes_at.utc()),
                beacon: lobby.beacon,
            }),
            checkout: self.checkout,
            checkout_url: self.checkout_url.clone(),
            hold_seconds: self.hold_seconds,
            standby_hold_seconds: self.standby_hold_seconds,
            grace_seconds: self.grace_seconds,
            per_shopper_max: self.per_shopper_max,
            quantity_max: self.quantity_max,
            standby_max: self.standby_max,
            payment_tries: self.payment_tries,
            gateway,
            scheduled: self.scheduled,
            time_zone: self.time_zone.clone(),
            items: items.collect(),
            coupons: coupons.collect(),
            access_codes: self
                .access_codes
                .as_ref()
                .map(|codes| codes.iter().map(AccessCodeSpec::definition).collect()),
            buyer_fields: self.buyer_fields.clone(),
            participation: self.participation,
            hoarding: self.hoarding.map(|limits| HoardingDefinition {
                unpaid_max: limits.unpaid_max,
                address_unpaid_max: limits.address_unpaid_max,
                rest_seconds: limits.rest_seconds,
                address_percent: limits.address_percent,
            }),
            check: self.machine_check,
            series: self.series_id.map(SeriesId),
        }
    }
}

impl AccessCodeSpec {
    fn definition(&self) -> AccessCodeDefinition {
        match self.clone() {
            Self::Unlimited(code) => AccessCodeDefinition { code, uses_max: None },
            Self::Limited(LimitedCodeSpec { code, uses_max }) => {
                AccessCodeDefinition { code, uses_max: Some(uses_max) }
            }
        }
    }
}

impl From<Hoarding> for HoardingSpec {
    fn from(limits: Hoarding) -> Self {
        let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
        Self {
            unpaid_max: number(limits.unpaid_max),
            address_unpaid_max: number(limits.address_unpaid_max),
            rest_seconds: i64::try_from(limits.rest_ms / 1_000).unwrap_or(i64::MAX),
            address_percent: number(limits.address_percent),
        }
    }
}

#[cfg(test)]
mod tests;
