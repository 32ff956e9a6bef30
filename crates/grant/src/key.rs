//! One key: P-256, signing with ES256.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Bytes of a coordinate.
const COORDINATE: usize = 32;
/// What a public key begins with that is not compressed.
const UNCOMPRESSED: u8 = 4;

/// Why there is no key, or no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is none at all.
    #[error("there is no key")]
    Missing,
    /// Not the text of such a key.
    #[error(
        "must be a P-256 private key (PKCS#8, PEM); make one with: \
         openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
    )]
    Unreadable,
    /// The system has no random numbers.
    #[error("cannot be signed")]
    Signing,
}

/// A private key, and what its public part is known by.
pub(crate) struct Key {
    pair: EcdsaKeyPair,
    /// Its thumbprint (RFC 7638): the same wherever the key is.
    pub(crate) id: String,
}

/// Not a word of the secret.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.id).finish()
    }
}

impl Key {
    pub(crate) fn read(text: &str) -> Result<Self, KeyError> {
        let key = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| KeyError::Unreadable)?;
        let der = key.secret_pkcs8_der();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &SystemRandom::new())
            .map_err(|_| KeyError::Unreadable)?;
        let (x, y) = coordinates(&pair).ok_or(KeyError::Unreadable)?;
        let thumb = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        Ok(Self { id: in_url(Sha256::digest(thumb)), pair })
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| KeyError::Signing)?;
        Ok(signature.as_ref().to_vec())
    }

    pub(crate) fn published(&self) -> Value {
        let (x, y) = coordinates(&self.pair).unwrap_or_default();
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.id, "use": "sig", "alg": "ES256" })
    }
}

fn coordinates(pair: &EcdsaKeyPair) -> Option<(String, String)> {
    let (form, point) = pair.public_key().as_ref().split_first()?;
    let is_whole = *form == UNCOMPRESSED && point.len() == 2 * COORDINATE;
    is_whole.then(|| (in_url(&point[..COORDINATE]), in_url(&point[COORDINATE..])))
}

/// As JSON Web Tokens and Keys write bytes.
pub(crate) fn in_url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The text of a new private key: for tests, and to try things with.
///
/// # Errors
/// When the system has no random numbers.
pub fn new_key() -> Result<String, KeyError> {
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
        .map_err(|_| KeyError::Signing)?;
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der)))
}
