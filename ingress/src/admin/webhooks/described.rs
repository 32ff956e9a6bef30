//! What endpoints get, for the description of the API. Its bytes are made in the record (`notices/body.rs`); a test of the
//! whole holds what arrives to this.

use chrono::{DateTime, Utc};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{ContentBuilder, Object, OpenApi, Ref, RefOr, Required, ResponseBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// Something happened to a reservation: `reservation.granted`, `.granted_from_standby`, `.expired`, `.given_back`,
/// `.converted`; or to its order: `order.paid`, `order.refunded`, `order.refund_failed`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made elsewhere")]
struct ReservationNotice {
    r#type: String,
    /// When it happened.
    timestamp: DateTime<Utc>,
    data: ReservationData,
}

/// A reservation, as it stood then.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made elsewhere")]
struct ReservationData {
    sale: NamedSale,
    reservation_id: Uuid,
    shopper: NoticeShopper,
    sku: String,
    quantity: u32,
    /// More than one where units cost differently.
    lines: Vec<NoticeLine>,
    /// In minor units.
    total_minor: i64,
    /// ISO 4217.
    currency: String,
    /// Pay before then. A pause of the sale moves it by as long as the pause lasts.
    deadline: DateTime<Utc>,
    /// Why it was given back: `shopper`, `shop` (its own checkout), `payment_failed`, `capture_failed` or `refunded`.
    #[schema(nullable = false)]
    reason: Option<String>,
    #[schema(nullable = false)]
    order: Option<NoticeOrder>,
    /// The payment that was accepted, or else the latest try.
    #[schema(nullable = false)]
    payment: Option<NoticePayment>,
    /// Of `order.refunded`: what went back, in minor units; of `order.refund_failed`: what of that came back.
    #[schema(nullable = false)]
    refunded_minor: Option<i64>,
}

/// Which sale.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made elsewhere")]
struct NamedSale {
    id: Uuid,
    name: String,
}

/// Whose.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made elsewhere")]
struct NoticeShopper {
    id: Uuid,
    /// What the shop calls its customer; absent for a guest.
    customer: Option<String>,
}

/// Some units that cost the same.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made elsewhere")]
struct NoticeLine {
    units: u32,
    /// In minor units.
    unit_minor: i64,
}

/// The order, where there is one already.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made elsewhere")]
struct NoticeOrder {
    id: Uuid,
    number: String,
    /// `pending`, `paid`, `failed`, `cancelled` or `refunded`.
    state: String,
}

/// A payment.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made elsewhere")]
struct NoticePayment {
    id: Uuid,
    state: String,
}

/// Something happened to a sale: `sale.opened`, `.paused`, `.resumed`, `.sold_out`, `.ended`, `.stopped`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made elsewhere")]
struct SaleNotice {
    r#type: String,
    /// When it happened.
    timestamp: DateTime<Utc>,
    data: SaleData,
}

/// A sale, as it stood then.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made elsewhere")]
struct SaleData {
    sale: NamedSale,
    opens_at: DateTime<Utc>,
    /// A pause holds the end: it moves with the resumption.
    closes_at: DateTime<Utc>,
    /// Why it was paused or stopped, as shoppers are told.
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// Adds what endpoints get.
pub(crate) fn describe(api: &mut OpenApi) {
    let mut schemas: Vec<(String, RefOr<Schema>)> = vec![
        (ReservationNotice::name().into_owned(), ReservationNotice::schema()),
        (SaleNotice::name().into_owned(), SaleNotice::schema()),
    ];
    ReservationNotice::schemas(&mut schemas);
    SaleNotice::schemas(&mut schemas);
    api.components.get_or_insert_default().schemas.extend(schemas);
    let mut webhooks = Paths::new();
    for (name, summary, schema) in [
        ("reservation", "What happens to a reservation and its order", ReservationNotice::name()),
        ("sale", "What happens to a sale", SaleNotice::name()),
    ] {
        webhooks.paths.insert(name.to_owned(), item(summary, &schema));
    }
    api.webhooks = Some(webhooks);
}

fn item(summary: &str, schema: &str) -> PathItem {
    let header = |name: &str, about: &str| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(about))
            .schema(Some(Object::with_type(Type::String)))
            .build()
    };
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
    let body = RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True)).build();
    let accepted = ResponseBuilder::new().description("Any status of success: accepted. Anything else is tried again");
    let operation = OperationBuilder::new()
        .summary(Some(summary))
        .description(Some(
            "By the Standard Webhooks specification: at least once, in order for each reservation and sale",
        ))
        .parameter(header("webhook-id", "The same whenever this notice is sent"))
        .parameter(header("webhook-timestamp", "When this try was made, in seconds since 1970"))
        .parameter(header("webhook-signature", "`v1,` and the base64 of an HMAC-SHA256, for each secret"))
        .request_body(Some(body))
        .response("2XX", accepted.build());
    PathItem::new(HttpMethod::Post, operation.build())
}
