//! Writing what rounds changed about reservations.

use chrono::{DateTime, Utc};
use sale::answer::{Answer, Grace, Grant};
use sale::ids::EventId;
use sale::time::UnixMs;
use sqlx::PgConnection;
use sqlx::types::{Json, JsonValue};
use uuid::Uuid;

use super::Changes;
use super::changes::Changed;
use crate::columns::columns;
use crate::to_i64;

columns! {
    /// Reservations by column. Of one that is changed, what is absent stays as it is.
    struct Columns<'r> of row: Changed {
        id: Uuid = row.id.0,
        item_no: i32 = row.item_no,
        shopper_id: Uuid = row.shopper.0,
        quantity: i32 = row.quantity,
        state: &'static str = row.state.word(),
        answer: Option<Json<&'r Answer>> = row.answer.as_ref().map(Json),
        grant: Option<Json<&'r Grant>> = row.grant.as_ref().map(Json),
        grace: Option<Json<&'r Grace>> = row.grace.as_ref().and_then(Option::as_ref).map(Json),
        origin: Option<Vec<u8>> = row.provenance.origin.map(|origin| origin.0.to_vec()),
        code_no: Option<i64> = row.provenance.code.map(|code| i64::from(code.0)),
        let_go: bool = row.grace == Some(None),
        total_minor: Option<i64> = row.grant.as_ref().map(|grant| grant.price.total_minor()),
        deadline: Option<DateTime<Utc>> = time(row.grant.as_ref().map(|grant| grant.deadline)),
        standby_number: Option<i64> = row.standby_number.map(to_i64),
        payment_id: Option<Uuid> = row.payment.map(|payment| payment.0),
        ended_why: Option<Json<&'r JsonValue>> = row.ended_why.as_ref().map(Json),
        answered_seq: i64 = to_i64(row.answered_seq),
        granted_seq: Option<i64> = row.granted_seq.map(to_i64),
        changed_seq: i64 = to_i64(row.changed_seq),
        answered_at: DateTime<Utc> = clock::to_utc(row.answered_at),
        granted_at: Option<DateTime<Utc>> = time(row.granted_at),
        ended_at: Option<DateTime<Utc>> = time(row.ended_at),
        settled_at: Option<DateTime<Utc>> = time(row.settled_at),
    }
}

fn time(at: Option<UnixMs>) -> Option<DateTime<Utc>> {
    at.map(clock::to_utc)
}

/// Writes all changes to an event's reservations: the new ones first, then those of before.
///
/// # Errors
/// When PostgreSQL refuses, or a value cannot be encoded. Then the transaction is to be given up.
pub async fn write(db: &mut PgConnection, event: EventId, changes: &Changes) -> sqlx::Result<()> {
    if !changes.new.is_empty() {
        insert(db, event, &Columns::of(changes.new.values())?).await?;
    }
    if !changes.changed.is_empty() {
        update(db, &Columns::of(changes.changed.values())?).await?;
    }
    Ok(())
}

async fn insert(db: &mut PgConnection, event: EventId, new: &Columns<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO reservations
           (event_id, id, item_no, shopper_id, quantity, state, answer, grant_, total_minor, deadline,
            standby_number, payment_id, ended_why, answered_seq, granted_seq, changed_seq,
            answered_at, granted_at, ended_at, settled_at, grace, origin, code_no)
         SELECT $1, * FROM UNNEST
           ($2::uuid[], $3::int[], $4::uuid[], $5::int[], $6::text[], $7::jsonb[], $8::jsonb[], $9::bigint[],
            $10::timestamptz[], $11::bigint[], $12::uuid[], $13::jsonb[], $14::bigint[], $15::bigint[],
            $16::bigint[], $17::timestamptz[], $18::timestamptz[], $19::timestamptz[],
            $20::timestamptz[], $21::jsonb[], $22::bytea[], $23::bigint[])
         ON CONFLICT (id) DO NOTHING",
        event.0,
        &new.id,
        &new.item_no,
        &new.shopper_id,
        &new.quantity,
        &new.state as _,
        &new.answer as _,
        &new.grant as _,
        &new.total_minor as _,
        &new.deadline as _,
        &new.standby_number as _,
        &new.payment_id as _,
        &new.ended_why as _,
        &new.answered_seq,
        &new.granted_seq as _,
        &new.changed_seq,
        &new.answered_at,
        &new.granted_at as _,
        &new.ended_at as _,
        &new.settled_at as _,
        &new.grace as _,
        &new.origin as _,
        &new.code_no as _
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn update(db: &mut PgConnection, changed: &Columns<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE reservations r SET
           state = row.state,
           grant_ = COALESCE(row.grant_, r.grant_),
           total_minor = COALESCE(row.total_minor, r.total_minor),
           deadline = COALESCE(row.deadline, r.deadline),
           payment_id = COALESCE(row.payment_id, r.payment_id),
           ended_why = COALESCE(row.ended_why, r.ended_why),
           granted_seq = COALESCE(row.granted_seq, r.granted_seq),
           granted_at = COALESCE(row.granted_at, r.granted_at),
           ended_at = COALESCE(row.ended_at, r.ended_at),
           settled_at = COALESCE(row.settled_at, r.settled_at),
           grace = CASE WHEN row.let_go THEN NULL ELSE COALESCE(row.grace, r.grace) END,
           changed_seq = row.changed_seq
         FROM UNNEST
           ($1::uuid[], $2::text[], $3::jsonb[], $4::bigint[], $5::timestamptz[], $6::uuid[], $7::jsonb[],
            $8::bigint[], $9::bigint[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::jsonb[],
            $14::bool[])
           AS row (id, state, grant_, total_minor, deadline, payment_id, ended_why, granted_seq, changed_seq,
                   granted_at, ended_at, settled_at, grace, let_go)
         WHERE r.id = row.id",
        &changed.id,
        &changed.state as _,
        &changed.grant as _,
        &changed.total_minor as _,
        &changed.deadline as _,
        &changed.payment_id as _,
        &changed.ended_why as _,
        &changed.granted_seq as _,
        &changed.changed_seq,
        &changed.granted_at as _,
        &changed.ended_at as _,
        &changed.settled_at as _,
        &changed.grace as _,
        &changed.let_go
    )
    .execute(db)
    .await?;
    Ok(())
}
