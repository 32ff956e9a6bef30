//! The page on which the shopper's bank asks whether it is them who pay (3-D Secure), in place of a real bank's.

use axum::extract::{Form, Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Sandbox;
use super::accounts::Refused;

/// What the shopper answers.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Says {
    Yes,
    No,
}

#[derive(Deserialize)]
pub(super) struct Answer {
    says: Says,
}

/// Asks; or sends the shopper back at once, where nothing is asked any more.
pub(super) async fn ask(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    let Some(authorisation) = sandbox.accounts.get(&id) else { return Refused::Unknown.into_response() };
    if authorisation.action.is_none() {
        return back(sandbox.accounts.return_url(&id));
    }
    let sum = format!("{} minor units of {}", authorisation.amount_minor, authorisation.currency);
    Html(format!(
        r#"<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Sandbox bank</title>
<style>body{{font:1.1rem system-ui;max-width:28rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}}
button{{font:inherit;padding:.6rem 1rem;margin:.5rem .5rem 0 0}}</style>
<h1>Is it you who pays?</h1><p>{sum}. This is the sandbox's bank: no money moves.</p>
<form method="post"><button name="says" value="yes">Yes, it is me</button>
<button name="says" value="no">No</button></form></html>"#
    ))
    .into_response()
}

/// Takes the answer, once, and sends the shopper back.
pub(super) async fn answer(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Form(Answer { says }): Form<Answer>,
) -> Response {
    match sandbox.accounts.bank_says(&id, matches!(says, Says::Yes)) {
        Some((answered, behaviour, return_url)) => {
            sandbox.webhooks.announce(&answered, behaviour);
            back(Some(return_url))
        }
        None => back(sandbox.accounts.return_url(&id)),
    }
}

fn back(to: Option<String>) -> Response {
    to.map_or_else(|| Refused::Unknown.into_response(), |url| Redirect::to(&url).into_response())
}
