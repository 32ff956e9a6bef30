//! Where a payment, a refund and an order stand, and how each may go on.
//!
//! ```text
//! payment: requested ─▶ authorising ─────────────────────▶ confirming ─▶ capturing ─▶ captured
//!              │            ├▶ pending ⇄ action needed ─────▶ │  │             └──────▶ capture_failed (the units go back)
//!              │            ├──────┴─────────────▶ declined   │  │
//!              └────────────┴────────────────────────────────────┴▶ voiding ─▶ voided  (nothing is charged)
//!
//! refund:  requested ─▶ pending ─▶ refunded or failed   (or at once, without pending; or needs attention)
//! order:   pending ─▶ paid ─▶ refunded                  (or cancelled, or failed)
//! ```
//!
//! A payment is one try to pay for one reservation. Each step is written before the gateway is called, so a step may
//! be taken again: then the state stays what it is.

#[cfg(test)]
mod tests;

use crate::answer::ConfirmRefusal;
use crate::words::{Word, words};

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PaymentState {
    /// The shopper wishes to pay; nobody has begun.
    Requested,
    /// The gateway is asked to hold the money. Whether it does may be unknown.
    Authorising,
    /// The gateway has yet to hear from the bank.
    Pending,
    /// The bank asks the shopper first (3-D Secure).
    ActionNeeded,
    /// The money is held, or none is needed; the line is asked to convert the reservation.
    Confirming,
    /// The reservation is converted, on the record: the money is being taken.
    Capturing,
    /// The money was taken.
    Captured,
    /// The gateway said no.
    Declined,
    /// Nothing will be sold for it: what the gateway may hold is being let go.
    Voiding,
    /// Nothing is held, nothing was charged.
    Voided,
    /// The reservation was converted, but the money could not be taken; the units go back.
    CaptureFailed,
}

words!(PaymentState: "state of a payment" {
    Requested = "requested",
    Authorising = "authorising",
    Pending = "pending",
    ActionNeeded = "action_needed",
    Confirming = "confirming",
    Capturing = "capturing",
    Captured = "captured",
    Declined = "declined",
    Voiding = "voiding",
    Voided = "voided",
    CaptureFailed = "capture_failed",
});

impl PaymentState {
    /// Whether the payment has ended: it never changes again.
    pub const fn is_over(self) -> bool {
        match self {
            Self::Captured | Self::Declined | Self::Voided | Self::CaptureFailed => true,
            Self::Requested | Self::Authorising | Self::Pending | Self::ActionNeeded => false,
            Self::Confirming | Self::Capturing | Self::Voiding => false,
        }
    }

    /// Whether the order-worker owes it a step, sooner or later.
    pub const fn is_owed_a_step(self) -> bool {
        !self.is_over()
    }

    /// Whether it stands in the way of another try to pay for the same reservation. There is one such payment at most,
    /// so a second click cannot charge twice.
    pub const fn is_live(self) -> bool {
        match self {
            Self::Requested | Self::Authorising | Self::Pending | Self::ActionNeeded => true,
            Self::Confirming | Self::Capturing | Self::Captured => true,
            Self::Declined | Self::Voiding | Self::Voided | Self::CaptureFailed => false,
        }
    }

    /// Whether the gateway has yet to say yes or no to holding the money.
    pub const fn may_be_declined(self) -> bool {
        matches!(self, Self::Requested | Self::Authorising) || self.is_with_bank()
    }

    /// Whether the bank has yet to answer, or asks the shopper first. Meanwhile the units are held on.
    pub const fn is_with_bank(self) -> bool {
        matches!(self, Self::Pending | Self::ActionNeeded)
    }

    /// Whether its next step is a call to the gateway that may have been made already, so that a hint of the gateway
    /// is a reason to look now.
    pub const fn waits_for_gateway(self) -> bool {
        matches!(self, Self::Authorising | Self::Capturing | Self::Voiding) || self.is_with_bank()
    }

    /// Whether a step leads from here to `next`. Over states lead nowhere.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            // Begun; and begun again after a try whose outcome stayed unknown.
            (Self::Requested | Self::Authorising, Self::Authorising)
                // The bank lets us wait, or asks the shopper; also once more.
                | (Self::Authorising | Self::Pending | Self::ActionNeeded, Self::Pending | Self::ActionNeeded)
                | (Self::Authorising | Self::Pending | Self::ActionNeeded, Self::Confirming | Self::Declined)
                // The gateway cannot be reached, or did something else than it was asked; or the reservation is gone.
                | (Self::Requested | Self::Authorising | Self::Pending | Self::ActionNeeded, Self::Voiding)
                // Only the line's answer leads on from here, once it is recorded.
                | (Self::Confirming, Self::Capturing | Self::Voiding)
                | (Self::Capturing, Self::Captured | Self::CaptureFailed)
                | (Self::Voiding, Self::Voided)
        )
    }

    /// The words of the states that may become `next`: what a payment must be in for that step to be written.
    pub fn words_before(next: Self) -> Vec<&'static str> {
        Self::words_of(|state| state.may_become(next))
    }
}

/// How many tries to pay remain for a reservation, of those that its sale permits. Only declined ones are used up.
pub const fn tries_left(permitted: u32, declined: u32) -> u32 {
    permitted.saturating_sub(declined)
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefundState {
    /// An admin asked for it; the gateway has not taken it yet.
    Requested,
    /// The gateway has taken it, and says later how it ended.
    Pending,
    /// The money has gone back.
    Refunded,
    /// It has not, or it came back, and will not; another may be asked for.
    Failed,
    /// The gateway gave no answer, try after try: whether the money has gone back is for a person to find out.
    NeedsAttention,
}

words!(RefundState: "state of a refund" {
    Requested = "requested",
    Pending = "pending",
    Refunded = "refunded",
    Failed = "failed",
    NeedsAttention = "needs_attention",
});

impl RefundState {
    /// Whether it is decided what became of the money, as far as anybody knows: what went back may yet come back. (Units may
    /// still have to go back to the sale.)
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Refunded | Self::Failed)
    }

    /// Whether the order-worker owes it a call to the gateway, sooner or later.
    pub const fn is_owed_a_step(self) -> bool {
        matches!(self, Self::Requested | Self::Pending)
    }

    /// Whether its money has gone back or may yet: it counts towards what may be refunded at most.
    pub const fn is_live(self) -> bool {
        !matches!(self, Self::Failed)
    }

    /// Whether a step leads from here to `next`.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Requested | Self::Pending, Self::Pending | Self::Refunded | Self::Failed)
                | (Self::Requested, Self::NeedsAttention)
                // The bank it went to sends it back, days later.
                | (Self::Refunded, Self::Failed)
                // Somebody has it tried again.
                | (Self::NeedsAttention, Self::Requested)
        )
    }

    /// The words of the states that may become `next`.
    pub fn words_before(next: Self) -> Vec<&'static str> {
        Self::words_of(|state| state.may_become(next))
    }
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OrderState {
    /// Granted and to be paid. Only in the direct-order model, from the grant on.
    Pending,
    /// The money was taken.
    Paid,
    /// The reservation was converted, but the money could not be taken.
    Failed,
    /// Not paid in time, or given back.
    Cancelled,
    /// All of the money went back.
    Refunded,
}

words!(OrderState: "state" {
    Pending = "pending",
    Paid = "paid",
    Failed = "failed",
    Cancelled = "cancelled",
    Refunded = "refunded",
});

impl OrderState {
    /// Whether the order has ended: it never changes again, unless money comes back that was refunded.
    pub const fn is_over(self) -> bool {
        match self {
            Self::Failed | Self::Cancelled | Self::Refunded => true,
            Self::Pending | Self::Paid => false,
        }
    }

    /// Whether money came for it, wherever that is now.
    pub const fn was_paid(self) -> bool {
        matches!(self, Self::Paid | Self::Refunded)
    }

    /// Whether a step leads from here to `next`.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Pending, Self::Paid | Self::Failed | Self::Cancelled) | (Self::Paid, Self::Refunded)
        )
    }

    /// The words of the states that may become `next`.
    pub fn words_before(next: Self) -> Vec<&'static str> {
        Self::words_of(|state| state.may_become(next))
    }
}

/// Why a payment or a refund failed, where that is for us to say. What a gateway gives as its reason is stored
/// beside these words, as the gateway's own text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Failure {
    /// The gateway gave no reason.
    Declined,
    /// The gateway gave no usable answer, try after try.
    GatewayUnreachable,
    /// What the gateway has is not held money.
    NotHeld,
    /// There is something to pay, and no card to pay it with.
    NoCardToken,
    /// The gateway's answer is about another payment or refund.
    ReferenceMismatch,
    /// The gateway's answer is about another currency.
    CurrencyMismatch,
    /// The gateway's answer is about another amount.
    AmountMismatch,
    /// The confirmation entered the line after the deadline.
    Expired,
    /// The reservation was given back before.
    Cancelled,
    /// Another payment was accepted before.
    AlreadyPaid,
    /// The line knows no such reservation.
    UnknownReservation,
}

words!(Failure: "failure" {
    Declined = "declined",
    GatewayUnreachable = "gateway_unreachable",
    NotHeld = "not_held",
    NoCardToken = "no_card_token",
    ReferenceMismatch = "reference_mismatch",
    CurrencyMismatch = "currency_mismatch",
    AmountMismatch = "amount_mismatch",
    Expired = "expired",
    Cancelled = "cancelled",
    AlreadyPaid = "already_paid",
    UnknownReservation = "unknown_reservation",
});

impl Failure {
    /// Whether the gateway did something else than it was asked for. Of a refund: money may have gone back, and would go back
    /// once more if another were asked for.
    pub const fn is_mismatch(self) -> bool {
        matches!(self, Self::ReferenceMismatch | Self::CurrencyMismatch | Self::AmountMismatch)
    }
}

impl From<ConfirmRefusal> for Failure {
    fn from(why: ConfirmRefusal) -> Self {
        match why {
            ConfirmRefusal::Expired => Self::Expired,
            ConfirmRefusal::Cancelled => Self::Cancelled,
            ConfirmRefusal::AlreadyPaid => Self::AlreadyPaid,
            ConfirmRefusal::Unknown => Self::UnknownReservation,
        }
    }
}
