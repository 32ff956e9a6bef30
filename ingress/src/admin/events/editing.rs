//! Who else has the form of a sale open, and what became of the sale meanwhile.

use std::sync::Arc;
use std::time::Duration;

use axum::Json as Reply;
use axum::extract::State;
use inventory::editing;
use record::{audit, events};
use sale::ids::EventId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::MayRun;
use crate::control::Control;
use crate::extract::{Json, Path};
use crate::moment::Moment;
use crate::problems::{AdminProblems, ApiError, Kind};

const SEEN_WITHIN: Duration = Duration::from_secs(1);

/// A page in which the form of a sale is open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditingPage {
    /// Made by the page, once.
    page: Uuid,
    /// It is open no longer.
    #[serde(default)]
    leaves: bool,
}

/// Who else edits a sale.
#[derive(Serialize, ToSchema)]
pub(crate) struct Editing {
    /// By their account or token, the first first. Pages that have said nothing for 30 seconds are left out.
    others: Vec<EditorView>,
    /// The version that the sale has now.
    version: i64,
    /// Who changed it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<ChangeView>,
}

/// Somebody who edits a sale.
#[derive(Serialize, ToSchema)]
pub(crate) struct EditorView {
    name: String,
    since: Moment,
}

/// The last change of a sale.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangeView {
    by: String,
    at: Moment,
    /// As in the audit log.
    action: String,
}

/// Say that the form of a sale is open
///
/// Again every ten seconds while it is. Nothing is locked by it, and the audit log does not have it.
#[utoipa::path(put, path = "/api/v1/admin/events/{event}/editing", tag = "admin: sales", security(("api_token" = [])),
    params(("event" = Uuid, Path, description = "The event")), request_body = EditingPage,
    responses((status = 200, body = Editing), AdminProblems))]
pub(crate) async fn put(
    State(control): State<Arc<Control>>,
    MayRun(admin): MayRun,
    Path(event): Path<EventId>,
    body: Json<EditingPage>,
) -> Result<Reply<Editing>, ApiError> {
    let mut db = control.postgres.acquire().await?;
    let version = events::version(&mut db, event).await?.ok_or_else(|| Kind::NotFound.because("no such event"))?;
    let last = audit::of_subject(&mut db, &event.to_string(), 1).await?.pop();
    drop(db);
    let name = if body.value.leaves { "" } else { admin.name.as_str() };
    let mut redis = control.redis.clone();
    let seen = editing::seen(&mut redis, event, body.value.page, name, clock::now());
    let others = match tokio::time::timeout(SEEN_WITHIN, seen).await {
        Ok(Ok(others)) => others,
        // Nobody is known to edit then; what they save is still compared by its version.
        Ok(Err(_)) | Err(_) => Vec::new(),
    };
    let others = others.into_iter().map(|one| EditorView { name: one.name, since: clock::to_utc(one.since).into() });
    Ok(Reply(Editing {
        others: others.collect(),
        version,
        changed: last.map(|entry| ChangeView { by: entry.actor, at: entry.at.into(), action: entry.action }),
    }))
}
