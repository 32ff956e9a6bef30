//! Refused calls on their way into the audit log: gathered, so that whoever is refused cannot flood it.
//!
//! What is alike (who, from where, what) becomes one entry with a count. Of strangers and of holders of tokens
//! [`BURST`] entries each may be written at once, and [`PER_MINUTE`] a minute from then on; what is more goes on
//! being counted until there is room. Of more than [`ALIKE_MAX`] at a time only their number is kept. A process that
//! is killed loses what it gathered within the last second.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::MatchedPath;
use axum::http::Method;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use record::audit::{self, Deed};
use serde_json::json;
use service::address::AddressKey;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::identity::Admin;
use crate::meters::{self, AdminRefusal};
use crate::moment::Moment;

/// Entries written at once, and then in a minute.
const BURST: NonZeroU32 = NonZeroU32::new(60).expect("not zero");
const PER_MINUTE: NonZeroU32 = NonZeroU32::new(6).expect("not zero");
/// Kinds of refusals told apart between two writes.
const ALIKE_MAX: usize = 256;
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// The last ones, at shutdown.
const LAST_WITHIN: Duration = Duration::from_secs(2);

/// What refusals have in common that become one entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Alike {
    action: &'static str,
    /// Nobody, when the token is not known.
    actor: Option<(String, &'static str)>,
    address: AddressKey,
    subject: String,
}

#[derive(Clone, Copy, Debug)]
struct Repetition {
    count: u64,
    first_at: Moment,
    last_at: Moment,
    /// Of the first: an IPv6 household has many.
    address: IpAddr,
}

/// Refusals that wait to be written.
struct Gathered {
    alike: HashMap<Alike, Repetition>,
    /// Those that came while there was no room to tell them apart.
    others: u64,
    budget: DefaultDirectRateLimiter,
}

/// Refusals that are written now.
struct Due {
    alike: Alike,
    tally: Repetition,
    others: u64,
}

/// All refusals that wait: one budget for strangers, one for those with tokens, so that neither hides the other.
pub(crate) struct Refusals {
    strangers: Mutex<Gathered>,
    holders: Mutex<Gathered>,
}

impl Refusals {
    pub(crate) fn new() -> Self {
        Self { strangers: Mutex::new(Gathered::new()), holders: Mutex::new(Gathered::new()) }
    }

    /// Somebody came with a token that is none, or no longer.
    pub(crate) fn unknown_token(&self, address: IpAddr) {
        meters::ADMIN_REFUSALS.one(AdminRefusal::UnknownToken);
        lock(&self.strangers).add("sign_in.failed", None, address, "unknown token".to_owned());
    }

    /// Somebody came with the cookie of a session that is none, or is over.
    pub(crate) fn unknown_session(&self, address: IpAddr) {
        meters::ADMIN_REFUSALS.one(AdminRefusal::UnknownSession);
        lock(&self.strangers).add("sign_in.failed", None, address, "unknown session".to_owned());
    }

    /// Somebody came with what nobody signs in with. What they typed is not kept: it may be anything.
    pub(crate) fn wrong_credentials(&self, address: IpAddr) {
        meters::ADMIN_REFUSALS.one(AdminRefusal::WrongCredentials);
        lock(&self.strangers).add("sign_in.failed", None, address, "wrong credentials".to_owned());
    }

    /// Somebody in a session did not know what its person signs in with.
    pub(crate) fn wrong_own_credentials(&self, admin: &Admin) {
        meters::ADMIN_REFUSALS.one(AdminRefusal::WrongCredentials);
        lock(&self.holders).add("sign_in.failed", Some(admin), admin.address, "wrong credentials".to_owned());
    }

    /// Somebody came with a token that has expired.
    pub(crate) fn expired_token(&self, admin: &Admin) {
        meters::ADMIN_REFUSALS.one(AdminRefusal::ExpiredToken);
        lock(&self.holders).add("sign_in.failed", Some(admin), admin.address, "expired token".to_owned());
    }

    /// Somebody's role did not allow a call.
    pub(crate) fn role(&self, admin: &Admin, method: &Method, path: Option<&MatchedPath>) {
        meters::ADMIN_REFUSALS.one(AdminRefusal::Role);
        let call = format!("{method} {}", path.map_or("", MatchedPath::as_str));
        lock(&self.holders).add("call.refused", Some(admin), admin.address, call);
    }

    /// Writes what was gathered, until `stop` and once more.
    pub(crate) async fn write(&self, pool: PgPool, stop: CancellationToken) {
        while tokio::time::timeout(WRITE_EVERY, stop.cancelled()).await.is_err() {
            self.write_some(&pool).await;
        }
        let _ = tokio::time::timeout(LAST_WITHIN, self.write_some(&pool)).await;
    }

    async fn write_some(&self, pool: &PgPool) {
        for gathered in [&self.strangers, &self.holders] {
            while let Some(due) = take(gathered) {
                if let Err(error) = due.write(pool).await {
                    tracing::warn!(%error, "refused calls are not in the audit log yet");
                    let mut gathered = lock(gathered);
                    gathered.others += due.others;
                    gathered.put_back(due.alike, due.tally);
                    return;
                }
            }
        }
    }
}

impl Gathered {
    fn new() -> Self {
        let budget = RateLimiter::direct(Quota::per_minute(PER_MINUTE).allow_burst(BURST));
        Self { alike: HashMap::new(), others: 0, budget }
    }

    fn add(&mut self, action: &'static str, admin: Option<&Admin>, address: IpAddr, subject: String) {
        let now = Moment::from(clock::to_utc(clock::now()));
        let actor = admin.map(|admin| (admin.name.clone(), admin.scope.role.word()));
        let alike = Alike { action, actor, address: address.into(), subject };
        self.put_back(alike, Repetition { count: 1, first_at: now, last_at: now, address });
    }

    fn put_back(&mut self, alike: Alike, tally: Repetition) {
        if let Some(known) = self.alike.get_mut(&alike) {
            known.count += tally.count;
            known.first_at = known.first_at.min(tally.first_at);
            known.last_at = known.last_at.max(tally.last_at);
        } else if self.alike.len() < ALIKE_MAX {
            self.alike.insert(alike, tally);
        } else {
            self.others += tally.count;
        }
    }

    /// The one that has waited longest, and of those of the same moment the one that was repeated most, if an entry may
    /// be written now. It also tells of those that could not be told apart.
    fn take(&mut self) -> Option<Due> {
        let longest = self.alike.iter().min_by_key(|(_, tally)| (tally.first_at, Reverse(tally.count)));
        let alike = longest?.0.clone();
        self.budget.check().ok()?;
        let tally = self.alike.remove(&alike)?;
        Some(Due { alike, tally, others: std::mem::take(&mut self.others) })
    }
}

impl Due {
    async fn write(&self, pool: &PgPool) -> sqlx::Result<()> {
        let Repetition { count, first_at, last_at, address } = self.tally;
        let (actor, role) = self.alike.actor.as_ref().map_or(("", ""), |(name, role)| (name, role));
        let mut detail = json!({ "count": count, "first_at": first_at, "last_at": last_at });
        if self.others > 0 {
            detail["others"] = json!(self.others);
        }
        let (action, subject) = (self.alike.action, &self.alike.subject);
        let mut connection = pool.acquire().await?;
        audit::write(&mut connection, Deed { actor, role, address: Some(address), action, subject, detail }).await
    }
}

fn lock(gathered: &Mutex<Gathered>) -> MutexGuard<'_, Gathered> {
    gathered.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Without holding the lock any longer.
fn take(gathered: &Mutex<Gathered>) -> Option<Due> {
    lock(gathered).take()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(gathered: &mut Gathered, address: u32) {
        gathered.add("sign_in.failed", None, IpAddr::V4(address.into()), "unknown token".to_owned());
    }

    #[test]
    fn what_is_alike_is_one_entry_that_counts() {
        let mut gathered = Gathered::new();
        for _ in 0..1_000 {
            add(&mut gathered, 1);
        }
        add(&mut gathered, 2);
        let first = gathered.take().expect("due");
        assert_eq!((first.tally.count, first.others), (1_000, 0));
        assert_eq!(gathered.take().expect("due").tally.count, 1);
        assert!(gathered.take().is_none());
    }

    #[test]
    fn a_flood_from_everywhere_is_bounded_in_memory_and_in_the_log_and_none_is_forgotten() {
        let mut gathered = Gathered::new();
        let mut told = 0;
        for address in 0..10_000 {
            add(&mut gathered, address);
        }
        assert_eq!(gathered.alike.len(), ALIKE_MAX);
        let mut entries = 0;
        while let Some(due) = gathered.take() {
            entries += 1;
            told += due.tally.count + due.others;
        }
        assert_eq!(entries, BURST.get());
        let waiting: u64 = gathered.alike.values().map(|tally| tally.count).sum();
        assert_eq!(told + waiting, 10_000);
    }

    #[test]
    fn what_could_not_be_written_waits_with_what_came_since() {
        let mut gathered = Gathered::new();
        add(&mut gathered, 1);
        let due = gathered.take().expect("due");
        add(&mut gathered, 1);
        gathered.put_back(due.alike, due.tally);
        assert_eq!(gathered.take().expect("due").tally.count, 2);
    }
}
