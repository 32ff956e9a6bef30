//! The hosted check: what a page brings from its provider, and who that is from then on.
//!
//! The provider says of a token once that it is good. Besides, one token is one shopper: who begins with it is a shopper that
//! follows from it, at whatever door; and a door remembers whose a token was.

use std::net::IpAddr;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use recent::Generations;
use sale::ids::ShopperId;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::{Digest, Sha256};
use siteverify::{Refusal, Verifier};
use utoipa::ToSchema;
use uuid::Builder;

use crate::meters::{self, HostedEnd};
use crate::problems::{ApiError, Kind};

/// As long as a token is good at any provider.
const LASTS: Duration = Duration::from_secs(300);
/// Tokens in a generation. Those before are left to the provider.
const USED_MAX: usize = 100_000;
/// What separates what shoppers follow from from other uses of the keys of sessions.
const SHOPPER: &[u8] = b"flashline/check/hosted";
/// When to come again, in seconds: once others are through, and once the provider may be back.
const BUSY_S: u32 = 2;
const AWAY_S: u32 = 5;

/// What a page must know to show the provider's widget.
#[derive(Clone, Hash, Serialize, ToSchema)]
pub(crate) struct HostedCheckView {
    /// Where the provider's script is.
    script_url: String,
    /// What the script knows this site by.
    site_key: String,
}

pub(super) struct Hosted {
    verifier: Verifier,
    /// What shoppers follow from, besides their tokens.
    key: SecretString,
    used: Generations<[u8; 32], ShopperId>,
}

impl Hosted {
    /// With keys that all doors have.
    pub(super) fn new(verifier: Verifier, keys: &SecretString) -> Self {
        let key = keys.expose_secret().split(',').next().unwrap_or_default().trim();
        Self { verifier, key: SecretString::from(key), used: Generations::new(USED_MAX, LASTS) }
    }

    pub(super) fn view(&self) -> HostedCheckView {
        let siteverify::Page { script_url, site_key } = self.verifier.page().clone();
        HostedCheckView { script_url, site_key }
    }

    /// Who has passed the check with this token: a certain shopper, where there is a session already; else who follows from it.
    ///
    /// # Errors
    /// When the provider does not say so, cannot say, or the token was somebody else's here.
    pub(super) async fn passed(
        &self,
        address: IpAddr,
        token: &str,
        by: Option<ShopperId>,
    ) -> Result<ShopperId, ApiError> {
        let shopper = by.unwrap_or_else(|| self.shopper_of(token));
        let digest = Sha256::digest(token).into();
        // Whose answer was lost may ask again: the provider would not say it twice.
        if self.used.get(&digest) == Some(shopper) {
            return Ok(shopper);
        }
        let verdict = match self.used.get(&digest) {
            Some(_) => Err(Refusal::Stale),
            None => self.verifier.verify(token, address).await,
        };
        meters::HOSTED_CHECKS.one(end(verdict));
        verdict.map_err(refused)?;
        self.used.put(digest, shopper);
        Ok(shopper)
    }

    fn shopper_of(&self, token: &str) -> ShopperId {
        let key = self.key.expose_secret().as_bytes();
        let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(SHOPPER).chain_update(token));
        let mut id = [0; 16];
        if let Ok(mac) = mac {
            id.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        }
        // A UUIDv8: nobody takes it for one with a time in it.
        ShopperId(Builder::from_custom_bytes(id).into_uuid())
    }
}

fn end(verdict: Result<(), Refusal>) -> HostedEnd {
    match verdict {
        Ok(()) => HostedEnd::Passed,
        Err(Refusal::Malformed | Refusal::Token) => HostedEnd::Refused,
        Err(Refusal::Stale) => HostedEnd::Stale,
        Err(Refusal::Elsewhere) => HostedEnd::Elsewhere,
        Err(Refusal::Misconfigured) => HostedEnd::Misconfigured,
        Err(Refusal::Away) => HostedEnd::Away,
        Err(Refusal::Busy) => HostedEnd::Busy,
    }
}

/// What is no fault of the shopper's is none that they are told.
fn refused(refusal: Refusal) -> ApiError {
    let detail = format!("hosted_check: {refusal}");
    match refusal {
        Refusal::Malformed | Refusal::Token | Refusal::Stale | Refusal::Elsewhere => {
            Kind::HostedCheckWrong.because(format!("{detail}; have the widget make a new one"))
        }
        Refusal::Misconfigured | Refusal::Away => Kind::HostedCheckUnavailable.because(detail).retry_after_s(AWAY_S),
        Refusal::Busy => Kind::HostedCheckUnavailable.because(detail).retry_after_s(BUSY_S),
    }
}
