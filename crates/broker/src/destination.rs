//! Queues and exchanges, as traces name them.

use sale::ids::EventId;

use crate::topic::Topic;
use crate::topology;

/// Where messages go or come from, as traces name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The line of an event.
    Line(EventId),
    /// The announcements of an event's rounds.
    Rounds(EventId),
    /// A ledger queue.
    Ledger(u8),
}

impl trace::Destination for Destination {
    fn template(&self) -> &'static str {
        match self {
            Self::Line(_) => "flashline.line.{event}",
            Self::Rounds(_) => "flashline.outcomes:round.{partition}.{event}",
            Self::Ledger(_) => "flashline.ledger.{partition}",
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Line(event) => topology::line_queue(*event),
            Self::Rounds(event) => format!("{}:{}", topology::OUTCOMES, Topic::Rounds.key(*event)),
            Self::Ledger(partition) => topology::ledger_queue(*partition),
        }
    }

    fn routing_key(&self) -> Option<String> {
        match self {
            Self::Line(event) => Some(topology::line_queue(*event)),
            Self::Rounds(event) => Some(Topic::Rounds.key(*event)),
            Self::Ledger(_) => None,
        }
    }
}
