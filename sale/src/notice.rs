//! What a shop is told: the types of notices, and which of them follows from what the line decides.

use crate::answer::{Answer, Change, News};
use crate::words::words;

/// What a notice tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoticeType {
    /// Units were reserved at once.
    ReservationGranted,
    /// Units that came back were reserved for somebody on standby.
    ReservationGrantedFromStandby,
    /// Its deadline passed unpaid.
    ReservationExpired,
    /// Its units went back to the sale.
    ReservationGivenBack,
    /// A payment was accepted for it; its money is taken next.
    ReservationConverted,
    /// The money of an order was taken.
    OrderPaid,
    /// The money of an order went back.
    OrderRefunded,
    /// It came back: the bank it went to did not take it.
    OrderRefundFailed,
    /// A sale began.
    SaleOpened,
    /// An organiser paused it.
    SalePaused,
    /// An organiser resumed it.
    SaleResumed,
    /// Everything is paid for: nothing is left, and nothing can come back without a refund.
    SaleSoldOut,
    /// Its window has closed.
    SaleEnded,
    /// An organiser ended it.
    SaleStopped,
    /// Nothing happened: an organiser tries an endpoint.
    EndpointTest,
}

words!(NoticeType: "type of notice" {
    ReservationGranted = "reservation.granted",
    ReservationGrantedFromStandby = "reservation.granted_from_standby",
    ReservationExpired = "reservation.expired",
    ReservationGivenBack = "reservation.given_back",
    ReservationConverted = "reservation.converted",
    OrderPaid = "order.paid",
    OrderRefunded = "order.refunded",
    OrderRefundFailed = "order.refund_failed",
    SaleOpened = "sale.opened",
    SalePaused = "sale.paused",
    SaleResumed = "sale.resumed",
    SaleSoldOut = "sale.sold_out",
    SaleEnded = "sale.ended",
    SaleStopped = "sale.stopped",
    EndpointTest = "endpoint.test",
});

impl NoticeType {
    /// Whether an endpoint can ask for it. A test is sent to the one that is tried, whatever it asks for.
    pub const fn can_be_wanted(self) -> bool {
        !matches!(self, Self::EndpointTest)
    }

    /// What follows from news about an attempt. Of `Cancelled`, only where units had been granted: a place on standby is
    /// no reservation.
    pub fn of_news(news: &News) -> Option<Self> {
        match news {
            News::Answer(answer) | News::AnswerTo(answer, _) | News::Change(Change::Drawn(answer, _)) => match answer {
                Answer::Reserved(_) => Some(Self::ReservationGranted),
                Answer::Standby { .. } | Answer::Behind { .. } | Answer::SoldOut { .. } => None,
                Answer::Refused(_) | Answer::Entered { .. } => None,
            },
            News::Change(Change::Granted(_)) => Some(Self::ReservationGrantedFromStandby),
            News::Change(Change::Expired) => Some(Self::ReservationExpired),
            News::Change(Change::Cancelled(_)) => Some(Self::ReservationGivenBack),
            News::Change(Change::Converted(_)) => Some(Self::ReservationConverted),
            News::Change(Change::ConfirmRefused(..) | Change::StandbyEnded(_) | Change::Settled(_))
            | News::Change(Change::HeldOn(_) | Change::LetGo(_)) => None,
        }
    }
}

/// Where a delivery stands: a notice on its way to one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryState {
    /// Until the endpoint has accepted it.
    Waiting,
    /// The endpoint answered with a status of success.
    Accepted,
    /// Tried for as long as it is tried. It can be sent again.
    GivenUp,
}

words!(DeliveryState: "state of a delivery" { Waiting = "waiting", Accepted = "accepted", GivenUp = "given_up" });

/// Why an endpoint is paused: its notices wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PauseCause {
    /// By hand.
    Organiser,
    /// It answered that it is gone (410).
    Gone,
    /// It accepted nothing for too long.
    Failing,
}

words!(PauseCause: "cause of a pause" { Organiser = "organiser", Gone = "gone", Failing = "failing" });
