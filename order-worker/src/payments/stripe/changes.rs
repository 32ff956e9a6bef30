//! What changed at Stripe, by its events: <https://docs.stripe.com/api/events>.
//!
//! Events are listed newest first, so a stretch of history is read backwards, page by page, and the next stretch begins
//! shortly before the newest event that was seen.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;

use super::client::{Client, Refused};
use super::event::Event;
use super::intent::{Intent, WITH_CHARGE};
use crate::payments::gateway::{Authorisation, Changes, GatewayError};

/// Events by which money moves, or stops to.
const TYPES: [&str; 11] = [
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.succeeded",
    "charge.captured",
    "charge.expired",
    "charge.refunded",
    "refund.created",
    "refund.failed",
    "refund.updated",
];
/// Events of a page: Stripe's largest.
const PAGE: &str = "100";
/// How far back it is read without a place to go on from.
const OF_LATE_S: u64 = 24 * 60 * 60;
/// An event may show a little later than a newer one.
const OVERLAP_S: u64 = 5;
/// Intents that are looked at at once. Stripe takes 25 calls a second of an account with test keys.
const LOOKS_AT_ONCE: usize = 4;

/// A place in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cursor {
    /// From which second on a stretch is read.
    since_s: u64,
    /// The newest second seen in it.
    newest_s: u64,
    /// The event to go on after within it.
    after: Option<String>,
}

impl Cursor {
    fn of_late() -> Self {
        let since_s = (clock::now().0 / 1_000).saturating_sub(OF_LATE_S);
        Self { since_s, newest_s: since_s, after: None }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.since_s, self.newest_s)?;
        self.after.as_ref().map_or(Ok(()), |event| write!(f, ":{event}"))
    }
}

impl FromStr for Cursor {
    type Err = GatewayError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unreadable = || GatewayError::Permanent("this is no place in Stripe's history".to_owned());
        let mut parts = text.splitn(3, ':');
        let mut second = || parts.next()?.parse().ok();
        let (since_s, newest_s) = second().zip(second()).ok_or_else(unreadable)?;
        Ok(Self { since_s, newest_s, after: parts.next().map(str::to_owned) })
    }
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Event>,
    has_more: bool,
}

/// A page of the history, and the intents that it touches as they stand now.
pub(super) async fn read(client: &Client, since: Option<&str>) -> Result<Changes, GatewayError> {
    let cursor = since.map_or_else(|| Ok(Cursor::of_late()), str::parse)?;
    let from = cursor.since_s.to_string();
    let mut query = vec![("limit", PAGE), ("created[gte]", from.as_str())];
    query.extend(TYPES.map(|kind| ("types[]", kind)));
    query.extend(cursor.after.as_deref().map(|event| ("starting_after", event)));
    let page: Page = client.get("events", &query).await?;

    let newest_s = page.data.iter().map(|event| event.created).max().unwrap_or(0).max(cursor.newest_s);
    let after = page.data.last().map(|event| event.id.clone()).filter(|_| page.has_more);
    let more = after.is_some();
    let since_s = if more { cursor.since_s } else { newest_s.saturating_sub(OVERLAP_S).max(cursor.since_s) };
    let cursor = Cursor { since_s, newest_s, after }.to_string();
    let touched: BTreeSet<String> = page.data.into_iter().filter_map(|event| event.intent()).collect();
    let looks = stream::iter(touched).map(|id| look(client, id)).buffer_unordered(LOOKS_AT_ONCE);
    let stand: Vec<Option<Authorisation>> = looks.try_collect().await?;
    Ok(Changes { authorisations: stand.into_iter().flatten().collect(), cursor, more })
}

/// An intent as it stands, if it was made here. (Others may use the account too.) Nothing is done to it.
async fn look(client: &Client, id: String) -> Result<Option<Authorisation>, GatewayError> {
    match client.get::<Intent>(&format!("payment_intents/{id}"), &[WITH_CHARGE]).await {
        Ok(intent) if intent.is_ours() => intent.authorisation().map(Some),
        Ok(_) => Ok(None),
        Err(Refused::No(why)) if why.is_missing() => Ok(None),
        Err(refused) => Err(refused.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_place_is_read_as_it_was_written_and_nothing_else_panics(
            since_s in any::<u64>(), newest_s in any::<u64>(), after in proptest::option::of("evt_[0-9a-zA-Z:]{1,30}"),
            text in any::<String>(),
        ) {
            let cursor = Cursor { since_s, newest_s, after };
            prop_assert_eq!(cursor.to_string().parse::<Cursor>().ok(), Some(cursor));
            let _ = text.parse::<Cursor>();
        }
    }
}
