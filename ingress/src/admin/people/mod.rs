//! People with accounts: whom an owner invites, and what they may do.

mod account;
mod change;
mod entrance;
mod join;
mod link;
mod sign_in;

use axum::Json as Reply;
use axum::extract::State;
use record::PgPool;
use record::people::{self, Person};
use sale::role::Role;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::{MayOwn, RoleSchema};
use crate::moment::Moment;
use crate::problems::{ApiError, Kind, OwnerReadProblems};

// The macros of `utoipa` look for what belongs to a handler beside it.
pub(super) use account::{
    __path_factor, __path_look_at_factor, __path_new_recovery_codes, __path_password, factor, look_at_factor,
    new_recovery_codes, password,
};
pub(super) use change::{__path_change, change};
pub(super) use join::{__path_join, __path_look, join, look};
pub(super) use link::{__path_invite, __path_invite_again, __path_withdraw, invite, invite_again, withdraw};
pub(super) use sign_in::{__path_sign_in, sign_in};

/// A person.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonView {
    id: Uuid,
    /// Stands in the audit log.
    name: String,
    /// What they sign in with.
    email: String,
    #[schema(value_type = RoleSchema)]
    role: Role,
    /// When they were invited first.
    invited_at: Moment,
    /// Until when the link that they were given last is good; absent when it was used, withdrawn or is too old.
    #[serde(skip_serializing_if = "Option::is_none")]
    link_ends_at: Option<Moment>,
    /// When they joined, the last time if more than once; absent as long as they have not.
    #[serde(skip_serializing_if = "Option::is_none")]
    joined_at: Option<Moment>,
    /// Since when they cannot sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<Moment>,
    /// Recovery codes that they have left.
    recovery_codes: i64,
}

/// People.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonList {
    people: Vec<PersonView>,
}

/// People
///
/// By name.
#[utoipa::path(get, path = "/api/v1/admin/people", tag = "admin: access", security(("api_token" = [])),
    responses((status = 200, body = PersonList), OwnerReadProblems))]
pub(crate) async fn list(State(pool): State<PgPool>, _: MayOwn) -> Result<Reply<PersonList>, ApiError> {
    let people = people::list(&pool, None).await?;
    Ok(Reply(PersonList { people: people.into_iter().map(view).collect::<Result<_, _>>()? }))
}

async fn find(pool: &PgPool, id: Uuid) -> Result<PersonView, ApiError> {
    people::list(pool, Some(id)).await?.pop().map_or_else(|| Err(no_such_person()), view)
}

fn no_such_person() -> ApiError {
    Kind::NotFound.because("no such person")
}

fn view(person: Person) -> Result<PersonView, ApiError> {
    Ok(PersonView {
        id: person.id,
        name: person.name,
        email: person.email,
        role: person.role.map_err(ApiError::internal)?,
        invited_at: person.invited_at.into(),
        link_ends_at: person.invite_ends_at.map(Moment::from),
        joined_at: person.joined_at.map(Moment::from),
        disabled_at: person.disabled_at.map(Moment::from),
        recovery_codes: person.recovery_codes,
    })
}
