//! What people prove with that they are who has an account: a password, and a code of a second factor.

mod factor;
mod passwords;

use hmac::{Hmac, KeyInit, Mac};
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use uuid::Uuid;

pub(crate) use factor::Factor;
pub(crate) use passwords::{PASSWORD_MAX, Passwords, check_password};

/// What the derived keys are for, one each.
const FACTOR: &[u8] = b"flashline people factor 1";
const RECOVERY: &[u8] = b"flashline people recovery code 1";
const ADDRESS: &[u8] = b"flashline people address 1";
/// Codes that somebody is given when they join.
pub(crate) const RECOVERY_CODES: usize = 10;
/// What recovery codes are made of: no sign that is taken for another. 32 of them: 5 bits each.
const SIGNS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// Signs of a recovery code, in two halves.
const CODE_LENGTH: usize = 12;

/// Passwords, and the keys that are not in the record.
pub(crate) struct People {
    pub(crate) passwords: Passwords,
    factor: Hmac<Sha256>,
    recovery: Hmac<Sha256>,
    address: Hmac<Sha256>,
}

impl People {
    /// With keys that follow from a configured one.
    pub(crate) fn new(secret: &SecretString) -> Self {
        let key = |purpose: &[u8]| {
            let derived = keyed(secret.expose_secret().as_bytes()).chain_update(purpose).finalize().into_bytes();
            keyed(&derived)
        };
        Self { passwords: Passwords::default(), factor: key(FACTOR), recovery: key(RECOVERY), address: key(ADDRESS) }
    }

    /// The second factor of somebody: follows from the key and a salt, so that nothing that the record holds makes codes.
    pub(crate) fn factor(&self, person: Uuid, salt: &[u8; 32]) -> Factor {
        let secret = self.factor.clone().chain_update(person.as_bytes()).chain_update(salt).finalize().into_bytes();
        Factor::new(secret.into())
    }

    /// What failures with an address are counted by.
    pub(crate) fn address_digest(&self, address: &str) -> [u8; 32] {
        self.address.clone().chain_update(address).finalize().into_bytes().into()
    }

    /// What the record knows a recovery code of somebody by, however it was typed; none if it cannot be one.
    pub(crate) fn code_digest(&self, person: Uuid, typed: &str) -> Option<[u8; 32]> {
        let signs: Vec<u8> =
            typed.bytes().filter(u8::is_ascii_alphanumeric).map(|sign| sign.to_ascii_lowercase()).collect();
        (signs.len() == CODE_LENGTH).then(|| {
            self.recovery.clone().chain_update(person.as_bytes()).chain_update(&signs).finalize().into_bytes().into()
        })
    }
}

/// New recovery codes, as they are shown.
pub(crate) fn recovery_codes() -> Vec<String> {
    let mut random = rand::rng();
    let mut code = || -> String {
        let signs: String = (0..CODE_LENGTH).map(|_| char::from(SIGNS[random.random_range(0..SIGNS.len())])).collect();
        let (one, other) = signs.split_at(CODE_LENGTH / 2);
        format!("{one}-{other}")
    };
    (0..RECOVERY_CODES).map(|_| code()).collect()
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_of_one_person_and_one_key_however_it_is_typed() {
        let [ours, others] = ["one key of many characters", "another one"].map(|key| People::new(&key.into()));
        let (anna, ben) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let codes = recovery_codes();
        assert_eq!(codes.len(), RECOVERY_CODES);
        let digest = ours.code_digest(anna, &codes[0]);
        assert!(digest.is_some());
        assert_eq!(digest, ours.code_digest(anna, &format!(" {} ", codes[0].to_uppercase().replace('-', " "))));
        for other in [
            ours.code_digest(anna, &codes[1]),
            ours.code_digest(ben, &codes[0]),
            others.code_digest(anna, &codes[0]),
            ours.code_digest(anna, "123456"),
        ] {
            assert_ne!(digest, other);
        }
    }

    #[test]
    fn a_factor_follows_from_key_person_and_salt() {
        let [ours, others] = ["one key of many characters", "another one"].map(|key| People::new(&key.into()));
        let (anna, ben) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let secret = |people: &People, who, salt| people.factor(who, &[salt; 32]).secret();
        assert_eq!(secret(&ours, anna, 1), secret(&ours, anna, 1));
        assert_eq!(secret(&ours, anna, 1).len(), 32, "160 bits");
        for other in [secret(&ours, ben, 1), secret(&ours, anna, 2), secret(&others, anna, 1)] {
            assert_ne!(secret(&ours, anna, 1), other);
        }
    }
}
