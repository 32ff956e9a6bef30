//! Tickets that have been used: each opens one socket. A page asks for a new one whenever it connects.
//!
//! They are remembered by this process only: somebody who knows the others may use a ticket once at each.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use wiring::session::TicketId;

/// Longer than a ticket is valid, with what clocks may differ.
const KEPT_FOR: Duration = Duration::from_secs(75);
/// Tickets in a generation. The doors limit how many an address and a shopper get; with more than these, the oldest
/// are forgotten early.
const TICKETS_MAX: usize = 400_000;

/// Two generations, the older of which is forgotten whole.
pub(crate) struct Tickets(Mutex<Generations>);

struct Generations {
    young: HashSet<TicketId>,
    old: HashSet<TicketId>,
    began: Instant,
}

impl Default for Tickets {
    fn default() -> Self {
        Self(Mutex::new(Generations { young: HashSet::new(), old: HashSet::new(), began: Instant::now() }))
    }
}

impl Tickets {
    /// Uses a ticket. Says whether that was the first time.
    pub(crate) fn use_up(&self, ticket: TicketId) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if used.young.len() >= TICKETS_MAX || used.began.elapsed() > KEPT_FOR {
            used.old = std::mem::take(&mut used.young);
            used.began = Instant::now();
        }
        !used.old.contains(&ticket) && used.young.insert(ticket)
    }
}
