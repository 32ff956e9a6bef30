//! Signatures of webhooks: `t=<unix s>,v1=<hex HMAC-SHA256 of "{t}.{body}">`, after Stripe's scheme.
//! Several `v1` may stand side by side while keys are rotated.

use hmac::{Hmac, KeyInit, Mac};
use sale::time::UnixMs;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The header that carries it.
pub const HEADER: &str = "flashline-signature";
/// How far the signature's time may be from ours, either way, in seconds.
const TOLERANCE_S: u64 = 300;

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not of the form above.
    #[error("the signature header must be t=<unix seconds>,v1=<hex>")]
    Malformed,
    /// Signed too long ago (a replay), or by a clock far ahead.
    #[error("the signature is more than {TOLERANCE_S} s from now")]
    Stale,
    /// Not signed with a key of ours.
    #[error("the signature does not match")]
    Wrong,
}

/// The keys; the first signs, all verify.
#[derive(Clone)]
pub struct Keys(Vec<Hmac<Sha256>>);

impl Keys {
    /// From secrets separated by commas.
    pub fn new(secrets: &SecretString) -> Self {
        // An empty key is one that everybody has.
        let secrets = secrets.expose_secret().split(',').map(str::trim).filter(|secret| !secret.is_empty());
        Self(secrets.filter_map(|secret| Hmac::new_from_slice(secret.as_bytes()).ok()).collect())
    }

    /// The header's value for a body.
    pub fn sign(&self, body: &[u8], now: UnixMs) -> String {
        let seconds = now.0 / 1_000;
        let signature = self.0.first().map(|key| hex::encode(mac(key, seconds, body).finalize().into_bytes()));
        format!("t={seconds},v1={}", signature.unwrap_or_default())
    }

    /// Whether a body was signed with one of the keys, just now. Compares in constant time.
    ///
    /// # Errors
    /// When not, why.
    pub fn verify(&self, header: &str, body: &[u8], now: UnixMs) -> Result<(), SignatureError> {
        let (mut seconds, mut signatures) = (None, Vec::new());
        for part in header.split(',') {
            match part.trim().split_once('=').ok_or(SignatureError::Malformed)? {
                ("t", value) => seconds = value.parse::<u64>().ok(),
                ("v1", value) => signatures.push(hex::decode(value).map_err(|_| SignatureError::Malformed)?),
                _ => {} // a scheme to come
            }
        }
        let seconds = seconds.ok_or(SignatureError::Malformed)?;
        if signatures.is_empty() {
            return Err(SignatureError::Malformed);
        }
        let matches = |key: &Hmac<Sha256>| {
            signatures.iter().any(|signature| mac(key, seconds, body).verify_slice(signature).is_ok())
        };
        if !self.0.iter().any(matches) {
            return Err(SignatureError::Wrong);
        }
        // Only now: an attacker learns nothing about our clock.
        if (now.0 / 1_000).abs_diff(seconds) > TOLERANCE_S {
            return Err(SignatureError::Stale);
        }
        Ok(())
    }
}

fn mac(key: &Hmac<Sha256>, seconds: u64, body: &[u8]) -> Hmac<Sha256> {
    key.clone().chain_update(seconds.to_string()).chain_update(b".").chain_update(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_header_passes_nor_panics(
            text in any::<String>(),
            parts in "(t=-?[0-9]{0,30}|v1=[0-9a-f]{0,70}|v2=x)(,(t=[0-9]{0,20}|v1=[0-9a-f]{64})){0,6}",
        ) {
            prop_assert!(keys("one").verify(&text, b"body", NOW).is_err());
            prop_assert!(keys("one").verify(&parts, b"body", NOW).is_err());
        }

        #[test]
        fn what_was_signed_passes_for_five_minutes_either_way(
            body in proptest::collection::vec(any::<u8>(), 0..200), apart_s in 0u64..2_000,
        ) {
            let header = keys("one").sign(&body, NOW);
            for now in [UnixMs(NOW.0 + apart_s * 1_000), UnixMs(NOW.0 - apart_s * 1_000)] {
                prop_assert_eq!(keys("one").verify(&header, &body, now).is_ok(), apart_s <= TOLERANCE_S);
            }
        }
    }

    #[test]
    fn a_comma_too_many_is_no_key() {
        let nobodys = Keys(vec![Hmac::new_from_slice(b"").expect("any key fits")]);
        let header = nobodys.sign(b"body", NOW);
        for secrets in ["one,", ",one", "one,,two", ""] {
            assert_eq!(keys(secrets).verify(&header, b"body", NOW), Err(SignatureError::Wrong), "{secrets}");
        }
    }

    const NOW: UnixMs = UnixMs(1_800_000_000_000);

    fn keys(secrets: &str) -> Keys {
        Keys::new(&SecretString::from(secrets))
    }

    #[test]
    fn signed_just_now_is_accepted() {
        let header = keys("one").sign(b"body", NOW);
        assert_eq!(keys("one").verify(&header, b"body", NOW.plus_ms(299_000)), Ok(()));
    }

    #[test]
    fn another_body_key_or_time_is_refused() {
        let header = keys("one").sign(b"body", NOW);
        assert_eq!(keys("one").verify(&header, b"Body", NOW), Err(SignatureError::Wrong));
        assert_eq!(keys("two").verify(&header, b"body", NOW), Err(SignatureError::Wrong));
        let moved = header.replace("t=18", "t=19");
        assert_eq!(keys("one").verify(&moved, b"body", NOW), Err(SignatureError::Wrong));
    }

    #[test]
    fn a_replay_is_refused_after_five_minutes() {
        let header = keys("one").sign(b"body", NOW);
        assert_eq!(keys("one").verify(&header, b"body", NOW.plus_ms(301_000)), Err(SignatureError::Stale));
    }

    #[test]
    fn rotated_keys_are_accepted_side_by_side() {
        let header = keys("old").sign(b"body", NOW);
        assert_eq!(keys("new,old").verify(&header, b"body", NOW), Ok(()));
        let both = format!("{header},v1={}", "00".repeat(32));
        assert_eq!(keys("old").verify(&both, b"body", NOW), Ok(()));
    }

    #[test]
    fn nonsense_is_malformed() {
        for header in ["", "t=1", "v1=00", "t=x,v1=00", "t=1,v1=zz", "hello"] {
            assert_eq!(keys("one").verify(header, b"body", NOW), Err(SignatureError::Malformed), "{header}");
        }
    }
}
