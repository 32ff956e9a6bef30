//! The reservation in PostgreSQL alone, in the ways that are known for it.
//!
//! | module | its way |
//! | --- | --- |
//! | [`statement`] | one statement, which counts the stock row down |
//! | [`pessimistic`] | a transaction that locks the stock row first |
//! | [`optimistic`] | a transaction that notices when it was overtaken |
//! | [`unit_rows`] | a row for each unit, of which everybody takes one that nobody else has locked |
//! | [`advisory`] | an advisory lock on the item, tried and not waited for |

pub(super) mod advisory;
pub(super) mod optimistic;
pub(super) mod pessimistic;
pub(super) mod statement;
pub(super) mod unit_rows;

use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions};
use sqlx::query::QueryScalar;
use sqlx::{PgPool, Postgres};

use super::Options;
use super::admission::{Attempt, Verdict};

/// Where everybody waits for the stock row. Fewer waiters are faster: 4 connections beat 16.
const HOT_ROW_CONNECTIONS: u32 = 4;
const HOLD_S: f64 = 900.0;
/// Of an attempt that others overtake again and again; then it is turned away, with 503.
const TRIES: u32 = 100;
/// Between two of them at most: chance says how long, so that those who met do not meet again.
const PAUSE: Duration = Duration::from_millis(1);

/// `nth` keeps the limit, and tells repeats: of two attempts of one shopper at once, neither of which sees the other,
/// both would be the shopper's n-th.
const SCHEMA: &str = "
DROP SCHEMA IF EXISTS contender CASCADE;
CREATE SCHEMA contender;
CREATE TABLE contender.stock (id int PRIMARY KEY, units_left int NOT NULL, version bigint NOT NULL DEFAULT 0)
  WITH (fillfactor = 10);
CREATE TABLE contender.reservations (
  shopper uuid NOT NULL, nth int NOT NULL, key text NOT NULL, quantity int NOT NULL, expires_at timestamptz NOT NULL,
  PRIMARY KEY (shopper, nth));
";

/// What a shopper has: units, reservations, and whether one of them has this key.
const MINE: &str = "
SELECT COALESCE(sum(quantity), 0)::int, count(*)::int, COALESCE(bool_or(key = $2), false)
FROM contender.reservations WHERE shopper = $1";
const RESERVE: &str = "
INSERT INTO contender.reservations VALUES ($1, $2 + 1, $3, $4, now() + make_interval(secs => $5))";

/// The tables of one sale, and the connections to them.
struct Store {
    pool: PgPool,
    per_shopper: i32,
}

impl Store {
    async fn open(options: &Options, connections: u32) -> anyhow::Result<Self> {
        // A statement with a parameter in its LIMIT would be planned anew each time, which costs as much as running it.
        let connect: PgConnectOptions = options.database_url.parse()?;
        let connect = connect.options([("plan_cache_mode", "force_generic_plan")]);
        // No round trip to learn whether a connection is still there: its statement will.
        let pool = PgPoolOptions::new().max_connections(connections).test_before_acquire(false);
        let pool = pool.connect_with(connect).await?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await?;
        let stock = i32::try_from(options.stock)?;
        sqlx::query("INSERT INTO contender.stock VALUES (1, $1)").bind(stock).execute(&pool).await?;
        Ok(Self { pool, per_shopper: i32::try_from(options.per_shopper)? })
    }

    /// A statement that decides, with what it must know of the attempt: shopper, key, quantity, the limit, the hold.
    fn ask<'q>(&self, statement: &'static str, attempt: &'q Attempt) -> anyhow::Result<Asked<'q>> {
        let asked = sqlx::query_scalar(statement).bind(attempt.shopper.0).bind(&attempt.key);
        Ok(asked.bind(i32::try_from(attempt.quantity)?).bind(self.per_shopper).bind(HOLD_S))
    }

    /// Asks until it is decided; what is asked may depend on how often it was asked before.
    async fn decide<'q>(&self, ask: impl Fn(u32) -> anyhow::Result<Asked<'q>>) -> anyhow::Result<Verdict> {
        for tries in 0..TRIES {
            if let Some(verdict) = self.answer(ask(tries)?).await? {
                return Ok(verdict);
            }
            tokio::time::sleep(PAUSE.mul_f64(rand::random())).await;
        }
        anyhow::bail!("overtaken {TRIES} times")
    }

    /// Nothing if somebody was faster.
    async fn answer(&self, asked: Asked<'_>) -> anyhow::Result<Option<Verdict>> {
        match asked.fetch_one(&self.pool).await {
            Ok(word) if word == "overtaken" => Ok(None),
            Ok(word) => Verdict::from_word(&word).map(Some),
            Err(error) if is_overtaken(&error) => Ok(None),
            Err(error) => Err(error.into()),
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

type Asked<'q> = QueryScalar<'q, Postgres, String, PgArguments>;

/// Whether another attempt of the same shopper was faster.
fn is_overtaken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
