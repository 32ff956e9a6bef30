//! PostgreSQL, the record of everything. This crate alone knows its tables.
//!
//! Functions read and write what their names say, in the words of the domain. Those that take a pool are whole by
//! themselves; those that take a connection belong into the caller's transaction.

pub mod audit;
pub mod catalogue;
mod clock;
mod counts;
pub mod events;
pub mod lines;
pub mod members;
mod meters;
mod pool;
mod probe;
pub mod products;
pub mod reservations;
pub mod restoration;
pub mod tokens;

pub use clock::follow_clock;
pub use counts::{to_i64, to_u64};
pub use pool::{Settings, pool};
pub use probe::{ping, watch};
