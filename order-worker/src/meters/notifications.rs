//! What is measured of telling shoppers whose page is closed.

use meter::{Counters, Gauge, Histogram, Unit, labels};
use record::notifications::End;

labels! {
    /// How a try to tell a shopper ended, or that there was none.
    pub(crate) enum NotificationEnd {
        Sent = "sent",
        Untrue = "untrue",
        Unsubscribed = "unsubscribed",
        Refused = "refused",
        Failed = "failed",
        Expired = "expired",
        Redundant = "redundant",
        Limited = "limited",
    }
}

impl From<End> for NotificationEnd {
    fn from(end: End) -> Self {
        match end {
            End::Sent => Self::Sent,
            End::Untrue => Self::Untrue,
            End::Unsubscribed => Self::Unsubscribed,
            End::Refused => Self::Refused,
            End::Expired => Self::Expired,
            End::Redundant => Self::Redundant,
            End::Limited => Self::Limited,
        }
    }
}

pub(crate) static NOTIFICATIONS: Counters<NotificationEnd> = Counters::new(
    "flashline_order_worker_notifications_total",
    "end",
    Unit::Count,
    "Notifications to shoppers by mail and Web Push; sent: a server has taken it; untrue: not true any more, not sent; unsubscribed: nobody wants it any more; refused: a server never will take it; failed: tried again; expired: not sent in time; redundant: the same goes to that address as its owner asked for; limited: as many as may go to a buyer's address have gone",
);
pub(crate) static NOTIFICATION: Histogram = Histogram::new(
    "flashline_order_worker_notification_seconds",
    Unit::Seconds,
    "Time of a try to send a notification to a shopper",
);
pub(crate) static NOTIFICATIONS_WAITING: Gauge = Gauge::new(
    "flashline_order_worker_notifications_waiting",
    Unit::Count,
    "Notifications to shoppers that are due and not sent, in all of PostgreSQL",
);
pub(crate) static NOTIFICATIONS_OLDEST: Gauge = Gauge::new(
    "flashline_order_worker_notifications_oldest_seconds",
    Unit::Seconds,
    "Since the notification that is due for longest was due",
);
