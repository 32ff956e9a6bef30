//! An advisory lock on the item, which is tried and not waited for: whoever gets it decides, and gives it back with the
//! transaction; everybody else tries again after a pause.

use tokio::sync::Semaphore;

use super::Store;
use crate::bench::contenders::Options;
use crate::bench::contenders::admission::{Attempt, Seller, Verdict};

/// So many of this process try at the same time, each on a connection of its own. If all did, the tries that get nothing
/// would take the cores from the one that got it: 3 sell more than 2 or 8, and as much as 4 for less CPU.
const TURNS: u32 = 3;

/// The limit, repeats and what is sold out cost no try.
const STATEMENT: &str = "
WITH mine AS (
  SELECT COALESCE(sum(quantity), 0) AS had, count(*) AS reservations, COALESCE(bool_or(key = $2), false) AS repeated
  FROM contender.reservations WHERE shopper = $1),
tried AS MATERIALIZED (
  SELECT reservations, pg_try_advisory_xact_lock(stock.id) AS locked FROM mine, contender.stock
  WHERE id = 1 AND units_left >= $3 AND mine.had + $3 <= $4 AND NOT mine.repeated),
taken AS (
  UPDATE contender.stock SET units_left = units_left - $3 FROM tried
  WHERE id = 1 AND units_left >= $3 AND tried.locked RETURNING tried.reservations),
made AS (
  INSERT INTO contender.reservations
  SELECT $1, reservations + 1, $2, $3, now() + make_interval(secs => $5) FROM taken RETURNING 1)
SELECT CASE WHEN mine.repeated OR EXISTS (SELECT FROM made) THEN 'reserved'
            WHEN mine.had + $3 > $4 THEN 'limit_reached'
            WHEN EXISTS (SELECT FROM tried) THEN 'overtaken'
            ELSE 'sold_out' END FROM mine";

pub(in crate::bench::contenders) struct Advisory {
    store: Store,
    turns: Semaphore,
}

impl Advisory {
    pub(in crate::bench::contenders) async fn open(options: &Options) -> anyhow::Result<Self> {
        Ok(Self { store: Store::open(options, TURNS).await?, turns: Semaphore::new(usize::try_from(TURNS)?) })
    }
}

impl Seller for Advisory {
    async fn sell(&self, attempt: Attempt) -> anyhow::Result<Verdict> {
        let _turn = self.turns.acquire().await?;
        self.store.decide(|_| self.store.ask(STATEMENT, &attempt)).await
    }
}
