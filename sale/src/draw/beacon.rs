//! A randomness beacon: a chain of rounds, each out at a time that is known beforehand, with randomness that nobody knows
//! before. Which round counts in a draw is a rule, so that nobody can choose it.

use sha2::{Digest, Sha256};

use super::Randomness;
use crate::time::UnixMs;

/// From the end of a lobby to the earliest round that may count in its draw, in milliseconds: by then its entries are published.
const PUBLISHED_WITHIN_MS: u64 = 10_000;
/// What lies between the moment at which entries are published and the earliest round that counts for them, in milliseconds:
/// clocks differ, and a commit takes its time.
const APART_MS: u64 = 3_000;
/// How soon after its time a round is had and checked, as a rule, in milliseconds.
const HAD_WITHIN_MS: u64 = 5_000;

/// A chain of drand, of the scheme `bls-unchained-g1-rfc9380`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// What it is called at relays.
    pub hash: ChainHash,
    /// What its rounds are signed for: a compressed point of G2.
    pub public_key: PublicKey,
    /// When its round 1 came, in Unix seconds.
    pub genesis_s: u64,
    /// From one round to the next, in seconds; never 0.
    pub period_s: u64,
}

impl Chain {
    /// When a round comes, from 1.
    pub fn time_of(&self, round: u64) -> UnixMs {
        let after_genesis_s = round.saturating_sub(1).saturating_mul(self.period_s);
        UnixMs(self.genesis_s.saturating_add(after_genesis_s).saturating_mul(1_000))
    }

    /// The first round that comes at a moment or later.
    pub fn first_from(&self, moment: UnixMs) -> u64 {
        let period_ms = self.period_s.max(1).saturating_mul(1_000);
        moment.0.saturating_sub(self.genesis_s.saturating_mul(1_000)).div_ceil(period_ms) + 1
    }

    /// The latest round that has come by a moment; before the first it is that.
    pub fn latest_by(&self, moment: UnixMs) -> u64 {
        let period_ms = self.period_s.max(1).saturating_mul(1_000);
        moment.0.saturating_sub(self.genesis_s.saturating_mul(1_000)) / period_ms + 1
    }

    /// The round that is named before a lobby opens: the first that comes when it is closed and its entries are published.
    pub fn named(&self, lobby_closes_at: UnixMs) -> u64 {
        self.first_from(lobby_closes_at.plus_ms(PUBLISHED_WITHIN_MS))
    }

    /// The round that counts, whose entries were published at a moment: the one that was named; or, if that could have been out by
    /// then, the next that could not. Nobody knew its randomness, and what it is used with was fixed.
    pub fn counting(&self, lobby_closes_at: UnixMs, published_at: UnixMs) -> u64 {
        self.named(lobby_closes_at).max(self.first_from(published_at.plus_ms(APART_MS)))
    }

    /// The earliest opening that does not wait for the round, as a rule.
    pub fn opening_from(&self, lobby_closes_at: UnixMs) -> UnixMs {
        self.time_of(self.named(lobby_closes_at)).plus_ms(HAD_WITHIN_MS)
    }
}

digits! {
    /// What a chain is called at relays: the SHA-256 of what defines it.
    ChainHash: 32
}
digits! {
    /// What rounds are signed for: a compressed point of G2.
    PublicKey: 96
}
digits! {
    /// A round's signature: a compressed point of G1. Its SHA-256 is the round's randomness.
    Signature: 48
}

impl Signature {
    /// What the beacon said in a round with this signature.
    pub fn randomness(&self) -> Randomness {
        Randomness(Sha256::digest(self.0).into())
    }
}
