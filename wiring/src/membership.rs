//! Which processes live, and which of a service's does which share of its work.
//!
//! Each process says every second in PostgreSQL that it lives. For a piece of work (an event, a ledger
//! partition), every process ranks all living ones by a hash of work and process: rank 0 does it, rank 1
//! stands by. All processes compute the same ranks, the shares are even, and when a process comes or goes
//! only its own share moves. While PostgreSQL is away, the last known roster stays.

use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{meters, retry};

const HEARTBEAT_EVERY: Duration = Duration::from_millis(1_000);
/// Not heard of for this long: taken for dead.
const DEAD_AFTER_S: f64 = 3.5;
/// How long a dead process's row is kept.
const FORGET_AFTER_S: f64 = 60.0;

/// Every service whose processes say that they live.
pub const SERVICES: [&str; 4] = ["ingress", "dispenser", "order-worker", "notifier"];

/// The living processes of this service, as last seen.
#[derive(Clone)]
pub struct Roster {
    me: Uuid,
    living: watch::Receiver<Vec<Uuid>>,
}

impl Roster {
    /// This process's position for a piece of work: 0 does it, 1 stands by, and so on.
    pub fn my_rank(&self, work: &[u8]) -> usize {
        rank(self.me, &self.living.borrow(), work)
    }

    /// Waits until a process came or went.
    pub async fn changed(&mut self) {
        if self.living.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn rank(me: Uuid, living: &[Uuid], work: &[u8]) -> usize {
    let weight = |process: &Uuid| Sha256::new().chain_update(process.as_bytes()).chain_update(work).finalize();
    let mine = weight(&me);
    living.iter().filter(|process| **process != me && weight(process) > mine).count()
}

/// Joins a service as `me`. The returned task keeps the membership until shutdown; spawn it.
pub fn join(
    pool: PgPool,
    service: &'static str,
    me: Uuid,
    shutdown: CancellationToken,
) -> (Roster, impl Future<Output = anyhow::Result<()>> + Send + 'static) {
    let (tell, living) = watch::channel(vec![me]);
    let keep = async move {
        let mut beat = tokio::time::interval(HEARTBEAT_EVERY);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = beat.tick() => {}
                () = shutdown.cancelled() => break,
            }
            match heartbeat(&pool, service, me).await {
                Ok(seen) => drop(tell.send_if_modified(|known| {
                    meters::LIVING.set(seen.len() as f64);
                    let differs = *known != seen;
                    if differs {
                        tracing::info!(service, living = seen.len(), "roster changed");
                        *known = seen;
                    }
                    differs
                })),
                Err(error) => {
                    retry::again("heartbeat");
                    tracing::warn!(%error, "heartbeat failed, keeping the last roster");
                }
            }
        }
        // Best effort: the others need not wait until we are taken for dead.
        let _ = sqlx::query!("DELETE FROM members WHERE service = $1 AND id = $2", service, me).execute(&pool).await;
        Ok(())
    };
    (Roster { me, living }, keep)
}

async fn heartbeat(pool: &PgPool, service: &str, me: Uuid) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query!(
        "INSERT INTO members (service, id) VALUES ($1, $2)
         ON CONFLICT (service, id) DO UPDATE SET seen_at = now()",
        service,
        me
    )
    .execute(pool)
    .await?;
    sqlx::query!(
        "DELETE FROM members WHERE service = $1 AND seen_at < now() - make_interval(secs => $2)",
        service,
        FORGET_AFTER_S
    )
    .execute(pool)
    .await?;
    let mut living = living(pool, service).await?;
    if !living.contains(&me) {
        living.push(me);
    }
    living.sort_unstable();
    Ok(living)
}

/// The processes of a service that were heard of late.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn living(pool: &PgPool, service: &str) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM members WHERE service = $1 AND seen_at > now() - make_interval(secs => $2)",
        service,
        DEAD_AFTER_S
    )
    .fetch_all(pool)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_of_work_has_exactly_one_of_each_rank_and_shares_are_even() {
        let living: Vec<Uuid> = (1..=4).map(Uuid::from_u128).collect();
        let mut firsts = [0; 4];
        for work in 0..1_000u32 {
            let mut ranks: Vec<usize> =
                living.iter().map(|process| rank(*process, &living, &work.to_be_bytes())).collect();
            firsts[ranks.iter().position(|rank| *rank == 0).expect("a first")] += 1;
            ranks.sort_unstable();
            assert_eq!(ranks, [0, 1, 2, 3]);
        }
        assert!(firsts.iter().all(|share| (200..300).contains(share)), "{firsts:?}");
    }
}
