//! The three state machines, held to what is said of them.

use std::collections::HashSet;
use std::hash::Hash;

use proptest::prelude::*;

use super::*;

/// Everything that can be reached from a state, itself included.
fn reachable<S: Word + Eq + Hash>(from: S, may_become: impl Fn(S, S) -> bool) -> HashSet<S> {
    let mut found = HashSet::from([from]);
    let mut to_follow = vec![from];
    while let Some(state) = to_follow.pop() {
        let next = S::ALL.iter().copied().filter(|next| may_become(state, *next));
        to_follow.extend(next.filter(|next| found.insert(*next)));
    }
    found
}

/// What holds for every one of them: whatever is not over can come to be, and what is over stays as it is.
fn check_machine<S: Word + Eq + Hash>(start: &[S], is_over: impl Fn(S) -> bool, may_become: impl Fn(S, S) -> bool) {
    for &state in S::ALL {
        let ends = reachable(state, &may_become).into_iter().any(&is_over);
        assert!(ends, "{state} has a way to an end");
        let leads_on = S::ALL.iter().any(|next| may_become(state, *next));
        assert_eq!(leads_on, !is_over(state), "{state} leads on exactly if it is not over");
        assert!(start.iter().any(|start| reachable(*start, &may_become).contains(&state)), "{state} can come to be");
    }
}

#[test]
fn every_payment_can_end_and_what_is_over_stays() {
    check_machine(&[PaymentState::Requested], PaymentState::is_over, PaymentState::may_become);
}

#[test]
fn every_refund_can_end_and_what_is_over_stays() {
    let comes_back = |state, next| (state, next) == (RefundState::Refunded, RefundState::Failed);
    assert!(RefundState::Refunded.may_become(RefundState::Failed), "the one exception: what went back comes back");
    let may_become = |state: RefundState, next| state.may_become(next) && !comes_back(state, next);
    check_machine(&[RefundState::Requested], RefundState::is_over, may_become);
}

#[test]
fn every_order_can_end_and_what_is_over_stays() {
    check_machine(&[OrderState::Pending, OrderState::Paid], OrderState::is_over, OrderState::may_become);
}

#[test]
fn what_is_owed_a_step_is_never_over() {
    assert!(PaymentState::ALL.iter().all(|state| state.is_owed_a_step() != state.is_over()));
    assert!(RefundState::ALL.iter().all(|state| !(state.is_owed_a_step() && state.is_over())));
    let waiting = PaymentState::ALL.iter().filter(|state| state.waits_for_gateway() || state.may_be_declined());
    assert!(waiting.into_iter().all(|state| state.is_owed_a_step()));
}

/// A reservation that lost its live payment may be paid by another: the lost one must not come back to life.
#[test]
fn what_is_no_longer_live_never_is_again() {
    for &state in PaymentState::ALL {
        let later = reachable(state, PaymentState::may_become);
        assert!(state.is_live() || later.iter().all(|later| !later.is_live()), "{state}");
    }
    assert!(RefundState::ALL.iter().all(|state| state.is_live() || state.is_over()));
    assert_eq!(RefundState::words_before(RefundState::Requested), ["needs_attention"]);
}

/// Promise 5: money is taken only by way of the line's answer.
#[test]
fn nothing_is_captured_that_was_not_confirmed() {
    let without_confirming = |from: PaymentState, to: PaymentState| {
        from != PaymentState::Confirming && to != PaymentState::Confirming && from.may_become(to)
    };
    let reached = reachable(PaymentState::Requested, without_confirming);
    assert!(!reached.contains(&PaymentState::Capturing) && !reached.contains(&PaymentState::Captured));
    assert_eq!(PaymentState::words_before(PaymentState::Captured), ["capturing"]);
    assert_eq!(PaymentState::words_before(PaymentState::Capturing), ["confirming"]);
}

#[test]
fn the_steps_from_each_state_are_these() {
    use PaymentState as P;
    assert_eq!(P::words_before(P::Authorising), ["requested", "authorising"]);
    for word in [P::Pending, P::ActionNeeded, P::Confirming, P::Declined] {
        assert_eq!(P::words_before(word), ["authorising", "pending", "action_needed"], "{word}");
    }
    assert_eq!(P::words_before(P::Voiding), ["requested", "authorising", "pending", "action_needed", "confirming"]);
    assert_eq!(P::words_before(P::Voided), ["voiding"]);
    assert_eq!(P::words_before(P::CaptureFailed), ["capturing"]);
    assert!(P::words_before(P::Requested).is_empty());
    assert_eq!(RefundState::words_before(RefundState::Refunded), ["requested", "pending"]);
    assert_eq!(OrderState::words_before(OrderState::Cancelled), ["pending"]);
}

fn check_words<S: Word + Eq + Hash + std::fmt::Debug>() {
    let words: HashSet<&str> = S::ALL.iter().map(|state| state.word()).collect();
    assert_eq!(words.len(), S::ALL.len(), "no two have one word");
    for &state in S::ALL {
        assert_eq!(S::of_word(state.word()), Ok(state));
        assert_eq!(state.to_string(), state.word());
        assert!(S::of_word(&state.word().to_uppercase()).is_err());
    }
}

#[test]
fn every_word_comes_back() {
    check_words::<PaymentState>();
    check_words::<RefundState>();
    check_words::<OrderState>();
    check_words::<Failure>();
}

/// Clients know these words.
#[test]
fn a_confirmation_that_was_refused_has_its_word() {
    let word = |why: ConfirmRefusal| Failure::from(why).word();
    assert_eq!(word(ConfirmRefusal::Expired), "expired");
    assert_eq!(word(ConfirmRefusal::Cancelled), "cancelled");
    assert_eq!(word(ConfirmRefusal::AlreadyPaid), "already_paid");
    assert_eq!(word(ConfirmRefusal::Unknown), "unknown_reservation");
}

#[test]
fn a_state_that_nothing_leads_to_is_unknown() {
    let unknown = PaymentState::of_word("authorised").expect_err("no state");
    assert!(unknown.to_string().starts_with("state of a payment: \"authorised\" is none of requested, "), "{unknown}");
}

proptest! {
    #[test]
    fn a_text_that_is_no_word_is_an_error(text in "\\PC{0,60}") {
        let known = PaymentState::ALL.iter().find(|state| state.word() == text).copied();
        prop_assert_eq!(PaymentState::of_word(&text).ok(), known);
    }

    /// Whatever happens to a payment, in whatever order: a step that may not be taken changes nothing, and one that
    /// ended stays ended.
    #[test]
    fn no_order_of_events_moves_a_payment_that_is_over(
        events in proptest::collection::vec(0..PaymentState::ALL.len(), 0..40),
    ) {
        let mut state = PaymentState::Requested;
        let mut ended = None;
        for next in events.into_iter().map(|index| PaymentState::ALL[index]) {
            if state.may_become(next) {
                state = next;
            }
            ended = ended.or(state.is_over().then_some(state));
            prop_assert!(ended.is_none_or(|ended| ended == state));
        }
    }

    #[test]
    fn tries_are_used_up_one_by_one(permitted in 0u32..30, declined in 0u32..60) {
        let left = tries_left(permitted, declined);
        prop_assert_eq!(left, permitted - declined.min(permitted));
        prop_assert!(tries_left(permitted, declined + 1) <= left);
    }
}
