//! The PostgreSQL schema, as numbered migrations (`sql/`), one purpose each.

use sqlx::PgPool;
use sqlx::migrate::{MigrateError, Migrator};

static MIGRATIONS: Migrator = sqlx::migrate!("./sql");

/// Brings a database up to this version's schema. Safe to run again, and by several at once.
///
/// # Errors
/// When the database refuses, or holds a migration that this version does not know.
pub async fn run(pool: &PgPool) -> Result<(), MigrateError> {
    MIGRATIONS.run(pool).await
}
