//! The gateway's books.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use uuid::Uuid;

use super::behaviour::Behaviour;
use crate::payments::gateway::{Authorisation, AuthorisationState, Wish};

/// Authorisations kept at most: it is a sandbox. Beyond, all is declined.
const AUTHORISATIONS_MAX: usize = 200_000;

/// What can be done with an authorisation.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Capture,
    Void,
    Refund,
}

/// Why it was not done.
#[derive(Debug)]
pub(super) enum Refused {
    Unknown,
    Impossible(String),
}

#[derive(Default)]
pub(super) struct Accounts(Mutex<Books>);

#[derive(Default)]
struct Books {
    by_id: HashMap<String, (Authorisation, Behaviour)>,
    /// Which authorisation a key led to: the same key gets the same one again.
    by_key: HashMap<String, String>,
}

impl Accounts {
    /// The authorisation for a key, and whether it was made just now.
    pub(super) fn authorise(&self, key: &str, wish: Wish, behaviour: Behaviour) -> (Authorisation, bool) {
        let mut books = self.books();
        if let Some(known) = books.by_key.get(key).and_then(|id| books.by_id.get(id)) {
            return (known.0.clone(), false);
        }
        let full = books.by_id.len() >= AUTHORISATIONS_MAX;
        let declined = behaviour == Behaviour::Declines || full;
        let made = Authorisation {
            id: format!("auth_{}", Uuid::now_v7().simple()),
            reference: wish.reference,
            state: if declined { AuthorisationState::Declined } else { AuthorisationState::Authorised },
            reason: declined.then(|| if full { "sandbox_full" } else { "card_declined" }.to_owned()),
            amount_minor: wish.amount_minor,
            captured_minor: 0,
            refunded_minor: 0,
            captures: 0,
        };
        if !full {
            books.by_key.insert(key.to_owned(), made.id.clone());
            books.by_id.insert(made.id.clone(), (made.clone(), behaviour));
        }
        (made, true)
    }

    /// Does something with an authorisation; doing it again changes nothing.
    pub(super) fn act(&self, id: &str, action: Action) -> Result<(Authorisation, Behaviour, bool), Refused> {
        use AuthorisationState::{Authorised, Captured, Refunded, Voided};
        let mut books = self.books();
        let (account, behaviour) = books.by_id.get_mut(id).ok_or(Refused::Unknown)?;
        let fresh = match (action, account.state) {
            (Action::Capture, Authorised) if *behaviour == Behaviour::FailsToCapture => {
                return Err(Refused::Impossible("the issuer withdrew its promise".to_owned()));
            }
            (Action::Capture, Authorised) => {
                account.state = Captured;
                account.captured_minor += account.amount_minor;
                account.captures += 1;
                true
            }
            (Action::Void, Authorised) => {
                account.state = Voided;
                true
            }
            (Action::Refund, Captured) => {
                account.state = Refunded;
                account.refunded_minor = account.captured_minor;
                true
            }
            (Action::Capture, Captured) | (Action::Void, Voided) | (Action::Refund, Refunded) => false,
            (action, state) => return Err(Refused::Impossible(format!("cannot {action:?} what is {state:?}"))),
        };
        Ok((account.clone(), *behaviour, fresh))
    }

    pub(super) fn get(&self, id: &str) -> Option<Authorisation> {
        self.books().by_id.get(id).map(|(account, _)| account.clone())
    }

    pub(super) fn all(&self) -> Vec<Authorisation> {
        self.books().by_id.values().map(|(account, _)| account.clone()).collect()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish() -> Wish {
        Wish { amount_minor: 500, currency: "EUR".into(), card_token: "tok_ok".into(), reference: Uuid::nil() }
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
}
