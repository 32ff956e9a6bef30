//! What every process measures of the other processes of its service.

use meter::{Counter, Gauge, Meter, Unit};

pub(crate) static LIVING: Gauge = Gauge::new(
    "flashline_process_living",
    Unit::Count,
    "Processes of this service that live, as this one last saw in PostgreSQL",
);
pub(crate) static ROSTER_CHANGES: Counter = Counter::new(
    "flashline_process_roster_changes_total",
    Unit::Count,
    "How often this process saw others of its service come or go",
);

pub(crate) static ALL: &[&dyn Meter] = &[&LIVING, &ROSTER_CHANGES];
