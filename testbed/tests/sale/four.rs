//! Four people who want two units, one each.

use reqwest::StatusCode;
use sale::ids::EventId;
use serde_json::Value;
use testbed::by_hand::ByHand;

/// The first buys, with a wish of their own; one lets it run out, one is served from standby and buys, and one goes on waiting: who that is, and
/// their attempt.
pub(crate) async fn four_want_two(door: &str, event: EventId, first: &Value, wish: &Value) -> (ByHand, String) {
    let (buyer, bought) = ByHand::holding(door, event, first).await;
    let (status, _) = buyer.pay(door, &bought, "tok_ok").await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let (idle, lost) = ByHand::holding(door, event, wish).await;
    let next = ByHand::at(door, event).await;
    let place = next.enter(door, "next", wish).await;
    next.becomes(door, &place, "standby").await;
    let last = ByHand::at(door, event).await;
    let behind = last.enter(door, "last", wish).await;
    last.becomes(door, &behind, "standby").await;
    idle.becomes(door, &lost, "expired").await;
    next.becomes(door, &place, "reserved").await;
    let (status, _) = next.pay(door, &place, "tok_ok").await;
    assert_eq!(status, StatusCode::ACCEPTED);
    next.payment_becomes(door, &place, "captured").await;
    buyer.payment_becomes(door, &bought, "captured").await;
    (last, behind)
}
