//! Whatever is lost, late or fails between Stripe and us: nothing is charged twice, and nothing is held for ever.

use std::time::Duration;

use order_worker::payments::gateway::{AuthorisationState, Gateway};
use testbed::stripe::{ASKS_FIRST, CARD, DECLINED, Trouble};

use super::{Stand, is_permanent, is_transient, money, wish};

const TROUBLES: [Trouble; 3] = [Trouble::LosesAnswer, Trouble::FailsDone, Trouble::FailsUndone];

#[tokio::test]
async fn whichever_answer_is_lost_asking_again_pays_once() {
    let stand = Stand::start().await;
    for call in ["payment_intents", "confirm", "capture"] {
        for trouble in TROUBLES {
            stand.stripe.next(call, trouble);
            let wish = wish(CARD, 4_500);
            let mut opened = stand.gateway.open(&wish).await;
            if call == "payment_intents" {
                assert!(is_transient(&opened), "{trouble:?}");
                opened = stand.gateway.open(&wish).await;
            }
            let id = opened.expect("opened");
            let mut held = stand.gateway.authorise(&id, &wish).await;
            if call == "confirm" {
                assert!(is_transient(&held), "{trouble:?}");
                held = stand.gateway.authorise(&id, &wish).await;
            }
            assert_eq!(held.expect("authorised").state, AuthorisationState::Authorised, "{call} {trouble:?}");
            assert_eq!(stand.at_stripe(&wish).await, (1, 0), "{call} {trouble:?}: held once");
            let mut taken = stand.gateway.capture(&id).await;
            if call == "capture" {
                assert!(is_transient(&taken), "{trouble:?}");
                // Where it was done all the same, another key finds it done: the look that follows says so.
                taken = match stand.gateway.capture(&id).await {
                    Ok(taken) => Ok(taken),
                    Err(_) if trouble == Trouble::FailsDone => stand.gateway.look(&id).await,
                    Err(error) => Err(error),
                };
            }
            assert_eq!(
                money(&taken.expect("captured")),
                (AuthorisationState::Captured, 4_500, 0, 1),
                "{call} {trouble:?}"
            );
            assert_eq!(stand.at_stripe(&wish).await, (0, 4_500), "{call} {trouble:?}: taken once");
        }
    }
}

#[tokio::test]
async fn whichever_answer_is_lost_what_is_not_sold_is_let_go() {
    let stand = Stand::start().await;
    for trouble in TROUBLES {
        let (wish, id) = stand.held(4_500).await;
        stand.stripe.next("cancel", trouble);
        assert!(is_transient(&stand.gateway.void(&id).await), "{trouble:?}");
        let _ = stand.gateway.void(&id).await;
        assert_eq!(stand.gateway.look(&id).await.expect("looked at").state, AuthorisationState::Voided, "{trouble:?}");
        assert_eq!(stand.at_stripe(&wish).await, (0, 0), "{trouble:?}");

        let declined = super::wish(DECLINED, 4_500);
        let id = stand.gateway.open(&declined).await.expect("opened");
        stand.stripe.next("cancel", trouble);
        assert!(
            is_transient(&stand.gateway.authorise(&id, &declined).await),
            "{trouble:?}: not before it is cancelled"
        );
        let answer = stand.gateway.authorise(&id, &declined).await.expect("an answer");
        assert_eq!(
            (answer.state, stand.status(&id).await.as_str()),
            (AuthorisationState::Declined, "canceled"),
            "{trouble:?}"
        );

        let asked = super::wish(ASKS_FIRST, 4_500);
        let id = stand.gateway.open(&asked).await.expect("opened");
        stand.gateway.authorise(&id, &asked).await.expect("asked");
        stand.stripe.shopper_answers(&id, false).await.expect("answered");
        stand.stripe.next("cancel", trouble);
        assert!(is_transient(&stand.gateway.look(&id).await), "{trouble:?}");
        assert_eq!(
            stand.gateway.look(&id).await.expect("looked at").state,
            AuthorisationState::Declined,
            "{trouble:?}"
        );
    }
}

/// What Stripe has saved under a key is of another day.
#[tokio::test]
async fn what_was_refused_or_failed_more_than_once_is_done_in_the_end() {
    let stand = Stand::start().await;
    let (wish, id) = stand.held(4_500).await;
    stand.stripe.next("cancel", Trouble::RefusesUndone);
    assert!(is_permanent(&stand.gateway.void(&id).await), "a bank is asked");
    assert_eq!(stand.gateway.void(&id).await.expect("let go").state, AuthorisationState::Voided);
    assert_eq!(stand.at_stripe(&wish).await, (0, 0));

    for call in ["capture", "cancel"] {
        let (wish, id) = stand.held(4_500).await;
        // The first fails; its saved answer comes again, and asking anew fails too.
        stand.stripe.next(call, Trouble::FailsUndone);
        stand.stripe.passes_then(call, Trouble::FailsUndone);
        let ask =
            async || if call == "capture" { stand.gateway.capture(&id).await } else { stand.gateway.void(&id).await };
        for _ in 0..2 {
            assert!(is_transient(&ask().await), "{call}");
        }
        ask().await.expect(call);
        let taken = if call == "capture" { 4_500 } else { 0 };
        assert_eq!(stand.at_stripe(&wish).await, (0, taken), "{call}");
    }

    // Refused by the bank, and not yet cancelled: whoever has its secret could pay it.
    let declined = super::wish(DECLINED, 4_500);
    let id = stand.gateway.open(&declined).await.expect("opened");
    stand.stripe.next("cancel", Trouble::RefusesUndone);
    assert!(is_transient(&stand.gateway.authorise(&id, &declined).await), "not before it is cancelled");
    let answer = stand.gateway.authorise(&id, &declined).await.expect("an answer");
    assert_eq!((answer.state, stand.status(&id).await.as_str()), (AuthorisationState::Declined, "canceled"));
}

#[tokio::test]
async fn an_answer_that_is_late_comes_in_the_end() {
    let stand = Stand::start().await;
    let wish = wish(CARD, 4_500);
    let id = stand.gateway.open(&wish).await.expect("opened");
    stand.stripe.next("confirm", Trouble::IsSlow);
    assert!(is_transient(&stand.gateway.authorise(&id, &wish).await), "too late");
    assert!(is_transient(&stand.gateway.authorise(&id, &wish).await), "still under way: 409");
    tokio::time::sleep(Duration::from_secs(3)).await;
    let held = stand.gateway.authorise(&id, &wish).await.expect("the first answer");
    assert_eq!(held.state, AuthorisationState::Authorised);
    assert_eq!(stand.at_stripe(&wish).await, (1, 0));
}
