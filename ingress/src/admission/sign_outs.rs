//! Sessions that are ended: each is remembered for weeks, at every door. So nobody gets to end any number of them.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use moka::sync::Cache;
use service::address::AddressKey;

use crate::meters::{self, Limited};
use crate::problems::{ApiError, Kind};

/// Sessions that one client address may end within ten minutes. Many people may share one.
const ADDRESS_MAX: u32 = 100;
/// How long they count, from the first.
const COUNTED_FOR: Duration = Duration::from_secs(600);
/// Client addresses counted at once. Beyond, those counted first are forgotten.
const KEYS_MAX: u64 = 100_000;

/// Who has ended sessions of late.
pub(crate) struct SignOuts(Cache<AddressKey, Arc<AtomicU32>>);

impl Default for SignOuts {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(KEYS_MAX).time_to_live(COUNTED_FOR).build())
    }
}

impl SignOuts {
    /// One that somebody ends.
    ///
    /// # Errors
    /// When there were too many from there.
    pub(crate) fn one(&self, address: IpAddr) -> Result<(), ApiError> {
        if self.0.get_with(address.into(), Arc::default).fetch_add(1, Ordering::Relaxed) < ADDRESS_MAX {
            return Ok(());
        }
        meters::RATE_LIMITED.one(Limited::SignOuts);
        let again_s = u32::try_from(COUNTED_FOR.as_secs()).unwrap_or(u32::MAX);
        Err(Kind::RateLimited.because("too many sessions were ended from this address").retry_after_s(again_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_ends_so_many_and_others_are_not_hindered() {
        let sign_outs = SignOuts::default();
        let [one, other] = [1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
        assert!((0..ADDRESS_MAX).all(|_| sign_outs.one(one).is_ok()));
        assert_eq!(sign_outs.one(one).expect_err("too many").kind, Kind::RateLimited);
        assert!(sign_outs.one(other).is_ok());
    }
}
