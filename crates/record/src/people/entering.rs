//! How people come in: by their link for the first time, and from then on with what they have chosen there.

use sale::role::Role;
use sale::words::UnknownWord;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::end_sessions;
use super::own::put_recovery_codes;

/// Somebody whose link is good.
pub struct Invited {
    /// Who.
    pub id: Uuid,
    /// Stands in the audit log.
    pub name: String,
    /// In its one form.
    pub email: String,
    /// What they may do.
    pub role: Result<Role, UnknownWord>,
}

/// Whom a link is for, while it is good.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn invited(pool: &PgPool, digest: &[u8; 32]) -> sqlx::Result<Option<Invited>> {
    let row = sqlx::query!(
        "SELECT id, name, email, role FROM people
         WHERE invite_sha256 = $1 AND invite_ends_at > now() AND disabled_at IS NULL",
        digest.as_slice()
    );
    let invited = row.fetch_optional(pool).await?.map(|row| Invited {
        id: row.id,
        name: row.name,
        email: row.email,
        role: Role::of_word(&row.role),
    });
    Ok(invited)
}

/// What somebody joins with.
pub struct Joining<'j> {
    /// SHA-256 of the link's token.
    pub link: &'j [u8; 32],
    /// Argon2id, as a PHC string.
    pub password: &'j str,
    /// What the second factor follows from.
    pub factor_salt: &'j [u8; 32],
    /// Whose code has confirmed it.
    pub factor_step: i64,
    /// Keyed digests.
    pub recovery_codes: &'j [[u8; 32]],
}

/// Uses a link up: from now on its person signs in with this, and with nothing from before. None when the link is no longer good.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn join(transaction: &mut PgConnection, joining: &Joining<'_>) -> sqlx::Result<Option<Uuid>> {
    let joined = sqlx::query_scalar!(
        "UPDATE people SET joined_at = now(), password = $2, factor_salt = $3, factor_step = $4,
                           invite_sha256 = NULL, invite_ends_at = NULL
         WHERE invite_sha256 = $1 AND invite_ends_at > now() AND disabled_at IS NULL
         RETURNING id",
        joining.link.as_slice(),
        joining.password,
        joining.factor_salt.as_slice(),
        joining.factor_step
    );
    let Some(id) = joined.fetch_optional(&mut *transaction).await? else { return Ok(None) };
    end_sessions(transaction, id).await?;
    put_recovery_codes(transaction, id, joining.recovery_codes).await?;
    Ok(Some(id))
}

/// What somebody signs in with who may.
pub struct Known {
    /// Who.
    pub id: Uuid,
    /// Stands in the audit log.
    pub name: String,
    /// What they may do.
    pub role: Result<Role, UnknownWord>,
    /// Argon2id, as a PHC string.
    pub password: String,
    /// What the second factor follows from.
    pub factor_salt: [u8; 32],
}

/// Who signs in with an address in its one form.
///
/// # Errors
/// When PostgreSQL does not answer, or holds a salt of another length, which its CHECK forbids.
pub async fn by_email(pool: &PgPool, email: &str) -> sqlx::Result<Option<Known>> {
    let row = sqlx::query!(
        r#"SELECT id, name, role, password AS "password!", factor_salt AS "factor_salt!" FROM people
           WHERE lower(email) = lower($1) AND joined_at IS NOT NULL AND disabled_at IS NULL"#,
        email
    );
    let Some(row) = row.fetch_optional(pool).await? else { return Ok(None) };
    let factor_salt = row.factor_salt.try_into().map_err(|_| sqlx::Error::Decode("factor_salt: 32 bytes".into()))?;
    let role = Role::of_word(&row.role);
    Ok(Some(Known { id: row.id, name: row.name, role, password: row.password, factor_salt }))
}

/// Takes a code of the second factor, by the 30 seconds that it is of: none that was taken before, or is older. False as well if the
/// person signs in with something else meanwhile, or not at all.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn use_step(transaction: &mut PgConnection, known: &Known, step: i64) -> sqlx::Result<bool> {
    let used = sqlx::query!(
        "UPDATE people SET factor_step = $2 WHERE id = $1 AND factor_step < $2 AND factor_salt = $3 AND password = $4
         AND disabled_at IS NULL",
        known.id,
        step,
        known.factor_salt.as_slice(),
        known.password
    );
    Ok(used.execute(transaction).await?.rows_affected() > 0)
}

/// Uses up a code in place of the second factor; false if it is none. Or the person signs in with something else meanwhile.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn use_recovery_code(transaction: &mut PgConnection, known: &Known, digest: &[u8; 32]) -> sqlx::Result<bool> {
    let held = sqlx::query!(
        "SELECT id FROM people WHERE id = $1 AND factor_salt = $2 AND password = $3 AND disabled_at IS NULL FOR UPDATE",
        known.id,
        known.factor_salt.as_slice(),
        known.password
    );
    if held.fetch_optional(&mut *transaction).await?.is_none() {
        return Ok(false);
    }
    let used = sqlx::query!(
        "DELETE FROM recovery_codes WHERE person_id = $1 AND code_digest = $2",
        known.id,
        digest.as_slice()
    );
    Ok(used.execute(transaction).await?.rows_affected() > 0)
}
