//! PostgreSQL, the record of everything. This crate alone knows its tables.
//!
//! Functions read and write what their names say, in the words of the domain. Those that take a pool are whole by
//! themselves; those that take a connection belong into the caller's transaction.

pub mod access_codes;
pub mod admin_sessions;
pub mod audit;
pub mod beacons;
pub mod buyers;
pub mod catalogue;
mod clock;
mod columns;
mod counts;
mod custom_plan;
pub mod customers;
pub mod decided;
pub mod deliveries;
pub mod draws;
pub mod email_codes;
pub mod endpoints;
pub mod events;
pub mod granted;
pub mod history;
pub mod holders;
pub mod invitations;
pub mod journal;
pub mod lag;
pub mod lines;
pub mod lobby;
pub mod looks;
pub mod mails;
pub mod members;
mod message;
mod meters;
pub mod notices;
pub mod notifications;
pub mod orders;
pub mod organisers;
pub mod outbox;
pub mod payments;
pub mod people;
mod pool;
mod probe;
pub mod products;
pub mod put_aside;
pub mod reconciliation;
pub mod refunds;
pub mod replay;
pub mod report;
pub mod reservations;
pub mod restoration;
pub mod retention;
pub mod series;
pub mod sessions;
pub mod tokens;
pub mod webhooks;
mod word_column;

pub use clock::follow_clock;
pub use counts::{to_i64, to_u64};
pub use pool::{Settings, options, pool};
pub use probe::{ping, watch};
pub use sqlx::{Error, PgConnection, PgPool, Result};
