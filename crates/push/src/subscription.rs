//! A browser, as it wants to be reached; and what is encrypted for it alone.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use url::Url;
use web_push_native::p256::PublicKey;
use web_push_native::{Auth, encrypt};

/// Bytes of the secret that a browser shares with who sends.
const SECRET_BYTES: usize = 16;
/// Bytes of a message that every push service takes (RFC 8030, section 7.2), without what encryption adds.
const MESSAGE_BYTES_MAX: usize = 3_000;

/// What a browser's `PushSubscription` says. Where it is reached is a secret of a kind: whoever knows it, and has our key, can
/// write to it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Where its push service takes messages for it.
    pub endpoint: String,
    /// Its public key (P-256), as base64 for URLs.
    pub p256dh: String,
    /// The secret that it shares with who sends, as base64 for URLs.
    pub auth: String,
}

/// Why something is no subscription, or a message cannot go there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionProblem {
    /// The key is no point of P-256.
    #[error("p256dh: a public key of P-256, as base64 for URLs")]
    Key,
    /// The secret has another length.
    #[error("auth: 16 bytes, as base64 for URLs")]
    Secret,
    /// The message is longer than push services take.
    #[error("the message is too long")]
    TooLong,
}

impl Subscription {
    /// What is wrong with its keys, if anything. Whether the endpoint may be called is another matter.
    pub fn problem(&self) -> Option<SubscriptionProblem> {
        self.keys().err()
    }

    /// The host of its push service.
    pub fn host(&self) -> Option<String> {
        Url::parse(&self.endpoint).ok()?.host_str().map(str::to_owned)
    }

    /// A message that this browser alone can read.
    ///
    /// # Errors
    /// When the keys are none, or the message is too long.
    pub fn seal(&self, message: Vec<u8>) -> Result<Vec<u8>, SubscriptionProblem> {
        let (key, secret) = self.keys()?;
        if message.len() > MESSAGE_BYTES_MAX {
            return Err(SubscriptionProblem::TooLong);
        }
        encrypt(message, &key, &secret).map_err(|_| SubscriptionProblem::TooLong)
    }

    fn keys(&self) -> Result<(PublicKey, Auth), SubscriptionProblem> {
        let key = bytes(&self.p256dh).and_then(|key| PublicKey::from_sec1_bytes(&key).ok());
        let secret = bytes(&self.auth).and_then(|secret| <[u8; SECRET_BYTES]>::try_from(secret).ok());
        Ok((key.ok_or(SubscriptionProblem::Key)?, secret.ok_or(SubscriptionProblem::Secret)?.into()))
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription")
    }
}

/// Browsers leave the padding away; some libraries do not.
fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use web_push_native::decrypt;
    use web_push_native::p256::SecretKey;
    use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;

    use super::*;

    #[test]
    fn only_the_browser_reads_what_is_sealed_for_it() {
        let secret_key = SecretKey::from_slice(&[7; 32]).expect("a key");
        let subscription = Subscription {
            endpoint: "https://push.example/1".to_owned(),
            p256dh: URL_SAFE_NO_PAD.encode(secret_key.public_key().to_encoded_point(false).as_bytes()),
            auth: URL_SAFE_NO_PAD.encode([9; SECRET_BYTES]),
        };
        let sealed = subscription.seal(b"it is your turn".to_vec()).expect("sealed");
        assert_eq!(subscription.host().as_deref(), Some("push.example"));
        assert!(!sealed.windows(4).any(|part| part == b"turn"));
        assert_eq!(decrypt(sealed.clone(), &secret_key, &[9; SECRET_BYTES].into()).expect("read"), b"it is your turn");
        assert!(decrypt(sealed, &secret_key, &[8; SECRET_BYTES].into()).is_err());
        assert_eq!(subscription.seal(vec![0; 5_000]), Err(SubscriptionProblem::TooLong));
        let wrong_key = Subscription { p256dh: URL_SAFE_NO_PAD.encode([4; 65]), ..subscription.clone() };
        assert_eq!(wrong_key.problem(), Some(SubscriptionProblem::Key));
        let wrong_secret = Subscription { auth: "AAAA".to_owned(), ..subscription };
        assert_eq!(wrong_secret.problem(), Some(SubscriptionProblem::Secret));
    }
}
