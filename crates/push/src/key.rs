//! The key that says who sends (VAPID, RFC 8292): an ES256 token for each push service, good for half a day.
//!
//! As with grants, signing is a few lines over `ring`: the JWT library of this workspace knows HS256 alone.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use sale::time::UnixMs;
use serde_json::json;
use url::Url;

/// Half of what push services take at most.
const VALID_S: u64 = 12 * 3_600;

/// Why there is no key, or no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not the text of such a key.
    #[error(
        "must be a P-256 private key (PKCS#8, PEM); make one with: \
         openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
    )]
    Unreadable,
    /// The address of the push service is none, or the system has no random numbers.
    #[error("cannot be signed")]
    Signing,
}

/// The private key.
pub struct PushKey(EcdsaKeyPair);

/// Not a word of the secret.
impl fmt::Debug for PushKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PushKey").field(&self.public()).finish()
    }
}

impl PushKey {
    /// From its text.
    ///
    /// # Errors
    /// When it is no such key.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let key = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| KeyError::Unreadable)?;
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.secret_pkcs8_der(), &SystemRandom::new())
            .map(Self)
            .map_err(|_| KeyError::Unreadable)
    }

    /// What browsers subscribe with: the public key, as their `applicationServerKey` wants it.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.public_key())
    }

    /// The `Authorization` for a push service, by the address that it gave a browser. `contact` is where its operators find us: a
    /// URL, or `mailto:` and an address.
    ///
    /// # Errors
    /// When the address is none.
    pub fn authorization(&self, endpoint: &str, contact: &str, now: UnixMs) -> Result<String, KeyError> {
        let audience = Url::parse(endpoint).map_err(|_| KeyError::Signing)?.origin().ascii_serialization();
        let claims = json!({ "aud": audience, "exp": now.0 / 1_000 + VALID_S, "sub": contact });
        let head = json!({ "typ": "JWT", "alg": "ES256" });
        let signed = format!("{}.{}", in_url(head.to_string()), in_url(claims.to_string()));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).map_err(|_| KeyError::Signing)?;
        Ok(format!("vapid t={signed}.{}, k={}", in_url(signature), self.public()))
    }
}

fn in_url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    use base64::engine::general_purpose::STANDARD;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    fn key() -> PushKey {
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).expect("chance");
        let text = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der));
        PushKey::read(&text).expect("a key")
    }

    #[test]
    fn a_push_service_learns_who_sends_and_nobody_else_could_have_signed_it() {
        let key = key();
        let said = key
            .authorization("https://push.example:8443/send/1", "https://shop.example", UnixMs(1_000_000))
            .expect("signed");
        let (token, public) = said.strip_prefix("vapid t=").and_then(|said| said.split_once(", k=")).expect("its form");
        assert_eq!(public, key.public());
        let (signed, signature) = token.rsplit_once('.').expect("a signature");
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("bytes");
        let public = bytes(public);
        assert_eq!((public.len(), public[0]), (65, 4));
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public)
            .verify(signed.as_bytes(), &bytes(signature))
            .expect("signed by the key");
        let claims: serde_json::Value =
            serde_json::from_slice(&bytes(signed.split_once('.').expect("claims").1)).expect("JSON");
        let expected = json!({ "aud": "https://push.example:8443", "exp": 44_200, "sub": "https://shop.example" });
        assert_eq!(claims, expected);
        assert!(key.authorization("nowhere", "x", UnixMs(0)).is_err());
        assert!(PushKey::read("no key").is_err() && !format!("{key:?}").contains("PRIVATE"));
    }
}
