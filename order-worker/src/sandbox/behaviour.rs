//! How the gateway behaves, as the card token asks for.

use std::time::Duration;

/// Longer than a shopper likes, shorter than the client's timeout.
const SLOW: Duration = Duration::from_millis(2_000);
/// Longer than the client's timeout.
const TOO_SLOW: Duration = Duration::from_secs(8);

/// How long a refund is pending, or the bank is asked; or until the money comes back.
pub(super) const PENDING_FOR: Duration = Duration::from_secs(3);

/// One way to behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    Well,
    Declines,
    AnswersSlowly,
    /// The first answer to each request gets lost; the deed is done all the same.
    LosesAnswers,
    SendsWebhooksTwice,
    SendsWebhooksLate,
    SignsWebhooksBadly,
    FailsToCapture,
    /// Asks the shopper first, on a page of its own (3-D Secure).
    AsksTheShopper,
    /// Has to ask the bank for a while, which then agrees.
    AnswersLater,
    /// Has to ask the bank for a while, which then declines.
    DeclinesLater,
    /// Has let the money go by the time it is to be captured.
    HoldsTooShort,
    /// Holds 1 minor unit, whatever was asked for.
    HoldsAnotherAmount,
    HoldsAnotherCurrency,
    /// Takes 1 minor unit less than it holds.
    CapturesAnotherAmount,
    /// Refuses the first refund that is asked for, and makes the next.
    RefusesToRefundFirst,
    /// A refund is pending for a while, then made.
    RefundsLater,
    /// The first refund is pending for a while, then fails; the next is made.
    FailsToRefundLater,
    /// The first refund is made, and fails after a while; the next is made.
    FailsToRefundAfterAll,
    /// Gives 1 minor unit less back than was asked for.
    RefundsAnotherAmount,
}

impl Behaviour {
    pub(super) fn of(card_token: &str) -> Self {
        match card_token {
            "tok_slow" => Self::AnswersSlowly,
            "tok_timeout" => Self::LosesAnswers,
            "tok_twice" => Self::SendsWebhooksTwice,
            "tok_late_webhook" => Self::SendsWebhooksLate,
            "tok_bad_signature" => Self::SignsWebhooksBadly,
            "tok_capture_fails" => Self::FailsToCapture,
            "tok_3ds" => Self::AsksTheShopper,
            "tok_pending" => Self::AnswersLater,
            "tok_pending_declined" => Self::DeclinesLater,
            "tok_hold_expires" => Self::HoldsTooShort,
            "tok_wrong_amount" => Self::HoldsAnotherAmount,
            "tok_wrong_currency" => Self::HoldsAnotherCurrency,
            "tok_wrong_capture" => Self::CapturesAnotherAmount,
            "tok_refund_refused" => Self::RefusesToRefundFirst,
            "tok_refund_pending" => Self::RefundsLater,
            "tok_refund_fails" => Self::FailsToRefundLater,
            "tok_refund_comes_back" => Self::FailsToRefundAfterAll,
            "tok_wrong_refund" => Self::RefundsAnotherAmount,
            ok if ok.starts_with("tok_ok") => Self::Well,
            // A card that nobody knows, `tok_declined` among them.
            _ => Self::Declines,
        }
    }

    pub(super) async fn delay_answer(self, fresh: bool) {
        match self {
            Self::AnswersSlowly => tokio::time::sleep(SLOW).await,
            Self::LosesAnswers if fresh => tokio::time::sleep(TOO_SLOW).await,
            _ => {}
        }
    }
}
