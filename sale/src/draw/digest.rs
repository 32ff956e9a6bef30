//! The 32 bytes that a draw is made of, one type for each meaning; as text, 64 hexadecimal digits.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::ids::{AttemptId, EventId};

/// What an entry's digest begins with, so that it is no digest of anything else.
const ENTRY: &[u8] = b"flashline/draw/entry";

digits! {
    /// An entry as others see it. Its shopper, who knows the entry's id, finds it; nobody can tell from it who entered, since
    /// nobody can guess an id.
    EntryDigest: 32
}
digits! {
    /// The Merkle root over all entries (RFC 6962, section 2.1).
    Root: 32
}
digits! {
    /// What a beacon said in the round that was named beforehand.
    Randomness: 32
}
digits! {
    /// The SHA-256 of a [`Secret`].
    Commitment: 32
}

/// What the seller adds to the seed. Drawn at random before the lobby opens, and told to nobody before it closes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub [u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// What may be published of it at once.
    pub fn commitment(&self) -> Commitment {
        Commitment(Sha256::digest(self.0).into())
    }
}

impl AsRef<[u8]> for EntryDigest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl EntryDigest {
    /// Of an entry into the lobby of an event.
    pub fn of(event: EventId, entry: AttemptId) -> Self {
        let digest =
            Sha256::new().chain_update(ENTRY).chain_update(event.0.as_bytes()).chain_update(entry.0.as_bytes());
        Self(digest.finalize().into())
    }
}
