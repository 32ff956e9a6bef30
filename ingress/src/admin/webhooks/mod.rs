//! Webhooks: the shop's endpoints, and what they were told. The order-worker tells them.

pub(super) mod deliveries;
mod described;
pub(super) mod endpoints;
pub(super) mod resend;
pub(super) mod secret;

pub(crate) use described::describe;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sale::notice::NoticeType;
use secrecy::SecretString;
use utoipa::ToSchema;

use crate::problems::{ApiError, Kind};

/// As the API names it.
#[derive(ToSchema)]
#[schema(as = NoticeType)]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum NoticeTypeSchema {
    #[schema(rename = "reservation.granted")]
    ReservationGranted,
    #[schema(rename = "reservation.granted_from_standby")]
    ReservationGrantedFromStandby,
    #[schema(rename = "reservation.expired")]
    ReservationExpired,
    #[schema(rename = "reservation.given_back")]
    ReservationGivenBack,
    #[schema(rename = "reservation.converted")]
    ReservationConverted,
    #[schema(rename = "order.paid")]
    OrderPaid,
    #[schema(rename = "order.refunded")]
    OrderRefunded,
    #[schema(rename = "order.refund_failed")]
    OrderRefundFailed,
    #[schema(rename = "sale.opened")]
    SaleOpened,
    #[schema(rename = "sale.paused")]
    SalePaused,
    #[schema(rename = "sale.resumed")]
    SaleResumed,
    #[schema(rename = "sale.sold_out")]
    SaleSoldOut,
    #[schema(rename = "sale.ended")]
    SaleEnded,
    #[schema(rename = "sale.stopped")]
    SaleStopped,
}

/// Bytes of a secret; the specification allows 24 to 64.
const SECRET_BYTES: usize = 32;

/// A new secret: for the answer, and for the record.
fn new_secret() -> (String, SecretString) {
    let secret = format!("whsec_{}", BASE64_STANDARD.encode(rand::random::<[u8; SECRET_BYTES]>()));
    (secret.clone(), SecretString::from(secret))
}

/// The types with these words, each once.
fn types_of(words: &[String]) -> Result<Vec<NoticeType>, ApiError> {
    let mut types = Vec::new();
    for word in words {
        match NoticeType::of_word(word).ok().filter(|kind| kind.can_be_wanted()) {
            Some(kind) if types.contains(&kind) => {}
            Some(kind) => types.push(kind),
            None => {
                let known = NoticeType::ALL.iter().filter(|kind| kind.can_be_wanted()).map(|kind| kind.word());
                let known = known.collect::<Vec<_>>().join(", ");
                return Err(Kind::Invalid.because(format!("types: each one of {known}")));
            }
        }
    }
    if types.is_empty() { Err(Kind::Invalid.because("types: at least one")) } else { Ok(types) }
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    use super::*;

    #[test]
    fn the_description_names_every_type_that_can_be_asked_for() {
        let described = serde_json::to_value(NoticeTypeSchema::schema()).expect("JSON");
        let types: Vec<&str> =
            NoticeType::ALL.iter().filter(|kind| kind.can_be_wanted()).map(|kind| kind.word()).collect();
        assert_eq!(described["enum"], serde_json::json!(types));
    }
}
