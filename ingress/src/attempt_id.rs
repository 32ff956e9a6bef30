//! Attempt ids are derived, not drawn: the same click is always the same attempt, on every ingress.
//!
//! ```text
//! bytes 0–7    HMAC(key, event, shopper, Idempotency-Key): names the click
//! bytes 8–11   HMAC(key, item, quantity, coupon): names what was asked for
//! bytes 12–15  HMAC(key, event, shopper, bytes 0–11): the seal
//! ```
//! Bytes 6 and 8 carry the version and variant bits of a UUIDv8. The seal binds an id to its event and its
//! shopper: nobody can read, cancel or pay the attempt of somebody else, and a guessed id never gets as far
//! as a look-up.

use ring::hmac::{Context, HMAC_SHA256, Key};
use sale::ids::{AttemptId, EventId, ShopperId};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use uuid::Uuid;

const CLICK: u8 = 1;
const BODY: u8 = 2;
const SEAL: u8 = 3;
const FINGERPRINT: u8 = 4;
const INVITATION: u8 = 5;

/// Version 8 in byte 6, the RFC 9562 variant in byte 8.
const VERSION_8: u8 = 0x80;
const VARIANT: u8 = 0x80;

/// What was asked for, in the one form in which two equal wishes are equal bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'r> {
    pub(crate) sku: &'r str,
    pub(crate) quantity: u32,
    pub(crate) coupon: Option<&'r str>,
}

/// The key that ids are derived with.
#[derive(Clone)]
pub(crate) struct AttemptIds {
    key: Key,
}

impl AttemptIds {
    /// From the configured secret.
    pub(crate) fn new(secret: &SecretString) -> Self {
        Self { key: Key::new(HMAC_SHA256, secret.expose_secret().as_bytes()) }
    }

    /// The id of an attempt.
    pub(crate) fn derive(&self, event: EventId, shopper: ShopperId, key: &str, wish: Wish<'_>) -> AttemptId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.mac(CLICK, &[event.0.as_bytes(), shopper.0.as_bytes(), key.as_bytes()])[..8]);
        bytes[8..12].copy_from_slice(&self.body(wish));
        bytes[6] = bytes[6] & 0x0f | VERSION_8;
        bytes[8] = bytes[8] & 0x3f | VARIANT;
        let seal = self.seal(event, shopper, &bytes);
        bytes[12..].copy_from_slice(&seal);
        AttemptId(Uuid::from_bytes(bytes))
    }

    /// Whether this id was given to this shopper, for this event.
    pub(crate) fn is_of(&self, id: AttemptId, event: EventId, shopper: ShopperId) -> bool {
        let bytes = id.0.as_bytes();
        self.seal(event, shopper, bytes).ct_eq(&bytes[12..]).into()
    }

    /// What tells that something came before, and not what it was.
    pub(crate) fn fingerprint(&self, kind: &str, what: &[u8]) -> [u8; 16] {
        let mut half = [0; 16];
        half.copy_from_slice(&self.mac(FINGERPRINT, &[kind.as_bytes(), &[0], what])[..16]);
        half
    }

    fn body(&self, wish: Wish<'_>) -> [u8; 4] {
        let coupon = wish.coupon.map(str::to_ascii_uppercase);
        // The SKU ends at its length, so that no other split of the same bytes means the same.
        let sku_len = wish.sku.len().to_le_bytes();
        let coupon_known = [u8::from(coupon.is_some())];
        let coupon = coupon.unwrap_or_default();
        let quantity = wish.quantity.to_le_bytes();
        first_four(&self.mac(BODY, &[&sku_len, wish.sku.as_bytes(), &quantity, &coupon_known, coupon.as_bytes()]))
    }

    fn seal(&self, event: EventId, shopper: ShopperId, id: &[u8; 16]) -> [u8; 4] {
        first_four(&self.mac(SEAL, &[event.0.as_bytes(), shopper.0.as_bytes(), &id[..12]]))
    }

    /// What a list of a sale's knows a shopper by who is invited.
    pub(crate) fn invitation(&self, event: EventId, shopper: ShopperId) -> [u8; 16] {
        let mut digest = [0; 16];
        digest.copy_from_slice(&self.mac(INVITATION, &[event.0.as_bytes(), shopper.0.as_bytes()])[..16]);
        digest
    }

    fn mac(&self, purpose: u8, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Context::with_key(&self.key);
        mac.update(&[purpose]);
        parts.iter().for_each(|part| mac.update(part));
        let mut whole = [0; 32];
        whole.copy_from_slice(mac.sign().as_ref());
        whole
    }
}

/// The part of an id that names what was asked for.
pub(crate) fn body_part(id: AttemptId) -> [u8; 4] {
    first_four(&id.0.as_bytes()[8..])
}

fn first_four(bytes: &[u8]) -> [u8; 4] {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[..4]);
    four
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_guess_is_nobodys(guess in any::<u128>(), n in any::<u64>()) {
            let (event, shopper) = who(n.into());
            prop_assert!(!ids().is_of(AttemptId(Uuid::from_u128(guess)), event, shopper));
        }

        #[test]
        fn what_was_given_is_theirs(
            n in any::<u64>(), key in any::<String>(), sku in any::<String>(), quantity in any::<u32>(),
            coupon in any::<Option<String>>(),
        ) {
            let (event, shopper) = who(n.into());
            let id = ids().derive(event, shopper, &key, Wish { sku: &sku, quantity, coupon: coupon.as_deref() });
            prop_assert!(ids().is_of(id, event, shopper));
            let read: AttemptId = id.to_string().parse().expect("an id");
            prop_assert_eq!(read, id);
        }

        #[test]
        fn no_text_panics(text in any::<String>(), hex in "[0-9a-fA-F{}-]{0,40}") {
            let _ = (text.parse::<AttemptId>(), hex.parse::<AttemptId>());
        }
    }

    const WISH: Wish<'static> = Wish { sku: "MUG", quantity: 2, coupon: Some("spring") };

    fn ids() -> AttemptIds {
        AttemptIds::new(&SecretString::from("a key of at least thirty-two characters"))
    }

    fn who(n: u128) -> (EventId, ShopperId) {
        (EventId(Uuid::from_u128(n)), ShopperId(Uuid::from_u128(n + 1_000)))
    }

    #[test]
    fn the_same_click_is_the_same_attempt() {
        let (event, shopper) = who(1);
        let id = ids().derive(event, shopper, "k", WISH);
        assert_eq!(ids().derive(event, shopper, "k", WISH), id);
        let upper = Wish { coupon: Some("SPRING"), ..WISH };
        assert_eq!(ids().derive(event, shopper, "k", upper), id, "coupons are compared without regard to case");
        assert_eq!((id.0.get_version_num(), id.0.get_variant()), (8, uuid::Variant::RFC4122));
    }

    #[test]
    fn the_same_key_with_another_wish_shares_the_key_half_only() {
        let (event, shopper) = who(1);
        let id = ids().derive(event, shopper, "k", WISH);
        for other in [
            Wish { quantity: 1, ..WISH },
            Wish { sku: "CAP", ..WISH },
            Wish { coupon: None, ..WISH },
            Wish { coupon: Some(""), ..WISH },
        ] {
            let other = ids().derive(event, shopper, "k", other);
            assert_eq!(other.key(), id.key());
            assert_ne!(body_part(other), body_part(id));
        }
        assert_ne!(ids().derive(event, shopper, "other", WISH).key(), id.key());
    }

    #[test]
    fn fingerprints_differ_by_what_and_by_kind() {
        let of = |kind, what: &str| ids().fingerprint(kind, what.as_bytes());
        assert_eq!(of("card", "tok_1"), of("card", "tok_1"));
        assert_ne!(of("card", "tok_1"), of("card", "tok_2"));
        assert_ne!(of("card", "tok_1"), of("address", "tok_1"));
    }

    #[test]
    fn an_id_belongs_to_one_shopper_and_one_event() {
        let ((event, shopper), (other_event, other_shopper)) = (who(1), who(2));
        let id = ids().derive(event, shopper, "k", WISH);
        assert!(ids().is_of(id, event, shopper));
        assert!(!ids().is_of(id, event, other_shopper));
        assert!(!ids().is_of(id, other_event, shopper));
        assert_ne!(ids().derive(event, other_shopper, "k", WISH).key(), id.key());
    }

    #[test]
    fn changing_any_byte_breaks_the_seal() {
        let (event, shopper) = who(1);
        let id = ids().derive(event, shopper, "k", WISH);
        for index in 0..16 {
            let mut bytes = *id.0.as_bytes();
            bytes[index] ^= 1;
            assert!(!ids().is_of(AttemptId(Uuid::from_bytes(bytes)), event, shopper), "byte {index}");
        }
        assert!(!ids().is_of(AttemptId(Uuid::nil()), event, shopper));
        let other_key = AttemptIds::new(&SecretString::from("another key of thirty-two characters!!"));
        assert!(!other_key.is_of(id, event, shopper));
    }
}
