//! Challenges in ALTCHA's protocol (proof of work v2): to find the counter from which a key follows whose beginning is told.
//!
//! The counter is drawn here, so that the work is known, and whether it was found is one HMAC to see. What holds of a solution:
//! it is for one shopper, so whoever shows it at a second door, or after a restart, is that same shopper again and has gained
//! nothing; and one door takes it once.

use std::collections::BTreeMap;
use std::time::Duration;

use altcha::{CreateChallengeOptions, Payload, VerifySolutionOptions, create_challenge, verify_solution};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use recent::Generations;
use sale::ids::ShopperId;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::meters::ProofEnd;

pub(crate) use altcha::Challenge;

/// A phone that works hard for a minute, and somebody who comes back to the page.
const LASTS: Duration = Duration::from_secs(300);
/// Iterations of PBKDF2 for a try: about a millisecond, for us as for a browser.
const COST: u32 = 1_000;
/// Characters of a solution.
const LENGTH_MAX: usize = 4_096;
/// Solutions in a generation, 32 bytes each. When more come within the life of a challenge, one may be taken twice: it is for the
/// same shopper.
const USED_MAX: usize = 100_000;
/// What it is good for, and nothing else.
const PURPOSE: &str = "session";
/// What separates the keys from those of sessions.
const SIGNATURE: &[u8] = b"flashline/check/challenge";
const KEY_SIGNATURE: &[u8] = b"flashline/check/solution";

/// Why something is no solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    #[error("cannot be read")]
    Malformed,
    #[error("its challenge is older than five minutes")]
    Expired,
    #[error("its challenge is not one of ours for a session")]
    Forged,
    #[error("it does not solve its challenge")]
    Unsolved,
    #[error("more work is asked for by now")]
    TooEasy,
    #[error("its challenge was given to somebody else: ask for one with the session's token")]
    Others,
    #[error("it was shown before")]
    Used,
}

impl Wrong {
    pub(super) fn end(self) -> ProofEnd {
        match self {
            Self::Malformed => ProofEnd::Malformed,
            Self::Expired => ProofEnd::Expired,
            Self::Forged => ProofEnd::Forged,
            Self::Unsolved => ProofEnd::Unsolved,
            Self::TooEasy => ProofEnd::TooEasy,
            Self::Others => ProofEnd::Others,
            Self::Used => ProofEnd::Used,
        }
    }
}

pub(super) struct Challenges {
    /// The first signs, all verify.
    keys: Vec<Keys>,
    tries_max: u32,
    used: Generations<[u8; 32], ()>,
}

struct Keys {
    signature: String,
    key_signature: String,
}

impl Challenges {
    /// With keys that follow from those of sessions.
    pub(super) fn new(keys: &SecretString, tries_max: u32) -> Self {
        let keys = keys.expose_secret().split(',').map(|key| Keys::of(key.trim())).collect();
        Self { keys, tries_max, used: Generations::new(USED_MAX, LASTS) }
    }

    /// One for a shopper; each level doubles the work.
    pub(super) fn make(&self, shopper: ShopperId, level: u32) -> anyhow::Result<Challenge> {
        let keys = self.keys.first().ok_or_else(|| anyhow::anyhow!("no key"))?;
        let tries_max = self.tries_max.max(2) << level;
        let data = BTreeMap::from([
            ("level".to_owned(), json!(level)),
            ("purpose".to_owned(), json!(PURPOSE)),
            ("shopper".to_owned(), json!(shopper)),
        ]);
        Ok(create_challenge(CreateChallengeOptions {
            cost: COST,
            counter: Some(rand::random_range(tries_max / 2..tries_max)),
            data: Some(data),
            expires_at: i64::try_from(clock::now().0 / 1_000 + LASTS.as_secs()).ok(),
            hmac_signature_secret: Some(keys.signature.clone()),
            hmac_key_signature_secret: Some(keys.key_signature.clone()),
            ..CreateChallengeOptions::default()
        })?)
    }

    /// Whom a solution is for; by a certain shopper, where there is a session already. It has to be of the level that is asked
    /// for now, or of the one below: it may have risen meanwhile.
    pub(super) fn solved(&self, proof: &str, level: u32, by: Option<ShopperId>) -> Result<ShopperId, Wrong> {
        let json = Some(proof).filter(|proof| proof.len() <= LENGTH_MAX);
        let json = json.and_then(|proof| BASE64_STANDARD.decode(proof).ok()).ok_or(Wrong::Malformed)?;
        let Payload { challenge, solution } = serde_json::from_slice(&json).map_err(|_| Wrong::Malformed)?;
        let verdicts = self.keys.iter().map(|keys| {
            let of = VerifySolutionOptions::new(&challenge, &solution, keys.signature.as_str());
            let key_signature = Some(keys.key_signature.clone());
            verify_solution(VerifySolutionOptions { hmac_key_signature_secret: key_signature, ..of })
        });
        let verdicts: Vec<_> = verdicts.collect::<Result<_, _>>().map_err(|_| Wrong::Malformed)?;
        if verdicts.iter().any(|verdict| verdict.expired) {
            return Err(Wrong::Expired);
        }
        // Who leaves the signature of the key out has changed what is signed.
        let verdict = verdicts.iter().find(|verdict| verdict.invalid_signature == Some(false)).ok_or(Wrong::Forged)?;
        if !verdict.verified {
            return Err(Wrong::Unsolved);
        }
        let about = challenge.parameters.data.as_ref().ok_or(Wrong::Forged)?;
        if about.get("purpose").and_then(Value::as_str) != Some(PURPOSE) {
            return Err(Wrong::Forged);
        }
        let solved_level = about.get("level").and_then(Value::as_u64).ok_or(Wrong::Forged)?;
        if solved_level + 1 < u64::from(level) {
            return Err(Wrong::TooEasy);
        }
        let shopper = about.get("shopper").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let nonce = Sha256::digest(challenge.parameters.nonce.as_bytes()).into();
        match shopper {
            None => Err(Wrong::Forged),
            Some(shopper) if by.is_some_and(|by| by != shopper) => Err(Wrong::Others),
            Some(_) if !self.used.put(nonce, ()) => Err(Wrong::Used),
            Some(shopper) => Ok(shopper),
        }
    }
}

impl Keys {
    fn of(key: &str) -> Self {
        let derived = |what: &[u8]| {
            let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map(|mac| mac.chain_update(what));
            mac.map_or_else(|_| String::new(), |mac| hex::encode(mac.finalize().into_bytes()))
        };
        Self { signature: derived(SIGNATURE), key_signature: derived(KEY_SIGNATURE) }
    }
}

#[cfg(test)]
mod tests;
