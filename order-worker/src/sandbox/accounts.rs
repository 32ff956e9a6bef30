//! The gateway's books.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sale::gateway::Action as Asks;
use serde::Deserialize;
use uuid::Uuid;

use super::behaviour::Behaviour;
use crate::payments::gateway::{
    Authorisation, AuthorisationState, Changes, GatewayRefundState, Refund, RefundRequest, Wish,
};

/// Authorisations kept at most: it is a sandbox. Beyond, none is opened.
const AUTHORISATIONS_MAX: usize = 200_000;
/// Changes remembered at most, and told in one answer.
const CHANGES_MAX: usize = 1_000_000;
const CHANGES_TOLD_MAX: usize = 100;
/// Refunds kept at most, of one authorisation.
const REFUNDS_MAX: usize = 20;

/// What can be done with an authorisation, besides asking for the money.
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
    /// Which authorisations changed, in order; and how many changes before these are forgotten.
    changes: VecDeque<String>,
    forgotten: usize,
}

struct Account {
    authorisation: Authorisation,
    behaviour: Behaviour,
    return_url: String,
    /// Each with its key, and what was answered: the same key gets the same answer again.
    refunds: Vec<(String, Result<Refund, Refused>)>,
}

impl Accounts {
    /// The place for a key; the same key gets the same one again.
    pub(super) fn open(&self, key: &str, wish: Wish, behaviour: Behaviour) -> Result<Authorisation, Refused> {
        let mut books = self.books();
        if let Some(known) = books.by_key.get(key).and_then(|id| books.by_id.get(id)) {
            return Ok(known.authorisation.clone());
        }
        if books.by_id.len() >= AUTHORISATIONS_MAX {
            return Err(Refused::Impossible("the sandbox is full".to_owned()));
        }
        let opened = Authorisation {
            id: format!("auth_{}", Uuid::now_v7().simple()),
            reference: wish.reference,
            state: AuthorisationState::Opened,
            action: None,
            reason: None,
            amount_minor: if behaviour == Behaviour::HoldsAnotherAmount { 1 } else { wish.amount_minor },
            currency: if behaviour == Behaviour::HoldsAnotherCurrency { "XTS".to_owned() } else { wish.currency },
            captured_minor: 0,
            refunded_minor: 0,
            captures: 0,
        };
        books.by_key.insert(key.to_owned(), opened.id.clone());
        let account =
            Account { authorisation: opened.clone(), behaviour, return_url: wish.return_url, refunds: Vec::new() };
        books.by_id.insert(opened.id.clone(), account);
        books.changed(&opened.id);
        Ok(opened)
    }

    /// Asks the bank for the money, once; and whether that was just now. `ask_at` is the page on which the bank asks the
    /// shopper.
    pub(super) fn authorise(&self, id: &str, ask_at: String) -> Result<(Authorisation, Behaviour, bool), Refused> {
        let mut books = self.books();
        let Account { authorisation, behaviour, .. } = books.by_id.get_mut(id).ok_or(Refused::Unknown)?;
        let (stands, fresh) = match (authorisation.state, *behaviour) {
            (AuthorisationState::Opened, Behaviour::Declines) => (AuthorisationState::Declined, true),
            (AuthorisationState::Opened, Behaviour::AsksTheShopper) => (AuthorisationState::ActionNeeded, true),
            (AuthorisationState::Opened, Behaviour::AnswersLater | Behaviour::DeclinesLater) => {
                (AuthorisationState::Pending, true)
            }
            (AuthorisationState::Opened, _) => (AuthorisationState::Authorised, true),
            (stands, _) => (stands, false),
        };
        authorisation.state = stands;
        if fresh && stands == AuthorisationState::ActionNeeded {
            authorisation.action = Some(Asks::Redirect { url: ask_at });
        }
        if stands == AuthorisationState::Declined {
            authorisation.reason.get_or_insert_with(|| "card_declined".to_owned());
        }
        let answer = (authorisation.clone(), *behaviour, fresh);
        if fresh {
            books.changed(id);
        }
        Ok(answer)
    }

    /// The bank has made up its mind, or the shopper has answered it. Nothing, where it was not asked, or has answered
    /// before. Otherwise also where the shopper is sent back to.
    pub(super) fn bank_says(&self, id: &str, yes: bool) -> Option<(Authorisation, Behaviour, String)> {
        let mut books = self.books();
        let Account { authorisation, behaviour, return_url, .. } = books.by_id.get_mut(id)?;
        if !matches!(authorisation.state, AuthorisationState::Pending | AuthorisationState::ActionNeeded) {
            return None;
        }
        authorisation.state = if yes { AuthorisationState::Authorised } else { AuthorisationState::Declined };
        authorisation.action = None;
        authorisation.reason = (!yes).then(|| "authentication_failed".to_owned());
        let answer = (authorisation.clone(), *behaviour, return_url.clone());
        books.changed(id);
        Some(answer)
    }

    /// Where a shopper who was asked something is sent back to.
    pub(super) fn return_url(&self, id: &str) -> Option<String> {
        self.books().by_id.get(id).map(|account| account.return_url.clone())
    }

    /// Does something with an authorisation; doing it again changes nothing.
    pub(super) fn act(&self, id: &str, action: Action) -> Result<(Authorisation, Behaviour, bool), Refused> {
        use AuthorisationState::{ActionNeeded, Authorised, Captured, Opened, Voided};
        let mut books = self.books();
        let Account { authorisation, behaviour, .. } = books.by_id.get_mut(id).ok_or(Refused::Unknown)?;
        let fresh = match (action, authorisation.state) {
            (Action::Capture, Authorised) if *behaviour == Behaviour::FailsToCapture => {
                return Err(Refused::Impossible("the issuer withdrew its promise".to_owned()));
            }
            (Action::Capture, Authorised) if *behaviour == Behaviour::HoldsTooShort => {
                authorisation.state = Voided;
                books.changed(id);
                return Err(Refused::Impossible("the money was held for too long: it is let go".to_owned()));
            }
            (Action::Capture, Authorised) => {
                authorisation.state = Captured;
                let short = i64::from(*behaviour == Behaviour::CapturesAnotherAmount);
                authorisation.captured_minor += authorisation.amount_minor - short;
                authorisation.captures += 1;
                true
            }
            (Action::Void, Opened | ActionNeeded | Authorised) => {
                authorisation.state = Voided;
                authorisation.action = None;
                true
            }
            (Action::Capture, Captured) | (Action::Void, Voided) => false,
            (action, state) => return Err(Refused::Impossible(format!("cannot {action:?} what is {state:?}"))),
        };
        let answer = (authorisation.clone(), *behaviour, fresh);
        if fresh {
            books.changed(id);
        }
        Ok(answer)
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
        books.changed(&wish.authorisation);
        books.by_refund.insert(refund.id.clone(), wish.authorisation);
        Ok((refund, behaviour, true))
    }

    /// Ends a refund that is pending, or has the first one that was made fail after all.
    pub(super) fn end_refund(&self, id: &str) -> Option<Authorisation> {
        let mut books = self.books();
        let of = books.by_refund.get(id)?.clone();
        let account = books.by_id.get_mut(&of)?;
        let behaviour = account.behaviour;
        let mut made = account.refunds.iter_mut().filter_map(|(_, answered)| answered.as_mut().ok()).enumerate();
        let (at, refund) = made.find(|(_, refund)| refund.id == id)?;
        let (next, back_minor) = match (refund.state, behaviour) {
            (GatewayRefundState::Pending, Behaviour::FailsToRefundLater) => (GatewayRefundState::Failed, 0),
            (GatewayRefundState::Pending, _) => (GatewayRefundState::Refunded, refund.amount_minor),
            (GatewayRefundState::Refunded, Behaviour::FailsToRefundAfterAll) if at == 0 => {
                (GatewayRefundState::Failed, -refund.amount_minor)
            }
            _ => return None,
        };
        refund.state = next;
        refund.reason = (next == GatewayRefundState::Failed).then(|| "the account is closed".to_owned());
        account.authorisation.refunded_minor += back_minor;
        let about = account.authorisation.clone();
        books.changed(&of);
        Some(about)
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

    /// What changed after the first `since` changes.
    pub(super) fn changes(&self, since: usize) -> Changes {
        let books = self.books();
        let known = since.saturating_sub(books.forgotten).min(books.changes.len());
        let told: Vec<&String> = books.changes.iter().skip(known).take(CHANGES_TOLD_MAX).collect();
        let until = known + told.len();
        let mut ids: Vec<&String> = told;
        ids.sort_unstable();
        ids.dedup();
        let authorisations = ids.iter().filter_map(|id| Some(books.by_id.get(*id)?.authorisation.clone())).collect();
        Changes { authorisations, cursor: (books.forgotten + until).to_string(), more: until < books.changes.len() }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn changed(&mut self, id: &str) {
        if self.changes.len() == CHANGES_MAX {
            self.changes.pop_front();
            self.forgotten += 1;
        }
        self.changes.push_back(id.to_owned());
    }
}

impl Account {
    fn give_back(&mut self, wish: &RefundRequest) -> Result<Refund, Refused> {
        let impossible = |why: &str| Err(Refused::Impossible(why.to_owned()));
        let is_first = self.refunds.is_empty();
        if wish.currency != self.authorisation.currency {
            return impossible("in another currency than was taken");
        }
        let made = self.refunds.iter().filter_map(|(_, answered)| answered.as_ref().ok());
        let pending = made.filter(|refund| refund.state == GatewayRefundState::Pending);
        let pending_minor: i64 = pending.map(|refund| refund.amount_minor).sum();
        let left = self.authorisation.captured_minor - self.authorisation.refunded_minor - pending_minor;
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
            self.authorisation.refunded_minor += amount_minor;
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

#[cfg(test)]
mod tests;
