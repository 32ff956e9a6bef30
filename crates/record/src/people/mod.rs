//! People with an account at the console: whom an owner has invited.

mod entering;
mod failures;
mod own;

use chrono::{DateTime, Utc};
use sale::role::Role;
use sale::words::UnknownWord;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::organisers;

pub use entering::{Invited, Joining, Known, by_email, invited, join, use_recovery_code, use_step};
pub use failures::{Heard, forget_old_failures, forgive, hear};
pub use own::{by_id, put_recovery_codes, set_factor, set_password};

/// A person, without anything secret.
pub struct Person {
    /// Who.
    pub id: Uuid,
    /// Unique among people, in whatever letters.
    pub name: String,
    /// In its one form.
    pub email: String,
    /// What they may do.
    pub role: Result<Role, UnknownWord>,
    /// When they were invited first.
    pub invited_at: DateTime<Utc>,
    /// Until when their link is good, if one is open.
    pub invite_ends_at: Option<DateTime<Utc>>,
    /// When they joined last, if they did.
    pub joined_at: Option<DateTime<Utc>>,
    /// Since when they cannot sign in, if so.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Codes that they have left in place of the second factor.
    pub recovery_codes: i64,
}

struct Row {
    id: Uuid,
    name: String,
    email: String,
    role: String,
    invited_at: DateTime<Utc>,
    invite_ends_at: Option<DateTime<Utc>>,
    joined_at: Option<DateTime<Utc>>,
    disabled_at: Option<DateTime<Utc>>,
    recovery_codes: i64,
}

impl From<Row> for Person {
    fn from(row: Row) -> Self {
        let Row { id, name, email, role, invited_at, invite_ends_at, joined_at, disabled_at, recovery_codes } = row;
        let role = Role::of_word(&role);
        Self { id, name, email, role, invited_at, invite_ends_at, joined_at, disabled_at, recovery_codes }
    }
}

/// All people, by name; or one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn list(pool: &PgPool, one: Option<Uuid>) -> sqlx::Result<Vec<Person>> {
    let people = sqlx::query_as!(
        Row,
        r#"SELECT id, name, email, role, invited_at, joined_at, disabled_at,
                  CASE WHEN invite_ends_at > now() THEN invite_ends_at END AS invite_ends_at,
                  (SELECT count(*) FROM recovery_codes c WHERE c.person_id = p.id) AS "recovery_codes!"
           FROM people p WHERE $1::uuid IS NULL OR id = $1 ORDER BY lower(name)"#,
        one
    );
    Ok(people.fetch_all(pool).await?.into_iter().map(Person::from).collect())
}

/// A person who may sign in.
pub struct LivePerson {
    /// Who.
    pub id: Uuid,
    /// Stands in the audit log.
    pub name: String,
    /// In its one form.
    pub email: String,
    /// What they may do.
    pub role: Result<Role, UnknownWord>,
}

/// All who may sign in.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn live(pool: &PgPool) -> sqlx::Result<Vec<LivePerson>> {
    let rows =
        sqlx::query!("SELECT id, name, email, role FROM people WHERE joined_at IS NOT NULL AND disabled_at IS NULL")
            .fetch_all(pool)
            .await?;
    let live = rows.into_iter().map(|row| LivePerson {
        id: row.id,
        name: row.name,
        email: row.email,
        role: Role::of_word(&row.role),
    });
    Ok(live.collect())
}

/// How many people there are, whatever became of them.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn count(transaction: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "people!" FROM people"#).fetch_one(transaction).await
}

/// Somebody to be invited.
pub struct NewPerson<'p> {
    /// Who they will be.
    pub id: Uuid,
    /// Stands in the audit log.
    pub name: &'p str,
    /// In its one form.
    pub email: &'p str,
    /// What they may do.
    pub role: Role,
}

/// A link to join by.
pub struct Link<'l> {
    /// SHA-256 of its token.
    pub digest: &'l [u8; 32],
    /// Until when it is good.
    pub ends_at: DateTime<Utc>,
}

/// Invites somebody; false when a person has the address, or a person or token the name.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn invite(transaction: &mut PgConnection, person: &NewPerson<'_>, link: &Link<'_>) -> sqlx::Result<bool> {
    organisers::hold_name(transaction, person.name).await?;
    let invited = sqlx::query!(
        "INSERT INTO people (id, name, email, role, invite_sha256, invite_ends_at)
         SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT FROM api_tokens WHERE lower(name) = lower($2))
         ON CONFLICT DO NOTHING",
        person.id,
        person.name,
        person.email,
        person.role.word(),
        link.digest.as_slice(),
        link.ends_at
    );
    Ok(invited.execute(transaction).await?.rows_affected() > 0)
}

/// What changes of people are made upon.
pub struct Held {
    /// Stands in the audit log.
    pub name: String,
    /// What they may do.
    pub role: String,
    /// Whether they ever joined.
    pub has_joined: bool,
    /// Whether they cannot sign in.
    pub is_disabled: bool,
}

/// A person, whom nobody else changes until the transaction ends.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lock(transaction: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Held>> {
    sqlx::query_as!(
        Held,
        r#"SELECT name, role, joined_at IS NOT NULL AS "has_joined!", disabled_at IS NOT NULL AS "is_disabled!"
           FROM people WHERE id = $1 FOR UPDATE"#,
        id
    )
    .fetch_optional(transaction)
    .await
}

/// Gives a person, who is held, another link in place of the one before; or none.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn put_link(transaction: &mut PgConnection, id: Uuid, link: Option<&Link<'_>>) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE people SET invite_sha256 = $2, invite_ends_at = $3 WHERE id = $1",
        id,
        link.map(|link| link.digest.as_slice()),
        link.map(|link| link.ends_at)
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Forgets somebody, who is held, and has never joined.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget(transaction: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM people WHERE id = $1 AND joined_at IS NULL", id).execute(transaction).await.map(drop)
}

/// Gives a person, who is held, another role.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn set_role(transaction: &mut PgConnection, id: Uuid, role: Role) -> sqlx::Result<()> {
    sqlx::query!("UPDATE people SET role = $2 WHERE id = $1", id, role.word()).execute(transaction).await.map(drop)
}

/// Keeps a person, who is held, from signing in and from joining, and ends their sessions; or no longer.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn set_disabled(transaction: &mut PgConnection, id: Uuid, is_disabled: bool) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE people SET disabled_at = CASE WHEN $2 THEN now() END,
                           invite_sha256 = CASE WHEN NOT $2 THEN invite_sha256 END,
                           invite_ends_at = CASE WHEN NOT $2 THEN invite_ends_at END
         WHERE id = $1",
        id,
        is_disabled
    )
    .execute(&mut *transaction)
    .await?;
    if is_disabled {
        end_sessions(transaction, id).await?;
    }
    Ok(())
}

async fn end_sessions(transaction: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM admin_sessions WHERE person_id = $1", id).execute(transaction).await.map(drop)
}
