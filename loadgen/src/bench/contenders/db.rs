//! The reservation in PostgreSQL alone: as one statement, and as transactions that lock first or check last.

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

use super::Options;
use super::admission::{Attempt, Seller, Verdict};

/// Fewer waiters on the hot row are faster: 4 connections beat 16.
const CONNECTIONS: u32 = 4;
const HOLD_S: f64 = 900.0;

#[derive(Clone, Copy)]
pub(super) enum Way {
    Statement,
    Pessimistic,
    Optimistic,
}

pub(super) struct Db {
    pool: PgPool,
    way: Way,
    per_shopper: i32,
}

const SCHEMA: &str = "
DROP SCHEMA IF EXISTS contender CASCADE;
CREATE SCHEMA contender;
CREATE TABLE contender.stock (id int PRIMARY KEY, units_left int NOT NULL, version bigint NOT NULL DEFAULT 0)
  WITH (fillfactor = 10);
CREATE TABLE contender.reservations (
  shopper uuid NOT NULL, key text NOT NULL, quantity int NOT NULL, expires_at timestamptz NOT NULL,
  PRIMARY KEY (shopper, key));
";

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

const MINE: &str = "
SELECT COALESCE(sum(quantity), 0)::int, COALESCE(bool_or(key = $2), false)
FROM contender.reservations WHERE shopper = $1";
const RESERVE: &str = "INSERT INTO contender.reservations VALUES ($1, $2, $3, now() + make_interval(secs => $4))";

impl Db {
    pub(super) async fn open(options: &Options, way: Way) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(&options.database_url).await?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await?;
        let stock = i32::try_from(options.stock)?;
        sqlx::query("INSERT INTO contender.stock VALUES (1, $1)").bind(stock).execute(&pool).await?;
        Ok(Self { pool, way, per_shopper: i32::try_from(options.per_shopper)? })
    }

    async fn statement(&self, shopper: Uuid, key: &str, quantity: i32) -> anyhow::Result<Verdict> {
        let word: String = sqlx::query_scalar(STATEMENT)
            .bind(shopper)
            .bind(key)
            .bind(quantity)
            .bind(self.per_shopper)
            .bind(HOLD_S)
            .fetch_one(&self.pool)
            .await?;
        Verdict::from_word(&word)
    }

    /// Locks the stock row first: everybody waits in line for it.
    async fn pessimistic(&self, shopper: Uuid, key: &str, quantity: i32) -> anyhow::Result<Verdict> {
        let mut tx = self.pool.begin().await?;
        let units_left: i32 = sqlx::query_scalar("SELECT units_left FROM contender.stock WHERE id = 1 FOR UPDATE")
            .fetch_one(&mut *tx)
            .await?;
        let (had, repeated): (i32, bool) = sqlx::query_as(MINE).bind(shopper).bind(key).fetch_one(&mut *tx).await?;
        if let Some(sold) = self.without_stock(had, repeated, quantity, units_left) {
            return Ok(sold);
        }
        sqlx::query("UPDATE contender.stock SET units_left = units_left - $1 WHERE id = 1")
            .bind(quantity)
            .execute(&mut *tx)
            .await?;
        sqlx::query(RESERVE).bind(shopper).bind(key).bind(quantity).bind(HOLD_S).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Verdict::Reserved)
    }

    /// Looks without locking, and writes only if nobody was faster.
    async fn optimistic(&self, shopper: Uuid, key: &str, quantity: i32) -> anyhow::Result<Verdict> {
        loop {
            let mut tx = self.pool.begin().await?;
            let (units_left, version): (i32, i64) =
                sqlx::query_as("SELECT units_left, version FROM contender.stock WHERE id = 1")
                    .fetch_one(&mut *tx)
                    .await?;
            let (had, repeated): (i32, bool) = sqlx::query_as(MINE).bind(shopper).bind(key).fetch_one(&mut *tx).await?;
            if let Some(sold) = self.without_stock(had, repeated, quantity, units_left) {
                return Ok(sold);
            }
            // The reservation first, so that the hot row is locked for the shortest time.
            sqlx::query(RESERVE).bind(shopper).bind(key).bind(quantity).bind(HOLD_S).execute(&mut *tx).await?;
            let taken = sqlx::query(
                "UPDATE contender.stock SET units_left = units_left - $1, version = version + 1
                 WHERE id = 1 AND version = $2",
            )
            .bind(quantity)
            .bind(version)
            .execute(&mut *tx)
            .await?;
            if taken.rows_affected() == 1 {
                tx.commit().await?;
                return Ok(Verdict::Reserved);
            }
            tx.rollback().await?;
        }
    }

    fn without_stock(&self, had: i32, repeated: bool, quantity: i32, units_left: i32) -> Option<Verdict> {
        if repeated {
            Some(Verdict::Reserved)
        } else if had + quantity > self.per_shopper {
            Some(Verdict::LimitReached)
        } else {
            (units_left < quantity).then_some(Verdict::SoldOut)
        }
    }
}

impl Seller for Db {
    async fn sell(&self, attempt: Attempt) -> anyhow::Result<Verdict> {
        let (shopper, quantity) = (attempt.shopper.0, i32::try_from(attempt.quantity)?);
        match self.way {
            Way::Statement => self.statement(shopper, &attempt.key, quantity).await,
            Way::Pessimistic => self.pessimistic(shopper, &attempt.key, quantity).await,
            Way::Optimistic => self.optimistic(shopper, &attempt.key, quantity).await,
        }
    }
}
