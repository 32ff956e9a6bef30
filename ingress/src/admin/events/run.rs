//! Running a sale: schedule, pause, resume, stop, restock. Each changes the rules; the line follows them.

use std::sync::Arc;

use axum::extract::State;
use record::events::{self, Restocked};
use record::notices::{self, Done};
use sale::check::Check;
use sale::definition::{SKU_LENGTH_MAX, UNITS_MAX};
use sale::gateway::GatewayKind;
use sale::ids::EventId;
use sale::notice::NoticeType;
use sale::participation::Participation;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{EventView, lock, view};
use crate::admin::repeat::{self, Repeat};
use crate::admin::{audit, text};
use crate::auth::{Admin, MayRun};
use crate::control::Control;
use crate::extract::{IdempotencyKey, IfMatch, Json, Path, Versioned as Reply};
use crate::problems::{AdminProblems, ApiError, Kind, ScheduleProblems};

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Because {
    /// Shown to shoppers.
    reason: String,
}

/// More units of an item.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Restock {
    sku: String,
    /// To add.
    units: i32,
}

/// Release a draft for sale
///
/// It opens by itself at `opens_at`. What a draft may be without must be there by then. What it is paid through, and what its shoppers prove themselves by, must be to be had here (a draft may
/// be from before). With `If-Match`, only the version that was read is released. Scheduling it again changes nothing.
#[utoipa::path(post, path = "/api/v1/admin/events/{event}/schedule", tag = "admin: sales",
    security(("api_token" = [])),
    params(("event" = Uuid, Path, description = "The event"),
           ("If-Match" = Option<String>, Header, description = "The `ETag` of what was read")),
    responses((status = 200, body = EventView), ScheduleProblems))]
pub(crate) async fn schedule(
    State(control): State<Arc<Control>>,
    MayRun(admin): MayRun,
    Path(event): Path<EventId>,
    read: Option<IfMatch>,
) -> Result<Reply<EventView>, ApiError> {
    let mut transaction = control.postgres.begin().await?;
    let present = lock(&mut transaction, event).await?;
    if let Some(read) = read.filter(|_| !present.scheduled) {
        read.check(present.version)?;
    }
    if present.over {
        return Err(Kind::Conflict.because("this sale is over"));
    }
    if present.scheduled {
        transaction.rollback().await?;
        return view(&control.postgres, event).await.map(Reply);
    }
    if present.lobby_closes_at.is_some_and(|closes_at| closes_at <= present.now) {
        return Err(Kind::Conflict.because("its lobby would have closed already; give it a later one"));
    }
    // The row is locked: what is read now is what is scheduled.
    let mut spec = view(&control.postgres, event).await?.spec;
    spec.scheduled = true;
    super::check(&spec.definition(GatewayKind::of_word(&present.gateway).map_err(ApiError::internal)?))?;
    super::can_be_paid(&control, GatewayKind::of_word(&present.gateway).map_err(ApiError::internal)?)?;
    control.sign_ins.serve(Participation::of_word(&present.participation).map_err(ApiError::internal)?)?;
    control.checks.serve(Check::of_word(&present.machine_check).map_err(ApiError::internal)?)?;
    events::schedule(&mut transaction, event).await?;
    finish(&control, transaction, &admin, event, "event.schedule", json!({}), Binds::InTime, None).await
}

/// Pause a sale
///
/// Everybody keeps their place and their time to pay, and the end is held: the sale goes on for as long after the
/// resumption as it would have without the pause. Pausing a paused sale changes nothing.
#[utoipa::path(post, path = "/api/v1/admin/events/{event}/pause", tag = "admin: sales",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")), request_body = Because,
    responses((status = 200, body = EventView), AdminProblems))]
pub(crate) async fn pause(
    State(control): State<Arc<Control>>,
    MayRun(admin): MayRun,
    Path(event): Path<EventId>,
    body: Json<Because>,
) -> Result<Reply<EventView>, ApiError> {
    let reason = &body.value.reason;
    text::check_line("reason", reason, 1, 500)?;
    let mut transaction = control.postgres.begin().await?;
    let present = lock(&mut transaction, event).await?;
    if !present.scheduled || present.over {
        return Err(Kind::Conflict.because("only a scheduled sale that is not over can be paused"));
    }
    if !events::begin_pause(&mut transaction, event, present.now, reason).await? {
        transaction.rollback().await?;
        return view(&control.postgres, event).await.map(Reply);
    }
    let done = Done { kind: NoticeType::SalePaused, at: present.now, reason: Some(reason) };
    let detail = json!({ "reason": reason });
    finish(&control, transaction, &admin, event, "event.pause", detail, Binds::AtOnce, Some(done)).await
}

/// Resume a paused sale
///
/// The end moves by as long as the pause lasted within the window. Resuming a sale that is not paused changes nothing.
#[utoipa::path(post, path = "/api/v1/admin/events/{event}/resume", tag = "admin: sales",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")),
    responses((status = 200, body = EventView), AdminProblems))]
pub(crate) async fn resume(
    State(control): State<Arc<Control>>,
    MayRun(admin): MayRun,
    Path(event): Path<EventId>,
) -> Result<Reply<EventView>, ApiError> {
    let mut transaction = control.postgres.begin().await?;
    let present = lock(&mut transaction, event).await?;
    if present.stopped {
        return Err(Kind::Conflict.because("a stopped sale does not go on"));
    }
    if !events::end_pause(&mut transaction, event, present.now).await? {
        transaction.rollback().await?;
        return view(&control.postgres, event).await.map(Reply);
    }
    let done = Done { kind: NoticeType::SaleResumed, at: present.now, reason: None };
    finish(&control, transaction, &admin, event, "event.resume", json!({}), Binds::InTime, Some(done)).await
}

/// Stop a sale for good
///
/// Everybody left in the line is answered `sale_stopped`. Stopping it again changes nothing.
#[utoipa::path(post, path = "/api/v1/admin/events/{event}/stop", tag = "admin: sales",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")), request_body = Because,
    responses((status = 200, body = EventView), AdminProblems))]
pub(crate) async fn stop(
    State(control): State<Arc<Control>>,
    MayRun(admin): MayRun,
    Path(event): Path<EventId>,
    body: Json<Because>,
) -> Result<Reply<EventView>, ApiError> {
    let reason = &body.value.reason;
    text::check_line("reason", reason, 1, 500)?;
    let mut transaction = control.postgres.begin().await?;
    let present = lock(&mut transaction, event).await?;
    if present.stopped {
        transaction.rollback().await?;
        return view(&control.postgres, event).await.map(Reply);
    }
    if !present.scheduled {
        return Err(Kind::Conflict.because("a draft was not announced: there is nothing to stop"));
    }
    // A paused line would not get to answer anybody.
    events::end_pause(&mut transaction, event, present.now).await?;
    events::stop(&mut transaction, event, present.now, reason).await?;
    let done = Done { kind: NoticeType::SaleStopped, at: present.now, reason: Some(reason) };
    let detail = json!({ "reason": reason });
    finish(&control, transaction, &admin, event, "event.stop", detail, Binds::AtOnce, Some(done)).await
}

/// Add units to an item
///
/// With the same `Idempotency-Key`, they are added once.
#[utoipa::path(post, path = "/api/v1/admin/events/{event}/restock", tag = "admin: sales",
    security(("api_token" = [])),
    params(("event" = Uuid, Path, description = "The event"),
           ("Idempotency-Key" = String, Header, description = "Repeating it adds nothing more")),
    request_body = Restock, responses((status = 200, body = EventView), AdminProblems))]
pub(crate) async fn restock(
    State(control): State<Arc<Control>>,
    MayRun(admin): MayRun,
    Path(event): Path<EventId>,
    key: IdempotencyKey,
    body: Json<Restock>,
) -> Result<Reply<EventView>, ApiError> {
    let Restock { sku, units } = &body.value;
    if !(1..=1_000_000).contains(units) {
        return Err(Kind::Invalid.because("units: from 1 to 1000000"));
    }
    text::check("sku", sku, 1, SKU_LENGTH_MAX)?;
    let mut transaction = control.postgres.begin().await?;
    let present = lock(&mut transaction, event).await?;
    let what = format!("restock {event}");
    let repeat = repeat::claim(&mut transaction, &admin, &Some(key), &what, &body.bytes, event.0).await?;
    if let Repeat::Of(_) = repeat {
        transaction.rollback().await?;
        return view(&control.postgres, event).await.map(Reply);
    }
    if present.over {
        return Err(Kind::Conflict.because("this sale is over"));
    }
    let too_many = || Kind::Invalid.because(format!("units: at most {UNITS_MAX} in a sale in all"));
    let restocked = match events::restock(&mut transaction, event, sku, *units).await {
        // More of this item alone than the record takes.
        Err(record::Error::Database(error)) if error.is_check_violation() => return Err(too_many()),
        restocked => restocked?,
    };
    let Restocked { allocation, total } = restocked.ok_or_else(|| Kind::Invalid.because("sku: not in this sale"))?;
    if total > UNITS_MAX.into() {
        return Err(too_many());
    }
    let mut detail = json!(body.value);
    let field = format!("items[{sku}].allocation");
    detail["changes"] = json!([{ "field": field, "before": allocation - units, "after": allocation }]);
    finish(&control, transaction, &admin, event, "event.restock", detail, Binds::InTime, None).await
}

/// Whether a writer that has not heard of a change may go on for a moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::admin) enum Binds {
    /// Nobody decides by the old rules once the organiser has the answer.
    AtOnce,
    /// It hears of it in time, and nobody is harmed until then.
    InTime,
}

/// Raises the version, writes the audit log and what the shop is told, commits, and tells everyone.
#[expect(clippy::too_many_arguments, reason = "what one change of a sale consists of")]
pub(in crate::admin) async fn finish(
    control: &Control,
    mut transaction: sqlx::Transaction<'_, sqlx::Postgres>,
    admin: &Admin,
    event: EventId,
    action: &str,
    mut detail: Value,
    binds: Binds,
    told: Option<Done<'_>>,
) -> Result<Reply<EventView>, ApiError> {
    let version = events::touch(&mut transaction, event).await?;
    detail["version"] = json!(version);
    audit::record(&mut transaction, admin, action, event, detail).await?;
    if let Some(done) = told {
        notices::tell(&mut transaction, event, version, done).await?;
    }
    transaction.commit().await?;
    control.nudges.changed(event);
    if binds == Binds::AtOnce {
        control.bind_writers(event, version).await;
    }
    view(&control.postgres, event).await.map(Reply)
}
