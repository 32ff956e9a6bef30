//! What every process measures of itself and of its servers.

use crate::meter::{Counter, Counters, Gauge, Gauges, Histogram, Meter, Unit};

pub(crate) static READY: Gauges =
    Gauges::new("flashline_process_ready", "condition", &[], Unit::Count, "Whether a condition of readiness holds");
pub(crate) static RETRIES: Counters = Counters::new(
    "flashline_process_retries_total",
    "what",
    &[],
    Unit::Count,
    "Tries that failed and are made again, by operation",
);
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
pub(crate) static CLOCK_AHEAD: Gauge = Gauge::new(
    "flashline_process_clock_ahead_seconds",
    Unit::Seconds,
    "How far this machine's clock is ahead of the database's, which the process follows; zero within a second",
);
pub(crate) static SALES: Gauge =
    Gauge::new("flashline_process_sales", Unit::Count, "Sales in this process's catalogue");
pub(crate) static BROKER_UP: Gauge =
    Gauge::new("flashline_process_broker_up", Unit::Count, "Whether a connection to RabbitMQ can be had");
pub(crate) static BROKER_BLOCKED: Gauge = Gauge::new(
    "flashline_process_broker_blocked",
    Unit::Count,
    "Whether RabbitMQ blocks this process's publishing connection (memory or disk alarm)",
);
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
pub(crate) static DATABASE_CONNECTIONS: Gauges = Gauges::new(
    "flashline_process_database_connections",
    "state",
    &["busy", "idle"],
    Unit::Count,
    "Connections to PostgreSQL in this process's pool",
);
pub(crate) static REDIS_UP: Gauge =
    Gauge::new("flashline_process_redis_up", Unit::Count, "Whether Redis answers this process");
pub(crate) static REDIS_ANSWER: Histogram =
    Histogram::new("flashline_process_redis_answer_seconds", Unit::Seconds, "How long Redis takes to answer a probe");
pub(crate) static REDIS_MEMORY: Gauge =
    Gauge::new("flashline_process_redis_memory_bytes", Unit::Bytes, "Memory that Redis uses");
pub(crate) static REDIS_MEMORY_LIMIT: Gauge = Gauge::new(
    "flashline_process_redis_memory_limit_bytes",
    Unit::Bytes,
    "Memory that Redis may use: its maxmemory, or else its machine's",
);
pub(crate) static REDIS_DURABLE: Gauge = Gauge::new(
    "flashline_process_redis_durable",
    Unit::Count,
    "Whether Redis keeps its append-only log and last wrote it without an error",
);
pub(crate) static CROWDED_OUT: Counter = Counter::new(
    "flashline_process_crowded_out_total",
    Unit::Count,
    "Connections closed at once: their address had its share of the door",
);
pub(crate) static CONNECTIONS: Gauges = Gauges::new(
    "flashline_process_connections",
    "doing",
    &["busy", "silent", "sending", "idle", "outside"],
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
pub(crate) static MADE_ROOM: Counters = Counters::new(
    "flashline_process_made_room_total",
    "doing",
    &["silent", "sending", "idle"],
    Unit::Count,
    "Connections that were ended because somebody else waited for a place, by what they did",
);
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

pub(crate) static ALL: &[&dyn Meter] = &[
    &READY,
    &RETRIES,
    &LIVING,
    &ROSTER_CHANGES,
    &CLOCK_AHEAD,
    &SALES,
    &BROKER_UP,
    &BROKER_BLOCKED,
    &DATABASE_UP,
    &DATABASE_WAIT,
    &DATABASE_TIMEOUTS,
    &DATABASE_CONNECTIONS,
    &REDIS_UP,
    &REDIS_ANSWER,
    &REDIS_MEMORY,
    &REDIS_MEMORY_LIMIT,
    &REDIS_DURABLE,
    &CROWDED_OUT,
    &CONNECTIONS,
    &CONNECTIONS_MAX,
    &CONNECTION_WAIT,
    &MADE_ROOM,
    &TRACE_SPANS,
    &TRACE_PLACES_LEFT_BEHIND,
    &TRACE_HEADERS_UNREADABLE,
];
