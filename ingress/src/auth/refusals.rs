//! Refused calls on their way into the audit log: gathered, so that whoever is refused cannot flood it.
//!
//! What is alike (who, from where, what) becomes one entry with a count. What differs only by where it comes from, from more than
//! [`ADDRESSES_MAX`] addresses, becomes one entry too: a flood hides nothing else, and nothing waits behind it. Of strangers and of
//! holders of tokens [`BURST`] entries each may be written at once, and [`PER_MINUTE`] a minute from then on; what is more goes on
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
/// Addresses that have an entry each, of what is alike but for them; and that are counted.
const ADDRESSES_MAX: usize = 8;
const ADDRESSES_COUNTED_MAX: usize = 256;
/// Kinds of refusals told apart between two writes.
const ALIKE_MAX: usize = 256;
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// The last ones, at shutdown.
const LAST_WITHIN: Duration = Duration::from_secs(2);

/// What refusals have in common that become one entry, or one for each address while these are few.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Alike {
    action: &'static str,
    /// Nobody, when the token is not known.
    actor: Option<(String, &'static str)>,
    subject: String,
    /// Whose account it was aimed at, by name.
    person: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Repetition {
    count: u64,
    first_at: Moment,
    last_at: Moment,
    /// Of the first: an IPv6 household has many.
    address: IpAddr,
}

/// What is alike, by where it came from.
#[derive(Debug, Default)]
struct Group {
    of_address: HashMap<AddressKey, Repetition>,
    /// What came from further addresses than are told apart: counted with the rest.
    further: u64,
}

/// Refusals that wait to be written.
struct Gathered {
    alike: HashMap<Alike, Group>,
    /// Those that came while there was no room to tell them apart.
    others: u64,
    budget: DefaultDirectRateLimiter,
}

/// Refusals that are written now.
struct Due {
    alike: Alike,
    tally: Repetition,
    /// From so many; of several it is not said which.
    addresses: usize,
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

    /// Somebody came with what nobody signs in with. What they typed is not kept, since it may be anything; whose address it was is.
    pub(crate) fn wrong_credentials(&self, address: IpAddr, person: Option<&str>) {
        meters::ADMIN_REFUSALS.one(AdminRefusal::WrongCredentials);
        lock(&self.strangers).add_at(person, address, "wrong credentials");
    }

    /// Somebody was not heard, after so many that were wrong.
    pub(crate) fn not_heard(&self, address: IpAddr, person: Option<&str>) {
        meters::ADMIN_REFUSALS.one(AdminRefusal::WrongCredentials);
        lock(&self.strangers).add_at(person, address, "too many sign-ins");
    }

    /// Somebody opened a link that is none, or no longer.
    pub(crate) fn unknown_link(&self, address: IpAddr) {
        meters::ADMIN_REFUSALS.one(AdminRefusal::WrongCredentials);
        lock(&self.strangers).add_at(None, address, "unknown link");
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
                    // Of several addresses those that it told are gone: it is as if all came from the first.
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

    /// A sign-in that failed, at the account of somebody if it is known whose.
    fn add_at(&mut self, person: Option<&str>, address: IpAddr, subject: &str) {
        let (subject, person) = (subject.to_owned(), person.map(str::to_owned));
        self.count(Alike { action: "sign_in.failed", actor: None, subject, person }, address);
    }

    fn add(&mut self, action: &'static str, admin: Option<&Admin>, address: IpAddr, subject: String) {
        let actor = admin.map(|admin| (admin.name.clone(), admin.scope.role.word()));
        self.count(Alike { action, actor, subject, person: None }, address);
    }

    fn count(&mut self, alike: Alike, address: IpAddr) {
        let now = Moment::from(clock::to_utc(clock::now()));
        self.put_back(alike, Repetition { count: 1, first_at: now, last_at: now, address });
    }

    fn put_back(&mut self, alike: Alike, tally: Repetition) {
        if self.alike.len() >= ALIKE_MAX && !self.alike.contains_key(&alike) {
            self.others += tally.count;
        } else {
            self.alike.entry(alike).or_default().add(tally);
        }
    }

    /// What has waited longest, and of that of the same moment what was repeated most, if an entry may be written now. It
    /// also tells of those that could not be told apart.
    fn take(&mut self) -> Option<Due> {
        let longest = self.alike.iter().min_by_key(|(_, group)| group.first().map(Repetition::turn));
        let alike = longest?.0.clone();
        self.budget.check().ok()?;
        let group = self.alike.get_mut(&alike)?;
        let (tally, addresses) = group.take()?;
        if group.of_address.is_empty() {
            self.alike.remove(&alike);
        }
        Some(Due { alike, tally, addresses, others: std::mem::take(&mut self.others) })
    }
}

impl Group {
    fn add(&mut self, tally: Repetition) {
        let address = AddressKey::from(tally.address);
        if let Some(known) = self.of_address.get_mut(&address) {
            known.add(&tally);
        } else if self.of_address.len() < ADDRESSES_COUNTED_MAX {
            self.of_address.insert(address, tally);
        } else {
            self.further += tally.count;
        }
    }

    fn first(&self) -> Option<&Repetition> {
        self.of_address.values().min_by_key(|tally| tally.turn())
    }

    /// What becomes one entry, and from how many addresses it came.
    fn take(&mut self) -> Option<(Repetition, usize)> {
        let mut first = *self.first()?;
        let addresses = self.of_address.len();
        if addresses <= ADDRESSES_MAX {
            self.of_address.remove(&first.address.into());
            return Some((first, 1));
        }
        self.of_address.remove(&first.address.into());
        for (_, tally) in self.of_address.drain() {
            first.add(&tally);
        }
        first.count += std::mem::take(&mut self.further);
        Some((first, addresses))
    }
}

impl Repetition {
    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.first_at = self.first_at.min(other.first_at);
        self.last_at = self.last_at.max(other.last_at);
    }

    /// What comes first is written first.
    fn turn(&self) -> (Moment, Reverse<u64>) {
        (self.first_at, Reverse(self.count))
    }
}

impl Due {
    async fn write(&self, pool: &PgPool) -> sqlx::Result<()> {
        let Repetition { count, first_at, last_at, address } = self.tally;
        let (actor, role) = self.alike.actor.as_ref().map_or(("", ""), |(name, role)| (name, role));
        let mut detail = json!({ "count": count, "first_at": first_at, "last_at": last_at });
        if let Some(person) = &self.alike.person {
            detail["person"] = json!(person);
        }
        let address = Some(address).filter(|_| self.addresses == 1);
        if self.addresses > 1 {
            detail["addresses"] = json!(self.addresses);
        }
        if self.others > 0 {
            detail["others"] = json!(self.others);
        }
        let (action, subject) = (self.alike.action, &self.alike.subject);
        let mut connection = pool.acquire().await?;
        audit::write(&mut connection, Deed { actor, role, address, action, subject, detail }).await
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
    fn a_flood_from_everywhere_is_bounded_and_hides_nothing() {
        let mut gathered = Gathered::new();
        for address in 0..10_000 {
            add(&mut gathered, address);
        }
        for _ in 0..12 {
            gathered.add_at(Some("Vera"), IpAddr::V4(7.into()), "wrong credentials");
        }
        let kept: usize = gathered.alike.values().map(|group| group.of_address.len()).sum();
        assert_eq!(kept, ADDRESSES_COUNTED_MAX + 1);
        let flood = gathered.take().expect("due");
        assert_eq!((flood.addresses, flood.tally.count, flood.others), (ADDRESSES_COUNTED_MAX, 10_000, 0));
        let aimed = gathered.take().expect("due");
        assert_eq!((aimed.addresses, aimed.tally.count, aimed.alike.person.as_deref()), (1, 12, Some("Vera")));
        assert!(gathered.take().is_none(), "nothing waits behind it");
    }

    #[test]
    fn entries_have_a_bound() {
        let mut gathered = Gathered::new();
        let entries = (0..200).filter(|call| {
            gathered.add("call.refused", None, IpAddr::V4(1.into()), format!("GET {call}"));
            gathered.take().is_some()
        });
        assert_eq!(entries.count(), BURST.get() as usize);
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
