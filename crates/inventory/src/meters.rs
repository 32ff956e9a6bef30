//! What every process measures of Redis.

use meter::{Gauge, Histogram, Meter, Unit};

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

pub(crate) static ALL: &[&dyn Meter] = &[&REDIS_UP, &REDIS_ANSWER, &REDIS_MEMORY, &REDIS_MEMORY_LIMIT, &REDIS_DURABLE];
