//! Forgetting what nobody asks for any more, so that no table grows for ever. Each call deletes a bounded number of
//! rows, so that none takes long, and returns how many.

use sale::payment::PaymentState;
use sale::words::Word;
use sqlx::PgPool;

/// Forgets rounds of sales that are cleared away, `rows_max` at most. Until then, an inventory that is lost is rebuilt
/// from them.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_rounds(pool: &PgPool, rows_max: i64) -> sqlx::Result<u64> {
    let rounds = sqlx::query!(
        "DELETE FROM rounds WHERE (event_id, seq) IN (
           SELECT r.event_id, r.seq FROM rounds r JOIN sale_events e ON e.id = r.event_id
           WHERE e.cleared_at IS NOT NULL LIMIT $1)",
        rows_max
    )
    .execute(pool)
    .await?;
    Ok(rounds.rows_affected())
}

/// Forgets webhooks that came before so many days, `rows_max` at most. One that comes again after that is taken for a
/// new one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_webhooks(pool: &PgPool, days: i32, rows_max: i64) -> sqlx::Result<u64> {
    let receipts = sqlx::query!(
        "DELETE FROM webhook_receipts WHERE gateway_event_id IN (
           SELECT gateway_event_id FROM webhook_receipts
           WHERE received_at < now() - make_interval(days => $1) LIMIT $2)",
        days,
        rows_max
    )
    .execute(pool)
    .await?;
    Ok(receipts.rows_affected())
}

/// Forgets the tokens of cards that the gateway has answered for, `rows_max` at most. Each step forgets its own; this
/// is for those that an earlier version left behind.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_card_tokens(pool: &PgPool, rows_max: i64) -> sqlx::Result<u64> {
    let tokens = sqlx::query!(
        "UPDATE payments SET card_token = '' WHERE id IN (
           SELECT id FROM payments WHERE card_token <> '' AND state <> ALL($2) LIMIT $1)",
        rows_max,
        PaymentState::words_of(PaymentState::may_be_declined) as _
    )
    .execute(pool)
    .await?;
    Ok(tokens.rows_affected())
}

/// What was forgotten of notices.
#[derive(Clone, Copy, Debug)]
pub struct Forgotten {
    /// Notices, with their deliveries.
    pub notices: u64,
    /// Of these deliveries, those that were still to be accepted.
    pub undelivered: u64,
}

/// Forgets notices that all their endpoints have accepted before so many days, and any that are `days_longest` old, with
/// their deliveries; `rows_max` of each at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_notices(pool: &PgPool, days: i32, days_longest: i32, rows_max: i64) -> sqlx::Result<Forgotten> {
    // What is accepted and sent again waits, and is kept.
    let accepted = sqlx::query!(
        "DELETE FROM notices WHERE id IN (
           SELECT n.id FROM notices n
           WHERE n.created_at < now() - make_interval(days => $1)
             AND NOT EXISTS (SELECT FROM deliveries d WHERE d.notice_id = n.id AND d.state <> 'accepted')
           ORDER BY n.created_at LIMIT $2)",
        days,
        rows_max
    )
    .execute(pool)
    .await?;
    let old = sqlx::query!(
        r#"WITH old AS (
             SELECT id FROM notices WHERE created_at < now() - make_interval(days => $1) ORDER BY created_at LIMIT $2),
           waiting AS (SELECT count(*) AS count FROM deliveries d JOIN old ON old.id = d.notice_id WHERE d.state = 'waiting'),
           gone AS (DELETE FROM notices n USING old WHERE n.id = old.id RETURNING n.id)
           SELECT (SELECT count(*) FROM gone) AS "notices!", (SELECT count FROM waiting) AS "waiting!""#,
        days_longest,
        rows_max
    )
    .fetch_one(pool)
    .await?;
    Ok(Forgotten {
        notices: accepted.rows_affected().max(crate::to_u64(old.notices)),
        undelivered: crate::to_u64(old.waiting),
    })
}

/// Forgets deliveries to endpoints that were removed, `rows_max` at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_deliveries(pool: &PgPool, rows_max: i64) -> sqlx::Result<u64> {
    let deliveries = sqlx::query!(
        "DELETE FROM deliveries WHERE id IN (
           SELECT d.id FROM deliveries d WHERE NOT EXISTS (SELECT FROM endpoints e WHERE e.id = d.endpoint_id) LIMIT $1)",
        rows_max
    )
    .execute(pool)
    .await?;
    Ok(deliveries.rows_affected())
}
