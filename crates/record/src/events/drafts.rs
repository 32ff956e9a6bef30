//! Back to a draft, and away with one: as long as nobody was promised anything.

use sale::ids::EventId;
use sqlx::PgConnection;

/// What a sale has to do with people already.
pub struct Begun {
    /// An attempt was answered, or is in the lobby.
    pub attempts: bool,
    /// Shoppers who asked to be told of it.
    pub reminders: i64,
    /// A writer claimed the line, and what it sent ahead of its rounds is not recorded yet.
    pub is_being_recorded: bool,
}

/// What an event that is locked has to do with people already.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn begun(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<Begun> {
    sqlx::query_as!(
        Begun,
        r#"SELECT EXISTS (SELECT FROM reservations WHERE event_id = $1)
                  OR EXISTS (SELECT FROM orders WHERE event_id = $1)
                  OR coalesce((head->'tally'->>'served')::bigint, 0) > 0
                  OR coalesce((head->'lobby'->>'entered')::bigint, 0) > 0 AS "attempts!",
                  (SELECT count(*) FROM notification_subscriptions WHERE event_id = $1) AS "reminders!",
                  epoch > barrier_epoch AS "is_being_recorded!"
           FROM event_lines WHERE event_id = $1"#,
        event.0
    )
    .fetch_one(transaction)
    .await
}

/// Makes a scheduled sale a draft again.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn back_to_draft(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE sale_events SET scheduled = false, scheduled_at = NULL WHERE id = $1", event.0)
        .execute(transaction)
        .await
        .map(drop)
}

/// Deletes a draft with all that belongs to it; what the audit log has of it stays. Returns what it was called.
///
/// # Errors
/// When PostgreSQL does not answer, or somebody has bought something.
pub async fn delete(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<String> {
    sqlx::query!("DELETE FROM draw_entries WHERE event_id = $1", event.0).execute(&mut *transaction).await?;
    sqlx::query!("DELETE FROM draws WHERE event_id = $1", event.0).execute(&mut *transaction).await?;
    sqlx::query!("DELETE FROM invitation_lists WHERE event_id = $1", event.0).execute(&mut *transaction).await?;
    sqlx::query_scalar!("DELETE FROM sale_events WHERE id = $1 RETURNING name", event.0).fetch_one(transaction).await
}
