//! The gateway's books.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use uuid::Uuid;

use super::behaviour::Behaviour;
use crate::payments::gateway::{
    Authorisation, AuthorisationRequest, AuthorisationState, GatewayRefundState, Refund, RefundRequest,
};

/// Authorisations kept at most: it is a sandbox. Beyond, all is declined.
const AUTHORISATIONS_MAX: usize = 200_000;
/// Refunds kept at most, of one authorisation.
const REFUNDS_MAX: usize = 20;

/// What can be done with an authorisation.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Capture,
    Void,
}

/// Why it was not done.
#[derive(Clone, Debug)]
pub(super) enum Refused {
    Unknown,
    Impossible(String),
}

#[derive(Default)]
pub(super) struct Accounts(Mutex<Books>);

#[derive(Default)]
struct Books {
    by_id: HashMap<String, Account>,
    /// Which authorisation a key led to: the same key gets the same one again.
    by_key: HashMap<String, String>,
    /// Which authorisation a refund is of.
    by_refund: HashMap<String, String>,
}

struct Account {
    authorisation: Authorisation,
    behaviour: Behaviour,
    /// Each with its key, and what was answered: the same key gets the same answer again.
    refunds: Vec<(String, Result<Refund, Refused>)>,
}

impl Accounts {
    /// The authorisation for a key, and whether it was made just now.
    pub(super) fn authorise(
        &self,
        key: &str,
        wish: AuthorisationRequest,
        behaviour: Behaviour,
    ) -> (Authorisation, bool) {
        let mut books = self.books();
        if let Some(known) = books.by_key.get(key).and_then(|id| books.by_id.get(id)) {
            return (known.authorisation.clone(), false);
        }
        let full = books.by_id.len() >= AUTHORISATIONS_MAX;
        let declined = behaviour == Behaviour::Declines || full;
        let made = Authorisation {
            id: format!("auth_{}", Uuid::now_v7().simple()),
            reference: wish.reference,
            state: if declined { AuthorisationState::Declined } else { AuthorisationState::Authorised },
            reason: declined.then(|| if full { "sandbox_full" } else { "card_declined" }.to_owned()),
            amount_minor: if behaviour == Behaviour::HoldsAnotherAmount { 1 } else { wish.amount_minor },
            currency: if behaviour == Behaviour::HoldsAnotherCurrency { "XTS".to_owned() } else { wish.currency },
            captured_minor: 0,
            refunded_minor: 0,
            captures: 0,
        };
        if !full {
            books.by_key.insert(key.to_owned(), made.id.clone());
            let account = Account { authorisation: made.clone(), behaviour, refunds: Vec::new() };
            books.by_id.insert(made.id.clone(), account);
        }
        (made, true)
    }

    /// Does something with an authorisation; doing it again changes nothing.
    pub(super) fn act(&self, id: &str, action: Action) -> Result<(Authorisation, Behaviour, bool), Refused> {
        use AuthorisationState::{Authorised, Captured, Voided};
        let mut books = self.books();
        let Account { authorisation, behaviour, .. } = books.by_id.get_mut(id).ok_or(Refused::Unknown)?;
        let fresh = match (action, authorisation.state) {
            (Action::Capture, Authorised) if *behaviour == Behaviour::FailsToCapture => {
                return Err(Refused::Impossible("the issuer withdrew its promise".to_owned()));
            }
            (Action::Capture, Authorised) => {
                authorisation.state = Captured;
                let short = i64::from(*behaviour == Behaviour::CapturesAnotherAmount);
                authorisation.captured_minor += authorisation.amount_minor - short;
                authorisation.captures += 1;
                true
            }
            (Action::Void, Authorised) => {
                authorisation.state = Voided;
                true
            }
            (Action::Capture, Captured) | (Action::Void, Voided) => false,
            (action, state) => return Err(Refused::Impossible(format!("cannot {action:?} what is {state:?}"))),
        };
        Ok((authorisation.clone(), *behaviour, fresh))
    }

    /// Gives money back; with the same key once. Also how the card behaves, and whether it was made just now.
    pub(super) fn refund(&self, key: &str, wish: RefundRequest) -> Result<(Refund, Behaviour, bool), Refused> {
        let mut books = self.books();
        let account = books.by_id.get_mut(&wish.authorisation).ok_or(Refused::Unknown)?;
        let behaviour = account.behaviour;
        if let Some((_, answered)) = account.refunds.iter().find(|(known, _)| known == key) {
            return answered.clone().map(|refund| (refund, behaviour, false));
        }
        if account.refunds.len() >= REFUNDS_MAX {
            return Err(Refused::Impossible(format!("more than {REFUNDS_MAX} refunds")));
        }
        let answer = account.give_back(&wish);
        account.refunds.push((key.to_owned(), answer.clone()));
        let refund = answer?;
        books.by_refund.insert(refund.id.clone(), wish.authorisation);
        Ok((refund, behaviour, true))
    }

    /// Ends a refund that is pending.
    pub(super) fn end_refund(&self, id: &str) -> Option<Authorisation> {
        let mut books = self.books();
        let of = books.by_refund.get(id)?.clone();
        let account = books.by_id.get_mut(&of)?;
        let fails = account.behaviour == Behaviour::FailsToRefundLater;
        let mut made = account.refunds.iter_mut().filter_map(|(_, answered)| answered.as_mut().ok());
        let refund = made.find(|refund| refund.id == id && refund.state == GatewayRefundState::Pending)?;
        if fails {
            refund.state = GatewayRefundState::Failed;
            refund.reason = Some("the account is closed".to_owned());
        } else {
            refund.state = GatewayRefundState::Refunded;
            account.authorisation.gave_back(refund.amount_minor);
        }
        Some(account.authorisation.clone())
    }

    pub(super) fn get(&self, id: &str) -> Option<Authorisation> {
        self.books().by_id.get(id).map(|account| account.authorisation.clone())
    }

    pub(super) fn get_refund(&self, id: &str) -> Option<Refund> {
        let books = self.books();
        let account = books.by_id.get(books.by_refund.get(id)?)?;
        account
            .refunds
            .iter()
            .filter_map(|(_, answered)| answered.as_ref().ok())
            .find(|refund| refund.id == id)
            .cloned()
    }

    pub(super) fn all(&self) -> Vec<Authorisation> {
        self.books().by_id.values().map(|account| account.authorisation.clone()).collect()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Account {
    fn give_back(&mut self, wish: &RefundRequest) -> Result<Refund, Refused> {
        let impossible = |why: &str| Err(Refused::Impossible(why.to_owned()));
        let is_first = self.refunds.is_empty();
        let pending = |(_, answered): &(String, Result<Refund, Refused>)| {
            answered.as_ref().is_ok_and(|refund| refund.state == GatewayRefundState::Pending)
        };
        if self.refunds.iter().any(pending) {
            return impossible("a refund is pending");
        }
        if wish.currency != self.authorisation.currency {
            return impossible("in another currency than was taken");
        }
        let left = self.authorisation.captured_minor - self.authorisation.refunded_minor;
        if !(1..=left).contains(&wish.amount_minor) {
            return impossible("more than was taken, or nothing");
        }
        let state = match self.behaviour {
            Behaviour::RefusesToRefundFirst if is_first => return impossible("the acquirer says no"),
            Behaviour::RefundsLater => GatewayRefundState::Pending,
            Behaviour::FailsToRefundLater if is_first => GatewayRefundState::Pending,
            _ => GatewayRefundState::Refunded,
        };
        let short = i64::from(self.behaviour == Behaviour::RefundsAnotherAmount);
        let amount_minor = wish.amount_minor - short;
        if state == GatewayRefundState::Refunded {
            self.authorisation.gave_back(amount_minor);
        }
        Ok(Refund {
            id: format!("re_{}", Uuid::now_v7().simple()),
            reference: wish.reference,
            state,
            reason: None,
            amount_minor,
            currency: wish.currency.clone(),
        })
    }
}

impl Authorisation {
    fn gave_back(&mut self, amount_minor: i64) {
        self.refunded_minor += amount_minor;
        if self.refunded_minor == self.captured_minor {
            self.state = AuthorisationState::Refunded;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish() -> AuthorisationRequest {
        AuthorisationRequest {
            amount_minor: 500,
            currency: "EUR".into(),
            card_token: "tok_ok".into(),
            reference: Uuid::nil(),
        }
    }

    fn captured(accounts: &Accounts, behaviour: Behaviour) -> RefundRequest {
        let (made, _) = accounts.authorise("k", wish(), behaviour);
        accounts.act(&made.id, Action::Capture).expect("captures");
        RefundRequest {
            authorisation: made.id,
            amount_minor: 500,
            currency: "EUR".to_owned(),
            reference: Uuid::from_u128(7),
        }
    }

    #[test]
    fn one_key_is_one_authorisation_and_one_capture() {
        let accounts = Accounts::default();
        let (first, fresh) = accounts.authorise("k", wish(), Behaviour::Well);
        let (again, repeated) = accounts.authorise("k", wish(), Behaviour::Well);
        assert_eq!((first.id.as_str(), fresh, repeated), (again.id.as_str(), true, false));
        for _ in 0..3 {
            accounts.act(&first.id, Action::Capture).expect("captures");
        }
        let account = accounts.get(&first.id).expect("there");
        assert_eq!((account.captures, account.captured_minor), (1, 500));
    }

    #[test]
    fn what_is_captured_cannot_be_voided() {
        let accounts = Accounts::default();
        let (made, _) = accounts.authorise("k", wish(), Behaviour::Well);
        accounts.act(&made.id, Action::Capture).expect("captures");
        assert!(matches!(accounts.act(&made.id, Action::Void), Err(Refused::Impossible(_))));
        assert!(matches!(accounts.act("other", Action::Void), Err(Refused::Unknown)));
    }

    #[test]
    fn a_refused_refund_stays_refused_for_its_key_and_money_goes_back_once() {
        let accounts = Accounts::default();
        let wish = captured(&accounts, Behaviour::RefusesToRefundFirst);
        for _ in 0..2 {
            assert!(matches!(accounts.refund("r1", wish.clone()), Err(Refused::Impossible(_))));
        }
        for fresh in [true, false] {
            let (refund, _, made) = accounts.refund("r2", wish.clone()).expect("another key is another try");
            assert_eq!((refund.state, made), (GatewayRefundState::Refunded, fresh));
        }
        assert!(accounts.refund("r3", wish.clone()).is_err(), "nothing is left");
        let account = accounts.get(&wish.authorisation).expect("there");
        assert_eq!((account.state, account.refunded_minor), (AuthorisationState::Refunded, 500));
    }

    #[test]
    fn a_pending_refund_ends_once() {
        for (behaviour, ends, refunded_minor) in [
            (Behaviour::RefundsLater, GatewayRefundState::Refunded, 500),
            (Behaviour::FailsToRefundLater, GatewayRefundState::Failed, 0),
        ] {
            let accounts = Accounts::default();
            let wish = captured(&accounts, behaviour);
            let (refund, ..) = accounts.refund("r1", wish.clone()).expect("taken");
            assert_eq!(refund.state, GatewayRefundState::Pending);
            assert!(accounts.refund("r2", wish.clone()).is_err(), "one at a time");
            assert!(accounts.end_refund(&refund.id).is_some() && accounts.end_refund(&refund.id).is_none());
            assert_eq!(accounts.get_refund(&refund.id).map(|refund| refund.state), Some(ends));
            assert_eq!(accounts.get(&wish.authorisation).map(|account| account.refunded_minor), Some(refunded_minor));
        }
    }
}
