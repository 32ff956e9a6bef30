//! E-mail addresses as what shoppers are known by: one address is one shopper, whatever they come with.
//!
//! ```text
//! what was typed ─▶ address (one form) ─▶ keys ─▶ the shopper; digests of address and code, for the record
//!                                  code ─────┘└─▶ a sealed letter, for whoever sends it
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | `address` | the one form of an address |
//! | `code` | the six digits that confirm it |
//! | `keys` | what is derived from both, with a key: ids and digests that nobody else can compute |
//! | `letter` | what is to be sent to whom, sealed until it is |
//! | `sign_off` | links that end mail, which nobody else can make |
//! | `settings` | the key |
//!
//! What may never happen: an address or a code in a log, or in the record in a form that its reader could use.

mod address;
mod code;
mod keys;
mod letter;
mod settings;
mod sign_off;

pub use address::{ADDRESS_LENGTH_MAX, Address, AddressProblem};
pub use code::{CODE_DIGITS, CODE_LASTS, Code};
pub use keys::Keys;
pub use letter::{Language, Letter, Unsealable};
pub use settings::Settings;
pub use sign_off::SignOff;
