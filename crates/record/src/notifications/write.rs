//! Into the outbox: what follows from rounds, from wishes, from orders, and from the clock.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sale::ids::{AttemptId, EventId, PaymentId, RefundId, ShopperId};
use sale::notification::{NotificationKind, Verdict, lead_ms, time_runs_out};
use sale::report::RoundReport;
use sale::rules::SaleRules;
use sale::time::UnixMs;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::facts;
use super::news::{Found, New, in_rounds};
use crate::columns::columns;

/// What is told of an order is tried for so long, in hours.
const ORDER_HOURS: i32 = 48;
/// Rows written in one statement at most.
const AT_ONCE: usize = 1_000;
/// Of this kind about this subject there is one.
const ONCE: &str = "once";

columns! {
    struct Columns<'n> of new: New {
        shopper: Uuid = new.shopper.0,
        kind: &'static str = new.kind.word(),
        subject: Uuid = new.subject,
        due_at: DateTime<Utc> = clock::to_utc(new.due_at),
        expires_at: DateTime<Utc> = clock::to_utc(new.expires_at),
    }
}

/// Writes what follows from rounds of a sale for those who want to be told, in the transaction that records them.
/// `is_followed` says whether there is anybody: where nobody is, it costs nothing.
///
/// # Errors
/// When PostgreSQL refuses. Then the transaction is to be given up.
pub async fn of_rounds(
    db: &mut PgConnection,
    event: EventId,
    is_followed: bool,
    rounds: &[RoundReport],
) -> sqlx::Result<()> {
    if !is_followed {
        return Ok(());
    }
    let rules = sqlx::query!("SELECT hold_ms, opens_at FROM sale_events WHERE id = $1", event.0);
    let rules = rules.fetch_one(&mut *db).await?;
    let lead_ms = lead_ms(crate::to_u64(rules.hold_ms));
    let found = in_rounds(event, clock::from_utc(rules.opens_at), lead_ms, rounds);
    // What was written before these rounds, that is: what is new comes after it.
    end(db, event, &found).await?;
    write(db, event, &found.new).await
}

/// The fact that ends an attempt takes with it what was still to be told of it; of an order more is told than that.
async fn end(db: &mut PgConnection, event: EventId, found: &Found) -> sqlx::Result<()> {
    if !found.over.is_empty() {
        sqlx::query!(
            "UPDATE notifications SET ended_at = now(), ended_as = 'untrue'
             WHERE subject = ANY($1) AND kind = ANY($2) AND ended_at IS NULL",
            &found.over,
            &[NotificationKind::YourTurn, NotificationKind::TimeRunsOut].map(|kind| kind.word()) as _
        )
        .execute(&mut *db)
        .await?;
    }
    if !found.withdrawn.is_empty() {
        sqlx::query!(
            "UPDATE notifications SET ended_at = now(), ended_as = 'untrue'
             WHERE subject = $1 AND kind = $2 AND ended_at IS NULL
               AND recipient IN (SELECT id FROM notification_subscriptions WHERE event_id = $1 AND shopper_id = ANY($3))",
            event.0,
            NotificationKind::InLobby.word(),
            &found.withdrawn
        )
        .execute(db)
        .await?;
    }
    Ok(())
}

/// Writes that time runs out of what a shopper holds already when they say that they want to be told. Where it is due by then,
/// they know: they are at the page.
///
/// # Errors
/// When PostgreSQL refuses. Then the transaction is to be given up.
pub(super) async fn of_wish(
    db: &mut PgConnection,
    rules: &SaleRules,
    shopper: ShopperId,
    now: UnixMs,
) -> sqlx::Result<()> {
    let held = facts::held_by(&mut *db, rules.event, shopper).await?;
    let new = held.iter().filter_map(|(attempt, facts)| match time_runs_out(rules, &facts.held(), now) {
        Verdict::Later(due_at) => Some(New::time_runs_out(shopper, *attempt, facts.grant.as_ref()?, due_at)),
        Verdict::Tell(_) | Verdict::Never => None,
    });
    write(db, rules.event, &new.collect::<Vec<_>>()).await
}

/// What ended as untrue was not told: it is again, under a new id, where it has become true since.
async fn write(db: &mut PgConnection, event: EventId, new: &[New]) -> sqlx::Result<()> {
    for some in new.chunks(AT_ONCE) {
        let new = Columns::of(some)?;
        sqlx::query!(
            "INSERT INTO notifications (id, event_id, channel, recipient, kind, subject, occurrence, due_at, next_try_at, expires_at)
             SELECT DISTINCT ON (s.id, n.kind, n.subject)
                    gen_random_uuid(), $1, s.channel, s.id, n.kind, n.subject, $7, n.due_at, n.due_at, n.expires_at
             FROM UNNEST($2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::timestamptz[])
                  AS n (shopper, kind, subject, due_at, expires_at)
             JOIN notification_subscriptions s ON s.event_id = $1 AND s.shopper_id = n.shopper
             ON CONFLICT (recipient, kind, subject, occurrence) DO UPDATE
               SET id = excluded.id, due_at = excluded.due_at, next_try_at = excluded.next_try_at,
                   expires_at = excluded.expires_at, tries = 0, ended_at = NULL, ended_as = NULL
               WHERE notifications.ended_as = 'untrue'",
            event.0,
            &new.shopper,
            &new.kind as _,
            &new.subject,
            &new.due_at,
            &new.expires_at,
            ONCE
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Writes that an order is confirmed: for whoever wants to be told, and to the address that its buyer gave.
///
/// # Errors
/// When PostgreSQL refuses. Then the transaction is to be given up.
pub async fn order_confirmed(db: &mut PgConnection, attempt: AttemptId, payment: PaymentId) -> sqlx::Result<()> {
    of_order(db, NotificationKind::OrderConfirmed, attempt, payment.0).await
}

/// Writes that money of an order went back.
///
/// # Errors
/// As with [`order_confirmed`].
pub async fn order_refunded(db: &mut PgConnection, attempt: AttemptId, refund: RefundId) -> sqlx::Result<()> {
    of_order(db, NotificationKind::OrderRefunded, attempt, refund.0).await
}

/// Writes that money of an order went back, and was sent back in its turn.
///
/// # Errors
/// As with [`order_confirmed`].
pub async fn refund_came_back(db: &mut PgConnection, attempt: AttemptId, refund: RefundId) -> sqlx::Result<()> {
    of_order(db, NotificationKind::RefundCameBack, attempt, refund.0).await
}

async fn of_order(
    db: &mut PgConnection,
    kind: NotificationKind,
    attempt: AttemptId,
    occurrence: Uuid,
) -> sqlx::Result<()> {
    // Where both are one address, it is told once: that is known when it is sent, since both addresses are read then.
    sqlx::query!(
        "WITH r AS (SELECT id, event_id, shopper_id FROM reservations WHERE id = $1),
         subscribed AS (
           SELECT s.channel, s.id, s.event_id FROM notification_subscriptions s
           JOIN r ON r.event_id = s.event_id AND r.shopper_id = s.shopper_id),
         buyer AS (
           SELECT 'buyer', r.id, r.event_id FROM buyers b JOIN r ON r.id = b.reservation_id
           WHERE b.mails AND coalesce(b.buyer->>'email', '') <> '')
         INSERT INTO notifications (id, event_id, channel, recipient, kind, subject, occurrence, expires_at)
         SELECT gen_random_uuid(), t.event_id, t.channel, t.id, $2, $1, $3, now() + make_interval(hours => $4)
         FROM (TABLE subscribed UNION ALL TABLE buyer) AS t (channel, id, event_id)
         ON CONFLICT (recipient, kind, subject, occurrence) DO NOTHING",
        attempt.0,
        kind.word(),
        occurrence.to_string(),
        ORDER_HOURS
    )
    .execute(db)
    .await
    .map(drop)
}

/// Writes of every sale whose opening, or its lobby's, is so near that it opens soon. It is told again when it was moved since; also
/// when it was moved back, if that is not what was heard last. Returns how many shoppers are told.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn opening_soon(pool: &PgPool, lead: Duration) -> sqlx::Result<u64> {
    let written = sqlx::query!(
        "WITH soon AS (
           SELECT id, at, floor(EXTRACT(EPOCH FROM at) * 1000)::bigint::text AS occurrence
           FROM (SELECT id, coalesce(lobby_opens_at, opens_at) AS at FROM sale_events
                 WHERE scheduled AND stopped_at IS NULL) AS e
           WHERE at > now() AND at <= now() + make_interval(secs => $2))
         INSERT INTO notifications (id, event_id, channel, recipient, kind, subject, occurrence, expires_at)
         SELECT gen_random_uuid(), o.id, s.channel, s.id, $1, o.id, o.occurrence, o.at
         FROM soon o JOIN notification_subscriptions s ON s.event_id = o.id
         LEFT JOIN notifications n
           ON n.recipient = s.id AND n.kind = $1 AND n.subject = o.id AND n.occurrence = o.occurrence
         WHERE n.id IS NULL OR n.ended_as = 'untrue'
            OR n.ended_as = 'unsubscribed' AND n.ended_at < s.created_at
            OR n.ended_as = 'sent' AND EXISTS (
                 SELECT FROM notifications m
                 WHERE m.recipient = s.id AND m.kind = $1 AND m.subject = o.id AND m.occurrence <> o.occurrence
                   AND m.ended_as = 'sent' AND m.ended_at > n.ended_at)
         LIMIT 5000
         ON CONFLICT (recipient, kind, subject, occurrence) DO UPDATE
           SET id = excluded.id, due_at = now(), next_try_at = now(), expires_at = excluded.expires_at, tries = 0,
               ended_at = NULL, ended_as = NULL
           WHERE notifications.ended_at IS NOT NULL",
        NotificationKind::OpensSoon.word(),
        lead.as_secs_f64()
    )
    .execute(pool)
    .await?;
    Ok(written.rows_affected())
}
