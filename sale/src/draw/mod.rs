//! The draw: in which order the entries of a lobby are decided. Nobody can choose it, and everybody can check it.
//!
//! | when | what is published |
//! | --- | --- |
//! | the lobby opens | the [`Commitment`] to a [`Secret`], and which round of a beacon will count, if any (a [`Chain`] has it) |
//! | the lobby closes | how many [`Entries`] there are, and their root |
//! | then | the beacon's round, once it is out; the secret, and so the [`Seed`] |
//!
//! The seed follows from secret, entries and beacon; the order follows from the seed. The organiser fixed the secret before
//! there were entries, and nobody knows the beacon's randomness before they are closed. `docs/draw.md` is the procedure as
//! others may repeat it, and `examples/draw` a program that does.

#[macro_use]
mod digits;

mod beacon;
mod digest;
mod entries;
mod seed;

pub use beacon::{Chain, ChainHash, PublicKey, Signature};
pub use digest::{Commitment, EntryDigest, Randomness, Root, Secret};
pub use entries::{Entries, Inclusion};
pub use seed::{Seed, Turn};
