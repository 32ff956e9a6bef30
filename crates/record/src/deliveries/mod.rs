//! Deliveries: each is a notice on its way to one endpoint.
//!
//! Of one subject, an endpoint gets one notice after the other, in the order in which they were written: the next one is
//! due once the one before is over.

mod due;
mod list;
mod resend;
mod tried;

pub use due::{Due, Ready, claim, ready};
pub use list::{Cursor, Filter, Listed, Shown, Try, cursor_of, page, show};
pub use resend::{Range, count, resend, resend_range};
pub use tried::{Fate, Patience, Said, accepted, failed};
