//! A public key, and the one algorithm that it is for: a signature is checked by that, whatever a token says.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, Header};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

/// Bits of an RSA key: fewer can be broken, more cost too much time.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=8_192;
/// Bytes of a coordinate on P-256, and of an Ed25519 key.
const COORDINATE: usize = 32;
/// A point on a curve that is written out begins with it (SEC 1).
const UNCOMPRESSED: u8 = 4;

/// A public key of the issuer's.
#[derive(Debug)]
pub(crate) struct Key {
    id: Option<String>,
    public: Public,
}

#[derive(Debug)]
enum Public {
    /// RS256.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// ES256.
    P256(Vec<u8>),
    /// EdDSA.
    Ed25519(Vec<u8>),
}

impl Key {
    /// The key of a JWK.
    ///
    /// # Errors
    /// When tokens cannot be checked with it; says why.
    pub(crate) fn of(jwk: &Jwk) -> Result<Self, &'static str> {
        let (about, bytes) = (&jwk.common, |text: &str| {
            BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| "it is not written in base64url")
        });
        let public = match &jwk.algorithm {
            AlgorithmParameters::RSA(rsa) => {
                let (modulus, exponent) = (unpadded(bytes(&rsa.n)?), unpadded(bytes(&rsa.e)?));
                let bits = modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize);
                if !RSA_BITS.contains(&bits) {
                    return Err("an RSA key must have 2048 to 8192 bits");
                }
                Public::Rsa { modulus, exponent }
            }
            AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => {
                let (x, y) = (bytes(&ec.x)?, bytes(&ec.y)?);
                if x.len() != COORDINATE || y.len() != COORDINATE {
                    return Err("a coordinate on P-256 has 32 bytes");
                }
                Public::P256([[UNCOMPRESSED].as_slice(), &x, &y].concat())
            }
            AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
                let x = bytes(&pair.x)?;
                if x.len() != COORDINATE {
                    return Err("an Ed25519 key has 32 bytes");
                }
                Public::Ed25519(x)
            }
            _ => return Err("it is neither RSA nor on P-256 nor Ed25519"),
        };
        let key = Self { id: about.key_id.clone(), public };
        if about.key_algorithm.is_some_and(|named| named != KeyAlgorithm::from(key.algorithm())) {
            return Err("its alg is none of RS256, ES256 and EdDSA, or does not fit its kty");
        }
        let is_to_sign = about.public_key_use.as_ref().is_none_or(|use_| *use_ == PublicKeyUse::Signature)
            && about.key_operations.as_ref().is_none_or(|operations| operations.contains(&KeyOperations::Verify));
        if is_to_sign { Ok(key) } else { Err("its use or key_ops is not to check signatures") }
    }

    fn algorithm(&self) -> Algorithm {
        match self.public {
            Public::Rsa { .. } => Algorithm::RS256,
            Public::P256(_) => Algorithm::ES256,
            Public::Ed25519(_) => Algorithm::EdDSA,
        }
    }

    /// Whether a token with this header may be of this key. One that names no key may be of any.
    pub(crate) fn matches(&self, header: &Header) -> bool {
        header.alg == self.algorithm() && (header.kid.is_none() || header.kid == self.id)
    }

    /// Whether it has signed a message.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match &self.public {
            Public::Rsa { modulus, exponent } => RsaPublicKeyComponents { n: modulus, e: exponent }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
            Public::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature),
            Public::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
        };
        verified.is_ok()
    }
}

/// Without leading zeros, which some write and no number has.
fn unpadded(number: Vec<u8>) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number[zeros..].to_vec()
}
