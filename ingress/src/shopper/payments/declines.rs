//! Whoever tries cards, or one card with many sessions, is stopped by those that were declined.

use sqlx::PgConnection;

use super::{Wish, lock};
use crate::meters;
use crate::problems::{ApiError, Kind};

/// How long a declined payment counts against those who try further ones, in seconds.
const COUNT_FOR_S: u32 = 600;
/// When to come again, in seconds: those that were declined are forgotten one by one.
const FORGOTTEN_S: u32 = 60;
/// When to come again, in seconds, if others only wait for their bank.
const ANSWERED_S: u32 = 2;

/// Fails when so many payments of the address, the card or the shopper were declined that no more may be tried. Those
/// that may still be declined count too, so that many at once are no way around it: `max` is 0 where there is no limit.
pub(super) async fn check(transaction: &mut PgConnection, wish: &Wish<'_>, max: u32) -> Result<(), ApiError> {
    if max == 0 {
        return Ok(());
    }
    lock(transaction, &format!("payments of address {}", hex::encode(wish.address))).await?;
    if let Some(card) = wish.card {
        lock(transaction, &format!("payments with card {}", hex::encode(card))).await?;
    }
    let card = wish.card.as_ref().map(<[u8; 16]>::as_slice);
    // In one statement: a payment that is just being declined counts once.
    let counts = sqlx::query!(
        r#"SELECT greatest(address_declined, card_declined, shopper_declined) AS "declined!",
                  greatest(address_declined + address_open, card_declined + card_open,
                           shopper_declined + shopper_open) AS "tried!"
           FROM (SELECT
                  (SELECT count(*) FROM payments WHERE state = 'declined' AND address_fingerprint = $1
                     AND updated_at > now() - make_interval(secs => $4)) AS address_declined,
                  (SELECT count(*) FROM payments WHERE state IN ('requested', 'authorising')
                     AND address_fingerprint = $1) AS address_open,
                  (SELECT count(*) FROM payments WHERE state = 'declined' AND card_fingerprint = $2
                     AND updated_at > now() - make_interval(secs => $4)) AS card_declined,
                  (SELECT count(*) FROM payments WHERE state IN ('requested', 'authorising')
                     AND card_fingerprint = $2) AS card_open,
                  (SELECT count(*) FROM payments WHERE state = 'declined' AND shopper_id = $3
                     AND updated_at > now() - make_interval(secs => $4)) AS shopper_declined,
                  (SELECT count(*) FROM payments WHERE state IN ('requested', 'authorising')
                     AND shopper_id = $3) AS shopper_open) AS counts"#,
        &wish.address,
        card,
        wish.shopper.0,
        f64::from(COUNT_FOR_S)
    )
    .fetch_one(transaction)
    .await?;
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
