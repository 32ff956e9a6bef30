//! Links by which people join: made here, shown once, kept as digests.

use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use email::Address;
use record::people::{self, Link, NewPerson};
use record::{PgConnection, PgPool, organisers};
use sale::role::Role;
use sale::scope::Scope;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{PersonView, find, no_such_person};
use crate::admin::repeat::{self, Repeat};
use crate::admin::tokens::{check_covered, revoked_meanwhile};
use crate::admin::{audit, text};
use crate::auth::{Admin, MayOwn, RoleSchema};
use crate::callers::Callers;
use crate::extract::{Json, MaybeIdempotencyKey, Path};
use crate::moment::Moment;
use crate::problems::{AdminProblems, ApiError, Kind};

/// How long a link is good.
const LASTS: TimeDelta = TimeDelta::days(7);
/// People, whatever became of them: every ingress has them in memory.
const PEOPLE_MAX: i64 = 1_000;

/// Somebody to be invited.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonSpec {
    /// Stands in the audit log: neither another person nor an API token has it.
    name: String,
    /// What they sign in with. Nothing is sent there.
    #[schema(max_length = 254)]
    email: String,
    /// Not `shop`.
    #[schema(value_type = RoleSchema)]
    role: Role,
}

/// Somebody who was just invited.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitedPerson {
    #[serde(flatten)]
    about: PersonView,
    /// Where they join, once. Shown this once; absent when the request was repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// A link.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewLink {
    /// Where its person joins, once. Shown this once.
    link: String,
    ends_at: Moment,
}

/// A token of a link that nobody has yet.
struct Fresh {
    token: String,
    digest: [u8; 32],
    ends_at: chrono::DateTime<chrono::Utc>,
}

impl Fresh {
    fn new() -> Self {
        let token = hex::encode(rand::random::<[u8; 32]>());
        let digest = Sha256::digest(&token).into();
        Self { token, digest, ends_at: clock::to_utc(clock::now()) + LASTS }
    }

    fn kept(&self) -> Link<'_> {
        Link { digest: &self.digest, ends_at: self.ends_at }
    }

    /// Behind the `#`, so that it is in no log of any server.
    fn url(&self, callers: &Callers) -> String {
        format!("{}/admin#/join?token={}", callers.console.origin(), self.token)
    }
}

/// Invite a person
///
/// The answer has a link, good for seven days, by which they join: they choose a password there, and set up a second factor. Nothing is
/// mailed.
#[utoipa::path(post, path = "/api/v1/admin/people", tag = "admin: access", security(("api_token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating it makes nothing more")),
    request_body = PersonSpec, responses((status = 201, body = InvitedPerson), AdminProblems))]
pub(crate) async fn invite(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    MayOwn(admin): MayOwn,
    key: MaybeIdempotencyKey,
    body: Json<PersonSpec>,
) -> Result<(StatusCode, Reply<InvitedPerson>), ApiError> {
    let spec = &body.value;
    text::check_line("name", &spec.name, 1, 100)?;
    check_role(spec.role)?;
    check_covered(&admin, Scope::of(spec.role))?;
    let email: Address = spec.email.parse().map_err(|problem| Kind::Invalid.because(format!("email: {problem}")))?;
    let (id, link) = (Uuid::now_v7(), Fresh::new());
    let mut transaction = pool.begin().await?;
    // Another door may know them a while longer: whom they invite in that time would outlast them.
    if !organisers::hold(&mut transaction, admin.of, admin.scope.role).await? {
        return Err(revoked_meanwhile(&callers));
    }
    if let Repeat::Of(id) = repeat::claim(&mut transaction, &admin, &key, "people", &body.bytes, id).await? {
        transaction.rollback().await?;
        return Ok((StatusCode::CREATED, Reply(InvitedPerson { about: find(&pool, id).await?, link: None })));
    }
    let person = NewPerson { id, name: &spec.name, email: email.as_str(), role: spec.role };
    if !people::invite(&mut transaction, &person, &link.kept()).await? {
        return Err(
            Kind::Conflict.because("name, email: another person has it; or an API token has the name, or had it")
        );
    }
    if people::count(&mut transaction).await? > PEOPLE_MAX {
        return Err(Kind::Conflict.because(format!("there are {PEOPLE_MAX} people")));
    }
    let detail = json!({ "name": spec.name, "role": spec.role });
    audit::record(&mut transaction, &admin, "person.invite", id, detail).await?;
    transaction.commit().await?;
    let about = find(&pool, id).await?;
    Ok((StatusCode::CREATED, Reply(InvitedPerson { about, link: Some(link.url(&callers)) })))
}

/// Give a person another link
///
/// In place of the one before. Who has joined before can join again by it, having lost what they sign in with: until then they sign in
/// as before.
#[utoipa::path(post, path = "/api/v1/admin/people/{id}/link", tag = "admin: access", security(("api_token" = [])),
    params(("id" = Uuid, Path, description = "The person")),
    responses((status = 201, body = NewLink), AdminProblems))]
pub(crate) async fn invite_again(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    MayOwn(admin): MayOwn,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Reply<NewLink>), ApiError> {
    let link = Fresh::new();
    let mut transaction = pool.begin().await?;
    let person = held(&mut transaction, &callers, &admin, id).await?;
    if person.is_disabled {
        return Err(Kind::Conflict.because("this person is disabled; enable them first"));
    }
    // Who opens the link becomes this person.
    let role = Role::of_word(&person.role).map_err(ApiError::internal)?;
    check_covered(&admin, Scope::of(role))?;
    people::put_link(&mut transaction, id, Some(&link.kept())).await?;
    audit::record(&mut transaction, &admin, "person.link", id, json!({ "name": person.name })).await?;
    transaction.commit().await?;
    Ok((StatusCode::CREATED, Reply(NewLink { link: link.url(&callers), ends_at: link.ends_at.into() })))
}

/// Withdraw a person's link
///
/// Who has never joined is forgotten with it.
#[utoipa::path(delete, path = "/api/v1/admin/people/{id}/link", tag = "admin: access", security(("api_token" = [])),
    params(("id" = Uuid, Path, description = "The person")), responses((status = 204), AdminProblems))]
pub(crate) async fn withdraw(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    MayOwn(admin): MayOwn,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    let mut transaction = pool.begin().await?;
    let person = held(&mut transaction, &callers, &admin, id).await?;
    if person.has_joined {
        people::put_link(&mut transaction, id, None).await?;
    } else {
        people::forget(&mut transaction, id).await?;
    }
    audit::record(&mut transaction, &admin, "person.withdraw", id, json!({ "name": person.name })).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A person whom nobody else changes meanwhile, for an owner who still is one.
async fn held(
    transaction: &mut PgConnection,
    callers: &Callers,
    admin: &Admin,
    id: Uuid,
) -> Result<people::Held, ApiError> {
    let person = people::lock(transaction, id).await?;
    if !organisers::hold(transaction, admin.of, admin.scope.role).await? {
        return Err(revoked_meanwhile(callers));
    }
    person.ok_or_else(no_such_person)
}

/// People are organisers.
pub(super) fn check_role(role: Role) -> Result<(), ApiError> {
    if role == Role::Shop {
        Err(Kind::Invalid.because("role: shop is for a server, with an API token"))
    } else {
        Ok(())
    }
}
