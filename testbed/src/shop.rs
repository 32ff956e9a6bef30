//! A shop that knows its customers: it has a key, and signs tokens for whoever signs in there.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::builder::Builder;

const ISSUER: &str = "https://shop.example";
const AUDIENCE: &str = "flashline";
const KEY_ID: &str = "2026";
const TOKEN_VALID_S: u64 = 60;

/// A shop, whose public key is in a file for as long as it lives.
pub struct Shop {
    pair: Ed25519KeyPair,
    jwks: PathBuf,
}

impl Shop {
    /// One with a new key.
    ///
    /// # Panics
    /// When no key can be made, or no file written.
    pub fn open() -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("chance");
        let pair = Ed25519KeyPair::from_pkcs8(made.as_ref()).expect("a key pair");
        let jwks = std::env::temp_dir().join(format!("flashline-shop-{}.json", Uuid::now_v7()));
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": KEY_ID, "x": base64(pair.public_key()) });
        std::fs::write(&jwks, json!({ "keys": [jwk] }).to_string()).expect("written");
        Self { pair, jwks }
    }

    /// A system that believes it.
    pub fn believed_by(&self, builder: Builder) -> Builder {
        let jwks = self.jwks.display().to_string();
        builder
            .setting("FLASHLINE_CUSTOMER_ISSUER", ISSUER)
            .setting("FLASHLINE_CUSTOMER_AUDIENCE", AUDIENCE)
            .setting("FLASHLINE_CUSTOMER_JWKS", &jwks)
    }

    /// A token for a customer, by what the shop calls them.
    pub fn token(&self, customer: &str) -> String {
        self.token_with(customer, KEY_ID, &json!({}))
    }

    /// The same, with the name of another key and with other claims.
    pub fn token_with(&self, customer: &str, key: &str, other: &Value) -> String {
        let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut claims = json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": customer, "exp": now_s + TOKEN_VALID_S });
        for (claim, value) in other.as_object().into_iter().flatten() {
            claims[claim] = value.clone();
        }
        let header = json!({ "alg": "EdDSA", "kid": key });
        let signed = format!("{}.{}", base64(header.to_string()), base64(claims.to_string()));
        let signature = base64(self.pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.jwks);
    }
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
