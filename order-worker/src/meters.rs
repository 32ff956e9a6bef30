//! What the order-worker measures.

use meter::{Counter, Counters, EventGauge, Gauge, Gauges, Histogram, Histograms, Meter, Unit};
use sale::payment::{PaymentState, RefundState};

pub(crate) static ROUNDS: Counter =
    Counter::new("flashline_order_worker_rounds_total", Unit::Count, "Rounds recorded in PostgreSQL");
pub(crate) static TRANSACTION_ROUNDS: Histogram = Histogram::new(
    "flashline_order_worker_transaction_rounds",
    Unit::Count,
    "Messages of the dispensers recorded in one transaction",
);
pub(crate) static TRANSACTION: Histogram =
    Histogram::new("flashline_order_worker_transaction_seconds", Unit::Seconds, "Time of a transaction of the ledger");
pub(crate) static DELAY: Histogram = Histogram::new(
    "flashline_order_worker_delay_seconds",
    Unit::Seconds,
    "From a round's decision to its record, by the last round of each transaction",
);
pub(crate) static BEHIND_ROUNDS: EventGauge = EventGauge::new(
    "flashline_order_worker_behind_rounds",
    Unit::Count,
    "Rounds that Redis has and PostgreSQL does not, of sales that are not long over",
);
pub(crate) static BEHIND_SECONDS: EventGauge = EventGauge::new(
    "flashline_order_worker_behind_seconds",
    Unit::Seconds,
    "Since the record last moved, while it is behind Redis; zero when it is not",
);
pub(crate) static LATE_ROUNDS: Counter = Counter::new(
    "flashline_order_worker_late_rounds_total",
    Unit::Count,
    "Rounds of a writer that had been replaced, not recorded: its successor announces what counts",
);
pub(crate) static ALARMS: Counters = Counters::new(
    "flashline_order_worker_alarms_total",
    "kind",
    &["gap", "mismatch", "unknown_event"],
    Unit::Count,
    "What must not happen to a record: a round missing, another round under a number that is taken, an event unknown",
);
pub(crate) static PARKED: Counter = Counter::new(
    "flashline_order_worker_parked_total",
    Unit::Count,
    "Rounds that nobody can read, put aside for a person",
);
pub(crate) static PARKED_MESSAGES: Gauge = Gauge::new(
    "flashline_order_worker_parked_messages",
    Unit::Count,
    "Messages in the broker's queue of what nobody could handle",
);
pub(crate) static TOLD: Counter = Counter::new(
    "flashline_order_worker_told_total",
    Unit::Count,
    "Commands and news told from the outbox to a line or a shopper",
);
pub(crate) static TOLD_DROPPED: Counter = Counter::new(
    "flashline_order_worker_told_dropped_total",
    Unit::Count,
    "Commands in the outbox that nobody can read, dropped",
);
pub(crate) static OUTBOX: Gauge =
    Gauge::new("flashline_order_worker_outbox_messages", Unit::Count, "Messages in the outbox that are not told yet");
pub(crate) static OUTBOX_OLDEST: Gauge = Gauge::new(
    "flashline_order_worker_outbox_oldest_seconds",
    Unit::Seconds,
    "Age of the oldest message in the outbox",
);
pub(crate) static PAYMENT_STEPS: Counters = Counters::new(
    "flashline_order_worker_payment_steps_total",
    "from",
    &PAYMENT_WORDS,
    Unit::Count,
    "Steps that payments took or tried to take, by the state they were in",
);
pub(crate) static PAYMENT_ENDS: Counters = Counters::new(
    "flashline_order_worker_payments_ended_total",
    "as",
    &PAYMENT_END_WORDS,
    Unit::Count,
    "Payments that came to an end",
);
pub(crate) static PAYMENTS: Gauges = Gauges::new(
    "flashline_order_worker_payments",
    "state",
    &PAYMENT_WORDS,
    Unit::Count,
    "Payments under way, by state, in all of PostgreSQL",
);
pub(crate) static PAYMENTS_OLDEST: Gauges = Gauges::new(
    "flashline_order_worker_payments_oldest_seconds",
    "state",
    &PAYMENT_WORDS,
    Unit::Seconds,
    "Since the payment that has been under way for longest was asked for, by state",
);
pub(crate) static GATEWAY: Histograms = Histograms::new(
    "flashline_order_worker_gateway_seconds",
    "call",
    &CALLS,
    Unit::Seconds,
    "Time of the payment gateway's answers, good or bad",
);
pub(crate) static GATEWAY_REFUSALS: Counters = Counters::new(
    "flashline_order_worker_gateway_refusals_total",
    "call",
    &CALLS,
    Unit::Count,
    "Calls that the payment gateway refused for good",
);
pub(crate) static GATEWAY_FAILURES: Counters = Counters::new(
    "flashline_order_worker_gateway_failures_total",
    "call",
    &CALLS,
    Unit::Count,
    "Calls to the payment gateway without a usable answer: made again",
);
pub(crate) static REFUNDS: Counters = Counters::new(
    "flashline_order_worker_refunds_total",
    "as",
    &REFUND_END_WORDS,
    Unit::Count,
    "Refunds that came to an end; failed ones can be asked for again",
);
pub(crate) static REFUNDS_WAITING: Gauges = Gauges::new(
    "flashline_order_worker_refunds",
    "state",
    &REFUND_WORDS,
    Unit::Count,
    "Refunds under way: the gateway has not taken them yet (requested), or has not said how they ended (pending)",
);
pub(crate) static REFUNDS_OLDEST: Gauges = Gauges::new(
    "flashline_order_worker_refunds_oldest_seconds",
    "state",
    &REFUND_WORDS,
    Unit::Seconds,
    "Since the refund that has been under way for longest was asked for, by state",
);
pub(crate) static MISMATCHES: Counters = Counters::new(
    "flashline_order_worker_mismatches_total",
    "call",
    &["authorise", "capture", "refund"],
    Unit::Count,
    "Answers of the payment gateway over another amount, currency or reference than was asked for: nothing follows from them",
);
pub(crate) static WEBHOOKS: Counters = Counters::new(
    "flashline_order_worker_webhooks_total",
    "seen",
    &[
        "fresh",
        "repeated",
        "bad_signature",
        "stale_signature",
        "malformed_signature",
        "malformed",
        "too_large",
        "request_timeout",
        "rate_limited",
        "unavailable",
    ],
    Unit::Count,
    "Webhooks of the payment gateway, by what came of them",
);
pub(crate) static DIFFERENCES: Gauges = Gauges::new(
    "flashline_order_worker_differences",
    "kind",
    &DIFFERENCE_KINDS,
    Unit::Count,
    "Differences between Redis, PostgreSQL and the gateway in the last comparison, that were not mended",
);
pub(crate) static COMPARISONS: Counters = Counters::new(
    "flashline_order_worker_comparisons_total",
    "as",
    &["done", "failed"],
    Unit::Count,
    "Comparisons of Redis, PostgreSQL and the gateway",
);
pub(crate) static MENDED: Counter = Counter::new(
    "flashline_order_worker_mended_total",
    Unit::Count,
    "Differences mended: money let go that was held for a payment that is over",
);

/// The states of a payment that is under way.
pub(crate) const PAYMENT_STATES: [PaymentState; 5] = [
    PaymentState::Requested,
    PaymentState::Authorising,
    PaymentState::Confirming,
    PaymentState::Capturing,
    PaymentState::Voiding,
];
const PAYMENT_WORDS: [&str; 5] = [
    PAYMENT_STATES[0].word(),
    PAYMENT_STATES[1].word(),
    PAYMENT_STATES[2].word(),
    PAYMENT_STATES[3].word(),
    PAYMENT_STATES[4].word(),
];
const PAYMENT_END_WORDS: [&str; 4] = [
    PaymentState::Captured.word(),
    PaymentState::Declined.word(),
    PaymentState::Voided.word(),
    PaymentState::CaptureFailed.word(),
];
const CALLS: [&str; 6] = ["authorise", "look", "capture", "void", "refund", "list"];
/// The states of a refund that is under way.
pub(crate) const REFUND_STATES: [RefundState; 2] = [RefundState::Requested, RefundState::Pending];
const REFUND_WORDS: [&str; 2] = [REFUND_STATES[0].word(), REFUND_STATES[1].word()];
const REFUND_END_WORDS: [&str; 2] = [RefundState::Refunded.word(), RefundState::Failed.word()];
/// What a comparison may find.
pub(crate) const DIFFERENCE_KINDS: [&str; 12] = [
    "no_inventory",
    "inventory_differs",
    "captured_twice",
    "unknown_payment",
    "amount_differs",
    "currency_differs",
    "reference_differs",
    "refund_differs",
    "money_held",
    "captured_not_recorded",
    "recorded_not_captured",
    "order_unfounded",
];

pub(crate) static ALL: &[&dyn Meter] = &[
    &ROUNDS,
    &TRANSACTION_ROUNDS,
    &TRANSACTION,
    &DELAY,
    &BEHIND_ROUNDS,
    &BEHIND_SECONDS,
    &LATE_ROUNDS,
    &ALARMS,
    &PARKED,
    &PARKED_MESSAGES,
    &TOLD,
    &TOLD_DROPPED,
    &OUTBOX,
    &OUTBOX_OLDEST,
    &PAYMENT_STEPS,
    &PAYMENT_ENDS,
    &PAYMENTS,
    &PAYMENTS_OLDEST,
    &GATEWAY,
    &GATEWAY_REFUSALS,
    &GATEWAY_FAILURES,
    &REFUNDS,
    &REFUNDS_WAITING,
    &REFUNDS_OLDEST,
    &MISMATCHES,
    &WEBHOOKS,
    &DIFFERENCES,
    &COMPARISONS,
    &MENDED,
];

#[cfg(test)]
mod tests {
    use sale::words::Word;

    use super::*;

    #[test]
    fn every_state_that_a_payment_or_a_refund_can_be_in_has_its_series() {
        assert_eq!(PaymentState::words_of(PaymentState::is_owed_a_step), PAYMENT_WORDS);
        assert_eq!(PaymentState::words_of(PaymentState::is_over), PAYMENT_END_WORDS);
        assert_eq!(RefundState::words_of(RefundState::is_owed_a_step), REFUND_WORDS);
        assert_eq!(RefundState::words_of(RefundState::is_over), REFUND_END_WORDS);
    }
}
