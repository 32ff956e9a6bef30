//! Token buckets: per client address, per shopper, per event.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sale::ids::{EventId, ShopperId};
use tokio_util::sync::CancellationToken;
use wiring::address::AddressKey;

use crate::config::Access;
use crate::meters;
use crate::problems::{ApiError, Kind};

/// How often buckets that are full again are forgotten. Between two times the stores grow by no more than
/// one bucket a request.
const PURGE_EVERY: Duration = Duration::from_secs(5);

/// A rate, as `per second`, `per second/burst` or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(Option<(NonZeroU32, NonZeroU32)>);

impl FromStr for Rate {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let number = |text: &str| {
            text.parse::<NonZeroU32>().map_err(|_| {
                "must be \"off\", requests per second, or requests per second/burst, like 10/30".to_owned()
            })
        };
        match text.split_once('/') {
            Some((per_second, burst)) => Ok(Self(Some((number(per_second)?, number(burst)?)))),
            None => number(text).map(|both| Self(Some((both, both)))),
        }
    }
}

/// The buckets of one kind of key.
struct Buckets<K: Hash + Eq + Clone> {
    what: &'static str,
    limiter: Option<DefaultKeyedRateLimiter<K>>,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    fn new(what: &'static str, rate: Rate) -> Self {
        let limiter =
            rate.0.map(|(per_second, burst)| RateLimiter::dashmap(Quota::per_second(per_second).allow_burst(burst)));
        Self { what, limiter }
    }

    fn take(&self, key: &K) -> Result<(), ApiError> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check_key(key).map_err(|not_until| {
            meters::RATE_LIMITED.one(self.what);
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            let seconds = u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX).max(1);
            Kind::RateLimited.because(format!("too many requests of this {}", self.what)).retry_after_s(seconds)
        })
    }

    fn purge(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
            limiter.shrink_to_fit();
            meters::RATE_BUCKETS.set(self.what, limiter.len() as f64);
        }
    }
}

/// All rate limits.
pub(crate) struct Rates {
    address: Buckets<AddressKey>,
    shopper: Buckets<ShopperId>,
    event: Buckets<EventId>,
}

impl Rates {
    /// As configured.
    pub(crate) fn new(access: &Access) -> Self {
        Self {
            address: Buckets::new("address", access.limit_address),
            shopper: Buckets::new("shopper", access.limit_shopper),
            event: Buckets::new("event", access.limit_event),
        }
    }

    /// One request of a client address.
    pub(crate) fn address(&self, address: IpAddr) -> Result<(), ApiError> {
        self.address.take(&AddressKey::from(address))
    }

    /// One request of a shopper.
    pub(crate) fn shopper(&self, shopper: ShopperId) -> Result<(), ApiError> {
        self.shopper.take(&shopper)
    }

    /// One attempt in an event.
    pub(crate) fn event(&self, event: EventId) -> Result<(), ApiError> {
        self.event.take(&event)
    }

    /// Forgets buckets that are full again, from time to time, until shutdown.
    pub(crate) async fn keep_small(&self, shutdown: CancellationToken) {
        while tokio::time::timeout(PURGE_EVERY, shutdown.cancelled()).await.is_err() {
            self.address.purge();
            self.shopper.purge();
            self.event.purge();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_strictly() {
        let rate = |text: &str| text.parse::<Rate>();
        let of = |per_second, burst| Rate(NonZeroU32::new(per_second).zip(NonZeroU32::new(burst)));
        assert_eq!(rate("off"), Ok(Rate(None)));
        assert_eq!(rate("10"), Ok(of(10, 10)));
        assert_eq!(rate("10/30"), Ok(of(10, 30)));
        for bad in ["", "0", "10/0", "-1", "10/", "/10", "ten", "10/20/30"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bucket_gives_its_burst_then_says_when_to_come_back() {
        let buckets = Buckets::new("shopper", "1/3".parse().expect("rate"));
        assert!((0..3).all(|_| buckets.take(&1).is_ok()));
        let refused = buckets.take(&1).expect_err("empty");
        assert_eq!(refused.kind, Kind::RateLimited);
        assert!(buckets.take(&2).is_ok(), "another key has its own bucket");
    }

    #[test]
    fn off_is_off() {
        let buckets = Buckets::new("event", Rate(None));
        assert!((0..10_000).all(|_| buckets.take(&1).is_ok()));
    }
}
