//! Signatures of webhooks: `t=<unix s>,v1=<hex HMAC-SHA256 of "{t}.{body}">`, after Stripe's scheme.
//! Several `v1` may stand side by side while keys are rotated.

use hmac::digest::CtOutput;
use hmac::{Hmac, KeyInit, Mac};
use sale::time::UnixMs;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The header that carries it.
pub const HEADER: &str = "flashline-signature";
/// How far the signature's time may be from ours, either way, in seconds.
const TOLERANCE_S: u64 = 300;
/// Parts of a header that are looked at: the time, a signature for each key while these are rotated, schemes to come.
const PARTS_MAX: usize = 16;
/// Signatures in a header.
const SIGNATURES_MAX: usize = 4;

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not of the form above.
    #[error(
        "the signature header must be t=<unix seconds>,v1=<64 hex digits>, with at most {SIGNATURES_MAX} signatures \
         and {PARTS_MAX} parts"
    )]
    Malformed,
    /// Signed too long ago (a replay), or by a clock far ahead.
    #[error("the signature is more than {TOLERANCE_S} s from now")]
    Stale,
    /// Not signed with a key of ours.
    #[error("the signature does not match")]
    Wrong,
}

/// What a header says, of a time that is near enough: worth reading the body for.
#[derive(Clone, Debug)]
pub struct Signed {
    seconds: u64,
    signatures: Vec<CtOutput<Hmac<Sha256>>>,
}

impl Signed {
    /// Reads a header, however long, in time that has a bound, and looks at its time.
    ///
    /// # Errors
    /// When it is not of the form above, or not of now.
    pub fn read(header: &str, now: UnixMs) -> Result<Self, SignatureError> {
        let (mut seconds, mut signatures) = (None, Vec::new());
        for (number, part) in header.split(',').enumerate() {
            match part.trim().split_once('=').filter(|_| number < PARTS_MAX).ok_or(SignatureError::Malformed)? {
                // A time that is no number is none, and without one the header is malformed.
                ("t", value) if seconds.is_none() => seconds = value.parse::<u64>().ok(),
                ("v1", value) if signatures.len() < SIGNATURES_MAX => {
                    let mut signature = [0; 32];
                    hex::decode_to_slice(value, &mut signature).map_err(|_| SignatureError::Malformed)?;
                    signatures.push(CtOutput::new(signature.into()));
                }
                ("t" | "v1", _) => return Err(SignatureError::Malformed),
                _ => {} // a scheme to come
            }
        }
        let seconds = seconds.filter(|_| !signatures.is_empty()).ok_or(SignatureError::Malformed)?;
        if (now.0 / 1_000).abs_diff(seconds) > TOLERANCE_S {
            return Err(SignatureError::Stale);
        }
        Ok(Self { seconds, signatures })
    }
}

/// The keys; the first signs, all verify.
#[derive(Clone)]
pub struct WebhookKeys(Vec<Hmac<Sha256>>);

impl WebhookKeys {
    /// From secrets separated by commas.
    pub fn new(secrets: &SecretString) -> Self {
        // An empty key is one that everybody has.
        let secrets = secrets.expose_secret().split(',').map(str::trim).filter(|secret| !secret.is_empty());
        // HMAC takes a key of any length, so none is lost here.
        Self(secrets.filter_map(|secret| Hmac::new_from_slice(secret.as_bytes()).ok()).collect())
    }

    /// The header's value for a body.
    pub fn sign(&self, body: &[u8], now: UnixMs) -> String {
        let seconds = now.0 / 1_000;
        let signature = self.0.first().map(|key| hex::encode(mac(key, seconds, body).finalize().into_bytes()));
        // Without a key there is no signature: nobody accepts an empty one.
        format!("t={seconds},v1={}", signature.unwrap_or_default())
    }

    /// Whether a body was signed with one of the keys: one computation for each key of ours, however many signatures
    /// are offered. Compares in constant time.
    ///
    /// # Errors
    /// When it was not.
    pub fn verify(&self, signed: &Signed, body: &[u8]) -> Result<(), SignatureError> {
        let matches = |key: &Hmac<Sha256>| {
            let ours = mac(key, signed.seconds, body).finalize();
            signed.signatures.contains(&ours)
        };
        if self.0.iter().any(matches) { Ok(()) } else { Err(SignatureError::Wrong) }
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
            prop_assert!(verdict("one", &text, b"body", NOW).is_err());
            prop_assert!(verdict("one", &parts, b"body", NOW).is_err());
        }

        #[test]
        fn what_was_signed_passes_for_five_minutes_either_way(
            body in proptest::collection::vec(any::<u8>(), 0..200), apart_s in 0u64..2_000,
        ) {
            let header = keys("one").sign(&body, NOW);
            for now in [UnixMs(NOW.0 + apart_s * 1_000), UnixMs(NOW.0 - apart_s * 1_000)] {
                prop_assert_eq!(verdict("one", &header, &body, now).is_ok(), apart_s <= TOLERANCE_S);
            }
        }
    }

    #[test]
    fn a_comma_too_many_is_no_key() {
        let nobodys = WebhookKeys(vec![Hmac::new_from_slice(b"").expect("any key fits")]);
        let header = nobodys.sign(b"body", NOW);
        for secrets in ["one,", ",one", "one,,two", ""] {
            assert_eq!(verdict(secrets, &header, b"body", NOW), Err(SignatureError::Wrong), "{secrets}");
        }
    }

    /// As it comes: the header first, then the body.
    fn verdict(secrets: &str, header: &str, body: &[u8], now: UnixMs) -> Result<(), SignatureError> {
        Signed::read(header, now).and_then(|signed| keys(secrets).verify(&signed, body))
    }

    const NOW: UnixMs = UnixMs(1_800_000_000_000);

    fn keys(secrets: &str) -> WebhookKeys {
        WebhookKeys::new(&SecretString::from(secrets))
    }

    #[test]
    fn signed_just_now_is_accepted() {
        let header = keys("one").sign(b"body", NOW);
        assert_eq!(verdict("one", &header, b"body", NOW.plus_ms(299_000)), Ok(()));
    }

    #[test]
    fn another_body_key_or_time_is_refused() {
        let header = keys("one").sign(b"body", NOW);
        assert_eq!(verdict("one", &header, b"Body", NOW), Err(SignatureError::Wrong));
        assert_eq!(verdict("two", &header, b"body", NOW), Err(SignatureError::Wrong));
        let moved = header.replace("t=1800000000", "t=1800000001");
        assert_eq!(verdict("one", &moved, b"body", NOW), Err(SignatureError::Wrong));
    }

    #[test]
    fn a_replay_is_refused_after_five_minutes() {
        let header = keys("one").sign(b"body", NOW);
        assert_eq!(verdict("one", &header, b"body", NOW.plus_ms(301_000)), Err(SignatureError::Stale));
    }

    #[test]
    fn rotated_keys_are_accepted_side_by_side() {
        let header = keys("old").sign(b"body", NOW);
        assert_eq!(verdict("new,old", &header, b"body", NOW), Ok(()));
        let both = format!("{header},v1={}", "00".repeat(32));
        assert_eq!(verdict("old", &both, b"body", NOW), Ok(()));
    }

    #[test]
    fn many_signatures_are_refused_before_any_is_computed() {
        let one = format!(",v1={}", "00".repeat(32));
        let header = |signatures: usize| format!("t={}{}", NOW.0 / 1_000, one.repeat(signatures));
        assert_eq!(verdict("one", &header(SIGNATURES_MAX), b"body", NOW), Err(SignatureError::Wrong));
        for many in [SIGNATURES_MAX + 1, 3_900] {
            assert_eq!(Signed::read(&header(many), NOW).err(), Some(SignatureError::Malformed), "{many}");
        }
        let schemes = format!("t=1{}", ",v9=x".repeat(3_900));
        assert_eq!(Signed::read(&schemes, NOW).err(), Some(SignatureError::Malformed));
    }

    /// What Stripe's own library (`stripe` 16 on PyPI, `WebhookSignature`) signs is verified here: the scheme is theirs.
    #[test]
    fn what_stripe_signs_is_verified() {
        const SECRET: &str = "whsec_of_at_least_thirty-two_characters";
        const SIGNED: &str = "t=1800000000,v1=19f1a23699850f543131a9fb21658dda541a8dd75db76381b6182b889a3f8806";
        let body = r#"{"id":"evt_1","reference":"payment ü"}"#.as_bytes();
        assert_eq!(verdict(SECRET, SIGNED, body, NOW), Ok(()));
        assert_eq!(keys(SECRET).sign(body, NOW), SIGNED, "and theirs would verify what is signed here");
    }

    #[test]
    fn nonsense_is_malformed() {
        for header in ["", "t=1", "v1=00", "t=x,v1=00", "t=1,v1=zz", "hello"] {
            assert_eq!(verdict("one", header, b"body", NOW), Err(SignatureError::Malformed), "{header}");
        }
    }
}
