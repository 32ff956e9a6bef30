//! What is derived from addresses and codes, with a key: nobody who lacks it can compute an id from an address, or find a
//! code by trying all of them against its digest.

use ring::aead::{CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use ring::error::Unspecified;
use ring::hmac::{Context, HMAC_SHA256, Key, sign};
use sale::ids::ShopperId;
use secrecy::{ExposeSecret, SecretString};
use uuid::Builder;

use crate::address::Address;
use crate::code::Code;

/// As the `iss` of a customer's token is: who says that it is this shopper.
const ISSUER: &str = "email";
/// What the derived keys are for, one each.
const SHOPPER: &[u8] = b"flashline email shopper 1";
const ADDRESS: &[u8] = b"flashline email address 1";
const CODE: &[u8] = b"flashline email code 1";
const SEAL: &[u8] = b"flashline email letter 1";
const SIGN_OFF: &[u8] = b"flashline email sign-off 1";

/// The keys, all from the configured one.
pub struct Keys {
    shopper: Key,
    address: Key,
    code: Key,
    pub(crate) sign_off: Key,
    pub(crate) seal: LessSafeKey,
}

impl Keys {
    /// From the configured secret.
    ///
    /// # Errors
    /// Never in practice: the derived key has the cipher's length.
    pub fn new(secret: &SecretString) -> Result<Self, Unspecified> {
        let secret = Key::new(HMAC_SHA256, secret.expose_secret().as_bytes());
        let key = |purpose: &[u8]| Key::new(HMAC_SHA256, sign(&secret, purpose).as_ref());
        let seal = UnboundKey::new(&CHACHA20_POLY1305, sign(&secret, SEAL).as_ref())?;
        Ok(Self {
            shopper: key(SHOPPER),
            address: key(ADDRESS),
            code: key(CODE),
            sign_off: key(SIGN_OFF),
            seal: LessSafeKey::new(seal),
        })
    }

    /// Who somebody is here who has confirmed an address: the same at every door, on every device, for as long as the key is.
    pub fn shopper(&self, address: &Address) -> ShopperId {
        let mut id = [0; 16];
        id.copy_from_slice(&mac(&self.shopper, &[ISSUER, address.as_str()])[..16]);
        // A UUIDv8, as of the shop's customers: nobody takes it for one with a time in it.
        ShopperId(Builder::from_custom_bytes(id).into_uuid())
    }

    /// What the record knows an address by, for as long as it counts codes.
    pub fn address_digest(&self, address: &Address) -> [u8; 32] {
        mac(&self.address, &[address.as_str()])
    }

    /// What the record knows an address's code by.
    pub fn code_digest(&self, address: &Address, code: &Code) -> [u8; 32] {
        mac(&self.code, &[address.as_str(), code.as_str()])
    }
}

/// Their lengths go into it, so that no character can move from one part to the other.
pub(crate) fn mac(key: &Key, parts: &[&str]) -> [u8; 32] {
    let mut context = Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.sign().as_ref());
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str) -> Keys {
        Keys::new(&SecretString::from(secret)).expect("keys")
    }

    fn address(text: &str) -> Address {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_is_the_same_shopper_for_ever_and_only_with_the_key() {
        let (ours, others) =
            (keys("a key of at least thirty-two characters"), keys("another key of thirty-two characters"));
        let anna = ours.shopper(&address("Anna@Example.org"));
        // As computed elsewhere. Another value would make everybody somebody else.
        assert_eq!(anna.to_string(), "0ace82b9-03e3-8de4-b80d-b71486e85629");
        assert_eq!(anna, ours.shopper(&address("anna@example.org")));
        assert_eq!(anna.0.get_version_num(), 8);
        assert_ne!(anna, ours.shopper(&address("ben@example.org")));
        assert_ne!(anna, others.shopper(&address("anna@example.org")));
    }

    #[test]
    fn a_codes_digest_is_of_one_address_and_one_code() {
        let keys = keys("a key of at least thirty-two characters");
        let of = |who: &str, code: &str| keys.code_digest(&address(who), &code.parse().expect("a code"));
        let digest = of("anna@example.org", "012345");
        assert_eq!(digest, of("anna@example.org", "012-345"));
        assert_ne!(digest, of("anna@example.org", "012346"));
        assert_ne!(digest, of("ben@example.org", "012345"));
        assert_ne!(digest, keys.address_digest(&address("anna@example.org")));
    }
}
