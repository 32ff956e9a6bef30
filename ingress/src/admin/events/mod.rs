//! Sale events: creating, showing and replacing them.

pub(super) mod drafts;
mod draw;
pub(super) mod editing;
pub(super) mod holders;
pub(super) mod run;
mod shown;
mod spec;
mod written;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use record::events::{self, ListedEvent, NewItem, Present};
use record::products::{self, Priced};
use record::{PgConnection, PgPool};
use record::{access_codes, buyers, invitations};
use sale::admission::access_code_digest;
use sale::definition::{AccessCodeDefinition, Definition, number};
use sale::gateway::GatewayKind;
use sale::ids::EventId;
use sale::rules::CheckoutModel;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit::{self, PageParams};
use super::repeat::{self, Repeat};
use super::{changes, series};
use crate::auth::{MayRead, MayRun};
use crate::control::Control;
use crate::extract::{IfMatch, Json, MaybeIdempotencyKey, Path, Query, Version, Versioned};
use crate::moment::Moment;
use crate::problems::{AdminProblems, AdminReadProblems, ApiError, Kind, ReplaceProblems};
use shown::view;
use spec::EventSpec;
pub(super) use spec::{CheckSchema, GatewaySchema, ParticipationSchema};

/// Before the opening of the sale or its lobby, from when on a sale is no longer edited: writers must have heard of it by then.
const TOO_LATE: TimeDelta = TimeDelta::seconds(1);

/// A sale event, as it stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventView {
    id: Uuid,
    /// `draft`, `upcoming`, `active`, `paused`, `ended` or `stopped`.
    status: &'static str,
    /// Why it is paused or stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<String>,
    /// Raised by every change; as `ETag`, and for `If-Match`.
    version: i64,
    /// Access codes there are; the codes themselves are not kept.
    access_code_count: usize,
    /// What each item is called, in their order.
    item_names: Vec<String>,
    /// People who are invited, where a list says who is.
    #[serde(skip_serializing_if = "Option::is_none")]
    invited_count: Option<u32>,
    #[serde(flatten)]
    spec: EventSpec,
}

impl Version for EventView {
    fn version(&self) -> i64 {
        self.version
    }
}

/// An event in the list.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventSummary {
    id: Uuid,
    name: String,
    /// `draft`, `upcoming`, `active`, `paused`, `ended` or `stopped`.
    status: &'static str,
    opens_at: Moment,
    closes_at: Moment,
    currency: String,
    /// The IANA name of the zone in which its organisers think of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    version: i64,
}

/// Events.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventList {
    /// The latest created first.
    events: Vec<EventSummary>,
}

/// Sale events
#[utoipa::path(get, path = "/api/v1/admin/events", tag = "admin: sales", security(("api_token" = [])),
    params(PageParams), responses((status = 200, body = EventList), AdminReadProblems))]
pub(crate) async fn list(
    State(pool): State<PgPool>,
    _: MayRead,
    Query(page): Query<PageParams>,
) -> Result<Reply<EventList>, ApiError> {
    let listed = events::list(&pool, page.before, page.limit()?).await?;
    Ok(Reply(EventList { events: listed.into_iter().map(summary).collect::<Result<_, _>>()? }))
}

fn summary(listed: ListedEvent) -> Result<EventSummary, ApiError> {
    Ok(EventSummary {
        id: listed.event.0,
        name: listed.name,
        status: listed.status.map_err(ApiError::internal)?.word(),
        opens_at: listed.opens_at.into(),
        closes_at: listed.closes_at.into(),
        currency: listed.currency,
        time_zone: listed.time_zone,
        version: listed.version,
    })
}

/// One sale event
#[utoipa::path(get, path = "/api/v1/admin/events/{event}", tag = "admin: sales", security(("api_token" = [])),
    params(("event" = Uuid, Path, description = "The event")),
    responses((status = 200, body = EventView, headers(("ETag" = String, description = "Its version"))),
              AdminReadProblems))]
pub(crate) async fn show(
    State(pool): State<PgPool>,
    _: MayRead,
    Path(event): Path<EventId>,
) -> Result<Versioned<EventView>, ApiError> {
    view(&pool, event).await.map(Versioned)
}

/// Create a sale event
///
/// Also makes its line. With the same `Idempotency-Key`, the same event is answered again.
#[utoipa::path(post, path = "/api/v1/admin/events", tag = "admin: sales", security(("api_token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating it creates nothing more")),
    request_body = EventSpec, responses((status = 201, body = EventView), AdminProblems))]
pub(crate) async fn create(
    State(control): State<Arc<Control>>,
    MayRun(admin): MayRun,
    key: MaybeIdempotencyKey,
    body: Json<EventSpec>,
) -> Result<(StatusCode, Versioned<EventView>), ApiError> {
    let spec = &body.value;
    let mut definition = define(&control, spec)?;
    let event = EventId(Uuid::now_v7());
    let mut transaction = control.postgres.begin().await?;
    if let Repeat::Of(id) = repeat::claim(&mut transaction, &admin, &key, "events", &body.bytes, event.0).await? {
        transaction.rollback().await?;
        let event = EventId(id);
        control.provide_line(event).await;
        return Ok((StatusCode::CREATED, Versioned(view(&control.postgres, event).await?)));
    }
    series::check_there_is(&mut transaction, definition.series).await?;
    let products = products_of(&mut transaction, &mut definition).await?;
    events::insert(&mut transaction, event, &definition).await?;
    put_parts(&mut transaction, event, &definition, &products).await?;
    audit::record(&mut transaction, &admin, "event.create", event, written::described(spec, 1)).await?;
    // Before anybody hears of the sale: RabbitMQ (3.10) fails the whole connection of a dispenser that consumes from a
    // quorum queue which another is just making.
    control.provide_line(event).await;
    transaction.commit().await?;
    control.nudges.changed(event);
    Ok((StatusCode::CREATED, Versioned(view(&control.postgres, event).await?)))
}

/// Replace a sale event
///
/// Until a second before it opens, or its lobby does. Once it is scheduled, items and coupons may be changed or added, not taken away. `If-Match`
/// says which version was read: what somebody else has changed since, such as a restock, is not undone.
#[utoipa::path(put, path = "/api/v1/admin/events/{event}", tag = "admin: sales", security(("api_token" = [])),
    params(("event" = Uuid, Path, description = "The event"),
           ("If-Match" = String, Header, description = "The `ETag` of what was read; `*` for whatever is there")),
    request_body = EventSpec,
    responses((status = 200, body = EventView, headers(("ETag" = String, description = "Its version"))),
              ReplaceProblems))]
pub(crate) async fn replace(
    State(control): State<Arc<Control>>,
    MayRun(admin): MayRun,
    Path(event): Path<EventId>,
    read: IfMatch,
    body: Json<EventSpec>,
) -> Result<Versioned<EventView>, ApiError> {
    let spec = &body.value;
    let mut definition = define(&control, spec)?;
    let before = view(&control.postgres, event).await?;
    let mut transaction = control.postgres.begin().await?;
    let present = lock(&mut transaction, event).await?;
    read.check(present.version)?;
    let may_change = |now| !(present.stopped || present.scheduled && now + TOO_LATE >= present.begins_at);
    let too_late = || {
        let detail =
            "only until a second before the sale, or its lobby, opens; pause, resume, stop and restock work later";
        Kind::Conflict.because(detail)
    };
    if !may_change(present.now) {
        return Err(too_late());
    }
    if present.scheduled && !spec.scheduled {
        return Err(Kind::Conflict.because("scheduled: a sale is taken back by back-to-draft"));
    }
    if present.scheduled && spec.series_id != present.series_id {
        return Err(Kind::Conflict.because("series_id: settled once the sale is scheduled"));
    }
    series::check_there_is(&mut transaction, definition.series).await?;
    let has_list = invitations::of(&mut transaction, event).await?.is_some();
    if has_list && spec.participation.word() != present.participation {
        let detail = "participation: the list of who is invited was made for what it is; remove the list first";
        return Err(Kind::Conflict.because(detail));
    }
    let products = products_of(&mut transaction, &mut definition).await?;
    // The journal of a line that was ever served knows items by their positions.
    if !present.scheduled && !present.was_served {
        events::start_over(&mut transaction, event).await?;
    }
    let version = events::update(&mut transaction, event, &definition).await?;
    put_parts(&mut transaction, event, &definition, &products).await?;
    let mut detail = written::described(spec, version);
    // Of a version that somebody else made since, it is not known what was there before.
    if before.version == present.version {
        let after = written::completed(spec, &definition);
        detail["changes"] = changes::between(&before.spec, &after).map_err(ApiError::internal)?;
    }
    audit::record(&mut transaction, &admin, "event.replace", event, detail).await?;
    // All of that may have taken its time.
    if !may_change(events::now(&mut transaction).await?) {
        return Err(too_late());
    }
    transaction.commit().await?;
    control.nudges.changed(event);
    control.bind_writers(event, version).await;
    view(&control.postgres, event).await.map(Versioned)
}

/// The sale that an organiser describes, if it can be.
fn define(control: &Control, spec: &EventSpec) -> Result<Definition, ApiError> {
    let gateway = match spec.checkout {
        CheckoutModel::HandedOver => GatewayKind::Shop,
        CheckoutModel::Reservation | CheckoutModel::DirectOrder => control.gateways.chosen(spec.gateway)?,
    };
    can_be_paid(control, gateway)?;
    control.sign_ins.serve(spec.participation)?;
    control.checks.serve(spec.machine_check)?;
    let definition = spec.definition(gateway);
    check(&definition)?;
    Ok(definition)
}

/// Whether there is access to what a sale is paid through.
fn can_be_paid(control: &Control, gateway: GatewayKind) -> Result<(), ApiError> {
    match gateway {
        GatewayKind::Shop => control.grants.needed(),
        GatewayKind::Sandbox | GatewayKind::Stripe => control.gateways.chosen(Some(gateway)).map(drop),
    }
}

fn check(definition: &Definition) -> Result<(), ApiError> {
    let problems = definition.problems(clock::now());
    if problems.is_empty() { Ok(()) } else { Err(Kind::Invalid.because(problems.join("; "))) }
}

/// Locks an event until the transaction ends.
async fn lock(transaction: &mut PgConnection, event: EventId) -> Result<Present, ApiError> {
    events::lock(transaction, event).await?.ok_or_else(|| Kind::NotFound.because("no such event"))
}

/// The products of the items, by SKU. Items without a list price get theirs, and with it the definition is checked again.
async fn products_of(
    transaction: &mut PgConnection,
    definition: &mut Definition,
) -> Result<HashMap<String, Priced>, ApiError> {
    let skus: Vec<String> = definition.items.iter().map(|item| item.sku.clone()).collect();
    let mut found = HashMap::with_capacity(skus.len());
    for product in products::with_skus(transaction, &skus).await? {
        if product.currency != definition.currency {
            let (sku, is, needs) = (product.sku, product.currency, &definition.currency);
            return Err(Kind::Invalid.because(format!("items: {sku} is priced in {is}, the sale in {needs}")));
        }
        found.insert(product.sku.clone(), product);
    }
    let missing: Vec<&str> = skus.iter().filter(|sku| !found.contains_key(*sku)).map(String::as_str).collect();
    if !missing.is_empty() {
        return Err(Kind::Invalid.because(format!("items: no product with the SKU {}", missing.join(", "))));
    }
    for item in &mut definition.items {
        item.list_minor = item.list_minor.or_else(|| Some(found.get(&item.sku)?.list_minor));
    }
    check(definition)?;
    Ok(found)
}

/// Puts items, coupons, access codes, what buyers are asked for, and what a draw follows from. Items and coupons that there are keep
/// their numbers, by which the line and the records know them; none may be missing.
async fn put_parts(
    transaction: &mut PgConnection,
    event: EventId,
    definition: &Definition,
    products: &HashMap<String, Priced>,
) -> Result<(), ApiError> {
    let known = events::skus(transaction, event).await?;
    let items = number(known, &definition.items, |item| item.sku.clone()).map_err(|sku| {
        Kind::Conflict
            .because(format!("items: {sku} cannot be taken out of a sale that was scheduled; give it 0 units"))
    })?;
    let known = events::coupon_codes(transaction, event).await?;
    let coupons = number(known, &definition.coupons, |coupon| coupon.code.to_ascii_lowercase()).map_err(|code| {
        Kind::Conflict
            .because(format!("coupons: {code} cannot be taken out of a sale that was scheduled; set uses_max to 0"))
    })?;
    let items = items.into_iter().map(|(number, item)| {
        let product = products.get(&item.sku).ok_or_else(|| ApiError::internal("an item without its product"))?;
        Ok(NewItem {
            number,
            product: product.id,
            sku: &item.sku,
            list_minor: item.list_minor.unwrap_or(product.list_minor),
            discount: &item.discount,
            allocation: item.allocation,
        })
    });
    let items = items.collect::<Result<Vec<NewItem>, ApiError>>()?;
    events::put_items(transaction, event, &items).await?;
    events::put_coupons(transaction, event, &coupons).await?;
    if let Some(lobby) = definition.lobby {
        draw::put(transaction, event, lobby, definition.opens_at).await?;
    }
    if let Some(codes) = &definition.access_codes {
        let uses_max = |code: &AccessCodeDefinition| code.uses_max.and_then(|uses| u32::try_from(uses).ok());
        let codes: Vec<_> = codes.iter().map(|code| (access_code_digest(&code.code), uses_max(code))).collect();
        access_codes::put(transaction, event, &codes).await?;
    }
    buyers::put_fields(transaction, event, &definition.buyer_fields).await?;
    Ok(())
}
