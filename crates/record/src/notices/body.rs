//! What is sent: `{"type", "timestamp", "data"}`, as Standard Webhooks has it. Made once, so that all endpoints and all
//! tries get the same bytes. Nothing personal is in it but the shopper's id, and what the shop itself calls its customer.

use chrono::{DateTime, SecondsFormat, Utc};
use sale::notice::NoticeType;
use sale::payment::{OrderState, PaymentState};
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// What a notice says, whole.
#[derive(Serialize)]
pub(super) struct Body<D> {
    r#type: &'static str,
    #[serde(serialize_with = "rfc3339")]
    timestamp: DateTime<Utc>,
    data: D,
}

/// A reservation, as it stood then.
#[derive(Serialize)]
pub(super) struct Reservation<'d> {
    pub(super) sale: Sale<'d>,
    pub(super) reservation_id: Uuid,
    pub(super) shopper: Shopper<'d>,
    pub(super) sku: &'d str,
    pub(super) quantity: u32,
    pub(super) lines: Vec<Line>,
    pub(super) total_minor: i64,
    pub(super) currency: &'d str,
    #[serde(serialize_with = "rfc3339")]
    pub(super) deadline: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) order: Option<Order<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) payment: Option<Payment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refunded_minor: Option<i64>,
}

/// Which sale.
#[derive(Serialize)]
pub(super) struct Sale<'d> {
    pub(super) id: Uuid,
    pub(super) name: &'d str,
}

/// Whose.
#[derive(Serialize)]
pub(super) struct Shopper<'d> {
    pub(super) id: Uuid,
    /// What the shop calls its customer; none for a guest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) customer: Option<&'d str>,
}

/// Some units that cost the same.
#[derive(Serialize)]
pub(super) struct Line {
    pub(super) units: u32,
    pub(super) unit_minor: i64,
}

/// The order, where there is one already.
#[derive(Serialize)]
pub(super) struct Order<'d> {
    pub(super) id: Uuid,
    pub(super) number: &'d str,
    #[serde(serialize_with = "word")]
    pub(super) state: OrderState,
}

/// The payment that was accepted; or the latest try.
#[derive(Serialize)]
pub(super) struct Payment {
    pub(super) id: Uuid,
    #[serde(serialize_with = "word")]
    pub(super) state: PaymentState,
}

/// A sale, as it stood then.
#[derive(Serialize)]
pub(super) struct WholeSale<'d> {
    pub(super) sale: Sale<'d>,
    #[serde(serialize_with = "rfc3339")]
    pub(super) opens_at: DateTime<Utc>,
    #[serde(serialize_with = "rfc3339")]
    pub(super) closes_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'d str>,
}

/// An endpoint that is tried.
#[derive(Serialize)]
pub(super) struct Endpoint {
    pub(super) endpoint_id: Uuid,
}

/// The bytes that are sent.
///
/// # Errors
/// When they cannot be written as JSON.
pub(super) fn written<D: Serialize>(kind: NoticeType, at: DateTime<Utc>, data: D) -> sqlx::Result<String> {
    let body = Body { r#type: kind.word(), timestamp: at, data };
    serde_json::to_string(&body).map_err(|error| sqlx::Error::Encode(error.into()))
}

fn rfc3339<S: Serializer>(at: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn word<W: sale::words::Word, S: Serializer>(value: &W, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(value.word())
}
