//! Codes by e-mail: each is a mail to somebody who may not have asked for it. How many go to one address, the record counts for
//! all doors ([`record::email_codes`]); here is counted who asks, and how many are asked for in all.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use moka::sync::Cache;
use service::address::AddressKey;
use service::rate::{Buckets, Rate};

use crate::meters::{self, Limited};
use crate::problems::{ApiError, Kind};

/// How long codes that were asked for count, from the first.
const COUNTED_FOR: Duration = Duration::from_secs(600);
/// Client addresses counted at once. Beyond, those counted first are forgotten.
const KEYS_MAX: u64 = 100_000;

/// Who has asked for codes of late.
pub(crate) struct Codes {
    /// From one client address; 0 for any number.
    address_max: u32,
    addresses: Cache<AddressKey, Arc<AtomicU32>>,
    all: Buckets<()>,
}

impl Codes {
    /// With so many codes in ten minutes for one client address, and so many a second for all.
    pub(crate) fn new(address_max: u32, all: Rate) -> Self {
        let addresses = Cache::builder().max_capacity(KEYS_MAX).time_to_live(COUNTED_FOR).build();
        Self { address_max, addresses, all: Buckets::new(all) }
    }

    /// One code that somebody asks for.
    ///
    /// # Errors
    /// When there were too many of theirs, or in all.
    pub(crate) fn ask(&self, address: IpAddr) -> Result<(), ApiError> {
        let asked = self.addresses.get_with(address.into(), Arc::default);
        if self.address_max > 0 && asked.fetch_add(1, Ordering::Relaxed) >= self.address_max {
            meters::RATE_LIMITED.one(Limited::EmailCodes);
            let again_s = u32::try_from(COUNTED_FOR.as_secs()).unwrap_or(u32::MAX);
            return Err(Kind::RateLimited.because("too many codes asked for from this address").retry_after_s(again_s));
        }
        self.all.take(&()).map_err(|wait_s| {
            meters::RATE_LIMITED.one(Limited::Mails);
            Kind::RateLimited.because("too many codes are asked for at the moment").retry_after_s(wait_s)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_too_often_gets_no_more_and_others_do_until_it_is_too_much_for_all() {
        let codes = Codes::new(2, "1/3".parse().expect("rate"));
        let [home, elsewhere] = [1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
        assert!(codes.ask(home).is_ok() && codes.ask(home).is_ok());
        assert_eq!(codes.ask(home).expect_err("too often").kind, Kind::RateLimited);
        assert!(codes.ask(elsewhere).is_ok());
        assert_eq!(codes.ask(elsewhere).expect_err("too many in all").kind, Kind::RateLimited);
    }
}
