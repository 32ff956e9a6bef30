//! The keys of an issuer.

use anyhow::{Context, ensure};
use jsonwebtoken::Header;
use jsonwebtoken::jwk::{Jwk, JwkSet};

use crate::key::Key;

/// Keys in a JWKS. A token that names none may be tried with each of them.
const KEYS_MAX: usize = 32;

/// The public keys of an issuer that tokens can be checked with.
#[derive(Debug)]
pub(crate) struct Keys(Vec<Key>);

impl Keys {
    /// From a JWKS. A key that cannot be used is left out, and logged.
    ///
    /// # Errors
    /// When it is no JWKS, or has no key that can be used.
    pub(crate) fn parse(jwks: &[u8]) -> anyhow::Result<Self> {
        let JwkSet { keys } = serde_json::from_slice(jwks).context("not a JWKS: {\"keys\": […]}")?;
        ensure!(keys.len() <= KEYS_MAX, "has {} keys, at most {KEYS_MAX} are taken", keys.len());
        let usable = |jwk: &Jwk| {
            let key = Key::of(jwk);
            key.inspect_err(|why| tracing::warn!(kid = ?jwk.common.key_id, why, "a customers' key is not used")).ok()
        };
        let keys: Vec<Key> = keys.iter().filter_map(usable).collect();
        ensure!(!keys.is_empty(), "has no key that can be used: RSA of 2048 bits or more, P-256 or Ed25519, to sign");
        Ok(Self(keys))
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Those that may have signed a token with this header.
    pub(crate) fn matching<'k>(&'k self, header: &'k Header) -> impl Iterator<Item = &'k Key> {
        self.0.iter().filter(move |key| key.matches(header))
    }
}
