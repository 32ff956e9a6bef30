//! The dispense protocol as a model, explored exhaustively for a small sale: its promises hold, and break when
//! a guard is taken out.

mod guards;
mod inventory;
mod model;
mod promises;
mod record;
mod sale;
mod shoppers;
mod writer;

use guards::{Guard, Guards};
use model::{Faults, Protocol};
use sale::{Command, Sale};
use stateright::{Checker, HasDiscoveries, Model};

const SALE: Sale =
    Sale { stock: 1, standby_max: 2, line: &[Command::Attempt(0), Command::Attempt(1), Command::Cancel(0)] };

/// Explores every order of events, until a promise is broken or there is nothing left to explore. Gives the
/// promises that were broken.
fn broken(faults: Faults, without: Option<Guard>) -> Vec<&'static str> {
    let checker = Protocol { sale: SALE, faults, guards: Guards { without } }
        .checker()
        .threads(1)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    println!("{without:?}: {} states, depth {}", checker.unique_state_count(), checker.max_depth());
    let model = checker.model();
    let found = checker.discoveries().into_keys();
    found.filter(|name| model.property(name).expectation.discovery_is_failure()).collect()
}

/// One hand-over of the line, at any moment.
const A_HAND_OVER: Faults = Faults { closed_channels: 1, older_copies: 0, repeated_entries: 0 };
/// And Redis comes back older than it was, once, at any moment.
const AND_AN_OLDER_REDIS: Faults = Faults { closed_channels: 1, older_copies: 1, repeated_entries: 0 };

#[test]
fn a_hand_over_at_any_moment_breaks_no_promise() {
    assert_eq!(broken(A_HAND_OVER, None), Vec::<&str>::new());
}

#[test]
fn the_fence_is_needed() {
    assert_ne!(broken(AND_AN_OLDER_REDIS, Some(Guard::FenceOnCommits)), Vec::<&str>::new());
}

#[test]
fn looking_up_earlier_answers_is_needed() {
    assert_ne!(broken(AND_AN_OLDER_REDIS, Some(Guard::LookUpAnswers)), Vec::<&str>::new());
}

#[test]
fn the_confirm_before_the_ack_is_needed() {
    assert_ne!(broken(AND_AN_OLDER_REDIS, Some(Guard::ConfirmBeforeAck)), Vec::<&str>::new());
}

#[test]
fn waiting_for_the_barrier_is_needed() {
    assert_ne!(broken(AND_AN_OLDER_REDIS, Some(Guard::WaitForBarrier)), Vec::<&str>::new());
}
