//! What every process measures of itself and of its door.

use meter::{Counter, Counters, Gauge, Gauges, Meter, Unit, labels};

labels! {
    /// Connections at the door, by what they do.
    pub(crate) enum Counted {
        Busy = "busy",
        Silent = "silent",
        Sending = "sending",
        Idle = "idle",
        Outside = "outside",
    }
}

pub(crate) static READY: Gauges<&'static str> =
    Gauges::new("flashline_process_ready", "condition", Unit::Count, "Whether a condition of readiness holds");
pub(crate) static CROWDED_OUT: Counter = Counter::new(
    "flashline_process_crowded_out_total",
    Unit::Count,
    "Connections closed at once: their address had its share of the door",
);
pub(crate) static CONNECTIONS: Gauges<Counted> = Gauges::new(
    "flashline_process_connections",
    "doing",
    Unit::Count,
    "Connections at the door, by what they do: their request is answered, they have said nothing yet, the rest of a \
     request is awaited, they may ask again, they wait for a place",
);
pub(crate) static CONNECTIONS_MAX: Gauge =
    Gauge::new("flashline_process_connections_max", Unit::Count, "Connections that have a place at the door");
pub(crate) static CONNECTION_WAIT: Gauge = Gauge::new(
    "flashline_process_connection_wait_seconds",
    Unit::Seconds,
    "How long the first of those who wait for a place at the door has waited; zero when nobody does",
);
pub(crate) static MADE_ROOM: Counters<Counted> = Counters::new(
    "flashline_process_made_room_total",
    "doing",
    Unit::Count,
    "Connections that were ended because somebody else waited for a place, by what they did",
);

pub(crate) static ALL: &[&dyn Meter] =
    &[&READY, &CROWDED_OUT, &CONNECTIONS, &CONNECTIONS_MAX, &CONNECTION_WAIT, &MADE_ROOM];
