//! Back to a draft, and away with one: as long as nobody was promised anything.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use record::PgConnection;
use record::events::{self, Begun, Present};
use sale::ids::EventId;
use serde_json::json;

use super::run::{Binds, finish};
use super::{EventView, TOO_LATE, lock};
use crate::admin::audit;
use crate::auth::MayRun;
use crate::control::Control;
use crate::extract::{IfMatch, Path, Versioned};
use crate::problems::{ApiError, Kind, ReplaceProblems};

/// Make a scheduled sale a draft again
///
/// Until a second before it opens, or its lobby does, and only while nobody waits for it: not once a shopper has asked to be told of it, or an
/// attempt was answered. Shoppers find it no longer. Taking back a draft changes nothing.
#[utoipa::path(post, path = "/api/v1/admin/events/{event}/back-to-draft", tag = "admin: sales",
    security(("api_token" = [])),
    params(("event" = Uuid, Path, description = "The event"),
           ("If-Match" = String, Header, description = "The `ETag` of what was read; `*` for whatever is there")),
    responses((status = 200, body = EventView), ReplaceProblems))]
pub(crate) async fn back_to_draft(
    State(control): State<Arc<Control>>,
    MayRun(admin): MayRun,
    Path(event): Path<EventId>,
    read: IfMatch,
) -> Result<Versioned<EventView>, ApiError> {
    let mut transaction = control.postgres.begin().await?;
    let present = lock(&mut transaction, event).await?;
    if !present.scheduled {
        transaction.rollback().await?;
        return super::view(&control.postgres, event).await.map(Versioned);
    }
    read.check(present.version)?;
    if present.over {
        return Err(Kind::Conflict.because("this sale is over"));
    }
    if present.now + TOO_LATE >= present.begins_at {
        let detail = "only until a second before the sale, or its lobby, opens: shoppers may be in it already; it can be stopped";
        return Err(Kind::Conflict.because(detail));
    }
    nobody_is_in(&mut transaction, event).await?;
    events::end_pause(&mut transaction, event, present.now).await?;
    events::back_to_draft(&mut transaction, event).await?;
    finish(&control, transaction, &admin, event, "event.back_to_draft", json!({}), Binds::AtOnce, None).await
}

/// Delete a draft
///
/// What the audit log has of it stays. A sale that was ever scheduled is deleted once it is a draft again.
#[utoipa::path(delete, path = "/api/v1/admin/events/{event}", tag = "admin: sales", security(("api_token" = [])),
    params(("event" = Uuid, Path, description = "The event"),
           ("If-Match" = String, Header, description = "The `ETag` of what was read; `*` for whatever is there")),
    responses((status = 204, description = "It is deleted"), ReplaceProblems))]
pub(crate) async fn delete(
    State(control): State<Arc<Control>>,
    MayRun(admin): MayRun,
    Path(event): Path<EventId>,
    read: IfMatch,
) -> Result<StatusCode, ApiError> {
    let mut transaction = control.postgres.begin().await?;
    let Present { scheduled, version, was_served, .. } = lock(&mut transaction, event).await?;
    read.check(version)?;
    if scheduled {
        return Err(Kind::Conflict.because("only a draft is deleted; what was scheduled can be stopped"));
    }
    let begun = nobody_is_in(&mut transaction, event).await?;
    if was_served && (begun.is_being_recorded || control.is_line_read(event).await?) {
        return Err(Kind::Conflict.because("its line is still being left; try again in some seconds"));
    }
    let name = events::delete(&mut transaction, event).await?;
    audit::record(&mut transaction, &admin, "event.delete", event, json!({ "name": name, "version": version })).await?;
    transaction.commit().await?;
    control.nudges.changed(event);
    control.remove_line(event).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Fails once anybody has to do with a sale.
async fn nobody_is_in(transaction: &mut PgConnection, event: EventId) -> Result<Begun, ApiError> {
    let begun = events::begun(transaction, event).await?;
    if begun.attempts {
        return Err(Kind::Conflict.because("shoppers have taken part in this sale; it can be stopped"));
    }
    if begun.reminders > 0 {
        let detail = format!("shoppers who asked to be told of it: {}; it can be moved or stopped", begun.reminders);
        return Err(Kind::Conflict.because(detail));
    }
    Ok(begun)
}
