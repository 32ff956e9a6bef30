//! What limits who comes to the door how often, and what its rules ([`sale::admission`]) are called in the API.

mod codes;
mod guesses;
mod rate;
mod sign_outs;

pub(crate) use codes::Codes;
pub(crate) use guesses::Guesses;
pub(crate) use rate::Rates;
pub(crate) use sign_outs::SignOuts;

use sale::admission::Barred;
use sale::participation::Participation;

use crate::checks;
use crate::problems::{ApiError, Kind};

/// A sale that opens later than this is asked for again after this time.
const ASK_AGAIN_MAX_S: u64 = 3_600;

fn too_early(kind: Kind, what_comes: &str, in_ms: u64) -> ApiError {
    let wait_s = in_ms.div_ceil(1_000);
    kind.because(format!("{what_comes} in {wait_s} s")).retry_after_s(ask_again_s(in_ms))
}

fn ask_again_s(in_ms: u64) -> u32 {
    u32::try_from(in_ms.div_ceil(1_000).clamp(1, ASK_AGAIN_MAX_S)).unwrap_or(1)
}

impl From<Barred> for ApiError {
    fn from(barred: Barred) -> Self {
        match barred {
            Barred::NoSuchSale => Kind::NotFound.because("no such sale"),
            Barred::NotStarted { in_ms } => too_early(Kind::NotStarted, "the sale opens", in_ms),
            Barred::LobbyNotOpen { in_ms } => too_early(Kind::NotStarted, "its lobby opens", in_ms),
            Barred::LobbyClosed { in_ms } => Kind::LobbyClosed
                .because("the lobby has closed: who is in it is drawn; others may come from the opening on")
                .retry_after_s(ask_again_s(in_ms)),
            Barred::SaleStopped => Kind::SaleStopped.because("the organiser stopped this sale"),
            Barred::SaleEnded => Kind::SaleEnded.because("the window of this sale has closed"),
            Barred::UnknownItem => Kind::Invalid.because("sku: not in this sale"),
            Barred::Quantity { max } => Kind::Invalid.because(format!("quantity: from 1 to {max} in one attempt")),
            Barred::UnknownCoupon => Kind::Invalid.because("coupon: not valid in this sale"),
            Barred::AccessCode => Kind::AccessCodeWrong.because("access_code: send one of the codes of this sale"),
            Barred::SignIn { needed: Participation::Account } => Kind::SignInRequired.because(
                "sign in with an account first: POST /api/v1/sessions/account leads to where that is, and \
                 POST /api/v1/sessions/account/confirm gives a session; a customer token of the shop's does, too",
            ),
            Barred::SignIn { needed: Participation::Email | Participation::Anyone } => Kind::SignInRequired.because(
                "sign in first: POST /api/v1/sessions/email sends a code to an e-mail address, and with it \
                 POST /api/v1/sessions/email/confirm gives a session; an account or a customer token of the shop's does, too",
            ),
            Barred::Unchecked { needed } => checks::unchecked(needed),
            Barred::SoldOut => Kind::SoldOut.because(
                "nothing is left, and nothing can be waited for; what was sent before keeps its place and its answer",
            ),
        }
    }
}
