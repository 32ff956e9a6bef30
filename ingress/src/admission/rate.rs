//! Token buckets: per client address, per shopper, per event.

use std::hash::Hash;
use std::net::IpAddr;
use std::time::Duration;

use sale::ids::{EventId, ShopperId};
use service::address::AddressKey;
use service::rate::Rate;
use tokio_util::sync::CancellationToken;

use crate::config::Access;
use crate::meters::{self, Limited};
use crate::problems::{ApiError, Kind};

/// How often buckets that are full again are forgotten.
const PURGE_EVERY: Duration = Duration::from_secs(5);

/// The buckets of one kind of key.
struct LimitedBy<K: Hash + Eq + Clone> {
    /// As the metrics name them.
    by: Limited,
    /// As the refusal names their key.
    whose: &'static str,
    buckets: service::rate::Buckets<K>,
}

impl<K: Hash + Eq + Clone> LimitedBy<K> {
    fn new(by: Limited, whose: &'static str, rate: Rate) -> Self {
        Self { by, whose, buckets: service::rate::Buckets::new(rate) }
    }

    fn take(&self, key: &K) -> Result<(), ApiError> {
        self.buckets.take(key).map_err(|wait_s| {
            meters::RATE_LIMITED.one(self.by);
            Kind::RateLimited.because(format!("too many requests of this {}", self.whose)).retry_after_s(wait_s)
        })
    }

    fn purge(&self) {
        meters::RATE_BUCKETS.set(self.by, self.buckets.purge() as f64);
    }
}

/// All rate limits.
pub(crate) struct Rates {
    address: LimitedBy<AddressKey>,
    pages: LimitedBy<AddressKey>,
    shopper: LimitedBy<ShopperId>,
    lists: LimitedBy<ShopperId>,
    event: LimitedBy<EventId>,
}

impl Rates {
    /// As configured.
    pub(crate) fn new(access: &Access) -> Self {
        Self {
            address: LimitedBy::new(Limited::Address, "address", access.limit_address),
            pages: LimitedBy::new(Limited::Pages, "address", access.limit_pages),
            shopper: LimitedBy::new(Limited::Shopper, "shopper", access.limit_shopper),
            lists: LimitedBy::new(Limited::Lists, "shopper", access.limit_lists),
            event: LimitedBy::new(Limited::Event, "event", access.limit_event),
        }
    }

    /// One call of the API by a client address.
    pub(crate) fn address(&self, address: IpAddr) -> Result<(), ApiError> {
        self.address.take(&AddressKey::from(address))
    }

    /// One request of a client address for anything else: pages, the API's description, what is not there. Apart
    /// from calls, so that looking at pages uses nothing up that buying needs.
    pub(crate) fn pages(&self, address: IpAddr) -> Result<(), ApiError> {
        self.pages.take(&AddressKey::from(address))
    }

    /// One request of a shopper.
    pub(crate) fn shopper(&self, shopper: ShopperId) -> Result<(), ApiError> {
        self.shopper.take(&shopper)
    }

    /// One list of what a shopper has. Each costs the database several queries.
    pub(crate) fn list(&self, shopper: ShopperId) -> Result<(), ApiError> {
        self.lists.take(&shopper)
    }

    /// One attempt in an event.
    pub(crate) fn event(&self, event: EventId) -> Result<(), ApiError> {
        self.event.take(&event)
    }

    /// Forgets buckets that are full again, from time to time, until shutdown.
    pub(crate) async fn keep_small(&self, shutdown: CancellationToken) {
        while tokio::time::timeout(PURGE_EVERY, shutdown.cancelled()).await.is_err() {
            self.address.purge();
            self.pages.purge();
            self.shopper.purge();
            self.lists.purge();
            self.event.purge();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_bucket_is_a_problem_that_says_whose() {
        let buckets = LimitedBy::new(Limited::Shopper, "shopper", "1/1".parse().expect("rate"));
        assert!(buckets.take(&1).is_ok());
        assert_eq!(buckets.take(&1).expect_err("empty").kind, Kind::RateLimited);
    }
}
