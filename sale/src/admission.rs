//! What the door checks before an attempt may enter the line, without waiting for any server.
//!
//! These checks spare the line attempts that cannot succeed. The line checks window, item, quantity, coupon and limits
//! again, in order: whatever is barred here on the newest head, [`decide`](crate::decide()) refuses as well. Three things are
//! only checked here: the access code, and who the shopper is and what they have shown, which an attempt does not carry into the line; and
//! [`can_be_had`] goes by the last progress that was heard, which may be a moment old.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::check::{Check, Needed, Shown};
use crate::definition::ACCESS_CODE_LENGTH_MAX;
use crate::ids::{CodeNo, CouponNo, ItemNo};
use crate::participation::{Identity, Participation};
use crate::record::ItemCounts;
use crate::rules::{SaleRules, Status};
use crate::time::UnixMs;

/// Why an attempt does not get into the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// A draft is nobody's business.
    NoSuchSale,
    /// It opens in so many milliseconds.
    NotStarted {
        /// From now.
        in_ms: u64,
    },
    /// Its lobby opens in so many milliseconds.
    LobbyNotOpen {
        /// From now.
        in_ms: u64,
    },
    /// The lobby has closed; the sale opens in so many milliseconds.
    LobbyClosed {
        /// From now.
        in_ms: u64,
    },
    /// Ended by the organiser.
    SaleStopped,
    /// Its window has closed.
    SaleEnded,
    /// No such SKU in this sale.
    UnknownItem,
    /// None, or more than one attempt may ask for.
    Quantity {
        /// At most so many.
        max: u32,
    },
    /// No such coupon in this sale.
    UnknownCoupon,
    /// The sale needs an access code, and this is none of its codes.
    AccessCode,
    /// Nothing is left, and nothing can be waited for.
    SoldOut,
    /// The sale asks who its shoppers are, and this one has not said, or not in a way that it takes.
    SignIn {
        /// Whom it takes.
        needed: Participation,
    },
    /// The sale asks guests to show something, and this one has not.
    Unchecked {
        /// What it asks for.
        needed: Needed,
    },
}

/// Checks that the sale, or its lobby, is open: before, nobody has an answer.
///
/// # Errors
/// When it has not.
pub fn has_opened(rules: &SaleRules, now: UnixMs) -> Result<(), Barred> {
    match rules.status(now) {
        Status::Draft => Err(Barred::NoSuchSale),
        Status::Upcoming | Status::Active | Status::Paused if now < rules.opens_at => {
            let in_ms = rules.opens_at.ms_since(now);
            match &rules.lobby {
                Some(lobby) if lobby.is_open(now) => Ok(()),
                Some(lobby) if now < lobby.opens_at => {
                    Err(Barred::LobbyNotOpen { in_ms: lobby.opens_at.ms_since(now) })
                }
                Some(_) => Err(Barred::LobbyClosed { in_ms }),
                None => Err(Barred::NotStarted { in_ms }),
            }
        }
        Status::Upcoming | Status::Active | Status::Paused | Status::Ended | Status::Stopped => Ok(()),
    }
}

/// Checks that the sale is not over. A paused sale takes attempts: they hold their place.
///
/// # Errors
/// When it is.
pub fn is_not_over(rules: &SaleRules, now: UnixMs) -> Result<(), Barred> {
    match rules.status(now) {
        Status::Stopped => Err(Barred::SaleStopped),
        Status::Ended => Err(Barred::SaleEnded),
        Status::Draft | Status::Upcoming | Status::Active | Status::Paused => Ok(()),
    }
}

/// Checks that a sale admits a shopper who is known so.
///
/// # Errors
/// When it does not.
pub fn check_identity(participation: Participation, identity: Identity) -> Result<(), Barred> {
    if participation.admits(identity) { Ok(()) } else { Err(Barred::SignIn { needed: participation }) }
}

/// Checks that a sale admits a shopper whose session shows so much.
///
/// # Errors
/// When it does not.
pub fn check_shown(check: Check, identity: Identity, shown: Shown) -> Result<(), Barred> {
    check.lacks(identity, shown).map_or(Ok(()), |needed| Err(Barred::Unchecked { needed }))
}

/// Checks what was asked for against the sale's items and bounds.
///
/// # Errors
/// When it does not fit them.
pub fn check_request(rules: &SaleRules, sku: &str, quantity: u32) -> Result<ItemNo, Barred> {
    let item = rules.item_no(sku).ok_or(Barred::UnknownItem)?;
    let max = rules.quantity_most();
    if (1..=max).contains(&quantity) { Ok(item) } else { Err(Barred::Quantity { max }) }
}

/// Checks a coupon against those of the sale.
///
/// # Errors
/// When it is none of them.
pub fn check_coupon(rules: &SaleRules, code: &str) -> Result<CouponNo, Barred> {
    rules.coupon_no(code).ok_or(Barred::UnknownCoupon)
}

/// A code that lets shoppers into a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessCode {
    /// What is kept of it: [`access_code_digest`].
    pub digest: [u8; 32],
    /// What the line counts it by.
    pub number: CodeNo,
    /// How many reservations may use it at most; `None` is without limit.
    pub uses_max: Option<u32>,
}

/// Checks an access code against those of a sale, which needs none if it has none. Gives back which one it is.
///
/// # Errors
/// When it is none of them.
pub fn check_access_code<'c>(codes: &'c [AccessCode], code: Option<&str>) -> Result<Option<&'c AccessCode>, Barred> {
    if codes.is_empty() {
        return Ok(None);
    }
    let code = code.filter(|code| code.chars().count() <= ACCESS_CODE_LENGTH_MAX).ok_or(Barred::AccessCode)?;
    // As it is kept today, and as it was kept when capitals counted.
    let given = [access_code_digest(code), Sha256::digest(code.trim()).into()];
    // Every code is compared, so that the time taken tells nothing.
    let is_it = |known: &AccessCode| {
        given.iter().fold(0, |found, given: &[u8; 32]| found | known.digest.ct_eq(given).unwrap_u8())
    };
    let found = codes.iter().fold(None, |found, known| if is_it(known) == 1 { Some(known) } else { found });
    found.map(Some).ok_or(Barred::AccessCode)
}

/// What is kept of an access code. Phones begin words with a capital: `Friends` is `friends`.
pub fn access_code_digest(code: &str) -> [u8; 32] {
    Sha256::digest(code.trim().to_lowercase()).into()
}

/// Checks that something of an item can be had or waited for, by what the line last said of all items: something is left,
/// or can come back, and standby is not full. A restock that no round has followed yet counts as left.
///
/// # Errors
/// When nothing can.
pub fn can_be_had(rules: &SaleRules, items: &[ItemCounts], item: ItemNo) -> Result<(), Barred> {
    let (Some(rule), Some(counts)) = (rules.item(item), items.get(item.index())) else { return Ok(()) };
    let is_restocked = rule.allocation > counts.allocated;
    if counts.nothing_to_have(rules.standby_max) && !is_restocked { Err(Barred::SoldOut) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ids::EventId;
    use crate::pricing::{Cut, Discount};
    use crate::rules::{CheckoutModel, Coupon, Item};
    use crate::time::{Pause, Pauses};

    fn rules() -> SaleRules {
        SaleRules {
            event: EventId(Uuid::nil()),
            version: 1,
            currency: "EUR".parse().expect("currency"),
            scheduled: true,
            opens_at: UnixMs(1_000_000),
            closes_at: UnixMs(2_000_000),
            lobby: None,
            stopped_at: None,
            pauses: Pauses::default(),
            checkout: CheckoutModel::Reservation,
            hold_ms: 60_000,
            standby_hold_ms: None,
            grace_ms: 0,
            per_shopper_max: 4,
            series: None,
            quantity_max: 5,
            standby_max: 10,
            items: vec![Item { sku: "MUG".to_owned(), list_minor: 1_000, discount: Discount::None, allocation: 100 }],
            coupons: vec![Coupon { code: "Spring".to_owned(), cut: Cut::PercentOff(500), uses_max: None }],
            code_uses_max: [].into(),
            hoarding: None,
            put_aside: [].into(),
        }
    }

    #[test]
    fn a_wish_must_fit_the_sale() {
        let asked = |sku, quantity| check_request(&rules(), sku, quantity).err();
        assert_eq!(asked("MUG", 1), None);
        assert_eq!(asked("MUG", 4), None);
        assert_eq!(asked("CAP", 1), Some(Barred::UnknownItem));
        assert_eq!(asked("MUG", 0), Some(Barred::Quantity { max: 4 }));
        assert_eq!(asked("MUG", 5), Some(Barred::Quantity { max: 4 }), "more than one shopper may have");
        assert!(check_coupon(&rules(), "SPRING").is_ok());
        for wrong in ["WINTER", "", &"x".repeat(10_000)] {
            assert_eq!(check_coupon(&rules(), wrong), Err(Barred::UnknownCoupon));
        }
    }

    #[test]
    fn the_window_and_the_overrides_decide_who_may_enter() {
        let at = |now, rules: &SaleRules| {
            has_opened(rules, UnixMs(now)).and_then(|()| is_not_over(rules, UnixMs(now))).err()
        };
        assert_eq!(at(999_999, &rules()), Some(Barred::NotStarted { in_ms: 1 }));
        assert_eq!(at(1_000_000, &rules()), None);
        assert_eq!(at(2_000_000, &rules()), Some(Barred::SaleEnded));
        let paused = SaleRules { pauses: Pauses(vec![Pause { from: UnixMs(900_000), until: None }]), ..rules() };
        assert_eq!(at(1_500_000, &paused), None, "a paused sale takes attempts");
        assert_eq!(at(950_000, &paused), Some(Barred::NotStarted { in_ms: 50_000 }));
        assert_eq!(at(2_500_000, &paused), None, "a pause holds the end");
        let stopped = SaleRules { stopped_at: Some(UnixMs(1)), ..rules() };
        assert_eq!(at(1_500_000, &stopped), Some(Barred::SaleStopped));
        let draft = SaleRules { scheduled: false, ..rules() };
        assert_eq!(at(1_500_000, &draft), Some(Barred::NoSuchSale));
    }

    #[test]
    fn sold_out_only_when_nothing_can_come_back_or_standby_is_full() {
        let counts = |held, sold, standby_len, allocated| ItemCounts {
            allocated,
            held,
            sold,
            standby_len,
            ..ItemCounts::default()
        };
        let sold_out = |counts: ItemCounts| can_be_had(&rules(), &[counts], ItemNo(0)) == Err(Barred::SoldOut);
        assert!(sold_out(counts(0, 100, 0, 100)));
        assert!(!sold_out(counts(1, 99, 9, 100)), "a reservation may come back");
        assert!(sold_out(counts(1, 99, 10, 100)), "standby is full");
        assert!(!sold_out(ItemCounts { capturing: 1, ..counts(0, 100, 0, 100) }), "a capture may fail");
        assert!(!sold_out(counts(0, 99, 0, 100)));
        assert!(!sold_out(counts(0, 90, 0, 90)), "the line has yet to follow a restock");
        assert_eq!(can_be_had(&rules(), &[counts(0, 100, 0, 100)], ItemNo(1)), Ok(()));
    }

    #[test]
    fn capitals_of_an_access_code_do_not_matter_unless_it_was_kept_when_they_did() {
        let code = |digest| AccessCode { digest, number: CodeNo(7), uses_max: None };
        let digests = |digest: [u8; 32]| vec![code(access_code_digest("other")), code(digest)];
        fn check(codes: &[AccessCode], given: Option<&str>) -> Result<(), Barred> {
            check_access_code(codes, given).map(|_| ())
        }
        let kept = digests(access_code_digest("freunde-ä"));
        for typed in ["freunde-ä", " Freunde-Ä ", "FREUNDE-Ä"] {
            assert_eq!(check(&kept, Some(typed)), Ok(()), "{typed}");
        }
        let kept = digests(Sha256::digest("Friends").into());
        assert_eq!(check(&kept, Some("Friends")), Ok(()), "as it was given out");
        for wrong in [None, Some("friends"), Some("friend"), Some(""), Some(&"x".repeat(10_000))] {
            assert_eq!(check(&kept, wrong), Err(Barred::AccessCode), "{wrong:?}");
        }
        assert_eq!(check(&[], None), Ok(()));
    }
}
