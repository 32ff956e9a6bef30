//! What every process measures of the traces that it sends.

use meter::{Counters, Meter, Unit};

pub(crate) static TRACE_SPANS: Counters = Counters::new(
    "flashline_trace_spans_total",
    "fate",
    &["sent", "lost", "queue_full"],
    Unit::Count,
    "Spans of sampled attempts: the collector took them, did not, or too many waited for it",
);

pub(crate) static ALL: &[&dyn Meter] = &[&TRACE_SPANS];
