//! What every process measures of RabbitMQ.

use meter::{Counter, Gauge, Meter, Unit};

pub(crate) static BROKER_UP: Gauge =
    Gauge::new("flashline_process_broker_up", Unit::Count, "Whether a connection to RabbitMQ can be had");
pub(crate) static BROKER_BLOCKED: Gauge = Gauge::new(
    "flashline_process_broker_blocked",
    Unit::Count,
    "Whether RabbitMQ blocks this process's publishing connection (memory or disk alarm)",
);
pub(crate) static UNREADABLE: Counter = Counter::new(
    "flashline_process_unreadable_total",
    Unit::Count,
    "Messages about lines, orders and rounds that this process cannot read, dropped",
);

pub(crate) static ALL: &[&dyn Meter] = &[&BROKER_UP, &BROKER_BLOCKED, &UNREADABLE];
