//! What changed at Stripe, page by page.

use std::collections::BTreeMap;

use order_worker::payments::gateway::{Authorisation, AuthorisationState, Gateway};
use testbed::stripe::CARD;
use uuid::Uuid;

use super::{Stand, is_permanent};

/// More than a page of events.
const MANY: usize = 60;
const PAGES_MAX: usize = 10;

/// Reads on from a place until there is no more: what was touched, the next place, and how many pages it took.
async fn read(stand: &Stand, since: Option<String>) -> (BTreeMap<Uuid, Authorisation>, String, usize) {
    let (mut touched, mut cursor) = (BTreeMap::new(), since);
    for pages in 1..=PAGES_MAX {
        let changes = stand.gateway.changes(cursor.as_deref()).await.expect("read");
        touched.extend(changes.authorisations.into_iter().map(|stands| (stands.reference, stands)));
        if !changes.more {
            return (touched, changes.cursor, pages);
        }
        cursor = Some(changes.cursor);
    }
    panic!("it has no end");
}

#[tokio::test]
async fn every_change_is_seen_as_it_stands_now_and_none_of_somebody_elses() {
    let stand = Stand::start().await;
    let mut ours = Vec::new();
    for _ in 0..MANY {
        let (wish, id) = stand.held(4_500).await;
        stand.gateway.void(&id).await.expect("voided");
        ours.push(wish.reference);
    }
    // Made by somebody else with the same account.
    let theirs = [("amount", "700"), ("currency", "eur"), ("capture_method", "manual"), ("payment_method", CARD)];
    let theirs = stand.stripe.by_hand("payment_intents", &theirs).await.expect("made");
    let confirm = format!("payment_intents/{}/confirm", theirs["id"].as_str().expect("an id"));
    stand.stripe.by_hand(&confirm, &[("return_url", "http://127.0.0.1/")]).await.expect("confirmed");

    let (touched, cursor, pages) = read(&stand, None).await;
    assert_eq!(pages, 2, "more than one page");
    assert_eq!(touched.keys().copied().collect::<Vec<_>>(), ours, "each, and nobody else's");
    assert!(touched.values().all(|stands| stands.state == AuthorisationState::Voided), "as they stand now");

    tokio::time::sleep(std::time::Duration::from_secs(7)).await;
    let (wish, id) = stand.held(4_500).await;
    let (touched, cursor, _) = read(&stand, Some(cursor)).await;
    assert_eq!(touched[&wish.reference].state, AuthorisationState::Authorised);
    stand.gateway.capture(&id).await.expect("captured");
    let (touched, cursor, pages) = read(&stand, Some(cursor)).await;
    assert_eq!((touched.len(), pages), (1, 1), "the history is not read from its beginning");
    assert_eq!(touched[&wish.reference].state, AuthorisationState::Captured);
    let (touched, ..) = read(&stand, Some(cursor)).await;
    assert_eq!(touched.len(), 1, "the newest second is read again: more may happen in it");
    assert!(is_permanent(&stand.gateway.changes(Some("nonsense")).await));
}
