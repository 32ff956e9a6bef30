//! Tokens that say who a shopper is: JWTs with HS256 and nothing else.
//!
//! A shop that knows its customers signs the same tokens with the same key, with its customer's id in
//! `sub`; then limits per shopper hold per customer.

use std::sync::Once;

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use sale::ids::ShopperId;
use sale::time::UnixMs;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Who issues the tokens.
const ISSUER: &str = "flashline";
/// Tolerated difference between clocks, in seconds.
const LEEWAY_S: u64 = 5;

/// What a token is good for. One kind is never taken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The shopper API: kept by the page for the whole sale.
    Shop,
    /// Opening a WebSocket: short-lived, fetched right before.
    Socket,
}

impl Audience {
    fn as_str(self) -> &'static str {
        match self {
            Audience::Shop => "flashline:shop",
            Audience::Socket => "flashline:socket",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: u64,
    exp: u64,
}

/// Why a token is not accepted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TokenError {
    /// It was valid once.
    #[error("the token has expired")]
    Expired,
    /// It never was.
    #[error("the token is not valid here")]
    Invalid,
}

/// The keys: the first signs, all verify, so that keys can be rotated.
#[derive(Clone)]
pub struct SessionKeys {
    signing: (String, EncodingKey),
    verifying: Vec<(String, DecodingKey)>,
    shop: Validation,
    socket: Validation,
}

impl SessionKeys {
    /// From `FLASHLINE_SESSION_KEYS`: one or more secrets, separated by commas, the newest first.
    ///
    /// # Errors
    /// When one is shorter than 32 characters.
    pub fn parse(secrets: &SecretString) -> Result<Self, String> {
        install_hs256();
        let secrets: Vec<&str> = secrets.expose_secret().split(',').map(str::trim).collect();
        if secrets.iter().any(|secret| secret.len() < 32) {
            return Err("each key must be at least 32 characters; make one with: openssl rand -hex 32".to_owned());
        }
        let verifying: Vec<(String, DecodingKey)> =
            secrets.iter().map(|secret| (key_id(secret), DecodingKey::from_secret(secret.as_bytes()))).collect();
        let signing = (key_id(secrets[0]), EncodingKey::from_secret(secrets[0].as_bytes()));
        Ok(Self { signing, verifying, shop: validation(Audience::Shop), socket: validation(Audience::Socket) })
    }

    /// A token for a shopper, valid for `valid_s` seconds.
    ///
    /// # Errors
    /// Never in practice: the claims serialise and the key fits.
    pub fn issue(
        &self,
        shopper: ShopperId,
        audience: Audience,
        now: UnixMs,
        valid_s: u64,
    ) -> Result<String, TokenError> {
        let issued_s = now.0 / 1_000;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: audience.as_str().to_owned(),
            sub: shopper.to_string(),
            iat: issued_s,
            exp: issued_s + valid_s,
        };
        let header = Header { kid: Some(self.signing.0.clone()), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims, &self.signing.1).map_err(|_| TokenError::Invalid)
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// When it is expired, forged, for something else, or no token at all.
    pub fn verify(&self, token: &str, audience: Audience) -> Result<ShopperId, TokenError> {
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        let key = self.verifying.iter().find(|(id, _)| header.kid.as_ref().is_none_or(|kid| kid == id));
        let (_, key) = key.ok_or(TokenError::Invalid)?;
        let validation = match audience {
            Audience::Shop => &self.shop,
            Audience::Socket => &self.socket,
        };
        let token = decode::<Claims>(token, key, validation).map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => TokenError::Expired,
            _ => TokenError::Invalid,
        })?;
        token.claims.sub.parse().map_err(|_| TokenError::Invalid)
    }
}

/// What is asked of a token, made once: it takes longer to make than to check.
fn validation(audience: Audience) -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = LEEWAY_S;
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[audience.as_str()]);
    validation
}

/// Names a key without giving it away.
fn key_id(secret: &str) -> String {
    hex::encode(&Sha256::digest(format!("flashline key id {secret}"))[..4])
}

/// HS256 is all there is: no other algorithm is linked into the process, so none can be asked for.
fn install_hs256() {
    static PROVIDER: CryptoProvider = CryptoProvider {
        signer_factory: |algorithm, key| match algorithm {
            Algorithm::HS256 => Ok(Box::new(Hs256(keyed(key.as_bytes())?))),
            _ => Err(Error::from(ErrorKind::InvalidAlgorithm)),
        },
        verifier_factory: |algorithm, key| match algorithm {
            Algorithm::HS256 => Ok(Box::new(Hs256(keyed(key.try_get_as_bytes()?)?))),
            _ => Err(Error::from(ErrorKind::InvalidAlgorithm)),
        },
        key_utils: KeyUtils::new_unimplemented(),
    };
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let _ = PROVIDER.install_default();
    });
}

fn keyed(secret: &[u8]) -> Result<Hmac<Sha256>, Error> {
    Hmac::new_from_slice(secret).map_err(|_| Error::from(ErrorKind::InvalidKeyFormat))
}

struct Hs256(Hmac<Sha256>);

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        // Compares in constant time.
        self.0.clone().chain_update(message).verify_slice(signature).map_err(|_| SignatureError::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn keys(secrets: &str) -> SessionKeys {
        SessionKeys::parse(&SecretString::from(secrets)).expect("keys")
    }

    const OLD: &str = "an old secret of more than thirty-two characters";
    const NEW: &str = "a new secret of more than thirty-two characters!";

    #[test]
    fn a_token_names_its_shopper_until_it_expires() {
        let keys = keys(NEW);
        let shopper = ShopperId(Uuid::now_v7());
        let now = crate::clock::now();
        let token = keys.issue(shopper, Audience::Shop, now, 60).expect("issued");
        assert_eq!(keys.verify(&token, Audience::Shop), Ok(shopper));
        let stale = keys.issue(shopper, Audience::Shop, UnixMs(now.0 - 120_000), 60).expect("issued");
        assert_eq!(keys.verify(&stale, Audience::Shop), Err(TokenError::Expired));
    }

    #[test]
    fn a_token_is_good_for_one_thing_only() {
        let keys = keys(NEW);
        let token = keys.issue(ShopperId(Uuid::now_v7()), Audience::Socket, crate::clock::now(), 60).expect("issued");
        assert_eq!(keys.verify(&token, Audience::Shop), Err(TokenError::Invalid));
    }

    #[test]
    fn rotated_keys_still_verify_and_foreign_ones_never() {
        let shopper = ShopperId(Uuid::now_v7());
        let token = keys(OLD).issue(shopper, Audience::Shop, crate::clock::now(), 60).expect("issued");
        assert_eq!(keys(&format!("{NEW},{OLD}")).verify(&token, Audience::Shop), Ok(shopper));
        assert_eq!(keys(NEW).verify(&token, Audience::Shop), Err(TokenError::Invalid));
    }

    #[test]
    fn tampering_and_other_algorithms_are_refused() {
        let keys = keys(NEW);
        let token = keys.issue(ShopperId(Uuid::now_v7()), Audience::Shop, crate::clock::now(), 60).expect("issued");
        let (rest, _) = token.rsplit_once('.').expect("three parts");
        assert_eq!(keys.verify(&format!("{rest}."), Audience::Shop), Err(TokenError::Invalid));
        let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.";
        assert_eq!(keys.verify(none, Audience::Shop), Err(TokenError::Invalid));
        assert_eq!(keys.verify("", Audience::Shop), Err(TokenError::Invalid));
    }
}
