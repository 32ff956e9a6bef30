//! Which processes live, and which of a service's does which share of its work.
//!
//! Each process says every second in PostgreSQL that it lives. For a piece of work (an event, a ledger
//! partition), every process ranks all living ones by a hash of work and process: rank 0 does it, rank 1
//! stands by. All processes compute the same ranks, the shares are even, and when a process comes or goes
//! only its own share moves. While PostgreSQL is away, the last known roster stays; and while it is so slow that our
//! own heartbeats are late, so are those of the others, and nobody is taken for dead.

mod meters;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use record::members::{self, Itself, Member};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const HEARTBEAT_EVERY: Duration = Duration::from_millis(1_000);
/// Not heard of for some seconds, and during so many of our own heartbeats in a row: taken for dead.
const DEAD_AFTER_BEATS: u32 = 3;
/// Longer than this after the one before, a heartbeat of ours is late, and tells nothing about others.
const LATE_AFTER: Duration = Duration::from_millis(2_000);

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

/// Joins a service. The returned task keeps the membership until shutdown, and says with each heartbeat what the process
/// lacks to be ready; spawn it.
pub fn join(
    pool: PgPool,
    service: &'static str,
    lacks: impl Fn() -> Vec<String> + Send + 'static,
    shutdown: CancellationToken,
) -> (Roster, impl Future<Output = anyhow::Result<()>> + Send + 'static) {
    meter::register(meters::ALL);
    let me = Uuid::now_v7();
    let host = hostname::get().ok().and_then(|name| name.into_string().ok());
    let itself = Itself { id: me, service, host, version: env!("CARGO_PKG_VERSION") };
    let (tell, living) = watch::channel(vec![me]);
    let keep = async move {
        let mut beat = tokio::time::interval(HEARTBEAT_EVERY);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut others = Others::default();
        loop {
            tokio::select! {
                _ = beat.tick() => {}
                () = shutdown.cancelled() => break,
            }
            match heartbeat(&pool, &itself, &lacks(), &mut others).await {
                Ok(seen) => drop(tell.send_if_modified(|known| {
                    meters::LIVING.set(seen.len() as f64);
                    let differs = *known != seen;
                    if differs {
                        meters::ROSTER_CHANGES.one();
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
        let _ = members::leave(&pool, service, me).await;
        Ok(())
    };
    (Roster { me, living }, keep)
}

async fn heartbeat(pool: &PgPool, me: &Itself, lacks: &[String], others: &mut Others) -> sqlx::Result<Vec<Uuid>> {
    record::follow_clock(pool).await?;
    let members = members::beat(pool, me, lacks).await?;
    let in_time = others.beat(Instant::now());
    let mut living = others.living(&members, in_time);
    if in_time {
        members::forget_dead(pool, me.service).await?;
    }
    if !living.contains(&me.id) {
        living.push(me.id);
    }
    living.sort_unstable();
    Ok(living)
}

/// What this process has noticed of the others: when each was last seen, and how many of our own heartbeats in a row
/// have found it unchanged.
#[derive(Default)]
struct Others {
    seen: HashMap<Uuid, (DateTime<Utc>, u32)>,
    last_beat: Option<Instant>,
}

impl Others {
    /// Notes a heartbeat of ours; whether it came in time after the one before.
    fn beat(&mut self, now: Instant) -> bool {
        self.last_beat.replace(now).is_some_and(|before| now.duration_since(before) < LATE_AFTER)
    }

    /// Who lives, by what was read with a heartbeat of ours.
    fn living(&mut self, members: &[Member], in_time: bool) -> Vec<Uuid> {
        let known = std::mem::take(&mut self.seen);
        for member in members {
            let unchanged = match known.get(&member.id) {
                Some((seen_at, _)) if *seen_at != member.seen_at => 0,
                Some((_, unchanged)) if in_time => unchanged.saturating_add(1),
                Some((_, unchanged)) if *unchanged < DEAD_AFTER_BEATS => 0,
                Some((_, unchanged)) => *unchanged,
                None if member.is_recent => 0,
                None => DEAD_AFTER_BEATS,
            };
            self.seen.insert(member.id, (member.seen_at, unchanged));
        }
        let is_dead = |member: &Member| {
            !member.is_recent && self.seen.get(&member.id).is_some_and(|(_, unchanged)| *unchanged >= DEAD_AFTER_BEATS)
        };
        members.iter().filter(|member| !is_dead(member)).map(|member| member.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: Uuid = Uuid::from_u128(7);

    /// The other as read when its last heartbeat was `age_s` ago.
    fn last_seen(at_s: i64, age_s: i64) -> [Member; 1] {
        let seen_at = DateTime::from_timestamp(at_s, 0).expect("a time");
        [Member { id: OTHER, seen_at, is_recent: age_s <= 3 }]
    }

    #[test]
    fn who_is_silent_while_we_are_not_is_dead_and_back_with_the_next_word() {
        let mut others = Others::default();
        assert_eq!(others.living(&last_seen(100, 0), false), [OTHER]);
        for age_s in 1..=3 {
            assert_eq!(others.living(&last_seen(100, age_s), true), [OTHER], "silent for {age_s} s");
        }
        assert!(others.living(&last_seen(100, 4), true).is_empty());
        assert!(others.living(&last_seen(100, 5), false).is_empty(), "a late look does not bring it back");
        assert_eq!(others.living(&last_seen(106, 0), true), [OTHER]);
        assert!(others.living(&[], true).is_empty(), "it left");
    }

    #[test]
    fn nobody_is_taken_for_dead_while_our_own_heartbeats_are_late() {
        let (mut others, start) = (Others::default(), Instant::now());
        let at = |others: &mut Others, s: u64| others.beat(start + Duration::from_secs(s));
        assert!(!at(&mut others, 0) && at(&mut others, 1));
        assert_eq!(others.living(&last_seen(100, 0), true), [OTHER]);
        // PostgreSQL stood still: ours is through, theirs is not yet.
        for (now_s, age_s) in [(7, 6), (12, 11), (18, 17)] {
            let in_time = at(&mut others, now_s);
            assert!(!in_time);
            assert_eq!(others.living(&last_seen(100, age_s), in_time), [OTHER], "{age_s} s old");
        }
    }

    #[test]
    fn a_row_from_long_ago_is_nobody() {
        let mut others = Others::default();
        assert!(others.living(&last_seen(100, 30), false).is_empty());
        assert!(others.living(&last_seen(100, 31), true).is_empty());
    }

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
