//! PostgreSQL: the record of everything.

mod clock;
mod counts;
pub mod lines;
mod meters;
mod pool;
mod probe;
pub mod reservations;
pub mod restoration;

pub use clock::follow_clock;
pub use counts::{to_i64, to_u64};
pub use pool::{Settings, pool};
pub use probe::watch;
