//! Whoever tries cards, or one card with many sessions, is stopped by those that were declined.

use std::time::Duration;

use record::PgConnection;
use record::payments::{self, About};

use super::PaymentWish;
use crate::meters;
use crate::problems::{ApiError, Kind};

/// How long a declined payment counts against those who try further ones.
const COUNT_FOR: Duration = Duration::from_secs(600);
/// When to come again, in seconds: those that were declined are forgotten one by one.
const FORGOTTEN_S: u32 = 60;
/// When to come again, in seconds, if others only wait for their bank.
const ANSWERED_S: u32 = 2;

/// Fails when so many payments of the address, the card or the shopper were declined that no more may be tried. Those
/// that may still be declined count too, so that many at once are no way around it: `max` is 0 where there is no limit.
pub(super) async fn check(transaction: &mut PgConnection, wish: &PaymentWish<'_>, max: u32) -> Result<(), ApiError> {
    if max == 0 {
        return Ok(());
    }
    payments::lock(transaction, About::Address(wish.address)).await?;
    if let Some(card) = wish.card {
        payments::lock(transaction, About::Card(card)).await?;
    }
    let counts = payments::count_declines(transaction, wish.address, wish.card, wish.shopper, COUNT_FOR).await?;
    let max = i64::from(max);
    if counts.tried < max {
        return Ok(());
    }
    meters::PAYMENTS_REFUSED.one();
    if counts.declined >= max {
        let detail = "too many payments from here, or with this card, were declined; try again later";
        return Err(Kind::TooManyDeclines.because(detail).retry_after_s(FORGOTTEN_S));
    }
    let detail = "as many payments from here, or with this card, wait for their bank as may be; try again in a moment";
    Err(Kind::RateLimited.because(detail).retry_after_s(ANSWERED_S))
}
