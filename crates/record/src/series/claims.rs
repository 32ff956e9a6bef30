//! What shoppers claim of the units that they may have in a series.
//!
//! Writers of a series' lines take turns: each holds the lock of the series' row while it reads what is claimed, decides, and
//! claims. So of two writers at once the second sees what the first claimed, and a claim that is made was allowed.

use std::collections::{HashMap, HashSet};

use sale::ids::{AttemptId, EventId, SeriesId, ShopperId};
use sale::series::{Claim, Elsewhere};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::columns::columns;
use crate::{to_i64, to_u64};

/// A writer's turn: nobody else claims anything in the series until it ends. Dropped, nothing was claimed.
pub struct Turn {
    transaction: Transaction<'static, Postgres>,
    series: SeriesId,
    event: EventId,
    per_shopper_max: u32,
}

impl Turn {
    /// Waits for the turn of the writer of a sale in a series. One that stalls in its turn loses it after three seconds.
    ///
    /// # Errors
    /// When PostgreSQL does not answer, or the turns of others last too long; then nothing is known, and nothing may be
    /// granted.
    pub async fn begin(pool: &PgPool, series: SeriesId, event: EventId) -> sqlx::Result<Self> {
        let mut transaction = pool.begin().await?;
        let row = sqlx::query!(
            r#"SELECT per_shopper_max, set_config('idle_in_transaction_session_timeout', '3s', true) AS "set!"
               FROM series WHERE id = $1 FOR NO KEY UPDATE"#,
            series.0
        )
        .fetch_one(&mut *transaction)
        .await?;
        Ok(Self { transaction, series, event, per_shopper_max: u32::try_from(row.per_shopper_max).unwrap_or(0) })
    }

    /// What shoppers have claimed in the other sales of the series. `None` when a newer writer has claimed the line: it may have
    /// decided, and the record may have ended, what this one would claim.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn elsewhere(&mut self, epoch: u64, shoppers: &HashSet<ShopperId>) -> sqlx::Result<Option<Elsewhere>> {
        let shoppers: Vec<Uuid> = shoppers.iter().map(|shopper| shopper.0).collect();
        // Not in the statement that locks: that one sees what was there when its wait began.
        let rows = sqlx::query!(
            r#"SELECT l.epoch, c.shopper_id AS "shopper_id?", sum(c.units) AS units
               FROM event_lines l
               LEFT JOIN series_claims c ON c.series_id = $2 AND c.event_id <> $1 AND c.shopper_id = ANY($3)
               WHERE l.event_id = $1 GROUP BY l.epoch, c.shopper_id"#,
            self.event.0,
            self.series.0,
            &shoppers
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        if !rows.iter().all(|row| row.epoch == to_i64(epoch)) || rows.is_empty() {
            return Ok(None);
        }
        let units = |units: Option<i64>| u32::try_from(to_u64(units.unwrap_or(0))).unwrap_or(u32::MAX);
        let claimed = rows.into_iter().filter_map(|row| Some((ShopperId(row.shopper_id?), units(row.units))));
        Ok(Some(Elsewhere { per_shopper_max: self.per_shopper_max, claimed: claimed.collect::<HashMap<_, _>>() }))
    }

    /// Claims, and ends the turn. What an attempt has claimed before, it does not claim again.
    ///
    /// # Errors
    /// When PostgreSQL does not answer: then it is not known whether it is claimed.
    pub async fn claim(mut self, claims: &[Claim]) -> sqlx::Result<()> {
        let claims = Claims::of(claims)?;
        sqlx::query!(
            "INSERT INTO series_claims (series_id, event_id, attempt_id, shopper_id, units)
             SELECT $1, $2, * FROM UNNEST($3::uuid[], $4::uuid[], $5::int[])
             ON CONFLICT (attempt_id) DO NOTHING",
            self.series.0,
            self.event.0,
            &claims.attempt,
            &claims.shopper,
            &claims.units
        )
        .execute(&mut *self.transaction)
        .await?;
        self.transaction.commit().await
    }
}

columns! {
    /// Claims by column.
    struct Claims<'c> of claim: Claim {
        attempt: Uuid = claim.attempt.0,
        shopper: Uuid = claim.shopper.0,
        units: i32 = i32::try_from(claim.units).map_err(|error| sqlx::Error::Encode(error.into()))?,
    }
}

/// Waits until nobody claims in a series who began before. A writer that takes a line over waits so: who had the line before
/// has claimed by then, or finds that it has lost it.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn wait_for_turn(pool: &PgPool, series: SeriesId) -> sqlx::Result<()> {
    sqlx::query_scalar!("SELECT id FROM series WHERE id = $1 FOR NO KEY UPDATE", series.0)
        .fetch_one(pool)
        .await
        .map(drop)
}

/// Ends the claims of attempts of which a round that is being recorded leaves nothing. A part of recording rounds.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn end(db: &mut PgConnection, attempts: &[AttemptId]) -> sqlx::Result<()> {
    if attempts.is_empty() {
        return Ok(());
    }
    let attempts: Vec<Uuid> = attempts.iter().map(|attempt| attempt.0).collect();
    sqlx::query!("DELETE FROM series_claims WHERE attempt_id = ANY($1)", &attempts).execute(db).await.map(drop)
}
