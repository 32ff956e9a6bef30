//! Tickets that have been used: each opens one socket. A page asks for a new one whenever it connects.
//!
//! They are remembered by this process only: somebody who knows the others may use a ticket once at each.

use std::time::Duration;

use recent::Generations;
use session::TicketId;

/// Longer than a ticket is valid, with what clocks may differ.
const KEPT_FOR: Duration = Duration::from_secs(75);
/// Tickets in a generation. The doors limit how many an address and a shopper get; with more than these, the oldest
/// are forgotten early.
const TICKETS_MAX: usize = 400_000;

/// Which have been used.
pub(crate) struct Tickets(Generations<TicketId, ()>);

impl Default for Tickets {
    fn default() -> Self {
        Self(Generations::new(TICKETS_MAX, KEPT_FOR))
    }
}

impl Tickets {
    /// Uses a ticket. Says whether that was the first time.
    pub(crate) fn use_up(&self, ticket: TicketId) -> bool {
        self.0.put(ticket, ())
    }
}
