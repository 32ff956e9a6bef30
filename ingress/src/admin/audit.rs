//! The audit log: who did what.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::auth::{Admin, Viewer};
use crate::extract::Query;
use crate::problems::{AdminReadProblems, ApiError};
use crate::state::App;

/// Entries in one answer.
pub(super) const PAGE_MAX: i64 = 200;
const PAGE: i64 = 50;

/// Writes an entry, within the transaction that makes the change.
pub(super) async fn record(
    transaction: &mut PgConnection,
    admin: &Admin,
    action: &str,
    subject: impl std::fmt::Display,
    detail: Value,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO audit_log (id, actor, role, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)",
        Uuid::now_v7(),
        admin.name,
        admin.role.word(),
        action,
        subject.to_string(),
        detail
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// One entry.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEntry {
    /// Also the place in the list: for `before`.
    id: Uuid,
    at: DateTime<Utc>,
    /// The token's name.
    actor: String,
    role: String,
    action: String,
    subject: String,
    #[schema(value_type = Object)]
    detail: Value,
}

/// The latest entries.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// The latest first.
    entries: Vec<AuditEntry>,
}

/// Where a page of a list begins, and how long it is.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// Only what comes after this id in the list: the last of the page before.
    pub(super) before: Option<Uuid>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<i64>,
}

impl PageParams {
    pub(super) fn limit(&self) -> i64 {
        self.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX)
    }
}

/// Who did what
#[utoipa::path(get, path = "/api/v1/admin/audit", tag = "admin: access", security(("api_token" = [])),
    params(PageParams), responses((status = 200, body = AuditPage), AdminReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Viewer,
    Query(page): Query<PageParams>,
) -> Result<Json<AuditPage>, ApiError> {
    let entries = sqlx::query_as!(
        AuditEntry,
        "SELECT id, at, actor, role, action, subject, detail FROM audit_log
         WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
        page.before,
        page.limit()
    )
    .fetch_all(&app.postgres)
    .await?;
    Ok(Json(AuditPage { entries }))
}
