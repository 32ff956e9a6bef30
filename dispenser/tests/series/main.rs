//! The claims of a series as a model (`docs/model.md`), explored exhaustively: one shopper, who may have one unit, clicks in two
//! sales. In every order of steps they never have two, and when everything is done nothing is claimed that they do not have.
//! Without any one guard, one of the two breaks.

mod model;

use std::collections::BTreeSet;

use model::{Claims, Guard};
use stateright::{Checker, HasDiscoveries, Model};

const NEVER_TOO_MANY: &str = "never more than one shopper may have";
const NONE_LEFT_OVER: &str = "no claim is left over";

fn explore(claims: Claims, without: &'static [Guard], reached: &[&'static str]) {
    let checker =
        Claims { without, ..claims }.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    println!("{without:?}: {} states, depth {}", checker.unique_state_count(), checker.max_depth());
    let (model, found) = (checker.model(), checker.discoveries());
    for (name, path) in &found {
        assert!(!model.property(name).expectation.discovery_is_failure(), "broken: {name}, by {path}");
    }
    for name in reached {
        assert!(found.contains_key(name), "never: {name}");
    }
}

fn breaks(claims: Claims, without: &'static [Guard], promise: &'static str) {
    let broken = HasDiscoveries::AnyOf(BTreeSet::from([promise]));
    let checker = Claims { without, ..claims }.checker().threads(2).finish_when(broken).spawn_bfs().join();
    let path = checker.discovery(promise);
    println!("without {without:?}: {} states", checker.unique_state_count());
    assert!(path.is_some(), "not broken: {promise}");
}

#[test]
fn two_sales_at_once_with_hand_overs() {
    let claims = Claims { hand_overs: 2, ..PLAIN };
    explore(
        claims,
        &[],
        &["refused for the limit", "granted after the other ended", "a writer lost its place", "all is done"],
    );
}

#[test]
fn a_second_click_and_a_lost_redis() {
    explore(Claims { attempts: [2, 1], wipes: 1, ..PLAIN }, &[], &["refused for the limit", "rebuilt", "all is done"]);
}

#[test]
#[ignore = "minutes"]
fn a_second_click_a_hand_over_and_a_lost_redis() {
    let claims = Claims { attempts: [2, 1], hand_overs: 1, wipes: 1, ..PLAIN };
    explore(claims, &[], &["refused for the limit", "rebuilt", "all is done"]);
}

const PLAIN: Claims = Claims { attempts: [1, 1], hand_overs: 0, wipes: 0, without: &[] };

#[test]
fn who_does_not_claim_before_the_commit_gives_too_many() {
    breaks(PLAIN, &[Guard::ClaimedBeforeCommit], NEVER_TOO_MANY);
}

#[test]
fn who_does_not_take_turns_gives_too_many() {
    breaks(PLAIN, &[Guard::TurnsTaken], NEVER_TOO_MANY);
}

#[test]
fn a_claim_that_ends_before_that_is_recorded_comes_back_as_a_unit_with_the_inventory() {
    breaks(Claims { wipes: 1, hand_overs: 1, ..PLAIN }, &[Guard::EndedWhenRecorded], NEVER_TOO_MANY);
}

#[test]
fn a_writer_that_lost_its_line_leaves_claims_behind() {
    breaks(Claims { hand_overs: 1, ..PLAIN }, &[Guard::EpochRead], NONE_LEFT_OVER);
}

#[test]
fn a_writer_that_takes_over_in_anothers_turn_leaves_its_claim_behind() {
    breaks(Claims { hand_overs: 1, ..PLAIN }, &[Guard::TurnAwaited], NONE_LEFT_OVER);
}
