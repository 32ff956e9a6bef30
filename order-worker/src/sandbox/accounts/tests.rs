//! What the gateway's books must hold.

use super::*;

fn wish() -> Wish {
    Wish {
        amount_minor: 500,
        currency: "EUR".into(),
        card_token: "tok_ok".into(),
        reference: Uuid::nil(),
        return_url: "http://shop".into(),
    }
}

fn authorised(accounts: &Accounts, behaviour: Behaviour) -> Authorisation {
    let opened = accounts.open("k", wish(), behaviour).expect("room");
    accounts.authorise(&opened.id, "http://bank".into()).expect("asked").0
}

fn captured(accounts: &Accounts, behaviour: Behaviour) -> RefundRequest {
    let made = authorised(accounts, behaviour);
    accounts.act(&made.id, Action::Capture).expect("captures");
    RefundRequest {
        authorisation: made.id,
        amount_minor: 500,
        currency: "EUR".to_owned(),
        reference: Uuid::from_u128(7),
    }
}

#[test]
fn one_key_is_one_authorisation_and_one_capture() {
    let accounts = Accounts::default();
    let first = authorised(&accounts, Behaviour::Well);
    assert_eq!(authorised(&accounts, Behaviour::Well), first);
    for _ in 0..3 {
        accounts.act(&first.id, Action::Capture).expect("captures");
    }
    let account = accounts.get(&first.id).expect("there");
    assert_eq!((account.captures, account.captured_minor), (1, 500));
}

#[test]
fn what_is_captured_cannot_be_voided() {
    let accounts = Accounts::default();
    let made = authorised(&accounts, Behaviour::Well);
    accounts.act(&made.id, Action::Capture).expect("captures");
    assert!(matches!(accounts.act(&made.id, Action::Void), Err(Refused::Impossible(_))));
    assert!(matches!(accounts.act("other", Action::Void), Err(Refused::Unknown)));
}

#[test]
fn a_refused_refund_stays_refused_for_its_key_and_money_goes_back_once() {
    let accounts = Accounts::default();
    let wish = captured(&accounts, Behaviour::RefusesToRefundFirst);
    for _ in 0..2 {
        assert!(matches!(accounts.refund("r1", wish.clone()), Err(Refused::Impossible(_))));
    }
    for fresh in [true, false] {
        let (refund, _, made) = accounts.refund("r2", wish.clone()).expect("another key is another try");
        assert_eq!((refund.state, made), (GatewayRefundState::Refunded, fresh));
    }
    assert!(accounts.refund("r3", wish.clone()).is_err(), "nothing is left");
    let account = accounts.get(&wish.authorisation).expect("there");
    assert_eq!((account.state, account.refunded_minor), (AuthorisationState::Captured, 500));
}

#[test]
fn a_pending_refund_ends_once() {
    for (behaviour, ends, refunded_minor) in [
        (Behaviour::RefundsLater, GatewayRefundState::Refunded, 500),
        (Behaviour::FailsToRefundLater, GatewayRefundState::Failed, 0),
    ] {
        let accounts = Accounts::default();
        let wish = captured(&accounts, behaviour);
        let (refund, ..) = accounts.refund("r1", wish.clone()).expect("taken");
        assert_eq!(refund.state, GatewayRefundState::Pending);
        assert!(accounts.refund("r2", wish.clone()).is_err(), "all of it is on its way");
        assert!(accounts.end_refund(&refund.id).is_some() && accounts.end_refund(&refund.id).is_none());
        assert_eq!(accounts.get_refund(&refund.id).map(|refund| refund.state), Some(ends));
        assert_eq!(accounts.get(&wish.authorisation).map(|account| account.refunded_minor), Some(refunded_minor));
    }
}

#[test]
fn a_bank_answers_once_and_what_it_asks_can_be_let_go() {
    for yes in [true, false] {
        let accounts = Accounts::default();
        let asked = authorised(&accounts, Behaviour::AsksTheShopper);
        assert_eq!(asked.state, AuthorisationState::ActionNeeded);
        assert!(asked.action.is_some());
        let (answered, ..) = accounts.bank_says(&asked.id, yes).expect("it was asked");
        let stands = if yes { AuthorisationState::Authorised } else { AuthorisationState::Declined };
        assert_eq!((answered.state, answered.action), (stands, None));
        assert!(accounts.bank_says(&asked.id, !yes).is_none());
    }
    let accounts = Accounts::default();
    let asked = authorised(&accounts, Behaviour::AsksTheShopper);
    accounts.act(&asked.id, Action::Void).expect("let go");
    assert!(accounts.bank_says(&asked.id, true).is_none(), "too late");
}

#[test]
fn the_history_goes_on_where_it_was_left() {
    let accounts = Accounts::default();
    let made = authorised(&accounts, Behaviour::Well);
    let first = accounts.changes(0);
    assert_eq!((first.authorisations.len(), first.more), (1, false));
    let since: usize = first.cursor.parse().expect("a number");
    assert!(accounts.changes(since).authorisations.is_empty());
    accounts.act(&made.id, Action::Void).expect("let go");
    assert_eq!(accounts.changes(since).authorisations[0].state, AuthorisationState::Voided);
}
