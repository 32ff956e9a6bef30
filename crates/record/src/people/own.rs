//! What people change of what they sign in with, by themselves.

use sale::role::Role;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Known;

/// What somebody signs in with who may.
///
/// # Errors
/// When PostgreSQL does not answer, or holds a salt of another length, which its CHECK forbids.
pub async fn by_id(pool: &PgPool, id: Uuid) -> sqlx::Result<Option<Known>> {
    let row = sqlx::query!(
        r#"SELECT id, name, role, password AS "password!", factor_salt AS "factor_salt!" FROM people
           WHERE id = $1 AND joined_at IS NOT NULL AND disabled_at IS NULL"#,
        id
    );
    let Some(row) = row.fetch_optional(pool).await? else { return Ok(None) };
    let factor_salt = row.factor_salt.try_into().map_err(|_| sqlx::Error::Decode("factor_salt: 32 bytes".into()))?;
    let role = Role::of_word(&row.role);
    Ok(Some(Known { id: row.id, name: row.name, role, password: row.password, factor_salt }))
}

/// Puts another password in the place of the one that somebody is known by; false if they sign in with something else meanwhile, or not at
/// all.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn set_password(transaction: &mut PgConnection, known: &Known, password: &str) -> sqlx::Result<bool> {
    let set = sqlx::query!(
        "UPDATE people SET password = $3 WHERE id = $1 AND password = $2 AND disabled_at IS NULL",
        known.id,
        known.password,
        password
    );
    Ok(set.execute(transaction).await?.rows_affected() > 0)
}

/// Puts another second factor, whose code of a step has confirmed it, in the place of the one that somebody is known by; false as for a
/// password.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn set_factor(
    transaction: &mut PgConnection,
    known: &Known,
    salt: &[u8; 32],
    step: i64,
) -> sqlx::Result<bool> {
    let set = sqlx::query!(
        "UPDATE people SET factor_salt = $4, factor_step = $5
         WHERE id = $1 AND password = $2 AND factor_salt = $3 AND disabled_at IS NULL",
        known.id,
        known.password,
        known.factor_salt.as_slice(),
        salt.as_slice(),
        step
    );
    Ok(set.execute(transaction).await?.rows_affected() > 0)
}

/// Gives somebody, who is held, these recovery codes, and none from before.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn put_recovery_codes(transaction: &mut PgConnection, id: Uuid, digests: &[[u8; 32]]) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM recovery_codes WHERE person_id = $1", id).execute(&mut *transaction).await?;
    let digests: Vec<Vec<u8>> = digests.iter().map(|digest| digest.to_vec()).collect();
    sqlx::query!(
        "INSERT INTO recovery_codes (person_id, code_digest) SELECT $1, digest FROM unnest($2::bytea[]) AS digest",
        id,
        &digests
    )
    .execute(transaction)
    .await
    .map(drop)
}
