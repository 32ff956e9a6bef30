//! A customer of the shop signs in: by a token that the shop has signed.

use std::net::IpAddr;

use customer::{Customer, Refusal};
use record::{PgPool, customers};
use session::{Holder, Proof};

use crate::callers::Callers;
use crate::meters::{SIGN_INS, SignIn};
use crate::problems::{ApiError, Kind};

/// When the shop's keys may be asked for again, in seconds.
const KEYS_AGAIN_S: u32 = 10;

/// Whom a customer token is for.
pub(super) async fn sign_in(
    callers: &Callers,
    pool: &PgPool,
    address: IpAddr,
    token: &str,
) -> Result<Holder, ApiError> {
    let Some(known) = &callers.customers else {
        return Err(
            Kind::NoCustomers.because("customer_token: leave it out; FLASHLINE_CUSTOMER_ISSUER is not set here")
        );
    };
    callers.guesses.may_sign_in(address)?;
    let customer = known.whom(token).await.map_err(|refusal| {
        if is_forged(refusal) {
            callers.guesses.forged(address);
        }
        refused(refusal)
    })?;
    let holder = enter(callers, pool, known.issuer(), customer).await?;
    SIGN_INS.one(SignIn::SignedIn);
    Ok(holder)
}

/// Whom an issuer has named. They are in the record before they have a session: with the database away nobody new
/// signs in, and whoever has a session goes on.
pub(super) async fn enter(
    callers: &Callers,
    pool: &PgPool,
    issuer: &str,
    customer: Customer,
) -> Result<Holder, ApiError> {
    callers.rates.shopper(customer.shopper)?;
    customers::signs_in(pool, customer.shopper, issuer, &customer.reference).await?;
    Ok(Holder { shopper: customer.shopper, proof: Proof::Customer(customer.reference) })
}

/// Whether the shop cannot have made such a token. One that came late, or to the wrong place, is nobody's guess.
fn is_forged(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::Unreadable(_) | Refusal::UnknownKey | Refusal::Signature)
}

fn refused(refusal: Refusal) -> ApiError {
    let (kind, counted) = match refusal {
        Refusal::Expired => (Kind::CustomerTokenExpired, SignIn::Expired),
        Refusal::Issuer | Refusal::Audience => (Kind::CustomerTokenForeign, SignIn::Foreign),
        Refusal::Unreadable(_) | Refusal::Early | Refusal::Signature | Refusal::Nonce => {
            (Kind::CustomerTokenInvalid, SignIn::Invalid)
        }
        Refusal::UnknownKey => (Kind::CustomerKeyUnknown, SignIn::UnknownKey),
        Refusal::KeysAway => (Kind::CustomerKeysUnavailable, SignIn::KeysAway),
    };
    SIGN_INS.one(counted);
    let problem = kind.because(format!("customer_token: {refusal}"));
    if refusal == Refusal::KeysAway { problem.retry_after_s(KEYS_AGAIN_S) } else { problem }
}
