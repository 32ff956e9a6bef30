//! API tokens of organisers: kept as digests, never as they are.

use chrono::{DateTime, Utc};
use sale::role::Role;
use sale::words::UnknownWord;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::admin_sessions;
use crate::organisers::{self, Organiser};

/// An API token, without its secret.
pub struct Token {
    /// Which.
    pub id: Uuid,
    /// Who or what it is for; unique.
    pub name: String,
    /// What it allows.
    pub role: Result<Role, UnknownWord>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused; never, if `None`.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
}

struct Row {
    id: Uuid,
    name: String,
    role: String,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl From<Row> for Token {
    fn from(row: Row) -> Self {
        let Row { id, name, role, created_at, expires_at, revoked_at } = row;
        Self { id, name, role: Role::of_word(&role), created_at, expires_at, revoked_at }
    }
}

/// Tokens, the latest first.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn list(pool: &PgPool, limit: i64) -> sqlx::Result<Vec<Token>> {
    let tokens = sqlx::query_as!(
        Row,
        "SELECT id, name, role, created_at, expires_at, revoked_at FROM api_tokens ORDER BY id DESC LIMIT $1",
        limit
    );
    Ok(tokens.fetch_all(pool).await?.into_iter().map(Token::from).collect())
}

/// One token.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn find(pool: &PgPool, id: Uuid) -> sqlx::Result<Option<Token>> {
    let token = sqlx::query_as!(
        Row,
        "SELECT id, name, role, created_at, expires_at, revoked_at FROM api_tokens WHERE id = $1",
        id
    );
    Ok(token.fetch_optional(pool).await?.map(Token::from))
}

/// A token that was not revoked, by its digest. It may have expired.
pub struct LiveToken {
    /// SHA-256 of its secret.
    pub digest: [u8; 32],
    /// Which.
    pub id: Uuid,
    /// Who or what it is for.
    pub name: String,
    /// What it allows.
    pub role: Result<Role, UnknownWord>,
    /// From when on it is refused; never, if `None`.
    pub expires_at: Option<DateTime<Utc>>,
}

/// All tokens that were not revoked.
///
/// # Errors
/// When PostgreSQL does not answer, or holds a digest of another length, which its CHECK forbids.
pub async fn live(pool: &PgPool) -> sqlx::Result<Vec<LiveToken>> {
    let rows = sqlx::query!("SELECT id, name, role, token_sha256, expires_at FROM api_tokens WHERE revoked_at IS NULL")
        .fetch_all(pool)
        .await?;
    let live = rows.into_iter().map(|row| {
        let digest = row.token_sha256.try_into().map_err(|_| sqlx::Error::Decode("token_sha256: 32 bytes".into()))?;
        Ok(LiveToken { digest, id: row.id, name: row.name, role: Role::of_word(&row.role), expires_at: row.expires_at })
    });
    live.collect()
}

/// How many tokens are not revoked.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn count_live(transaction: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "live!" FROM api_tokens WHERE revoked_at IS NULL"#)
        .fetch_one(transaction)
        .await
}

/// Makes a token; false when another has its name, or had it, or a person has it.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn insert(
    transaction: &mut PgConnection,
    id: Uuid,
    name: &str,
    role: Role,
    digest: &[u8; 32],
    expires_at: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "INSERT INTO api_tokens (id, name, role, token_sha256, expires_at)
         SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT FROM people WHERE lower(name) = lower($2))
         ON CONFLICT (name) DO NOTHING",
        id,
        name,
        role.word(),
        digest.as_slice(),
        expires_at
    );
    Ok(inserted.execute(transaction).await?.rows_affected() > 0)
}

/// What became of a revocation.
pub enum Revoked {
    /// There is no such token.
    Unknown,
    /// It had been revoked before.
    Before,
    /// It was revoked now; its name.
    Now(String),
    /// Not heard: who asks may no longer.
    ByNobody,
}

/// Revokes a token, and ends its sessions.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn revoke(transaction: &mut PgConnection, by: Organiser, role: Role, id: Uuid) -> sqlx::Result<Revoked> {
    // Both, in one order, tokens before people: two that revoke each other do so one after the other, and the second is not heard
    // any more.
    let both = sqlx::query!(
        "SELECT id, name, revoked_at FROM api_tokens WHERE id IN ($1, $2) ORDER BY id FOR UPDATE",
        by.token(),
        id
    );
    let mut asked = both.fetch_all(&mut *transaction).await?.into_iter().filter(|token| token.id == id);
    let asked = asked.next();
    if !organisers::hold(transaction, by, role).await? {
        return Ok(Revoked::ByNobody);
    }
    let Some(found) = asked else { return Ok(Revoked::Unknown) };
    if found.revoked_at.is_some() {
        return Ok(Revoked::Before);
    }
    sqlx::query!("UPDATE api_tokens SET revoked_at = now() WHERE id = $1", id).execute(&mut *transaction).await?;
    admin_sessions::end_all_of(transaction, id).await?;
    Ok(Revoked::Now(found.name))
}

/// What putting a token in its place took.
pub enum Put {
    /// It was there already.
    InPlace,
    /// It was made; its id.
    Made(Uuid),
    /// It was there, but another; its id.
    Replaced(Uuid),
}

/// Puts an owner's token of this name in its place, one that never expires. Sessions of the one that it replaces end.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn put_owner(transaction: &mut PgConnection, name: &str, digest: &[u8; 32]) -> sqlx::Result<Put> {
    let (id, owner) = (Uuid::now_v7(), Role::Owner.word());
    let made = sqlx::query!(
        "INSERT INTO api_tokens (id, name, role, token_sha256) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING",
        id,
        name,
        owner,
        digest.as_slice()
    );
    if made.execute(&mut *transaction).await?.rows_affected() > 0 {
        return Ok(Put::Made(id));
    }
    let replaced = sqlx::query_scalar!(
        "UPDATE api_tokens SET role = $3, token_sha256 = $2, revoked_at = NULL, expires_at = NULL
         WHERE name = $1 AND (role <> $3 OR token_sha256 <> $2 OR revoked_at IS NOT NULL OR expires_at IS NOT NULL)
         RETURNING id",
        name,
        digest.as_slice(),
        owner
    );
    let Some(id) = replaced.fetch_optional(&mut *transaction).await? else { return Ok(Put::InPlace) };
    admin_sessions::end_all_of(transaction, id).await?;
    Ok(Put::Replaced(id))
}
