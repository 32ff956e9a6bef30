//! What is checked before an attempt may take its place in the line. Everything here is memory: no attempt
//! waits for a server before it is in the line, but for one case (see [`looks_sold_out`]).
//!
//! These checks spare the line attempts that cannot succeed. None of them is the last word: the dispenser
//! checks again, in order.

mod guesses;
mod rate;

pub(crate) use guesses::{Guesses, Secret};
pub use rate::Rate;
pub(crate) use rate::Rates;

use catalogue::Sale;
use sale::ids::{CouponNo, ItemNo};
use sale::report::Progress;
use sale::rules::{SaleRules, Status};
use sale::time::UnixMs;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::problems::{ApiError, Kind};

/// A sale that opens later than this is asked for again after this time.
const ASK_AGAIN_MAX_S: u64 = 3_600;
/// Characters of a coupon or an access code.
const CODE_LENGTH_MAX: usize = 128;

/// Checks what was asked for against the sale's items and bounds.
pub(crate) fn check_wish(rules: &SaleRules, sku: &str, quantity: u32) -> Result<ItemNo, ApiError> {
    let Some(item) = rules.item_no(sku) else {
        return Err(Kind::Invalid.because("sku: not in this sale"));
    };
    let most = rules.quantity_max.min(rules.per_shopper_max);
    if !(1..=most).contains(&quantity) {
        return Err(Kind::Invalid.because(format!("quantity: from 1 to {most} in one attempt")));
    }
    Ok(item)
}

/// Checks a coupon against those of the sale.
pub(crate) fn check_coupon(rules: &SaleRules, code: &str) -> Result<CouponNo, ApiError> {
    if code.len() > CODE_LENGTH_MAX {
        return Err(Kind::Invalid.because("coupon: too long"));
    }
    rules.coupon_no(code).ok_or_else(|| Kind::Invalid.because("coupon: not valid in this sale"))
}

/// Checks that the sale has opened: before, nobody has an answer.
pub(crate) fn check_opened(rules: &SaleRules, now: UnixMs) -> Result<(), ApiError> {
    match rules.status(now) {
        Status::Draft => Err(Kind::NotFound.because("no such sale")),
        Status::Upcoming | Status::Active | Status::Paused if now < rules.opens_at => {
            let wait_s = rules.opens_at.ms_since(now).div_ceil(1_000);
            let again_s = u32::try_from(wait_s.clamp(1, ASK_AGAIN_MAX_S)).unwrap_or(1);
            Err(Kind::NotStarted.because(format!("the sale opens in {wait_s} s")).retry_after_s(again_s))
        }
        Status::Upcoming | Status::Active | Status::Paused | Status::Ended | Status::Stopped => Ok(()),
    }
}

/// Checks that the sale is not over. A paused sale takes attempts: they hold their place.
pub(crate) fn check_not_over(rules: &SaleRules, now: UnixMs) -> Result<(), ApiError> {
    match rules.status(now) {
        Status::Stopped => Err(Kind::SaleStopped.because("the organiser stopped this sale")),
        Status::Ended => Err(Kind::SaleEnded.because("the window of this sale has closed")),
        Status::Draft | Status::Upcoming | Status::Active | Status::Paused => Ok(()),
    }
}

/// Checks the access code, when the sale needs one.
pub(crate) fn check_access_code(sale: &Sale, code: Option<&str>) -> Result<(), ApiError> {
    if sale.access_codes.is_empty() {
        return Ok(());
    }
    let code = code.filter(|code| code.len() <= CODE_LENGTH_MAX);
    let wrong = || Kind::AccessCodeWrong.because("access_code: send one of the codes of this sale");
    let code = code.ok_or_else(wrong)?;
    // As it is kept today, and as it was kept when capitals counted.
    let digests = [access_code_digest(code), Sha256::digest(code.trim()).into()];
    // Every code is compared, so that the time taken tells nothing.
    let known = sale.access_codes.iter().fold(0, |known, code| {
        digests.iter().fold(known, |known, digest: &[u8; 32]| known | code.ct_eq(digest).unwrap_u8())
    });
    if known == 1 { Ok(()) } else { Err(wrong()) }
}

/// What is kept of an access code. Phones begin words with a capital: `Friends` is `friends`.
pub(crate) fn access_code_digest(code: &str) -> [u8; 32] {
    Sha256::digest(code.trim().to_lowercase()).into()
}

/// Whether nothing of an item can be had any more, by what the line last said: nothing is left, and nothing
/// can come back or standby is full. Not so while the line has yet to follow a restock.
pub(crate) fn looks_sold_out(rules: &SaleRules, progress: &Progress, item: ItemNo) -> bool {
    let (Some(rule), Some(counts)) = (rules.item(item), progress.items.get(item.index())) else { return false };
    let restocked = rule.allocation > counts.allocated;
    counts.nothing_to_have(rules.standby_max) && !restocked
}

#[cfg(test)]
mod tests;
