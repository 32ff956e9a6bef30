//! A transaction that locks the stock row first: everybody waits in line for it.

use super::{HOLD_S, HOT_ROW_CONNECTIONS, MINE, RESERVE, Store};
use crate::bench::contenders::Options;
use crate::bench::contenders::admission::{Attempt, Seller, Verdict};

pub(in crate::bench::contenders) struct Pessimistic(Store);

impl Pessimistic {
    pub(in crate::bench::contenders) async fn open(options: &Options) -> anyhow::Result<Self> {
        Ok(Self(Store::open(options, HOT_ROW_CONNECTIONS).await?))
    }
}

impl Seller for Pessimistic {
    async fn sell(&self, attempt: Attempt) -> anyhow::Result<Verdict> {
        let Self(store) = self;
        let (shopper, key, quantity) = (attempt.shopper.0, &attempt.key, i32::try_from(attempt.quantity)?);
        let mut tx = store.pool.begin().await?;
        let units_left: i32 = sqlx::query_scalar("SELECT units_left FROM contender.stock WHERE id = 1 FOR UPDATE")
            .fetch_one(&mut *tx)
            .await?;
        let (had, reservations, repeated): (i32, i32, bool) =
            sqlx::query_as(MINE).bind(shopper).bind(key).fetch_one(&mut *tx).await?;
        if let Some(verdict) = store.without_stock(had, repeated, quantity, units_left) {
            return Ok(verdict);
        }
        sqlx::query("UPDATE contender.stock SET units_left = units_left - $1 WHERE id = 1")
            .bind(quantity)
            .execute(&mut *tx)
            .await?;
        let reserve = sqlx::query(RESERVE).bind(shopper).bind(reservations).bind(key).bind(quantity).bind(HOLD_S);
        reserve.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Verdict::Reserved)
    }
}
