//! A transaction that looks without locking, and writes only if nobody was faster.

use uuid::Uuid;

use super::{HOLD_S, HOT_ROW_CONNECTIONS, MINE, RESERVE, Store, is_overtaken};
use crate::bench::contenders::Options;
use crate::bench::contenders::admission::{Attempt, Seller, Verdict};

pub(in crate::bench::contenders) struct Optimistic(Store);

impl Optimistic {
    pub(in crate::bench::contenders) async fn open(options: &Options) -> anyhow::Result<Self> {
        Ok(Self(Store::open(options, HOT_ROW_CONNECTIONS).await?))
    }

    /// Nothing if somebody was faster.
    async fn once(&self, shopper: Uuid, key: &str, quantity: i32) -> anyhow::Result<Option<Verdict>> {
        let Self(store) = self;
        let mut tx = store.pool.begin().await?;
        let (units_left, version): (i32, i64) =
            sqlx::query_as("SELECT units_left, version FROM contender.stock WHERE id = 1").fetch_one(&mut *tx).await?;
        let (had, reservations, repeated): (i32, i32, bool) =
            sqlx::query_as(MINE).bind(shopper).bind(key).fetch_one(&mut *tx).await?;
        if let Some(verdict) = store.without_stock(had, repeated, quantity, units_left) {
            return Ok(Some(verdict));
        }
        // The reservation first, so that the hot row is locked for the shortest time.
        let reserve = sqlx::query(RESERVE).bind(shopper).bind(reservations).bind(key).bind(quantity).bind(HOLD_S);
        match reserve.execute(&mut *tx).await {
            Err(error) if is_overtaken(&error) => return Ok(None),
            reserved => reserved?,
        };
        let taken = sqlx::query(
            "UPDATE contender.stock SET units_left = units_left - $1, version = version + 1
             WHERE id = 1 AND version = $2",
        );
        let taken = taken.bind(quantity).bind(version).execute(&mut *tx).await?;
        if taken.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(None);
        }
        tx.commit().await?;
        Ok(Some(Verdict::Reserved))
    }
}

impl Seller for Optimistic {
    async fn sell(&self, attempt: Attempt) -> anyhow::Result<Verdict> {
        let quantity = i32::try_from(attempt.quantity)?;
        loop {
            if let Some(verdict) = self.once(attempt.shopper.0, &attempt.key, quantity).await? {
                return Ok(verdict);
            }
        }
    }
}
