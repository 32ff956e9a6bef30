//! What is measured of draws.

use meter::{Counter, Counters, Gauge, Unit, labels};

labels! {
    /// Whether a round of the beacon was had, and checked.
    pub(crate) enum RoundEnd {
        Had = "had",
        Missed = "missed",
    }
}

pub(crate) static LOBBIES_SEALED: Counter = Counter::new(
    "flashline_order_worker_lobbies_sealed_total",
    Unit::Count,
    "Lobbies that were sealed: their entries are published",
);
pub(crate) static DRAWS_LATE: Gauge = Gauge::new(
    "flashline_order_worker_draws_late_seconds",
    Unit::Seconds,
    "How long the sale that waits longest for the order of its draw is past its opening; 0 where none waits",
);
pub(crate) static BEACON_ROUNDS: Counters<RoundEnd> = Counters::new(
    "flashline_order_worker_beacon_rounds_total",
    "end",
    Unit::Count,
    "Rounds of the randomness beacon that were asked for; had: of some relay, and signed by the chain",
);
pub(crate) static BEACON_HEARD: Gauge = Gauge::new(
    "flashline_order_worker_beacon_heard_seconds",
    Unit::Seconds,
    "Time since the chain for new sales was last heard, or since the start; 0 where no relay is configured",
);
