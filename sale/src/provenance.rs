//! Where an attempt comes from: what the line must know of that to keep units from being hoarded, and codes from being used
//! more often than they may.

use serde::{Deserialize, Serialize};

use crate::ids::{CodeNo, ShopperId};

/// A block of addresses, sealed for one sale: an IPv4 address, or the /64 of an IPv6 address. Equal blocks have equal seals; whoever
/// has the doors' key can open one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(pub [u8; 16]);

/// Where an attempt comes from. Known while its units are held or waited for, and recorded with its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The addresses it was sent from, where the sale keeps units from being hoarded.
    pub origin: Option<Origin>,
    /// The access code that let it in, where the uses of codes are counted.
    pub code: Option<CodeNo>,
}

impl Provenance {
    /// Whether nothing of it is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// Who answers for reservations that run out unpaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// A shopper.
    Shopper(ShopperId),
    /// All who come from a block of addresses.
    Origin(Origin),
}

impl Party {
    /// The shopper of an attempt, and where it came from, if that is known.
    pub fn of(shopper: ShopperId, provenance: Provenance) -> impl Iterator<Item = Self> {
        std::iter::once(Self::Shopper(shopper)).chain(provenance.origin.map(Self::Origin))
    }

    /// Those who answer for what an attempt lets run out: both, where the sale keeps units from being hoarded; else nobody.
    pub fn answering(shopper: ShopperId, provenance: Provenance) -> impl Iterator<Item = Self> {
        provenance.origin.into_iter().flat_map(move |_| Self::of(shopper, provenance))
    }
}
