//! The reservation in PostgreSQL alone, in the ways that are known for it.
//!
//! | module | its way |
//! | --- | --- |
//! | [`statement`] | one statement, which counts the stock row down |
//! | [`pessimistic`] | a transaction that locks the stock row first |
//! | [`optimistic`] | a transaction that notices when it was overtaken |

pub(super) mod optimistic;
pub(super) mod pessimistic;
pub(super) mod statement;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use super::Options;
use super::admission::Verdict;

/// Fewer waiters on the hot row are faster: 4 connections beat 16.
const CONNECTIONS: u32 = 4;
const HOLD_S: f64 = 900.0;

const SCHEMA: &str = "
DROP SCHEMA IF EXISTS contender CASCADE;
CREATE SCHEMA contender;
CREATE TABLE contender.stock (id int PRIMARY KEY, units_left int NOT NULL, version bigint NOT NULL DEFAULT 0)
  WITH (fillfactor = 10);
CREATE TABLE contender.reservations (
  shopper uuid NOT NULL, key text NOT NULL, quantity int NOT NULL, expires_at timestamptz NOT NULL,
  PRIMARY KEY (shopper, key));
";

const MINE: &str = "
SELECT COALESCE(sum(quantity), 0)::int, COALESCE(bool_or(key = $2), false)
FROM contender.reservations WHERE shopper = $1";
const RESERVE: &str = "INSERT INTO contender.reservations VALUES ($1, $2, $3, now() + make_interval(secs => $4))";

/// The tables of one sale, and the connections to them.
struct Store {
    pool: PgPool,
    per_shopper: i32,
}

impl Store {
    async fn open(options: &Options) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(&options.database_url).await?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await?;
        let stock = i32::try_from(options.stock)?;
        sqlx::query("INSERT INTO contender.stock VALUES (1, $1)").bind(stock).execute(&pool).await?;
        Ok(Self { pool, per_shopper: i32::try_from(options.per_shopper)? })
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
