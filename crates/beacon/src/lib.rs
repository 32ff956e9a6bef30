//! Rounds of a randomness beacon, drand: fetching them from relays, and checking who signed them.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `settings` | which chain, and where its relays are |
//! | `relays` | asking relays for a round |
//! | `signature` | whether the chain has signed a round |
//!
//! What may never happen: randomness that is used unchecked. So any relay will do, and none needs to be trusted.

mod relays;
mod settings;
mod signature;

pub use relays::{Relays, Unheard};
pub use settings::Settings;
pub use signature::{SCHEME, has_signed};
