//! Changes of who a person is here.

use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use record::{PgPool, organisers, people};
use sale::role::Role;
use sale::scope::Scope;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::link::check_role;
use super::{PersonView, find, no_such_person};
use crate::admin::audit;
use crate::admin::tokens::{check_covered, revoked_meanwhile};
use crate::auth::{MayOwn, RoleSchema};
use crate::callers::Callers;
use crate::extract::{Json, Path};
use crate::problems::{AdminProblems, ApiError, Kind};

/// What is to be another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonPatch {
    #[serde(default)]
    #[schema(value_type = Option<RoleSchema>)]
    role: Option<Role>,
    /// Whether they cannot sign in.
    #[serde(default)]
    disabled: Option<bool>,
}

/// Change what a person may do
///
/// Their sessions go on with the other role, or end when they are disabled: here at once, at other ingress processes within ten seconds.
/// Their link ends, too. Nobody changes themself.
#[utoipa::path(patch, path = "/api/v1/admin/people/{id}", tag = "admin: access", security(("api_token" = [])),
    params(("id" = Uuid, Path, description = "The person")), request_body = PersonPatch,
    responses((status = 200, body = PersonView), AdminProblems))]
pub(crate) async fn change(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    MayOwn(admin): MayOwn,
    Path(id): Path<Uuid>,
    body: Json<PersonPatch>,
) -> Result<Reply<PersonView>, ApiError> {
    let PersonPatch { role, disabled } = body.value;
    if let Some(role) = role {
        check_role(role)?;
        check_covered(&admin, Scope::of(role))?;
    }
    if admin.of.person() == Some(id) {
        return Err(Kind::Conflict.because("nobody changes what they may do themself; ask another owner"));
    }
    let mut transaction = pool.begin().await?;
    let person = people::lock(&mut transaction, id).await?;
    if !organisers::hold(&mut transaction, admin.of, admin.scope.role).await? {
        return Err(revoked_meanwhile(&callers));
    }
    let person = person.ok_or_else(no_such_person)?;
    if let Some(role) = role.filter(|role| role.word() != person.role) {
        people::set_role(&mut transaction, id, role).await?;
        let detail = json!({ "name": person.name, "before": person.role, "role": role });
        audit::record(&mut transaction, &admin, "person.role", id, detail).await?;
    }
    if let Some(disabled) = disabled.filter(|disabled| *disabled != person.is_disabled) {
        people::set_disabled(&mut transaction, id, disabled).await?;
        let action = if disabled { "person.disable" } else { "person.enable" };
        audit::record(&mut transaction, &admin, action, id, json!({ "name": person.name })).await?;
    }
    transaction.commit().await?;
    callers.admins.forget();
    find(&pool, id).await.map(Reply)
}
