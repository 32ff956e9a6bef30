//! A row for each unit of stock, of which everybody takes one that nobody else has locked, so that nobody waits for
//! anybody: Shopify's published design of inventory reservations, in PostgreSQL.

use super::Store;
use crate::bench::contenders::Options;
use crate::bench::contenders::admission::{Attempt, Seller, Verdict};

/// Nobody waits for a row here, and those who commit at the same time share an fsync: 16 connections beat 8; with 32 and
/// 64 they wait for the cores.
const CONNECTIONS: u32 = 16;
/// More than any run sells. Ten million would take half a minute at each start.
const ROWS_MAX: u32 = 300_000;

/// Whoever takes a unit deletes its row: an update would write the row and its index once more. So every row is free,
/// and the index on the key is the one of the free units.
const UNITS: &str = "CREATE TABLE contender.units (id int PRIMARY KEY)";
const FILL: &str = "INSERT INTO contender.units SELECT generate_series(1, $1)";

/// The first free units from a place on. Sold out is what was so when the shopper's own were looked at, whoever has locked
/// what; until then too few are a reason to look again, from the first one on.
const STATEMENT: &str = "
WITH mine AS (
  SELECT COALESCE(sum(quantity), 0) AS had, count(*) AS reservations, COALESCE(bool_or(key = $2), false) AS repeated
  FROM contender.reservations WHERE shopper = $1),
locked AS MATERIALIZED (
  SELECT units.ctid FROM contender.units
  WHERE id >= $6 AND (SELECT had + $3::int <= $4 AND NOT repeated FROM mine)
  ORDER BY id LIMIT $3::int FOR UPDATE SKIP LOCKED),
taken AS (
  DELETE FROM contender.units
  WHERE ctid = ANY (ARRAY(SELECT ctid FROM locked)) AND (SELECT count(*) FROM locked) = $3::int),
made AS (
  INSERT INTO contender.reservations
  SELECT $1, reservations + 1, $2, $3::int, now() + make_interval(secs => $5) FROM mine
  WHERE (SELECT count(*) FROM locked) = $3::int RETURNING 1)
SELECT CASE WHEN mine.repeated OR EXISTS (SELECT FROM made) THEN 'reserved'
            WHEN mine.had + $3::int > $4 THEN 'limit_reached'
            WHEN (SELECT count(*) FROM (SELECT FROM contender.units LIMIT $3::int) AS free) = $3::int THEN 'overtaken'
            ELSE 'sold_out' END FROM mine";

pub(in crate::bench::contenders) struct UnitRows {
    store: Store,
    rows: i32,
}

impl UnitRows {
    pub(in crate::bench::contenders) async fn open(options: &Options) -> anyhow::Result<Self> {
        let store = Store::open(options, CONNECTIONS).await?;
        let rows = i32::try_from(options.stock.min(ROWS_MAX))?;
        sqlx::raw_sql(UNITS).execute(&store.pool).await?;
        sqlx::query(FILL).bind(rows).execute(&store.pool).await?;
        // The plan depends on how many there are.
        sqlx::query("VACUUM ANALYZE contender.units").execute(&store.pool).await?;
        Ok(Self { store, rows })
    }
}

impl Seller for UnitRows {
    async fn sell(&self, attempt: Attempt) -> anyhow::Result<Verdict> {
        let Self { store, rows } = self;
        // From a place of chance on: if all took the lowest, each would step over what was sold before, more of it with
        // every sale, until a vacuum.
        let from = |tries| if tries == 0 { rand::random_range(1..=*rows.max(&1)) } else { 1 };
        store.decide(|tries| Ok(store.ask(STATEMENT, &attempt)?.bind(from(tries)))).await
    }
}
