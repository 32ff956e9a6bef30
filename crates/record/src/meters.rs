//! What every process measures of PostgreSQL.

use meter::{Counter, Gauge, Gauges, Histogram, Meter, Unit, labels};

labels! {
    /// Connections of a pool.
    pub(crate) enum Connections {
        Busy = "busy",
        Idle = "idle",
    }
}

pub(crate) static DATABASE_UP: Gauge =
    Gauge::new("flashline_process_database_up", Unit::Count, "Whether a connection to PostgreSQL can be had");
pub(crate) static DATABASE_WAIT: Histogram = Histogram::new(
    "flashline_process_database_wait_seconds",
    Unit::Seconds,
    "How long it takes to get a connection from the pool, by a probe",
);
pub(crate) static DATABASE_TIMEOUTS: Counter = Counter::new(
    "flashline_process_database_timeouts_total",
    Unit::Count,
    "Probes that got no connection to PostgreSQL in time",
);
pub(crate) static DATABASE_CONNECTIONS: Gauges<Connections> = Gauges::new(
    "flashline_process_database_connections",
    "state",
    Unit::Count,
    "Connections to PostgreSQL in this process's pool",
);
pub(crate) static CLOCK_AHEAD: Gauge = Gauge::new(
    "flashline_process_clock_ahead_seconds",
    Unit::Seconds,
    "How far this machine's clock is ahead of the database's, which the process follows; zero within a second",
);

pub(crate) static ALL: &[&dyn Meter] =
    &[&DATABASE_UP, &DATABASE_WAIT, &DATABASE_TIMEOUTS, &DATABASE_CONNECTIONS, &CLOCK_AHEAD];
