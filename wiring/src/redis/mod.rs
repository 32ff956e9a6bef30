//! Redis: the connection, where its primary is, and where an event's inventory lives.

mod connection;
pub mod inventory;
mod sentinel;

pub use connection::{Connection, connect};
pub(crate) use sentinel::Sentinels;
