//! What limits who comes to the door how often, and what its rules ([`sale::admission`]) are called in the API.

mod guesses;
mod rate;

pub(crate) use guesses::Guesses;
pub(crate) use rate::Rates;

use sale::admission::Barred;

use crate::problems::{ApiError, Kind};

/// A sale that opens later than this is asked for again after this time.
const ASK_AGAIN_MAX_S: u64 = 3_600;

impl From<Barred> for ApiError {
    fn from(barred: Barred) -> Self {
        match barred {
            Barred::NoSuchSale => Kind::NotFound.because("no such sale"),
            Barred::NotStarted { in_ms } => {
                let wait_s = in_ms.div_ceil(1_000);
                let again_s = u32::try_from(wait_s.clamp(1, ASK_AGAIN_MAX_S)).unwrap_or(1);
                Kind::NotStarted.because(format!("the sale opens in {wait_s} s")).retry_after_s(again_s)
            }
            Barred::SaleStopped => Kind::SaleStopped.because("the organiser stopped this sale"),
            Barred::SaleEnded => Kind::SaleEnded.because("the window of this sale has closed"),
            Barred::UnknownItem => Kind::Invalid.because("sku: not in this sale"),
            Barred::Quantity { max } => Kind::Invalid.because(format!("quantity: from 1 to {max} in one attempt")),
            Barred::UnknownCoupon => Kind::Invalid.because("coupon: not valid in this sale"),
            Barred::AccessCode => Kind::AccessCodeWrong.because("access_code: send one of the codes of this sale"),
            Barred::SoldOut => Kind::SoldOut.because("nothing is left, and nothing can be waited for"),
        }
    }
}
