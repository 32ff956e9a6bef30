//! One statement a request.

use super::{HOLD_S, Store};
use crate::bench::contenders::Options;
use crate::bench::contenders::admission::{Attempt, Seller, Verdict};

/// The limit and repeats cost no look at the hot row.
const STATEMENT: &str = "
WITH mine AS (
  SELECT COALESCE(sum(quantity), 0) AS had, bool_or(key = $2) AS repeated
  FROM contender.reservations WHERE shopper = $1),
taken AS (
  UPDATE contender.stock SET units_left = units_left - $3 FROM mine
  WHERE id = 1 AND units_left >= $3 AND mine.had + $3 <= $4 AND mine.repeated IS NOT TRUE RETURNING 1),
made AS (
  INSERT INTO contender.reservations SELECT $1, $2, $3, now() + make_interval(secs => $5) FROM taken RETURNING 1)
SELECT CASE WHEN mine.repeated OR EXISTS (SELECT FROM made) THEN 'reserved'
            WHEN mine.had + $3 > $4 THEN 'limit_reached' ELSE 'sold_out' END FROM mine";

pub(in crate::bench::contenders) struct Statement(Store);

impl Statement {
    pub(in crate::bench::contenders) async fn open(options: &Options) -> anyhow::Result<Self> {
        Ok(Self(Store::open(options).await?))
    }
}

impl Seller for Statement {
    async fn sell(&self, attempt: Attempt) -> anyhow::Result<Verdict> {
        let Self(store) = self;
        let word: String = sqlx::query_scalar(STATEMENT)
            .bind(attempt.shopper.0)
            .bind(&attempt.key)
            .bind(i32::try_from(attempt.quantity)?)
            .bind(store.per_shopper)
            .bind(HOLD_S)
            .fetch_one(&store.pool)
            .await?;
        Verdict::from_word(&word)
    }
}
