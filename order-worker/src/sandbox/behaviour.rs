//! How the gateway behaves, as the card token asks for.

use std::time::Duration;

/// Longer than a shopper likes, shorter than the client's timeout.
const SLOW: Duration = Duration::from_millis(2_000);
/// Longer than the client's timeout.
const TOO_SLOW: Duration = Duration::from_secs(8);

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
}

impl Behaviour {
    pub(super) fn of(card_token: &str) -> Self {
        match card_token {
            "tok_declined" => Self::Declines,
            "tok_slow" => Self::AnswersSlowly,
            "tok_timeout" => Self::LosesAnswers,
            "tok_twice" => Self::SendsWebhooksTwice,
            "tok_late_webhook" => Self::SendsWebhooksLate,
            "tok_bad_signature" => Self::SignsWebhooksBadly,
            "tok_capture_fails" => Self::FailsToCapture,
            _ => Self::Well,
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
