//! Sales of a series, as the line of one of them decides: what shoppers have claimed in the others counts like what they have in
//! this one.

use std::collections::HashMap;

use proptest::prelude::*;
use sale::answer::{Answer, Change, Refusal};
use sale::command::{CancelCause, Command};
use sale::ids::ShopperId;
use sale::series::{Elsewhere, claims, ended};

use crate::cases;
use crate::script::{HOLD_MS, Script, Step, script, shopper};
use crate::store::Store;
use crate::stories::{happens, sale, wants};

fn elsewhere(per_shopper_max: u32, claimed: &[(u8, u32)]) -> Option<Elsewhere> {
    let claimed = claimed.iter().map(|(who, units)| (shopper(*who), *units)).collect();
    Some(Elsewhere { per_shopper_max, claimed })
}

fn claimed() -> impl Strategy<Value = Option<Elsewhere>> {
    let claimed = proptest::collection::vec((0u8..6, 0u32..4), 0..6);
    (1u32..5, claimed).prop_map(|(most, claimed)| elsewhere(most, &claimed))
}

fn play(script: &Script, elsewhere: &Option<Elsewhere>, mut look: impl FnMut(&Store)) {
    let mut store = Store::new(script.rules.clone());
    (store.reads_max, store.elsewhere) = (2, elsewhere.clone());
    for step in &script.steps {
        match step {
            Step::Deliver { messages, wall } => store.deliver(messages, *wall),
            Step::DeliverAgain { nth } => store.deliver_again(*nth),
            Step::Change(change) => change.apply(&mut store),
        }
        look(&store);
    }
}

proptest! {
    #![proptest_config(cases())]

    /// That a round is final which gives nothing by itself, the store asserts.
    #[test]
    fn nobody_gets_more_than_the_other_sales_leave(script in script(), known in claimed()) {
        let Elsewhere { per_shopper_max, claimed } = known.clone().unwrap_or_default();
        play(&script, &known, |store| {
            let mut has: HashMap<ShopperId, u32> = HashMap::new();
            for record in store.records.values().filter(|record| record.counts_for_shopper()) {
                *has.entry(record.shopper).or_default() += record.units().map_or(0, |(_, units)| units);
            }
            for (shopper, units) in has {
                let elsewhere = claimed.get(&shopper).copied().unwrap_or(0);
                assert!(units == 0 || units + elsewhere <= per_shopper_max, "{units} and {elsewhere} of {per_shopper_max}");
            }
        });
    }

    /// So that a claim is there for as long as there is something to claim.
    #[test]
    fn what_is_claimed_and_not_ended_is_what_shoppers_have(script in script()) {
        play(&script, &None, |store| {
            let mut open: HashMap<_, u32> = claims(&store.journal).iter().map(|claim| (claim.attempt, claim.units)).collect();
            ended(&store.journal).for_each(|attempt| _ = open.remove(&attempt));
            let counts = store.records.values().filter(|record| record.counts_for_shopper());
            let had: HashMap<_, u32> = counts.map(|record| (record.id, record.units().map_or(0, |(_, units)| units))).collect();
            assert_eq!(open, had);
        });
    }
}

#[test]
fn who_has_as_many_as_one_may_is_refused_and_told_how_many() {
    let mut store = sale(5);
    store.elsewhere = elsewhere(2, &[(1, 1), (2, 2)]);
    let ((first, two), (second, one), (third, also_two)) = (wants(1, 2), wants(2, 1), wants(3, 2));
    for (after_ms, command) in [(0, two), (1, one), (2, also_two)] {
        happens(&mut store, after_ms, command);
    }
    let answer = |id: sale::ids::AttemptId| &store.records[&id.key()].answer;
    assert_eq!(answer(first), &Answer::Refused(Refusal::SeriesLimit { has: 1, most: 2 }), "one more is free");
    assert_eq!(answer(second), &Answer::Refused(Refusal::SeriesLimit { has: 2, most: 2 }));
    assert!(matches!(answer(third), Answer::Reserved(_)));
}

#[test]
fn a_place_on_standby_counts_so_that_its_turn_never_comes_in_vain() {
    let mut store = sale(1);
    store.elsewhere = elsewhere(1, &[(3, 1)]);
    let ((first, takes), (second, waits), (third, waits_too)) = (wants(1, 1), wants(2, 1), wants(3, 1));
    for (after_ms, command) in [(0, takes), (1, waits), (2, waits_too)] {
        happens(&mut store, after_ms, command);
    }
    assert_eq!(store.records[&third.key()].answer, Answer::Refused(Refusal::SeriesLimit { has: 1, most: 1 }));
    assert_eq!(claims(&store.journal).iter().map(|claim| claim.attempt).collect::<Vec<_>>(), [first, second]);
    // Whatever they would claim elsewhere now is refused there: here their turn comes without a look.
    store.elsewhere = None;
    happens(&mut store, HOLD_MS + 1, Command::Tick);
    let news = |id| store.journal.iter().rfind(|outcome| outcome.attempt == id).map(|last| &last.news);
    assert!(matches!(news(second), Some(sale::answer::News::Change(Change::Granted(_)))));
    assert_eq!(ended(&store.journal).collect::<Vec<_>>(), [third, first]);
    happens(&mut store, HOLD_MS + 2, Command::Cancel { attempt: second, cause: CancelCause::Shopper });
    assert_eq!(ended(&store.journal).collect::<Vec<_>>(), [third, first, second]);
}
