//! What the notifier measures.

use meter::{Counter, Counters, Gauge, Histogram, Meter, Unit, labels};

labels! {
    /// Why a connection did not become a socket.
    pub(crate) enum NoSocket {
        Full = "full",
        Crowded = "crowded",
        MadeRoom = "made_room",
        Handshake = "handshake",
        Slow = "slow",
        Left = "left",
        Origin = "origin",
        Path = "path",
        NoHello = "no_hello",
        Malformed = "malformed",
        Unauthorized = "unauthorized",
        TokenExpired = "token_expired",
        TicketUsed = "ticket_used",
        SessionEnded = "session_ended",
        Unready = "unready",
        TooLarge = "too_large",
    }
}

labels! {
    /// Why a socket ended.
    pub(crate) enum SocketEnd {
        Left = "left",
        Broken = "broken",
        Drained = "drained",
        Silent = "silent",
        TooSlow = "too_slow",
        TooManySockets = "too_many_sockets",
        SessionEnded = "session_ended",
        TooManyMessages = "too_many_messages",
        TooLarge = "too_large",
        Malformed = "malformed",
    }
}

pub(crate) static SOCKETS: Gauge =
    Gauge::new("flashline_notifier_sockets", Unit::Count, "Open sockets that have said hello");
pub(crate) static SOCKETS_MAX: Gauge =
    Gauge::new("flashline_notifier_sockets_max", Unit::Count, "Sockets that may be open: further ones are turned away");
pub(crate) static REFUSED: Counters<NoSocket> = Counters::new(
    "flashline_notifier_refused_total",
    "why",
    Unit::Count,
    "Connections that did not become sockets; crowded: their address has its share of sockets, made_room: they said \
     nothing while others waited",
);
pub(crate) static DISCONNECTS: Counters<SocketEnd> = Counters::new(
    "flashline_notifier_disconnects_total",
    "why",
    Unit::Count,
    "Sockets that ended, by reason; too_slow: the reader did not take its news",
);
pub(crate) static NEWS: Counter =
    Counter::new("flashline_notifier_news_total", Unit::Count, "Answers and other news pushed to shoppers");
pub(crate) static NEWS_DROPPED: Counter = Counter::new(
    "flashline_notifier_news_dropped_total",
    Unit::Count,
    "News that found a full mailbox: its socket is closed, and its shopper gets the truth on coming back",
);
pub(crate) static PROGRESS: Counter =
    Counter::new("flashline_notifier_progress_total", Unit::Count, "Progress pushed to sockets");
pub(crate) static PROGRESS_SKIPPED: Counter = Counter::new(
    "flashline_notifier_progress_skipped_total",
    Unit::Count,
    "Progress replaced by a later one before its reader took it",
);
pub(crate) static BROADCASTS: Counter =
    Counter::new("flashline_notifier_broadcasts_total", Unit::Count, "Broadcasts of a sale's progress begun");
pub(crate) static LAG: Histogram = Histogram::new(
    "flashline_notifier_lag_seconds",
    Unit::Seconds,
    "From a round's decision to its outcomes lying in the mailboxes of their shoppers",
);
pub(crate) static WRITE: Histogram = Histogram::new(
    "flashline_notifier_write_seconds",
    Unit::Seconds,
    "Time of a write with news to a socket: a slow reader's is long",
);
pub(crate) static CATCH_UPS: Counter = Counter::new(
    "flashline_notifier_catch_ups_total",
    Unit::Count,
    "Sockets told the present truth: on connecting late or again, or after an interruption",
);
pub(crate) static INTERRUPTIONS: Counter = Counter::new(
    "flashline_notifier_interruptions_total",
    Unit::Count,
    "Times that outcomes were heard again after not being heard: everybody looked again",
);
pub(crate) static GAPS: Counter = Counter::new(
    "flashline_notifier_gaps_total",
    Unit::Count,
    "Rounds that were never heard, because this process was too slow for the broker's queue: everybody looked again",
);

pub(crate) static ALL: &[&dyn Meter] = &[
    &SOCKETS,
    &SOCKETS_MAX,
    &REFUSED,
    &DISCONNECTS,
    &NEWS,
    &NEWS_DROPPED,
    &PROGRESS,
    &PROGRESS_SKIPPED,
    &BROADCASTS,
    &LAG,
    &WRITE,
    &CATCH_UPS,
    &INTERRUPTIONS,
    &GAPS,
];
