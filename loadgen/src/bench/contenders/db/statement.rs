//! One statement a request.

use super::{HOT_ROW_CONNECTIONS, Store};
use crate::bench::contenders::Options;
use crate::bench::contenders::admission::{Attempt, Seller, Verdict};

/// The limit and repeats cost no look at the hot row. Sold out is what was so when the rest was looked at.
const STATEMENT: &str = "
WITH mine AS (
  SELECT COALESCE(sum(quantity), 0) AS had, count(*) AS reservations, COALESCE(bool_or(key = $2), false) AS repeated
  FROM contender.reservations WHERE shopper = $1),
taken AS (
  UPDATE contender.stock SET units_left = units_left - $3 FROM mine
  WHERE id = 1 AND units_left >= $3 AND mine.had + $3 <= $4 AND NOT mine.repeated RETURNING mine.reservations),
made AS (
  INSERT INTO contender.reservations
  SELECT $1, reservations + 1, $2, $3, now() + make_interval(secs => $5) FROM taken RETURNING 1)
SELECT CASE WHEN mine.repeated OR EXISTS (SELECT FROM made) THEN 'reserved'
            WHEN mine.had + $3 > $4 THEN 'limit_reached'
            WHEN EXISTS (SELECT FROM contender.stock WHERE units_left >= $3) THEN 'overtaken'
            ELSE 'sold_out' END FROM mine";

pub(in crate::bench::contenders) struct Statement(Store);

impl Statement {
    pub(in crate::bench::contenders) async fn open(options: &Options) -> anyhow::Result<Self> {
        Ok(Self(Store::open(options, HOT_ROW_CONNECTIONS).await?))
    }
}

impl Seller for Statement {
    async fn sell(&self, attempt: Attempt) -> anyhow::Result<Verdict> {
        self.0.decide(|_| self.0.ask(STATEMENT, &attempt)).await
    }
}
