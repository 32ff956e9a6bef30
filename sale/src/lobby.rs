//! The lobby of a sale that starts by draw: when it takes entries.
//!
//! ```text
//! opens ── entries ── closes ─┄┄┄─ closed in the line ── recorded, seed known ── opening: all are decided, in drawn order
//! ```
//! An attempt that enters the line while the lobby is open is an entry: its answer is that it is in. Whoever comes after the
//! opening is decided after all entries.

use serde::{Deserialize, Serialize};

use crate::draw::{Commitment, Seed};
use crate::time::UnixMs;

/// How far the line's time must be past the end of the lobby before it is closed for good, in milliseconds: what was on its
/// way into the line then has entered it.
pub const UNDER_WAY_MS: u64 = 2_000;

/// When a lobby takes entries, and what orders them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lobby {
    /// First moment at which entries are accepted.
    pub opens_at: UnixMs,
    /// First moment at which they no longer are; well before the opening of the sale.
    pub closes_at: UnixMs,
    /// What is told of the secret that goes into the seed.
    pub commitment: Commitment,
    /// Known once the lobby is closed and recorded.
    pub seed: Option<Seed>,
}

impl Lobby {
    /// Whether what enters the line at a moment enters the lobby.
    pub fn is_open(&self, at: UnixMs) -> bool {
        (self.opens_at..self.closes_at).contains(&at)
    }
}

/// The lobby as the line left it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LobbyCounts {
    /// Entries that are yet to be drawn.
    pub entered: u32,
    /// It takes no more, and none is withdrawn any more.
    pub closed: bool,
}
