//! What the order-worker measures.

mod draws;
mod mails;
mod notices;
mod notifications;

use meter::{Counter, Counters, EventGauge, Gauge, Gauges, Histogram, Histograms, Label, Meter, Unit, labels};
use sale::payment::{PaymentState, RefundState};

pub(crate) use draws::*;
pub(crate) use mails::*;
pub(crate) use notices::*;
pub(crate) use notifications::*;

/// The state of a payment that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PaymentUnderWay(pub(crate) PaymentState);

impl Label for PaymentUnderWay {
    const ALL: &'static [Self] = &[
        Self(PaymentState::Requested),
        Self(PaymentState::Authorising),
        Self(PaymentState::Pending),
        Self(PaymentState::ActionNeeded),
        Self(PaymentState::Confirming),
        Self(PaymentState::Capturing),
        Self(PaymentState::Voiding),
    ];

    fn word(self) -> &'static str {
        self.0.word()
    }
}

/// How a payment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PaymentEnd(pub(crate) PaymentState);

impl Label for PaymentEnd {
    const ALL: &'static [Self] = &[
        Self(PaymentState::Captured),
        Self(PaymentState::Declined),
        Self(PaymentState::Voided),
        Self(PaymentState::CaptureFailed),
    ];

    fn word(self) -> &'static str {
        self.0.word()
    }
}

/// The state of a refund that is under way, or waits for somebody's attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RefundUnderWay(pub(crate) RefundState);

impl Label for RefundUnderWay {
    const ALL: &'static [Self] =
        &[Self(RefundState::Requested), Self(RefundState::Pending), Self(RefundState::NeedsAttention)];

    fn word(self) -> &'static str {
        self.0.word()
    }
}

/// How a refund ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RefundEnd(pub(crate) RefundState);

impl Label for RefundEnd {
    const ALL: &'static [Self] = &[Self(RefundState::Refunded), Self(RefundState::Failed)];

    fn word(self) -> &'static str {
        self.0.word()
    }
}

labels! {
    /// What must not happen to a record.
    pub(crate) enum Alarm {
        Gap = "gap",
        Mismatch = "mismatch",
        UnknownEvent = "unknown_event",
    }
}

labels! {
    /// A call of the payment gateway.
    pub(crate) enum Call {
        Open = "open",
        Authorise = "authorise",
        Look = "look",
        Capture = "capture",
        Void = "void",
        Refund = "refund",
        Changes = "changes",
    }
}

labels! {
    /// What became of a webhook.
    pub(crate) enum WebhookFate {
        Fresh = "fresh",
        Repeated = "repeated",
        BadSignature = "bad_signature",
        StaleSignature = "stale_signature",
        MalformedSignature = "malformed_signature",
        Malformed = "malformed",
        TooLarge = "too_large",
        RequestTimeout = "request_timeout",
        RateLimited = "rate_limited",
        Unavailable = "unavailable",
    }
}

labels! {
    /// What a comparison found.
    pub enum DifferenceKind {
        NoInventory = "no_inventory",
        InventoryDiffers = "inventory_differs",
        CapturedTwice = "captured_twice",
        UnknownPayment = "unknown_payment",
        AmountDiffers = "amount_differs",
        CurrencyDiffers = "currency_differs",
        ReferenceDiffers = "reference_differs",
        RefundDiffers = "refund_differs",
        MoneyHeld = "money_held",
        CapturedNotRecorded = "captured_not_recorded",
        RecordedNotCaptured = "recorded_not_captured",
        OrderUnfounded = "order_unfounded",
    }
}

labels! {
    /// How a comparison ended.
    pub(crate) enum Comparison {
        Done = "done",
        Failed = "failed",
    }
}

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
pub(crate) static ALARMS: Counters<Alarm> = Counters::new(
    "flashline_order_worker_alarms_total",
    "kind",
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
pub(crate) static PAYMENT_STEPS: Counters<PaymentUnderWay> = Counters::new(
    "flashline_order_worker_payment_steps_total",
    "from",
    Unit::Count,
    "Steps that payments took or tried to take, by the state they were in",
);
pub(crate) static PAYMENT_ENDS: Counters<PaymentEnd> =
    Counters::new("flashline_order_worker_payments_ended_total", "as", Unit::Count, "Payments that came to an end");
pub(crate) static PAYMENTS: Gauges<PaymentUnderWay> = Gauges::new(
    "flashline_order_worker_payments",
    "state",
    Unit::Count,
    "Payments under way, by state, in all of PostgreSQL",
);
pub(crate) static PAYMENTS_OLDEST: Gauges<PaymentUnderWay> = Gauges::new(
    "flashline_order_worker_payments_oldest_seconds",
    "state",
    Unit::Seconds,
    "Since the payment that has been under way for longest was asked for, by state",
);
pub(crate) static GATEWAY: Histograms<Call> = Histograms::new(
    "flashline_order_worker_gateway_seconds",
    "call",
    Unit::Seconds,
    "Time of the payment gateway's answers, good or bad",
);
pub(crate) static GATEWAY_REFUSALS: Counters<Call> = Counters::new(
    "flashline_order_worker_gateway_refusals_total",
    "call",
    Unit::Count,
    "Calls that the payment gateway refused for good",
);
pub(crate) static GATEWAY_FAILURES: Counters<Call> = Counters::new(
    "flashline_order_worker_gateway_failures_total",
    "call",
    Unit::Count,
    "Calls to the payment gateway without a usable answer: made again",
);
pub(crate) static REFUNDS: Counters<RefundEnd> = Counters::new(
    "flashline_order_worker_refunds_total",
    "as",
    Unit::Count,
    "Refunds that came to an end; failed ones can be asked for again",
);
pub(crate) static REFUNDS_WAITING: Gauges<RefundUnderWay> = Gauges::new(
    "flashline_order_worker_refunds",
    "state",
    Unit::Count,
    "Refunds under way: the gateway has not taken them yet (requested), or has not said how they ended (pending); or nobody knows whether they were made (needs_attention)",
);
pub(crate) static REFUNDS_OLDEST: Gauges<RefundUnderWay> = Gauges::new(
    "flashline_order_worker_refunds_oldest_seconds",
    "state",
    Unit::Seconds,
    "Since the refund that has been under way for longest was asked for, by state",
);
pub(crate) static MISMATCHES: Counters<Call> = Counters::new(
    "flashline_order_worker_mismatches_total",
    "call",
    Unit::Count,
    "Answers of the payment gateway over another amount, currency or reference than was asked for: nothing follows from them",
);
pub(crate) static WEBHOOKS: Counters<WebhookFate> = Counters::new(
    "flashline_order_worker_webhooks_total",
    "seen",
    Unit::Count,
    "Webhooks of the payment gateway, by what came of them",
);
pub(crate) static DIFFERENCES: Gauges<DifferenceKind> = Gauges::new(
    "flashline_order_worker_differences",
    "kind",
    Unit::Count,
    "Differences between Redis, PostgreSQL and the gateway in the last comparison, that were not mended",
);
pub(crate) static COMPARISONS: Counters<Comparison> = Counters::new(
    "flashline_order_worker_comparisons_total",
    "as",
    Unit::Count,
    "Comparisons of Redis, PostgreSQL and the gateway",
);
pub(crate) static MENDED: Counter = Counter::new(
    "flashline_order_worker_mended_total",
    Unit::Count,
    "Differences mended: money let go that was held for a payment that is over",
);

pub(crate) static ALL: &[&dyn Meter] = &[
    &LOBBIES_SEALED,
    &DRAWS_LATE,
    &BEACON_ROUNDS,
    &BEACON_HEARD,
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
    &TRIES,
    &TRY,
    &GIVEN_UP,
    &FORGOTTEN,
    &DELIVERIES,
    &DELIVERIES_OLDEST,
    &ENDPOINTS,
    &MAILS,
    &MAIL,
    &MAILS_WAITING,
    &MAILS_OLDEST,
    &NOTIFICATIONS,
    &NOTIFICATION,
    &NOTIFICATIONS_WAITING,
    &NOTIFICATIONS_OLDEST,
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
        fn words<L: Label>() -> Vec<&'static str> {
            L::ALL.iter().map(|state| state.word()).collect()
        }
        assert_eq!(PaymentState::words_of(PaymentState::is_owed_a_step), words::<PaymentUnderWay>());
        assert_eq!(PaymentState::words_of(PaymentState::is_over), words::<PaymentEnd>());
        assert_eq!(RefundState::words_of(|state| !state.is_over()), words::<RefundUnderWay>());
        assert_eq!(RefundState::words_of(RefundState::is_over), words::<RefundEnd>());
    }
}
