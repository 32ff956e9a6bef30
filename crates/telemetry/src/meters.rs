//! What every process measures of the traces that it sends.

use crate::meter::{Counter, Counters, Meter, Unit};

pub(crate) static TRACE_SPANS: Counters = Counters::new(
    "flashline_trace_spans_total",
    "fate",
    &["sent", "lost", "queue_full"],
    Unit::Count,
    "Spans of sampled attempts: the collector took them, did not, or too many waited for it",
);
pub(crate) static TRACE_PLACES_LEFT_BEHIND: Counter = Counter::new(
    "flashline_trace_places_left_behind_total",
    Unit::Count,
    "Sampled attempts whose message had no room for their trace",
);
pub(crate) static TRACE_HEADERS_UNREADABLE: Counter = Counter::new(
    "flashline_trace_headers_unreadable_total",
    Unit::Count,
    "Messages whose trace header could not be read; they are processed all the same",
);

pub(crate) static ALL: &[&dyn Meter] = &[&TRACE_SPANS, &TRACE_PLACES_LEFT_BEHIND, &TRACE_HEADERS_UNREADABLE];
