//! PostgreSQL: the record of everything.

mod clock;
mod columns;
mod counts;
pub mod journal;
pub mod lag;
mod message;
mod meters;
pub mod orders;
pub mod outbox;
pub mod payments;
mod pool;
mod probe;
pub mod reconciliation;
pub mod refunds;
pub mod reservations;
pub mod retention;
pub mod webhooks;
mod word;

pub use clock::follow_clock;
pub use counts::{to_i64, to_u64};
pub use pool::{Settings, pool};
pub use probe::watch;
pub use sqlx::{Error, PgConnection, PgPool, Result};
