//! Units are not hoarded, and codes are not used more often than they may: whatever comes, and however it is cut into rounds.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use sale::Counted;
use sale::answer::{Answer, Change, News};
use sale::command::{Attempt, CancelCause, Command};
use sale::hoarding::{HeldBack, Hoarding};
use sale::ids::{AttemptId, CodeNo, ItemNo};
use sale::pricing::Discount;
use sale::provenance::{Origin, Party, Provenance};
use sale::record::{BEHIND, State};
use sale::rules::SaleRules;

use super::{cases, play};
use crate::script::{BEGIN, HOLD_MS, attempt_id, item, payment, rules, script, shopper};
use crate::store::Store;

/// Longer than a hold.
const REST_MS: u64 = 3 * HOLD_MS;
const OFFICE: Provenance = Provenance { origin: Some(Origin([1; 16])), code: None };
const HOME: Provenance = Provenance { origin: Some(Origin([2; 16])), code: None };

fn sale(units: u32) -> Store {
    let limits = Hoarding { unpaid_max: 1, address_unpaid_max: 3, rest_ms: REST_MS, address_percent: 40 };
    let rules = rules(vec![item(units, Discount::None)], Vec::new());
    Store::new(SaleRules { per_shopper_max: 1, standby_max: 20, hoarding: Some(limits), ..rules })
}

/// One unit for a shopper who has not asked with this key before.
fn wants(who: u8, key: u8, from: Provenance) -> (AttemptId, Command) {
    let id = attempt_id(who, key, 0);
    let attempt = Attempt { id, shopper: shopper(who), item: ItemNo(0), quantity: 1, coupon: None };
    (id, Command::of_attempt(attempt, from))
}

fn comes(store: &mut Store, after_ms: u64, (id, command): (AttemptId, Command)) -> AttemptId {
    happens(store, after_ms, command);
    id
}

fn happens(store: &mut Store, after_ms: u64, command: Command) {
    let at = BEGIN.plus_ms(after_ms);
    store.deliver(&[(at, command)], at);
}

fn is_held(store: &Store, id: AttemptId) -> bool {
    matches!(store.state(id), State::Held(_))
}

fn held_back(store: &Store, id: AttemptId) -> Option<HeldBack> {
    match store.records[&id.key()].answer {
        Answer::Behind { why, .. } => Some(why),
        _ => None,
    }
}

#[test]
fn who_lets_a_reservation_run_out_stands_behind_everybody_until_they_have_rested() {
    let mut store = sale(1);
    let first = comes(&mut store, 0, wants(1, 0, HOME));
    happens(&mut store, HOLD_MS + 1, Command::Tick);
    assert_eq!(store.state(first), &State::Expired);
    // Nobody else is there, and yet it is not theirs: somebody may come.
    let again = comes(&mut store, HOLD_MS + 2, wants(1, 1, HOME));
    assert_eq!((held_back(&store, again), store.state(again)), (Some(HeldBack::Unpaid), &State::Waiting));
    let other = comes(&mut store, HOLD_MS + 3, wants(2, 0, OFFICE));
    assert!(is_held(&store, other), "whoever comes later goes before");
    let late = comes(&mut store, HOLD_MS + 4, wants(3, 0, Provenance::default()));
    happens(&mut store, 2 * HOLD_MS + 4, Command::Tick);
    assert!(is_held(&store, late), "also from standby");
    happens(&mut store, HOLD_MS + REST_MS - 1, Command::Cancel { attempt: late, cause: CancelCause::Shopper });
    assert_eq!(store.state(again), &State::Waiting, "they rest");
    happens(&mut store, HOLD_MS + REST_MS + 1, Command::Tick);
    assert!(is_held(&store, again), "nobody else wants it");
}

#[test]
fn what_is_paid_makes_up_for_what_ran_out() {
    let mut store = sale(2);
    let id = comes(&mut store, 0, wants(1, 0, HOME));
    happens(&mut store, 1, Command::Confirm { attempt: id, payment: payment(1) });
    happens(&mut store, 2, Command::Captured { attempt: id, payment: payment(1) });
    store.rules.per_shopper_max = 2;
    let second = comes(&mut store, 3, wants(1, 1, HOME));
    happens(&mut store, HOLD_MS + 4, Command::Tick);
    assert_eq!(store.state(second), &State::Expired);
    let third = comes(&mut store, HOLD_MS + 5, wants(1, 2, HOME));
    assert!(is_held(&store, third), "one for one");
}

#[test]
fn what_could_not_be_paid_came_to_nothing() {
    let mut store = sale(2);
    let id = comes(&mut store, 0, wants(1, 0, HOME));
    happens(&mut store, 1, Command::Confirm { attempt: id, payment: payment(1) });
    happens(&mut store, 2, Command::Cancel { attempt: id, cause: CancelCause::CaptureFailed(payment(1)) });
    let again = comes(&mut store, 3, wants(1, 1, HOME));
    assert_eq!(held_back(&store, again), Some(HeldBack::Unpaid));
}

#[test]
fn an_office_keeps_its_places_behind_for_what_nobody_else_wants() {
    let mut store = sale(20);
    let ids: Vec<AttemptId> = (1..=18).map(|who| comes(&mut store, u64::from(who), wants(who, 0, OFFICE))).collect();
    let refused = ids.iter().filter(|id| matches!(store.records[&id.key()].answer, Answer::Refused(_))).count();
    assert_eq!(refused, 0, "ten have units, eight a place");
    for (number, id) in (1u8..).zip(&ids[..10]) {
        happens(&mut store, 30, Command::Confirm { attempt: *id, payment: payment(number) });
    }
    happens(&mut store, HOLD_MS + 40, Command::Tick);
    assert!(ids[10..].iter().all(|id| is_held(&store, *id)), "nobody else came");
}

#[test]
fn while_stock_is_short_one_block_of_addresses_holds_its_share_at_most() {
    let mut store = sale(10);
    // Half of the stock goes to whoever comes; then 40 % is their share, and that is less than they have.
    let held: Vec<bool> = (1..=8)
        .map(|who| {
            let id = comes(&mut store, u64::from(who), wants(who, 0, OFFICE));
            is_held(&store, id)
        })
        .collect();
    assert_eq!(held, [true, true, true, true, true, false, false, false]);
    assert_eq!(held_back(&store, attempt_id(8, 0, 0)), Some(HeldBack::AddressShare));
    let others: Vec<AttemptId> =
        (11..=15).map(|who| comes(&mut store, u64::from(who), wants(who, 0, Provenance::default()))).collect();
    assert!(others.iter().all(|id| is_held(&store, *id)), "the other half is for others");
    // One of the office pays: that is held no longer, but four are.
    happens(&mut store, 20, Command::Confirm { attempt: attempt_id(1, 0, 0), payment: payment(1) });
    let ninth = comes(&mut store, 21, wants(9, 0, OFFICE));
    assert_eq!(held_back(&store, ninth), Some(HeldBack::AddressShare));
    happens(&mut store, 22, Command::Confirm { attempt: attempt_id(2, 0, 0), payment: payment(2) });
    let tenth = comes(&mut store, 23, wants(10, 0, OFFICE));
    assert_eq!(held_back(&store, tenth), None, "a place on standby among the others");
}

#[test]
fn whom_the_organiser_puts_aside_is_served_what_nobody_else_wants() {
    let mut store = sale(1);
    store.rules.put_aside = [Party::Origin(Origin([1; 16]))].into();
    let aside = comes(&mut store, 0, wants(1, 0, OFFICE));
    assert_eq!(held_back(&store, aside), Some(HeldBack::PutAside));
    let other = comes(&mut store, 1, wants(2, 0, HOME));
    assert!(is_held(&store, other));
    happens(&mut store, 2, Command::Cancel { attempt: other, cause: CancelCause::Shopper });
    happens(&mut store, REST_MS + 1, Command::Tick);
    assert!(is_held(&store, aside));
}

#[test]
fn a_code_that_is_used_up_is_refused_and_comes_back_with_what_used_it() {
    let mut store = sale(9);
    store.rules.code_uses_max = [(CodeNo(7), 1)].into();
    let code = Provenance { origin: None, code: Some(CodeNo(7)) };
    let first = comes(&mut store, 0, wants(1, 0, code));
    assert!(is_held(&store, first));
    let second = comes(&mut store, 1, wants(2, 0, code));
    assert!(matches!(store.records[&second.key()].answer, Answer::Refused(sale::answer::Refusal::CodeUsedUp)));
    happens(&mut store, 2, Command::Cancel { attempt: first, cause: CancelCause::Shopper });
    let third = comes(&mut store, 3, wants(3, 0, code));
    assert!(is_held(&store, third));
}

proptest! {
    #![proptest_config(cases())]

    /// So an inventory that is rebuilt from the records goes on by the same counts.
    #[test]
    fn what_is_counted_is_what_the_records_add_up_to(script in script()) {
        play(&script, |store| {
            let mut counts: HashMap<Counted, i64> = HashMap::new();
            // Held, and not paid, when it ended.
            let (mut held, mut came_to_nothing) = (HashMap::new(), HashSet::new());
            for outcome in &store.journal {
                match (outcome.answer(), &outcome.news) {
                    (Some(Answer::Reserved(_)), _) | (_, News::Change(Change::Granted(_))) => drop(held.insert(outcome.attempt, ())),
                    (_, News::Change(Change::Converted(_))) => drop(held.remove(&outcome.attempt)),
                    (_, News::Change(Change::Cancelled(CancelCause::CaptureFailed(_)))) => drop(came_to_nothing.insert(outcome.attempt)),
                    (_, News::Change(Change::Expired | Change::Cancelled(_))) if held.remove(&outcome.attempt).is_some() => {
                        came_to_nothing.insert(outcome.attempt);
                    }
                    _ => {}
                }
            }
            for record in store.records.values() {
                for (counted, count) in Counted::by(record, came_to_nothing.contains(&record.id)) {
                    *counts.entry(counted).or_default() += count;
                }
            }
            counts.retain(|_, count| *count != 0);
            let mut known = store.counts.clone();
            known.retain(|_, count| *count != 0);
            prop_assert_eq!(known, counts);
            Ok(())
        })?;
    }

    #[test]
    fn those_behind_are_counted_and_are_served_only_what_nobody_else_waits_for(script in script()) {
        let store = play(&script, |store| {
            for (number, behind) in (0u16..).zip(&store.head.behind) {
                let waiting = store.waiting(ItemNo(number)).filter(|record| matches!(record.answer, Answer::Behind { .. }));
                prop_assert_eq!(waiting.count(), behind.waiting as usize);
            }
            Ok(())
        })?;
        let mut waiting = HashMap::new();
        for outcome in &store.journal {
            match (outcome.answer(), &outcome.news) {
                (Some(Answer::Standby { item, number, .. } | Answer::Behind { item, number, .. }), _) => {
                    waiting.insert(outcome.attempt, (*item, *number));
                }
                (_, News::Change(change)) if !matches!(change, Change::ConfirmRefused(..) | Change::HeldOn(_) | Change::LetGo(_)) => {
                    let Some((item, number)) = waiting.remove(&outcome.attempt) else { continue };
                    let (Change::Granted(grant), true) = (change, number >= BEHIND) else { continue };
                    let before = waiting.values().any(|(of, other)| *of == item && *other < number);
                    prop_assert!(!before, "{outcome:?} before others");
                    let Answer::Behind { rests_until, .. } = store.records[&outcome.attempt.key()].answer else { panic!() };
                    prop_assert!(grant.deadline_line >= rests_until.plus_ms(store.rules.hold_ms), "{outcome:?} has not rested");
                }
                _ => {}
            }
        }
    }

    #[test]
    fn no_code_is_used_more_often_than_it_may(script in script()) {
        play(&script, |store| {
            for (code, max) in &store.rules.code_uses_max {
                let uses = store.counts.get(&Counted::CodeUses(*code)).copied().unwrap_or(0);
                prop_assert!((0..=i64::from(*max)).contains(&uses), "{uses} of {max}");
            }
            Ok(())
        })?;
    }
}
