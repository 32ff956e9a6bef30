//! What a token must claim. Nothing of it counts before its signature does.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header};
use sale::time::UnixMs;
use serde::Deserialize;

use crate::Refusal;

/// Bytes of a token; longer ones are not looked at.
const BYTES_MAX: usize = 8 * 1024;
/// Characters of what somebody is called.
pub(crate) const NAME_LENGTH_MAX: usize = 255;
/// Tolerated difference between the shop's clock and ours, in seconds.
const LEEWAY_S: f64 = 5.0;

const NO_JWT: Refusal = Refusal::Unreadable("not a signed JWT: three parts in base64url, joined by dots");
const NO_ALGORITHM: Refusal = Refusal::Unreadable("header: alg must be RS256, ES256 or EdDSA");
const NO_CLAIMS: Refusal = Refusal::Unreadable("iss, aud, sub (texts) and exp (seconds) are needed, each once");

/// A token, taken apart.
pub(crate) struct Token<'t> {
    pub(crate) header: Header,
    pub(crate) claims: Claims,
    /// The part that is signed.
    pub(crate) signed: &'t [u8],
    pub(crate) signature: Vec<u8>,
}

/// What is claimed, as far as it matters here.
#[derive(Deserialize)]
pub(crate) struct Claims {
    iss: String,
    aud: Audience,
    /// What the shop calls its customer.
    pub(crate) sub: String,
    /// In seconds, which may have a fraction (RFC 7519).
    exp: f64,
    nbf: Option<f64>,
    /// Of an ID token: whom it was issued to.
    azp: Option<String>,
    /// Of an ID token: which sign-in it ends.
    nonce: Option<String>,
}

/// One audience or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl<'t> Token<'t> {
    /// Takes it apart.
    ///
    /// # Errors
    /// When it is no JWT, or claims too little.
    pub(crate) fn read(token: &'t str) -> Result<Self, Refusal> {
        if token.len() > BYTES_MAX {
            return Err(Refusal::Unreadable("longer than 8 KiB"));
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(NO_JWT)?;
        let (_, payload) = signed.split_once('.').ok_or(NO_JWT)?;
        let decoded = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| NO_JWT);
        let (payload, signature) = (decoded(payload)?, decoded(signature)?);
        // `none`, and every algorithm that has no name there, ends here.
        let header = jsonwebtoken::decode_header(token).map_err(|_| NO_ALGORITHM)?;
        if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA) {
            return Err(NO_ALGORITHM);
        }
        if header.crit.is_some() {
            return Err(Refusal::Unreadable("header: crit asks for what is not known here"));
        }
        let claims = serde_json::from_slice(&payload).map_err(|_| NO_CLAIMS)?;
        Ok(Self { header, claims, signed: signed.as_bytes(), signature })
    }

    /// Whether it claims what it must, at a time of ours.
    ///
    /// # Errors
    /// With what is wrong first.
    pub(crate) fn check(&self, issuer: &str, audience: &str, now: UnixMs) -> Result<(), Refusal> {
        let (claims, now_s) = (&self.claims, now.0 as f64 / 1_000.0);
        let is_for_us = match &claims.aud {
            Audience::One(one) => one == audience,
            Audience::Several(several) => several.iter().any(|one| one == audience),
        };
        match () {
            () if claims.iss != issuer => Err(Refusal::Issuer),
            () if !is_for_us => Err(Refusal::Audience),
            () if claims.exp + LEEWAY_S < now_s => Err(Refusal::Expired),
            () if claims.nbf.is_some_and(|from_s| from_s - LEEWAY_S > now_s) => Err(Refusal::Early),
            () if !is_name(&claims.sub) => {
                Err(Refusal::Unreadable("sub: 1 to 255 characters, none of them a control character"))
            }
            () => Ok(()),
        }
    }

    /// Whether it is the ID token of a sign-in (OpenID Connect Core, 3.1.3.7): it has the sign-in's nonce, was issued to us, and is for
    /// nobody else without saying so.
    ///
    /// # Errors
    /// With what is wrong first.
    pub(crate) fn check_sign_in(&self, client_id: &str, nonce: &str) -> Result<(), Refusal> {
        let Claims { azp, aud, nonce: said, .. } = &self.claims;
        let is_ours = match (azp, aud) {
            (Some(azp), _) => azp == client_id,
            (None, Audience::Several(several)) => several.len() == 1,
            (None, Audience::One(_)) => true,
        };
        match () {
            () if !is_ours => Err(Refusal::Audience),
            () if said.as_deref() != Some(nonce) => Err(Refusal::Nonce),
            () => Ok(()),
        }
    }
}

/// Whether somebody can be called this.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=NAME_LENGTH_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}
