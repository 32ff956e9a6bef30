//! The seed, and the order that follows from it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::{EntryDigest, Randomness, Root, Secret};
use crate::ids::{AttemptId, EventId};

/// What a seed's digest begins with, so that it is no digest of anything else.
const SEED: &[u8] = b"flashline/draw/seed";

/// What decides the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

/// When an entry is decided: the least first. No two entries have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Turn(pub [u8; 32]);

impl Seed {
    /// Of a lobby that has closed with so many entries under this root. Without a beacon, whoever knows the secret could have
    /// added entries until the root suited them: whoever shows the draw must say which kind it is.
    pub fn of(event: EventId, secret: &Secret, root: Root, count: u64, beacon: Option<Randomness>) -> Self {
        let mut digest = Sha256::new()
            .chain_update(SEED)
            .chain_update(event.0.as_bytes())
            .chain_update(secret.0)
            .chain_update(root.0)
            .chain_update(count.to_be_bytes());
        if let Some(randomness) = beacon {
            digest.update(randomness.0);
        }
        Self(digest.finalize().into())
    }

    /// When an entry's turn comes: HMAC-SHA256 of its digest, by the seed.
    pub fn turn(&self, entry: EntryDigest) -> Turn {
        // As RFC 2104 fills a shorter key up.
        let mut key = [0; 64];
        key[..32].copy_from_slice(&self.0);
        Turn(Hmac::<Sha256>::new(&key.into()).chain_update(entry.0).finalize().into_bytes().into())
    }

    /// The entries into the lobby of an event, in the order in which they are decided.
    pub fn order_of(&self, event: EventId, entries: impl IntoIterator<Item = AttemptId>) -> Vec<AttemptId> {
        self.in_turn(entries, |entry| EntryDigest::of(event, *entry))
    }

    /// The same, of their digests.
    pub fn order(&self, entries: impl IntoIterator<Item = EntryDigest>) -> Vec<EntryDigest> {
        self.in_turn(entries, |entry| *entry)
    }

    fn in_turn<T: Ord>(&self, entries: impl IntoIterator<Item = T>, digest: impl Fn(&T) -> EntryDigest) -> Vec<T> {
        let mut turns: Vec<(Turn, T)> = entries.into_iter().map(|entry| (self.turn(digest(&entry)), entry)).collect();
        turns.sort_unstable();
        turns.into_iter().map(|(_, entry)| entry).collect()
    }
}
