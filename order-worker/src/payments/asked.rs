//! What was asked of the gateway, held against what it answers: nothing follows from an answer about something else.

use meter::Label;
use record::payments::Payment;
use sale::payment::Failure;
use uuid::Uuid;

use super::gateway::{Authorisation, Refund};
use crate::meters::{self, Call};

/// What an answer must be about.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// In minor units.
    pub(crate) amount_minor: i64,
    /// ISO 4217.
    pub(crate) currency: &'a str,
    /// Our payment or refund.
    pub(crate) reference: Uuid,
}

impl<'a> Asked<'a> {
    /// What the gateway's answers to a payment must be about.
    pub(super) fn of(payment: &'a Payment) -> Self {
        Self { amount_minor: payment.amount_minor, currency: &payment.currency, reference: payment.id.0 }
    }

    /// What is wrong with a hold, if anything is.
    pub(crate) fn mismatch_of_hold(&self, held: &Authorisation) -> Option<Failure> {
        self.mismatch(Call::Authorise, held.amount_minor, &held.currency, held.reference)
    }

    /// The same of what was taken.
    pub(crate) fn mismatch_of_capture(&self, taken: &Authorisation) -> Option<Failure> {
        self.mismatch(Call::Capture, taken.captured_minor, &taken.currency, taken.reference)
    }

    /// The same of what goes back.
    pub(crate) fn mismatch_of_refund(&self, refund: &Refund) -> Option<Failure> {
        self.mismatch(Call::Refund, refund.amount_minor, &refund.currency, refund.reference)
    }

    fn mismatch(&self, call: Call, amount_minor: i64, currency: &str, reference: Uuid) -> Option<Failure> {
        let failure = if reference != self.reference {
            Failure::ReferenceMismatch
        } else if currency != self.currency {
            Failure::CurrencyMismatch
        } else if amount_minor != self.amount_minor {
            Failure::AmountMismatch
        } else {
            return None;
        };
        meters::MISMATCHES.one(call);
        tracing::error!(call = call.word(), word = failure.word(), asked = ?self, amount_minor, currency, %reference, "the gateway did something else");
        Some(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_about_something_else_has_its_word() {
        let us = Uuid::from_u128(1);
        let asked = Asked { amount_minor: 4_500, currency: "EUR", reference: us };
        let of = |amount, currency, reference| {
            asked.mismatch(Call::Authorise, amount, currency, reference).map(Failure::word)
        };
        assert_eq!(of(4_500, "EUR", us), None);
        assert_eq!(of(1, "EUR", us), Some("amount_mismatch"));
        assert_eq!(of(4_500, "USD", us), Some("currency_mismatch"));
        assert_eq!(of(4_500, "EUR", Uuid::nil()), Some("reference_mismatch"));
    }
}
