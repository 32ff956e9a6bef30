//! `Idempotency-Key` as Stripe honours it (<https://docs.stripe.com/api/idempotent_requests>): the first answer is saved,
//! failures too, and comes again; while it is made, others with its key are refused; another request with it is a mistake.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use serde_json::Value;

/// What a call answers.
pub(super) type Answer = (StatusCode, Value);

/// What became of the keys so far.
#[derive(Default)]
pub(super) struct Keys(Mutex<HashMap<String, Saved>>);

struct Saved {
    request: String,
    /// None while it is under way.
    answer: Option<Answer>,
}

/// What is to be done for a key.
pub(super) enum Begun {
    /// The deed.
    Fresh,
    /// The first answer, again.
    Again(Answer),
    /// Another with this key is under way.
    UnderWay,
    /// The key was used for something else.
    SomethingElse,
}

impl Keys {
    pub(super) fn begin(&self, key: &str, request: &str) -> Begun {
        let mut saved = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match saved.get(key) {
            Some(saved) if saved.request != request => Begun::SomethingElse,
            Some(Saved { answer: Some(answer), .. }) => Begun::Again(answer.clone()),
            Some(Saved { answer: None, .. }) => Begun::UnderWay,
            None => {
                saved.insert(key.to_owned(), Saved { request: request.to_owned(), answer: None });
                Begun::Fresh
            }
        }
    }

    pub(super) fn end(&self, key: &str, answer: &Answer) {
        let mut saved = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(saved) = saved.get_mut(key) {
            saved.answer = Some(answer.clone());
        }
    }

    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
