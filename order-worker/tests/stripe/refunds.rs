//! Money that goes back: in parts, up to what was taken, each part once.

use order_worker::payments::gateway::{Gateway, GatewayError, GatewayRefundState, RefundRequest};
use testbed::stripe::Trouble;
use uuid::Uuid;

use super::{Stand, is_permanent, is_transient};

fn part(of: &str, amount_minor: i64) -> RefundRequest {
    let authorisation = of.to_owned();
    RefundRequest { authorisation, amount_minor, currency: "EUR".to_owned(), reference: Uuid::now_v7() }
}

async fn taken(stand: &Stand, amount_minor: i64) -> String {
    let (_, id) = stand.held(amount_minor).await;
    stand.gateway.capture(&id).await.expect("captured");
    id
}

async fn given_back(stand: &Stand, id: &str) -> i64 {
    stand.gateway.look(id).await.expect("looked at").refunded_minor
}

#[tokio::test]
async fn parts_go_back_up_to_the_sum_and_not_beyond() {
    let stand = Stand::start().await;
    let id = taken(&stand, 4_500).await;
    let (first, second) = (part(&id, 1_500), part(&id, 2_000));
    let back = stand.gateway.refund(&first).await.expect("refunded");
    assert_eq!((back.state, back.amount_minor, back.reference), (GatewayRefundState::Refunded, 1_500, first.reference));
    assert_eq!(back.currency, "EUR");
    assert_eq!(stand.gateway.look_at_refund(&back.id).await.expect("looked at"), back);
    stand.gateway.refund(&second).await.expect("refunded");
    assert_eq!(given_back(&stand, &id).await, 3_500);

    let Err(GatewayError::Permanent(why)) = stand.gateway.refund(&part(&id, 1_001)).await else { panic!("too much") };
    assert!(why.contains("greater than unrefunded amount"), "Stripe says why: {why}");
    stand.gateway.refund(&part(&id, 1_000)).await.expect("the rest");
    assert!(is_permanent(&stand.gateway.refund(&part(&id, 1)).await), "nothing is left");
    assert_eq!(given_back(&stand, &id).await, 4_500);

    let (_, held) = stand.held(4_500).await;
    assert!(is_permanent(&stand.gateway.refund(&part(&held, 100)).await), "what is held has not been taken");
}

#[tokio::test]
async fn a_part_goes_back_once_whatever_is_lost_and_however_late_it_is_tried_again() {
    let stand = Stand::start().await;
    for trouble in [Trouble::LosesAnswer, Trouble::FailsDone] {
        let id = taken(&stand, 4_500).await;
        let wish = part(&id, 1_500);
        stand.stripe.next("refunds", Trouble::LosesAnswer); // of those that there are
        assert!(is_transient(&stand.gateway.refund(&wish).await));
        assert_eq!(given_back(&stand, &id).await, 0, "not known whether it was made: not made");
        // The list's answer comes, that of the refund does not.
        stand.stripe.passes_then("refunds", trouble);
        assert!(is_transient(&stand.gateway.refund(&wish).await), "{trouble:?}");
        stand.stripe.forgets_keys();
        let again = stand.gateway.refund(&wish).await.expect("the same refund");
        assert_eq!((again.state, again.amount_minor), (GatewayRefundState::Refunded, 1_500));
        assert_eq!(given_back(&stand, &id).await, 1_500, "{trouble:?}: once");
    }
}

#[tokio::test]
async fn a_refund_that_is_pending_ends_one_way_or_the_other() {
    let stand = Stand::start().await;
    for (ends, reason, state, back) in [
        ("succeeded", None, GatewayRefundState::Refunded, 1_500),
        ("failed", Some("lost_or_stolen_card"), GatewayRefundState::Failed, 0),
        ("canceled", None, GatewayRefundState::Failed, 0),
    ] {
        let id = taken(&stand, 4_500).await;
        stand.stripe.refunds_later();
        let wish = part(&id, 1_500);
        let pending = stand.gateway.refund(&wish).await.expect("taken");
        assert_eq!((pending.state, &pending.reason), (GatewayRefundState::Pending, &None));
        stand.stripe.refund_ends(&pending.id, ends, reason);
        let ended = stand.gateway.look_at_refund(&pending.id).await.expect("looked at");
        assert_eq!(ended.state, state, "{ends}");
        let why = (state == GatewayRefundState::Failed).then(|| reason.unwrap_or("canceled"));
        assert_eq!(ended.reason.as_deref(), why);
        assert_eq!(given_back(&stand, &id).await, back, "{ends}");
    }
}
