//! Forgetting what nobody asks for any more, so that no table grows for ever. Each call deletes a bounded number of
//! rows, so that none takes long, and returns how many.

use sale::payment::{OrderState, PaymentState};
use sale::words::Word;
use sqlx::PgPool;

use crate::email_codes::COUNTED_DAYS;
use crate::notifications::End;
use crate::reservations::ReservationState;

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

/// Forgets who was invited to sales by which nothing is owed any more, `rows_max` at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_invitations(pool: &PgPool, rows_max: i64) -> sqlx::Result<u64> {
    let lists = sqlx::query!(
        "DELETE FROM invitation_lists WHERE event_id IN (
           SELECT l.event_id FROM invitation_lists l JOIN sale_events e ON e.id = l.event_id
           WHERE e.settled_at IS NOT NULL OR (NOT e.scheduled AND e.closes_at < now()) LIMIT $1)",
        rows_max
    )
    .execute(pool)
    .await?;
    Ok(lists.rows_affected())
}

/// Forgets what attempts without a reservation or a place claimed in a series, of sales by which nothing is owed any more,
/// `rows_max` at most. A claim ends with what is recorded of its attempt; this is for an attempt that the broker lost.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_claims(pool: &PgPool, rows_max: i64) -> sqlx::Result<u64> {
    let claims = sqlx::query!(
        "DELETE FROM series_claims WHERE attempt_id IN (
           SELECT c.attempt_id FROM series_claims c JOIN sale_events e ON e.id = c.event_id
           WHERE e.settled_at IS NOT NULL AND NOT EXISTS (
             SELECT FROM reservations r WHERE r.id = c.attempt_id AND r.state IN ('active', 'standby', 'converted'))
           LIMIT $1)",
        rows_max
    )
    .execute(pool)
    .await?;
    Ok(claims.rows_affected())
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

/// Forgets codes that are not counted any more, and mails that were not sent in time, `rows_max` of each at most. Returns how
/// many codes and how many mails.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_codes(pool: &PgPool, rows_max: i64) -> sqlx::Result<(u64, u64)> {
    let codes = sqlx::query!(
        "DELETE FROM email_codes WHERE id IN (
           SELECT id FROM email_codes WHERE created_at < now() - make_interval(days => $1) ORDER BY created_at LIMIT $2)",
        COUNTED_DAYS,
        rows_max
    )
    .execute(pool)
    .await?;
    let mails = sqlx::query!(
        "DELETE FROM mails WHERE id IN (
           SELECT id FROM mails WHERE expires_at <= now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)",
        rows_max
    )
    .execute(pool)
    .await?;
    Ok((codes.rows_affected(), mails.rows_affected()))
}

/// Forgets ended sessions by which no token is concerned any more, `rows_max` at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_ended_sessions(pool: &PgPool, rows_max: i64) -> sqlx::Result<u64> {
    let sessions = sqlx::query!(
        "DELETE FROM ended_sessions WHERE id IN (
           SELECT id FROM ended_sessions WHERE kept_until <= now() ORDER BY kept_until LIMIT $1)",
        rows_max
    )
    .execute(pool)
    .await?;
    Ok(sessions.rows_affected())
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

/// Forgets what buyers gave before so many days; and what they gave a day before and longer ago for a reservation that was lost
/// unpaid, since nothing is sent to them. `rows_max` at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_buyers(pool: &PgPool, days: i32, rows_max: i64) -> sqlx::Result<u64> {
    let lost =
        ReservationState::words_of(|state| matches!(state, ReservationState::Expired | ReservationState::Cancelled));
    let buyers = sqlx::query!(
        "DELETE FROM buyers WHERE reservation_id IN (
           SELECT b.reservation_id FROM buyers b
           WHERE b.given_at < now() - make_interval(days => $1)
              OR b.given_at < now() - interval '1 day'
                 AND EXISTS (SELECT FROM reservations r WHERE r.id = b.reservation_id AND r.state = ANY($3))
                 AND NOT EXISTS (SELECT FROM orders o WHERE o.reservation_id = b.reservation_id AND o.state <> $4)
           LIMIT $2)",
        days,
        rows_max,
        lost as _,
        OrderState::Cancelled.word()
    )
    .execute(pool)
    .await?;
    Ok(buyers.rows_affected())
}

/// What was forgotten of notifications.
#[derive(Clone, Copy, Debug)]
pub struct ForgottenNotifications {
    /// The most rows of one kind.
    pub most: u64,
    /// Those that were not sent in time.
    pub expired: u64,
}

/// Ends notifications that were not sent in time, and forgets those that ended before so many days, and where shoppers wanted
/// to be told of sales that were settled before so many days, and where not, once no buyer's address is kept either; `rows_max` of
/// each at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_notifications(pool: &PgPool, days: i32, rows_max: i64) -> sqlx::Result<ForgottenNotifications> {
    let expired = sqlx::query!(
        "UPDATE notifications SET ended_at = now(), ended_as = $1 WHERE id IN (
           SELECT id FROM notifications WHERE ended_at IS NULL AND expires_at <= now() LIMIT $2 FOR UPDATE SKIP LOCKED)",
        End::Expired.word(),
        rows_max
    )
    .execute(pool)
    .await?
    .rows_affected();
    let ended = sqlx::query!(
        "DELETE FROM notifications WHERE id IN (
           SELECT id FROM notifications WHERE ended_at < now() - make_interval(days => $1) ORDER BY ended_at LIMIT $2)",
        days,
        rows_max
    )
    .execute(pool)
    .await?
    .rows_affected();
    let subscriptions = sqlx::query!(
        "DELETE FROM notification_subscriptions WHERE id IN (
           SELECT s.id FROM notification_subscriptions s JOIN sale_events e ON e.id = s.event_id
           WHERE coalesce(e.settled_at, CASE WHEN e.scheduled THEN now() ELSE e.closes_at END)
                 < now() - make_interval(days => $1) LIMIT $2)",
        days,
        rows_max
    )
    .execute(pool)
    .await?
    .rows_affected();
    let refusals = sqlx::query!(
        "DELETE FROM mail_refusals WHERE (event_id, address_digest) IN (
           SELECT m.event_id, m.address_digest FROM mail_refusals m JOIN sale_events e ON e.id = m.event_id
           WHERE coalesce(e.settled_at, CASE WHEN e.scheduled THEN now() ELSE e.closes_at END)
                 < now() - make_interval(days => $1)
             AND NOT EXISTS (SELECT FROM buyers b WHERE b.event_id = m.event_id) LIMIT $2)",
        days,
        rows_max
    )
    .execute(pool)
    .await?
    .rows_affected();
    Ok(ForgottenNotifications { most: expired.max(ended).max(subscriptions).max(refusals), expired })
}
