//! What every process measures of the traces in its messages.

use meter::{Counter, Meter, Unit};

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

pub(crate) static ALL: &[&dyn Meter] = &[&TRACE_PLACES_LEFT_BEHIND, &TRACE_HEADERS_UNREADABLE];
