//! Wrong answers to what only some people know: coupons and access codes. Whoever gives too many within a minute is not
//! heard for the rest of it, right or wrong, so that nobody finds one out by trying. Customers' tokens that nobody signed, and
//! tokens that the provider of the hosted check does not know, count likewise, and apart: each takes time to check. So do codes of
//! the OpenID provider that end no sign-in.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use moka::sync::Cache;
use sale::ids::ShopperId;
use service::address::AddressKey;

use crate::meters::{self, Code};
use crate::problems::{ApiError, Kind};

/// How long wrong answers count, from the first.
const COUNTED_FOR: Duration = Duration::from_secs(60);
/// Wrong answers of one shopper within that time.
const SHOPPER_MAX: u32 = 10;
/// Addresses, and shoppers, counted at once. Beyond, those counted first are forgotten.
const KEYS_MAX: u64 = 100_000;

/// Who answered wrongly of late, and how often.
pub(crate) struct Guesses {
    address_max: u32,
    addresses: Cache<AddressKey, Arc<AtomicU32>>,
    shoppers: Cache<ShopperId, Arc<AtomicU32>>,
    /// Of customers' tokens.
    tokens: Cache<AddressKey, Arc<AtomicU32>>,
    /// Of codes by e-mail.
    emails: Cache<AddressKey, Arc<AtomicU32>>,
    /// Of the hosted check.
    checks: Cache<AddressKey, Arc<AtomicU32>>,
    /// Of codes of the OpenID provider.
    accounts: Cache<AddressKey, Arc<AtomicU32>>,
    /// Of organisers' passwords, codes and links.
    organisers: Cache<AddressKey, Arc<AtomicU32>>,
}

impl Guesses {
    /// With so many wrong answers a minute from one address; many people may share one.
    pub(crate) fn new(address_max: u32) -> Self {
        let [addresses, tokens, emails, checks, accounts, organisers] = std::array::from_fn(|_| counts());
        Self { address_max, addresses, shoppers: counts(), tokens, emails, checks, accounts, organisers }
    }

    /// Whether somebody may answer.
    ///
    /// # Errors
    /// When too many of their answers were wrong.
    pub(crate) fn may_answer(&self, address: IpAddr, shopper: ShopperId) -> Result<(), ApiError> {
        if given(&self.addresses, &address.into()) < self.address_max && given(&self.shoppers, &shopper) < SHOPPER_MAX {
            return Ok(());
        }
        Err(too_many("coupons and access codes"))
    }

    /// Counts a wrong answer.
    pub(crate) fn wrong(&self, address: IpAddr, shopper: ShopperId, what: Code) {
        meters::WRONG_CODES.one(what);
        count(&self.addresses, address.into());
        count(&self.shoppers, shopper);
    }

    /// Whether somebody may come with a customer's token.
    ///
    /// # Errors
    /// When too many that came from there were not signed by the shop.
    pub(crate) fn may_sign_in(&self, address: IpAddr) -> Result<(), ApiError> {
        if given(&self.tokens, &address.into()) < self.address_max { Ok(()) } else { Err(too_many("customer tokens")) }
    }

    /// Counts a token that the shop has not signed.
    pub(crate) fn forged(&self, address: IpAddr) {
        count(&self.tokens, address.into());
    }

    /// Whether somebody may come with a code by e-mail. How often the code of one address was guessed at, the record counts.
    ///
    /// # Errors
    /// When too many that came from there were wrong.
    pub(crate) fn may_confirm(&self, address: IpAddr) -> Result<(), ApiError> {
        if given(&self.emails, &address.into()) < self.address_max { Ok(()) } else { Err(too_many("codes by e-mail")) }
    }

    /// Whether somebody may come back from the OpenID provider with a code.
    ///
    /// # Errors
    /// When too many that came from there ended no sign-in, though the provider was asked.
    pub(crate) fn may_come_back(&self, address: IpAddr) -> Result<(), ApiError> {
        let may = given(&self.accounts, &address.into()) < self.address_max;
        if may { Ok(()) } else { Err(too_many("sign-ins with an account")) }
    }

    /// Counts a code with which the provider was asked in vain.
    pub(crate) fn came_back_wrong(&self, address: IpAddr) {
        count(&self.accounts, address.into());
    }

    /// Whether somebody may sign in to the console as a person, or join by a link.
    ///
    /// # Errors
    /// When too many that came from there were wrong.
    pub(crate) fn may_enter(&self, address: IpAddr) -> Result<(), ApiError> {
        let may = given(&self.organisers, &address.into()) < self.address_max;
        if may { Ok(()) } else { Err(too_many("sign-ins to the console")) }
    }

    /// Counts what lets nobody into the console.
    pub(crate) fn not_entered(&self, address: IpAddr) {
        count(&self.organisers, address.into());
    }

    /// Whether somebody may come with a token of the hosted check.
    ///
    /// # Errors
    /// When too many that came from there were not good.
    pub(crate) fn may_be_checked(&self, address: IpAddr) -> Result<(), ApiError> {
        if given(&self.checks, &address.into()) < self.address_max { Ok(()) } else { Err(too_many("tokens")) }
    }

    /// Counts a token that is not good.
    pub(crate) fn unchecked(&self, address: IpAddr) {
        count(&self.checks, address.into());
    }

    /// Counts a code that confirms nothing.
    pub(crate) fn unconfirmed(&self, address: IpAddr) {
        meters::WRONG_CODES.one(Code::Email);
        count(&self.emails, address.into());
    }
}

fn too_many(what: &str) -> ApiError {
    let wait_s = u32::try_from(COUNTED_FOR.as_secs()).unwrap_or(60);
    Kind::TooManyGuesses.because(format!("too many {what} that are not valid; wait a minute")).retry_after_s(wait_s)
}

fn given<K: Hash + Eq + Send + Sync + 'static>(counts: &Cache<K, Arc<AtomicU32>>, key: &K) -> u32 {
    counts.get(key).map_or(0, |count| count.load(Ordering::Relaxed))
}

fn count<K: Hash + Eq + Send + Sync + 'static>(counts: &Cache<K, Arc<AtomicU32>>, key: K) {
    counts.get_with(key, Arc::default).fetch_add(1, Ordering::Relaxed);
}

fn counts<K: Hash + Eq + Send + Sync + 'static>() -> Cache<K, Arc<AtomicU32>> {
    Cache::builder().max_capacity(KEYS_MAX).time_to_live(COUNTED_FOR).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn whoever_guesses_is_not_heard_any_more_and_others_are() {
        let guesses = Guesses::new(25);
        let (home, elsewhere) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let shopper = |number| ShopperId(Uuid::from_u128(number));
        for _ in 0..SHOPPER_MAX {
            assert!(guesses.may_answer(home, shopper(1)).is_ok());
            guesses.wrong(home, shopper(1), Code::Coupon);
        }
        let refused = guesses.may_answer(elsewhere, shopper(1)).expect_err("from anywhere");
        assert_eq!(refused.kind, Kind::TooManyGuesses);
        assert!(guesses.may_answer(home, shopper(2)).is_ok(), "others of that address may");
        (0..15).for_each(|number| guesses.wrong(home, shopper(10 + number), Code::Access));
        assert!(
            guesses.may_answer(home, shopper(2)).is_err(),
            "until it has guessed too often, with whatever sessions"
        );
        assert!(guesses.may_answer(elsewhere, shopper(2)).is_ok());
    }

    #[test]
    fn each_refusal_says_what_there_were_too_many_of_and_holds_for_that_alone() {
        let guesses = Guesses::new(1);
        let home = IpAddr::from([192, 0, 2, 1]);
        type Count = fn(&Guesses, IpAddr);
        type May = fn(&Guesses, IpAddr) -> Result<(), ApiError>;
        let each: [(Count, May, &str); 5] = [
            (
                |all, at| all.wrong(at, ShopperId(Uuid::nil()), Code::Coupon),
                |all, at| all.may_answer(at, ShopperId(Uuid::max())),
                "coupons and access codes",
            ),
            (Guesses::forged, Guesses::may_sign_in, "customer tokens"),
            (Guesses::unconfirmed, Guesses::may_confirm, "codes by e-mail"),
            (Guesses::came_back_wrong, Guesses::may_come_back, "sign-ins with an account"),
            (Guesses::not_entered, Guesses::may_enter, "sign-ins to the console"),
        ];
        for (count, may, what) in each {
            assert!(may(&guesses, home).is_ok(), "{what}");
            count(&guesses, home);
            let said = format!("{:?}", may(&guesses, home).expect_err("too often"));
            assert!(said.contains(&format!("too many {what} that")), "{said}");
        }
    }

    #[test]
    fn whoever_forges_tokens_is_not_heard_with_any_and_still_with_codes() {
        let guesses = Guesses::new(2);
        let (home, elsewhere) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        (0..2).for_each(|_| guesses.forged(home));
        assert_eq!(guesses.may_sign_in(home).expect_err("too often").kind, Kind::TooManyGuesses);
        assert!(guesses.may_sign_in(elsewhere).is_ok());
        assert!(guesses.may_answer(home, ShopperId(Uuid::nil())).is_ok());
    }
}
