//! What is measured of sending mail.

use meter::{Counters, Gauge, Histogram, Unit, labels};

labels! {
    /// How a try to send a mail ended, or that there was none in time.
    pub(crate) enum MailEnd {
        Sent = "sent",
        Refused = "refused",
        Failed = "failed",
        Expired = "expired",
    }
}

pub(crate) static MAILS: Counters<MailEnd> = Counters::new(
    "flashline_order_worker_mails_total",
    "end",
    Unit::Count,
    "Tries to send a mail; sent: the server has taken it; refused: it never will; failed: tried again; expired: not sent in time",
);
pub(crate) static MAIL: Histogram =
    Histogram::new("flashline_order_worker_mail_seconds", Unit::Seconds, "Time of a try to send a mail");
pub(crate) static MAILS_WAITING: Gauge =
    Gauge::new("flashline_order_worker_mails_waiting", Unit::Count, "Mails that wait to be sent, in all of PostgreSQL");
pub(crate) static MAILS_OLDEST: Gauge = Gauge::new(
    "flashline_order_worker_mails_oldest_seconds",
    Unit::Seconds,
    "Age of the oldest mail that waits to be sent",
);
