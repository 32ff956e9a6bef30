//! The frame of a process, and of every HTTP server in it.
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`Service`] | tasks with an owner, readiness, `/livez`, `/readyz` and `/metrics`, graceful shutdown |
//! | [`http`] | serving HTTP with a limit on everything |
//! | [`address`] | addresses of clients, as limits count them |
//! | [`rate`] | token buckets |
//! | [`problem`] | errors as `application/problem+json` (RFC 9457) |

pub mod address;
pub mod http;
mod meters;
pub mod problem;
mod process;
pub mod rate;
mod readiness;

pub use process::{Observe, Service};
pub use readiness::Readiness;
