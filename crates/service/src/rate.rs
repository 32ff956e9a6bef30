//! Token buckets, one for each key, and the rates that settings give them.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::str::FromStr;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

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

/// A bucket for each key.
pub struct Buckets<K: Hash + Eq + Clone>(Option<DefaultKeyedRateLimiter<K>>);

impl<K: Hash + Eq + Clone> Buckets<K> {
    /// All of one rate.
    pub fn new(rate: Rate) -> Self {
        Self(rate.0.map(|(per_second, burst)| RateLimiter::dashmap(Quota::per_second(per_second).allow_burst(burst))))
    }

    /// Takes one from a key's bucket.
    ///
    /// # Errors
    /// When it is empty: the seconds after which there is one again.
    pub fn take(&self, key: &K) -> Result<(), u32> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check_key(key).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX).max(1)
        })
    }

    /// Forgets buckets that are full again. Says how many are left. To be called every few seconds: between two
    /// times there is no more than one new bucket a request.
    pub fn purge(&self) -> usize {
        self.0.as_ref().map_or(0, |limiter| {
            limiter.retain_recent();
            limiter.shrink_to_fit();
            limiter.len()
        })
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
        let buckets = Buckets::new("1/3".parse().expect("rate"));
        assert!((0..3).all(|_| buckets.take(&1).is_ok()));
        assert_eq!(buckets.take(&1), Err(1));
        assert!(buckets.take(&2).is_ok(), "another key has its own bucket");
        assert_eq!(buckets.purge(), 2);
    }

    #[test]
    fn off_is_off() {
        let buckets = Buckets::new(Rate(None));
        assert!((0..10_000).all(|_| buckets.take(&1).is_ok()));
    }
}
