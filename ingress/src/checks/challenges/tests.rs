use altcha::{Solution, SolveChallengeOptions, solve_challenge};
use uuid::Uuid;

use super::*;

const KEY: &str = "a key of at least thirty-two characters";
const SHOPPER: ShopperId = ShopperId(Uuid::from_u128(7));

fn door(keys: &str) -> Challenges {
    Challenges::new(&keys.into(), 4)
}

fn solve(challenge: &Challenge) -> Solution {
    solve_challenge(SolveChallengeOptions::new(challenge)).expect("solvable").expect("in time")
}

fn proof(challenge: &Challenge, solution: Solution) -> String {
    let payload = Payload { challenge: challenge.clone(), solution };
    BASE64_STANDARD.encode(serde_json::to_vec(&payload).expect("JSON"))
}

#[test]
fn a_solution_is_good_once_and_elsewhere_for_the_same_shopper_alone() {
    let (here, there) = (door(KEY), door(KEY));
    let challenge = here.make(SHOPPER, 0).expect("made");
    let shown = proof(&challenge, solve(&challenge));
    assert_eq!(here.solved(&shown, 0, None), Ok(SHOPPER));
    assert_eq!(here.solved(&shown, 0, None), Err(Wrong::Used));
    assert_eq!(there.solved(&shown, 0, None), Ok(SHOPPER));
}

#[test]
fn keys_may_be_rotated() {
    let newer = "another key of at least thirty-two characters";
    let challenge = door(KEY).make(SHOPPER, 0).expect("made");
    let shown = proof(&challenge, solve(&challenge));
    assert_eq!(door(&format!("{newer},{KEY}")).solved(&shown, 0, None), Ok(SHOPPER));
    assert_eq!(door(newer).solved(&shown, 0, None), Err(Wrong::Forged));
}

#[test]
fn what_was_changed_or_not_solved_is_no_solution() {
    let door = door(KEY);
    let challenge = door.make(SHOPPER, 2).expect("made");
    let solution = solve(&challenge);
    let changed = |change: fn(&mut Challenge)| {
        let mut challenge = challenge.clone();
        change(&mut challenge);
        proof(&challenge, solution.clone())
    };
    let of = |change| door.solved(&changed(change), 0, None);
    assert_eq!(of(|it| it.parameters.cost = 1), Err(Wrong::Forged));
    assert_eq!(of(|it| it.parameters.key_prefix = String::new()), Err(Wrong::Forged));
    assert_eq!(of(|it| it.parameters.key_signature = None), Err(Wrong::Forged));
    assert_eq!(of(|it| it.parameters.expires_at = Some(i64::MAX)), Err(Wrong::Forged));
    assert_eq!(of(|it| it.parameters.expires_at = None), Err(Wrong::Forged));
    assert_eq!(of(|it| it.parameters.data = None), Err(Wrong::Forged));
    assert_eq!(of(|it| it.signature = None), Err(Wrong::Forged));
    assert_eq!(of(|it| it.parameters.expires_at = Some(1)), Err(Wrong::Expired));
    let guessed = |derived_key: String| {
        door.solved(&proof(&challenge, Solution { counter: solution.counter, derived_key, time: None }), 0, None)
    };
    assert_eq!(guessed(challenge.parameters.key_prefix.clone()), Err(Wrong::Unsolved));
    assert_eq!(guessed("no digits".to_owned()), Err(Wrong::Unsolved));
    for malformed in ["", "e30=", "{}", "not base64!", &"A".repeat(10_000)] {
        assert_eq!(door.solved(malformed, 0, None), Err(Wrong::Malformed), "{malformed:.20}");
    }
    let somebody_else = Some(ShopperId(Uuid::from_u128(8)));
    assert_eq!(door.solved(&changed(|_| {}), 3, somebody_else), Err(Wrong::Others));
    assert_eq!(door.solved(&changed(|_| {}), 4, None), Err(Wrong::TooEasy));
    assert_eq!(door.solved(&changed(|_| {}), 3, Some(SHOPPER)), Ok(SHOPPER), "it was solved while the level rose");
}

#[test]
fn a_level_more_is_twice_the_work() {
    let door = Challenges::new(&KEY.into(), 20);
    for (level, tries) in [(0, 10..20), (1, 20..40), (2, 40..80)] {
        let solution = solve(&door.make(SHOPPER, level).expect("made"));
        assert!(tries.contains(&solution.counter), "{level}: {}", solution.counter);
    }
}
