//! A sale as an admin would describe it, from what the database has.

use catalogue::Sale;
use record::PgPool;
use sale::gateway::GatewayKind;
use sale::ids::EventId;

use super::EventView;
use super::spec::{CouponSpec, EventSpec, ItemSpec, LobbySpec};
use crate::problems::{ApiError, Kind};

/// The event as the database has it.
pub(super) async fn view(pool: &PgPool, event: EventId) -> Result<EventView, ApiError> {
    match record::catalogue::load(pool, event).await {
        Ok(Some(sale)) => Ok(describe(sale)),
        Ok(None) => Err(Kind::NotFound.because("no such event")),
        Err(error) => Err(match error.downcast::<sqlx::Error>() {
            Ok(error) => error.into(),
            Err(error) => ApiError::internal(error),
        }),
    }
}

fn describe(sale: Sale) -> EventView {
    let rules = sale.rules;
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let spec = EventSpec {
        name: sale.name,
        description: sale.description,
        currency: rules.currency.to_string(),
        opens_at: clock::to_utc(rules.opens_at).into(),
        closes_at: clock::to_utc(rules.closes_at).into(),
        lobby: rules.lobby.as_ref().map(|lobby| LobbySpec {
            opens_at: clock::to_utc(lobby.opens_at).into(),
            closes_at: clock::to_utc(lobby.closes_at).into(),
            beacon: sale.beacon.is_some(),
        }),
        checkout: rules.checkout,
        checkout_url: sale.checkout_url.map(|url| url.to_string()),
        hold_seconds: i64::try_from(rules.hold_ms / 1_000).unwrap_or(i64::MAX),
        standby_hold_seconds: rules.standby_hold_ms.map(|ms| i64::try_from(ms / 1_000).unwrap_or(i64::MAX)),
        grace_seconds: i64::try_from(rules.grace_ms / 1_000).unwrap_or(i64::MAX),
        per_shopper_max: number(rules.per_shopper_max),
        quantity_max: number(rules.quantity_max),
        standby_max: number(rules.standby_max),
        payment_tries: number(sale.payment_tries),
        gateway: Some(sale.gateway).filter(|gateway| *gateway != GatewayKind::Shop),
        scheduled: rules.scheduled,
        time_zone: sale.time_zone,
        items: rules
            .items
            .iter()
            .map(|item| ItemSpec {
                sku: item.sku.clone(),
                list_minor: Some(item.list_minor),
                allocation: number(item.allocation),
                discount: item.discount.clone(),
            })
            .collect(),
        coupons: rules
            .coupons
            .iter()
            .map(|coupon| CouponSpec {
                code: coupon.code.clone(),
                cut: coupon.cut,
                uses_max: coupon.uses_max.map(number),
            })
            .collect(),
        access_codes: None,
        buyer_fields: sale.buyer_fields,
        participation: sale.participation,
        hoarding: rules.hoarding.map(Into::into),
        machine_check: sale.check,
        series_id: rules.series.as_ref().map(|series| series.id.0),
    };
    EventView {
        id: rules.event.0,
        status: rules.status(clock::now()).word(),
        status_reason: sale.stop_reason.or(sale.pause_reason),
        version: rules.version,
        access_code_count: sale.access_codes.len(),
        item_names: sale.products.into_iter().map(|product| product.name).collect(),
        invited_count: sale.invitations.map(|list| list.entries),
        spec,
    }
}
