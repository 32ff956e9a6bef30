//! What is to be sent now, and how that ended.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sale::ids::EventId;
use sale::notification::NotificationKind;
use sale::words::words;
use sqlx::PgPool;
use uuid::Uuid;

use crate::word_column::Column;

/// By what somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// By mail, as they asked for.
    Mail,
    /// In a browser.
    Push,
    /// By mail, at the address that they gave for their order.
    Buyer,
}

words!(Channel: "channel" { Mail = "mail", Push = "push", Buyer = "buyer" });

/// How a notification ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// A server has taken it.
    Sent,
    /// It was not true any more.
    Untrue,
    /// Nobody wants it any more.
    Unsubscribed,
    /// A server never will take it.
    Refused,
    /// It was not sent in time.
    Expired,
    /// The same goes to that address as its owner asked for.
    Redundant,
    /// As many as may go to that address have gone.
    Limited,
}

words!(End: "end of a notification" {
    Sent = "sent",
    Untrue = "untrue",
    Unsubscribed = "unsubscribed",
    Refused = "refused",
    Expired = "expired",
    Redundant = "redundant",
    Limited = "limited",
});

/// Whom to tell.
#[derive(Clone)]
pub enum Recipient {
    /// The address, sealed.
    Mail(Vec<u8>),
    /// The browser's subscription, as JSON.
    Push(Vec<u8>),
    /// The address that the buyer gave.
    Buyer(String),
    /// They want to be told no more.
    Nobody,
}

/// A notification to be sent now, by whoever has leased it. Without `Debug`: there is an address in it.
#[derive(Clone)]
pub struct Due {
    /// Which.
    pub id: Uuid,
    /// Of which sale.
    pub event: EventId,
    /// By what.
    pub channel: Channel,
    /// The subscription, or the buyer's reservation.
    pub recipient: Uuid,
    /// To whom.
    pub to: Recipient,
    /// As the subscription has it.
    pub language: String,
    /// What it tells.
    pub kind: NotificationKind,
    /// The reservation or the sale.
    pub subject: Uuid,
    /// What tells it from others of this kind about this subject.
    pub occurrence: String,
    /// From when on it is of no use.
    pub expires_at: DateTime<Utc>,
    /// Tries so far, this one included.
    pub tries: i32,
}

/// Leases notifications by these channels, those that are due for longest first, `limit` at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn claim(pool: &PgPool, channels: &[Channel], lease: Duration, limit: i64) -> sqlx::Result<Vec<Due>> {
    let channels: Vec<&str> = channels.iter().map(|channel| channel.word()).collect();
    let rows = sqlx::query!(
        r#"WITH claimed AS (
             UPDATE notifications SET tries = tries + 1, next_try_at = now() + make_interval(secs => $1)
             WHERE id IN (SELECT id FROM notifications
                          WHERE channel = ANY($2) AND ended_at IS NULL AND next_try_at <= now() AND expires_at > now()
                          ORDER BY next_try_at LIMIT $3 FOR UPDATE SKIP LOCKED)
             RETURNING id, event_id, channel, recipient, kind, subject, occurrence, expires_at, tries)
           SELECT c.id, c.event_id, c.channel AS "channel: Column<Channel>", c.recipient,
                  c.kind AS "kind: Column<NotificationKind>", c.subject, c.occurrence, c.expires_at, c.tries,
                  s.target AS "target?", coalesce(s.language, b.language) AS language, b.buyer->>'email' AS email
           FROM claimed c
           LEFT JOIN notification_subscriptions s ON c.channel <> 'buyer' AND s.id = c.recipient
           LEFT JOIN buyers b ON c.channel = 'buyer' AND b.reservation_id = c.recipient AND b.mails"#,
        lease.as_secs_f64(),
        &channels as _,
        limit
    )
    .fetch_all(pool)
    .await?;
    let due = rows.into_iter().map(|row| Due {
        id: row.id,
        event: EventId(row.event_id),
        channel: row.channel.0,
        recipient: row.recipient,
        to: match (row.channel.0, row.target, row.email) {
            (Channel::Mail, Some(sealed), _) => Recipient::Mail(sealed),
            (Channel::Push, Some(subscription), _) => Recipient::Push(subscription),
            (Channel::Buyer, _, Some(address)) => Recipient::Buyer(address),
            _ => Recipient::Nobody,
        },
        language: row.language.unwrap_or_default(),
        kind: row.kind.0,
        subject: row.subject,
        occurrence: row.occurrence,
        expires_at: row.expires_at,
        tries: row.tries,
    });
    Ok(due.collect())
}

/// Notes how a notification ended.
///
/// # Errors
/// When PostgreSQL does not answer. Then it is tried again when its lease has run out.
pub async fn ended(pool: &PgPool, id: Uuid, end: End) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE notifications SET ended_at = now(), ended_as = $2 WHERE id = $1 AND ended_at IS NULL",
        id,
        end.word()
    )
    .execute(pool)
    .await
    .map(drop)
}

/// Lets a notification be tried again later.
///
/// # Errors
/// As with [`ended`].
pub async fn again(pool: &PgPool, id: Uuid, after: Duration) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE notifications SET next_try_at = now() + make_interval(secs => $2) WHERE id = $1",
        id,
        after.as_secs_f64()
    )
    .execute(pool)
    .await
    .map(drop)
}

/// It was not tried, and is to be tried later.
///
/// # Errors
/// As with [`ended`].
pub async fn hold_back(pool: &PgPool, id: Uuid, after: Duration) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE notifications SET next_try_at = now() + make_interval(secs => $2), tries = tries - 1 WHERE id = $1",
        id,
        after.as_secs_f64()
    )
    .execute(pool)
    .await
    .map(drop)
}

/// It is not true yet: it is due later, and was not tried.
///
/// # Errors
/// As with [`ended`].
pub async fn put_off(pool: &PgPool, id: Uuid, until: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("UPDATE notifications SET due_at = $2, next_try_at = $2, tries = tries - 1 WHERE id = $1", id, until)
        .execute(pool)
        .await
        .map(drop)
}
