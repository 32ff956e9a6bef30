//! What is measured of telling the shop.

use meter::{Counter, Counters, Gauges, Histogram, Unit, labels};
use sale::notice::PauseCause;

labels! {
    /// How a try to tell an endpoint ended.
    pub(crate) enum TryEnd {
        Accepted = "accepted",
        Refused = "refused",
        TimedOut = "timed_out",
        Unreachable = "unreachable",
        Forbidden = "forbidden",
    }
}

labels! {
    /// Whether an endpoint is told what there is.
    pub(crate) enum Standing {
        Open = "open",
        Paused = "paused",
    }
}

labels! {
    /// Whether an endpoint is told what there is, and why it is not.
    pub(crate) enum EndpointState {
        Open = "open",
        Organiser = "paused_by_organiser",
        Gone = "paused_gone",
        Failing = "paused_failing",
    }
}

impl EndpointState {
    /// By why it is paused, if it is.
    pub(crate) fn of(paused: Option<PauseCause>) -> Self {
        match paused {
            None => Self::Open,
            Some(PauseCause::Organiser) => Self::Organiser,
            Some(PauseCause::Gone) => Self::Gone,
            Some(PauseCause::Failing) => Self::Failing,
        }
    }
}

pub(crate) static TRIES: Counters<TryEnd> = Counters::new(
    "flashline_order_worker_delivery_tries_total",
    "end",
    Unit::Count,
    "Tries to tell an endpoint of the shop, by how they ended; refused: another status than success, forbidden: no address that may be called",
);
pub(crate) static TRY: Histogram = Histogram::new(
    "flashline_order_worker_delivery_seconds",
    Unit::Seconds,
    "Time of a try to tell an endpoint of the shop",
);
pub(crate) static GIVEN_UP: Counter = Counter::new(
    "flashline_order_worker_deliveries_given_up_total",
    Unit::Count,
    "Deliveries to endpoints of the shop given up after their time; they can be sent again",
);
pub(crate) static FORGOTTEN: Counter = Counter::new(
    "flashline_order_worker_deliveries_forgotten_total",
    Unit::Count,
    "Deliveries to endpoints of the shop that waited for so long that they were forgotten",
);
pub(crate) static DELIVERIES: Gauges<Standing> = Gauges::new(
    "flashline_order_worker_deliveries",
    "endpoint",
    Unit::Count,
    "Deliveries that wait, in all of PostgreSQL, by whether their endpoint is paused",
);
pub(crate) static DELIVERIES_OLDEST: Gauges<Standing> = Gauges::new(
    "flashline_order_worker_deliveries_oldest_seconds",
    "endpoint",
    Unit::Seconds,
    "Age of the oldest delivery that waits, by whether its endpoint is paused",
);
pub(crate) static ENDPOINTS: Gauges<EndpointState> = Gauges::new(
    "flashline_order_worker_endpoints",
    "state",
    Unit::Count,
    "Endpoints of the shop, by whether and why they are paused; failing: nothing was accepted for too long",
);
