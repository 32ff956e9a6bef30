//! Who is invited to a sale: a list of keyed digests, replaced whole. What they are digests of, nobody can tell from here.

use sale::ids::EventId;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// Bytes of one digest.
pub const DIGEST_BYTES: usize = 16;

/// A list, as a sale names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    /// Another list has another.
    pub id: Uuid,
    /// People it names.
    pub entries: u32,
}

/// Puts a list in the place of the event's list before. The event must be locked.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn put(transaction: &mut PgConnection, event: EventId, entries: i32, digests: &[u8]) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO invitation_lists (event_id, id, entries, digests) VALUES ($1, $2, $3, $4)
         ON CONFLICT (event_id) DO UPDATE SET id = excluded.id, entries = excluded.entries, digests = excluded.digests,
           created_at = now()",
        event.0,
        Uuid::now_v7(),
        entries,
        digests
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Takes an event's list away. How many people it named; nothing when there was none.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn remove(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<Option<i32>> {
    sqlx::query_scalar!("DELETE FROM invitation_lists WHERE event_id = $1 RETURNING entries", event.0)
        .fetch_optional(transaction)
        .await
}

/// An event's list.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn of(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<Option<List>> {
    let list = sqlx::query!("SELECT id, entries FROM invitation_lists WHERE event_id = $1", event.0);
    let list = list.fetch_optional(transaction).await?;
    Ok(list.map(|list| List { id: list.id, entries: list.entries.unsigned_abs() }))
}

/// Digests of all lists but that of one event, in all: doors keep them in memory.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn digests_of_others(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(sum(octet_length(digests) / 16), 0)::bigint AS "digests!" FROM invitation_lists WHERE event_id <> $1"#,
        event.0
    )
    .fetch_one(transaction)
    .await
}

/// The digests of a list, sorted, one after the other; nothing when there is another list by now, or none.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn digests(pool: &PgPool, list: Uuid) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("SELECT digests FROM invitation_lists WHERE id = $1", list).fetch_optional(pool).await
}
