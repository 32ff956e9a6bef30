//! API tokens of organisers: kept as digests, never as they are.

use chrono::{DateTime, Utc};
use sale::ids::EventId;
use sale::role::{Right, Role};
use sale::scope::Scope;
use sale::words::UnknownWord;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::admin_sessions;
use crate::organisers::{self, Organiser};

/// What the record calls the role of a token that may do less than its role: doors from before it could be so take it for none.
const NARROWED: &str = "narrowed";

/// An API token, without its secret.
pub struct Token {
    /// Which.
    pub id: Uuid,
    /// Who or what it is for; unique.
    pub name: String,
    /// What it allows.
    pub scope: Result<Scope, UnknownWord>,
    /// What the sale is called that it is for, if it is for one.
    pub event_name: Option<String>,
    /// Who made it, as in the audit log; not known of those from before that was kept, and of the one from the configuration.
    pub made_by: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused; never, if `None`.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Tokens, the latest first, `limit` at most; or one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn list(pool: &PgPool, one: Option<Uuid>, limit: i64) -> sqlx::Result<Vec<Token>> {
    let rows = sqlx::query!(
        r#"SELECT t.id, t.name, t.role, t.narrowed_role, t.rights, t.event_id, e.name AS "event_name?", t.made_by, t.created_at,
                  t.expires_at, t.revoked_at
           FROM api_tokens t LEFT JOIN sale_events e ON e.id = t.event_id
           WHERE $1::uuid IS NULL OR t.id = $1 ORDER BY t.id DESC LIMIT $2"#,
        one,
        limit
    );
    let tokens = rows.fetch_all(pool).await?.into_iter().map(|row| Token {
        id: row.id,
        name: row.name,
        scope: scope(&row.role, row.narrowed_role.as_deref(), row.rights.as_deref(), row.event_id),
        event_name: row.event_name,
        made_by: row.made_by,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
    });
    Ok(tokens.collect())
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
    pub scope: Result<Scope, UnknownWord>,
    /// From when on it is refused; never, if `None`.
    pub expires_at: Option<DateTime<Utc>>,
}

/// All tokens that were not revoked.
///
/// # Errors
/// When PostgreSQL does not answer, or holds a digest of another length, which its CHECK forbids.
pub async fn live(pool: &PgPool) -> sqlx::Result<Vec<LiveToken>> {
    let rows = sqlx::query!(
        "SELECT id, name, role, narrowed_role, rights, event_id, token_sha256, expires_at FROM api_tokens
         WHERE revoked_at IS NULL"
    );
    let live = rows.fetch_all(pool).await?.into_iter().map(|row| {
        let digest = row.token_sha256.try_into().map_err(|_| sqlx::Error::Decode("token_sha256: 32 bytes".into()))?;
        let scope = scope(&row.role, row.narrowed_role.as_deref(), row.rights.as_deref(), row.event_id);
        Ok(LiveToken { digest, id: row.id, name: row.name, scope, expires_at: row.expires_at })
    });
    live.collect()
}

/// A right that this version does not know, it does not give.
fn scope(
    role: &str,
    narrowed: Option<&str>,
    rights: Option<&[String]>,
    event: Option<Uuid>,
) -> Result<Scope, UnknownWord> {
    if role != NARROWED {
        return Role::of_word(role).map(Scope::of);
    }
    let role = Role::of_word(narrowed.unwrap_or_default())?;
    let rights = rights.map(|words| words.iter().filter_map(|word| Right::of_word(word).ok()).collect());
    Ok(Scope::kept(role, rights, event.map(EventId)))
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

/// A token to be made.
pub struct NewToken<'t> {
    /// Which it will be.
    pub id: Uuid,
    /// Who or what it is for; unique.
    pub name: &'t str,
    /// What it allows.
    pub scope: Scope,
    /// SHA-256 of its secret.
    pub digest: &'t [u8; 32],
    /// From when on it is refused.
    pub expires_at: DateTime<Utc>,
    /// Who makes it, as in the audit log.
    pub made_by: &'t str,
}

/// Makes a token; false when another has its name, or had it, or a person has it.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn insert(transaction: &mut PgConnection, token: &NewToken<'_>) -> sqlx::Result<bool> {
    organisers::hold_name(transaction, token.name).await?;
    let Scope { role, event, .. } = token.scope;
    let whole = token.scope.is_whole();
    let rights: Vec<String> = token.scope.rights().iter().map(|right| right.word().to_owned()).collect();
    let inserted = sqlx::query!(
        "INSERT INTO api_tokens (id, name, role, narrowed_role, rights, event_id, token_sha256, expires_at, made_by)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE NOT EXISTS (SELECT FROM people WHERE lower(name) = lower($2))
         ON CONFLICT (name) DO NOTHING",
        token.id,
        token.name,
        if whole { role.word() } else { NARROWED },
        (!whole).then_some(role.word()),
        (!whole).then_some(&rights[..]),
        event.map(|event| event.0),
        token.digest.as_slice(),
        token.expires_at,
        token.made_by
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
        "UPDATE api_tokens SET role = $3, token_sha256 = $2, revoked_at = NULL, expires_at = NULL,
                               narrowed_role = NULL, rights = NULL, event_id = NULL, made_by = NULL
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
