//! Every step of a payment, as it goes and as it does not.

use order_worker::payments::gateway::{AuthorisationState, Gateway, GatewayError, Wish};
use sale::gateway::Action;
use testbed::Stripe;
use testbed::stripe::{ASKS_FIRST, CARD, DECLINED};

use super::{Stand, adapter, is_permanent, is_transient, money, wish};

#[tokio::test]
async fn money_is_held_then_taken_once_and_no_longer_let_go() {
    let stand = Stand::start().await;
    for card in [CARD.to_owned(), Stripe::confirmation_token(CARD)] {
        let wish = wish(&card, 4_500);
        let id = stand.gateway.open(&wish).await.expect("opened");
        let opened = stand.gateway.look(&id).await.expect("looked at");
        assert_eq!((opened.state, opened.reference), (AuthorisationState::Opened, wish.reference), "nothing is held");
        let held = stand.gateway.authorise(&id, &wish).await.expect("authorised");
        assert_eq!((held.amount_minor, held.currency.as_str(), &held.action), (4_500, "EUR", &None));
        assert_eq!(money(&held), (AuthorisationState::Authorised, 0, 0, 0));
        let taken = stand.gateway.capture(&id).await.expect("captured");
        assert_eq!(money(&taken), (AuthorisationState::Captured, 4_500, 0, 1));
        assert_eq!(stand.gateway.capture(&id).await.expect("the same"), taken);
        stand.stripe.forgets_keys();
        assert!(is_permanent(&stand.gateway.capture(&id).await), "it is taken already");
        assert!(is_permanent(&stand.gateway.void(&id).await), "and cannot be let go");
        assert_eq!(stand.gateway.authorise(&id, &wish).await.expect("as it stands"), taken);
        assert_eq!(stand.at_stripe(&wish).await, (0, 4_500));
    }
}

#[tokio::test]
async fn what_was_let_go_is_not_taken() {
    let stand = Stand::start().await;
    let (wish, id) = stand.held(4_500).await;
    let gone = stand.gateway.void(&id).await.expect("voided");
    assert_eq!(
        money(&gone),
        (AuthorisationState::Voided, 0, 0, 0),
        "what was held counts as refunded at Stripe, not here"
    );
    assert!(is_permanent(&stand.gateway.capture(&id).await));
    assert_eq!(stand.gateway.look(&id).await.expect("looked at"), gone);
    assert_eq!(stand.at_stripe(&wish).await, (0, 0));
}

#[tokio::test]
async fn what_a_bank_declines_is_cancelled_before_anybody_hears_of_it() {
    let stand = Stand::start().await;
    for card in [DECLINED.to_owned(), Stripe::confirmation_token(DECLINED)] {
        let wish = wish(&card, 4_500);
        let id = stand.gateway.open(&wish).await.expect("opened");
        let declined = stand.gateway.authorise(&id, &wish).await.expect("an answer");
        assert_eq!(
            (declined.state, declined.reason.as_deref()),
            (AuthorisationState::Declined, Some("generic_decline"))
        );
        assert_eq!(stand.status(&id).await, "canceled", "nobody can revive it");
        assert_eq!(stand.gateway.authorise(&id, &wish).await.expect("the same"), declined);
        assert_eq!(stand.gateway.look(&id).await.expect("looked at").state, AuthorisationState::Declined);
    }
}

#[tokio::test]
async fn a_shopper_whom_the_bank_asks_agrees_refuses_or_never_answers() {
    let stand = Stand::start().await;
    let asked = async |card: &str| {
        let wish = wish(card, 4_500);
        let id = stand.gateway.open(&wish).await.expect("opened");
        let stands = stand.gateway.authorise(&id, &wish).await.expect("an answer");
        assert_eq!(stands.state, AuthorisationState::ActionNeeded);
        assert!(
            matches!(&stands.action, Some(Action::ClientSecret { client_secret }) if client_secret.starts_with(&id))
        );
        assert_eq!(stand.gateway.look(&id).await.expect("looked at"), stands);
        (wish, id)
    };
    let (_, id) = asked(ASKS_FIRST).await;
    stand.stripe.shopper_answers(&id, true).await.expect("answered");
    let agreed = stand.gateway.look(&id).await.expect("looked at");
    assert_eq!((agreed.state, &agreed.action), (AuthorisationState::Authorised, &None));

    let (_, id) = asked(&Stripe::confirmation_token(ASKS_FIRST)).await;
    stand.stripe.shopper_answers(&id, false).await.expect("answered");
    let refused = stand.gateway.look(&id).await.expect("looked at");
    assert_eq!(refused.state, AuthorisationState::Declined);
    assert_eq!(refused.reason.as_deref(), Some("payment_intent_authentication_failure"));
    assert_eq!(stand.status(&id).await, "canceled", "another card is another payment");

    let (wish, id) = asked(ASKS_FIRST).await;
    assert_eq!(stand.gateway.void(&id).await.expect("voided").state, AuthorisationState::Voided);
    stand.stripe.shopper_answers(&id, true).await.expect_err("too late");
    assert_eq!(stand.at_stripe(&wish).await, (0, 0));
}

#[tokio::test]
async fn amounts_are_counted_in_stripes_units_and_come_back_in_ours() {
    let stand = Stand::start().await;
    for (currency, minor, units) in
        [("EUR", 4_500, 4_500), ("ISK", 500, 50_000), ("KWD", 5_120, 5_120), ("MGA", 500, 5)]
    {
        let wish = Wish { currency: currency.to_owned(), ..wish(CARD, minor) };
        let id = stand.gateway.open(&wish).await.expect("opened");
        let intent = stand.stripe.intent(&id).await.expect("known");
        assert_eq!(
            (intent["amount"].as_i64(), intent["currency"].as_str()),
            (Some(units), Some(currency.to_lowercase().as_str()))
        );
        stand.gateway.authorise(&id, &wish).await.expect("authorised");
        let taken = stand.gateway.capture(&id).await.expect("captured");
        assert_eq!((taken.amount_minor, taken.captured_minor, taken.currency.as_str()), (minor, minor, currency));
    }
    for (currency, minor) in [("LYD", 5_000), ("KWD", 5_124), ("EUR", 49)] {
        let wish = Wish { currency: currency.to_owned(), ..wish(CARD, minor) };
        assert!(is_permanent(&stand.gateway.open(&wish).await), "{minor} {currency}");
    }
}

#[tokio::test]
async fn a_wrong_key_declines_nobodys_card_and_no_error_repeats_a_secret() {
    let stand = Stand::start().await;
    let stranger = adapter(&stand.stripe, "sk_test_of_somebody_else");
    let wish_of = wish(CARD, 4_500);
    let id = stand.gateway.open(&wish_of).await.expect("opened");
    for answer in [
        stranger.open(&wish_of).await.map(drop),
        stranger.authorise(&id, &wish_of).await.map(drop),
        stranger.capture(&id).await.map(drop),
    ] {
        assert!(is_transient(&answer));
        let why = answer.expect_err("refused").to_string();
        assert!(why.contains("FLASHLINE_STRIPE_SECRET_KEY") && !why.contains("sk_test"), "{why}");
    }
    for token in ["tok_ok", "pm_nobody_has", "ctoken_pm_nobody_has"] {
        let wish = wish(token, 4_500);
        let answer = match stand.gateway.open(&wish).await {
            Ok(id) => stand.gateway.authorise(&id, &wish).await.map(drop),
            Err(error) => Err(error),
        };
        let Err(GatewayError::Permanent(why)) = answer else { panic!("{token} pays") };
        assert!(!why.contains(token) && !why.contains("nobody"), "{why}");
    }
    stand.gateway.authorise(&id, &wish_of).await.expect("the right key still pays");
}
