//! What every process measures of the traces that it sends.

use meter::{Counters, Meter, Unit, labels};

labels! {
    /// What became of a span.
    pub(crate) enum Fate {
        Sent = "sent",
        Lost = "lost",
        QueueFull = "queue_full",
    }
}

pub(crate) static TRACE_SPANS: Counters<Fate> = Counters::new(
    "flashline_trace_spans_total",
    "fate",
    Unit::Count,
    "Spans of sampled attempts: the collector took them, did not, or too many waited for it",
);

pub(crate) static ALL: &[&dyn Meter] = &[&TRACE_SPANS];
