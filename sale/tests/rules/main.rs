//! The promises of the domain, as properties over thousands of random sales: whatever the commands, however
//! they are cut into rounds, however often they are delivered.

mod admission;
mod clocks;
mod hoarding;
mod lobby;
mod script;
mod series;
mod standby;
mod store;
mod stories;

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use sale::answer::{Answer, Change, News};
use sale::command::Command;
use sale::ids::ItemNo;
use sale::pricing::Discount;
use sale::record::{Record, State};

use script::{Script, Step, script};
use store::Store;

fn cases() -> ProptestConfig {
    ProptestConfig { cases: 3_000, max_shrink_iters: 20_000, ..ProptestConfig::default() }
}

/// Plays a script and looks at the store after every round.
fn play(script: &Script, look: impl FnMut(&Store) -> Result<(), TestCaseError>) -> Result<Store, TestCaseError> {
    // Cut short on purpose, so that work is left for a further round.
    play_reading(script, 2, look)
}

fn play_reading(
    script: &Script,
    reads_max: usize,
    mut look: impl FnMut(&Store) -> Result<(), TestCaseError>,
) -> Result<Store, TestCaseError> {
    let mut store = Store::new(script.rules.clone());
    store.reads_max = reads_max;
    for step in &script.steps {
        match step {
            Step::Deliver { messages, wall } => store.deliver(messages, *wall),
            Step::DeliverAgain { nth } => store.deliver_again(*nth),
            Step::Change(change) => change.apply(&mut store),
        }
        look(&store)?;
    }
    Ok(store)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn never_one_unit_too_many(script in script()) {
        play(&script, |store| {
            for (counts, item) in store.head.items.iter().zip(&store.rules.items) {
                prop_assert!(counts.out() <= counts.allocated, "{counts:?}");
                prop_assert!(counts.allocated == item.allocation || counts.allocated == counts.out(), "{counts:?}");
                prop_assert_eq!(counts.allocated, counts.left() + counts.held + counts.sold);
            }
            Ok(())
        })?;
    }

    #[test]
    fn the_counts_are_the_sum_of_the_records(script in script()) {
        play(&script, |store| {
            let mut held: HashMap<ItemNo, (u32, u32, u32, u32)> = HashMap::new();
            for record in store.records.values() {
                let Some((item, units)) = record.units() else { continue };
                let sums = held.entry(item).or_default();
                match record.state {
                    State::Held(_) | State::HeldOn(..) => sums.0 += units,
                    State::Sold(..) => sums.1 += units,
                    State::Settled(..) => sums.2 += units,
                    State::Waiting if matches!(record.answer, Answer::Standby { .. }) => sums.3 += 1,
                    _ => {}
                }
            }
            for (number, counts) in (0u16..).zip(&store.head.items) {
                let sums = held.get(&ItemNo(number)).copied().unwrap_or_default();
                let (sold, capturing) = (sums.1 + sums.2, sums.1);
                prop_assert_eq!((counts.held, counts.sold, counts.capturing, counts.standby_len), (sums.0, sold, capturing, sums.3));
            }
            Ok(())
        })?;
    }

    #[test]
    fn nobody_has_more_than_one_shopper_may(script in script()) {
        play(&script, |store| {
            let mut units = BTreeMap::new();
            for record in store.records.values().filter(|record| record.counts_for_shopper()) {
                *units.entry(record.shopper).or_insert(0) += record.units().map_or(0, |(_, units)| units);
            }
            for (shopper, units) in &units {
                prop_assert!(*units <= store.rules.per_shopper_max);
                prop_assert_eq!(store.holdings.get(shopper).copied().unwrap_or(0), i64::from(*units));
            }
            Ok(())
        })?;
    }

    #[test]
    fn one_answer_for_ever(script in script()) {
        let store = play(&script, |_| Ok(()))?;
        let mut answers = HashMap::new();
        for outcome in &store.journal {
            if let Some(answer) = outcome.answer() {
                prop_assert!(answers.insert(outcome.attempt, answer.clone()).is_none(), "answered twice: {outcome:?}");
            }
        }
        // What is told again is what was told before; a reused key is refused, without being remembered.
        for record in &store.repeats {
            if let Some(first) = answers.get(&record.id) {
                prop_assert_eq!(&record.answer, first);
            }
        }
        for id in store.attempted() {
            let known = store.repeats.iter().any(|record| record.id == id) || answers.contains_key(&id);
            prop_assert!(known, "{id} was never answered");
        }
    }

    #[test]
    fn standby_is_served_in_order_and_nobody_overtakes_it(script in script()) {
        let store = play(&script, |_| Ok(()))?;
        let mut waiting: HashMap<ItemNo, BTreeMap<u64, _>> = HashMap::new();
        let mut places = HashMap::new();
        for outcome in &store.journal {
            match &outcome.news {
                News::Answer(Answer::Reserved(grant)) | News::AnswerTo(Answer::Reserved(grant), _) => {
                    prop_assert!(waiting.get(&grant.item).is_none_or(BTreeMap::is_empty), "{outcome:?} overtook");
                }
                News::Answer(Answer::Standby { item, number, quantity, .. })
                | News::AnswerTo(Answer::Standby { item, number, quantity, .. }, _) => {
                    let line = waiting.entry(*item).or_default();
                    prop_assert!(line.keys().next_back().is_none_or(|last| last < number));
                    line.insert(*number, *quantity);
                    places.insert(outcome.attempt, (*item, *number));
                }
                News::Change(Change::ConfirmRefused(..) | Change::HeldOn(_) | Change::LetGo(_)) => {}
                News::Change(change) => {
                    let Some((item, number)) = places.get(&outcome.attempt) else { continue };
                    let line = waiting.entry(*item).or_default();
                    if let Change::Granted(grant) = change {
                        // Passed over is only who wants more, and cannot have it before a capture fails.
                        let content = |(_, wanted): (&u64, &u32)| *wanted <= grant.quantity;
                        let first = line.iter().find(|place| content(*place)).map(|(number, _)| number);
                        prop_assert_eq!(first, Some(number), "out of turn");
                    }
                    line.remove(number);
                }
                News::Answer(_) | News::AnswerTo(..) => {}
            }
        }
    }

    #[test]
    fn no_unit_lies_idle_while_somebody_in_line_could_have_it(script in script()) {
        play_reading(&script, usize::MAX, |store| {
            for (number, counts) in (0u16..).zip(&store.head.items) {
                for waiting in store.waiting(ItemNo(number)) {
                    if matches!(waiting.answer, Answer::Behind { .. }) {
                        break; // held back: tests/rules/hoarding.rs
                    }
                    let wanted = waiting.units().map_or(0, |(_, units)| units);
                    prop_assert!(wanted > counts.left(), "{waiting:?} waits for what is there: {counts:?}");
                    let can_come_back = counts.held + counts.capturing > 0;
                    prop_assert!(can_come_back, "{waiting:?} waits though nothing can come back: {counts:?}");
                    if wanted <= counts.left() + counts.held {
                        break; // the others wait for this one, at most the time to pay
                    }
                    prop_assert!(counts.left() == 0 || wanted <= counts.obtainable(), "{waiting:?} waits in vain: {counts:?}");
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn everybody_who_waits_can_know_whose_turn_is_next(script in script()) {
        play(&script, |store| {
            for (number, counts) in (0u16..).zip(&store.head.items) {
                let first = store.waiting(ItemNo(number)).next().map(|record| &record.answer);
                let first = first.and_then(|answer| match answer {
                    Answer::Standby { number, .. } => Some(*number),
                    _ => None,
                });
                prop_assert_eq!(counts.standby_head, first);
            }
            Ok(())
        })?;
    }

    #[test]
    fn nothing_is_held_past_its_time_nor_longer_than_the_grace(script in script()) {
        play(&script, |store| {
            for record in store.records.values() {
                let (Some(until), Some(grant)) = (record.held_until(), record.grant()) else { continue };
                prop_assert!(until >= store.head.line, "{record:?} at {:?}", store.head.line);
                prop_assert!(until <= grant.deadline_line.plus_ms(store.rules.grace_ms), "{record:?}");
                prop_assert_eq!(store.deadline_watched(record.id), Some(until), "{:?}", record);
            }
            Ok(())
        })?;
    }

    #[test]
    fn the_journal_alone_tells_everything(script in script()) {
        let store = play(&script, |_| Ok(()))?;
        let mut records: HashMap<_, Record> = HashMap::new();
        for outcome in &store.journal {
            if let Some((answer, provenance)) = outcome.news.answer() {
                let record = Record::new(outcome.attempt, outcome.shopper, answer.clone());
                records.insert(outcome.attempt.key(), Record { provenance, ..record });
            }
            match &outcome.news {
                News::Answer(_) | News::AnswerTo(..) => {}
                News::Change(change) => {
                    if let Some(record) = records.get_mut(&outcome.attempt.key()) {
                        record.apply(change);
                    }
                }
            }
        }
        prop_assert_eq!(records, store.records);
    }

    #[test]
    fn delivering_again_changes_nothing(script in script()) {
        let mut store = play(&script, |_| Ok(()))?;
        let (head, records, journal) = (store.head.clone(), store.records.clone(), store.journal.len());
        for nth in 0..store.delivered() {
            store.deliver_again(nth);
        }
        prop_assert_eq!(&store.records, &records);
        // Confirmations are answered again, for the payment that waits; nothing moves by it.
        let answered_again = |news: &News| matches!(news, News::Change(Change::Converted(_) | Change::ConfirmRefused(..)));
        prop_assert!(store.journal[journal..].iter().all(|outcome| answered_again(&outcome.news)));
        prop_assert_eq!(&store.head.items, &head.items);
        prop_assert_eq!(&store.head.tally, &head.tally);
        prop_assert_eq!(&store.head.coupon_uses, &head.coupon_uses);
    }

    #[test]
    fn however_the_line_is_cut_into_rounds_the_decisions_are_the_same(script in script()) {
        // Same commands, same clock, reads in full: once message by message, once all that came together.
        // Without confirmations: one that pays for the last held unit ends a wait in vain, which is looked at
        // after the round, when those who came in it have been answered.
        let mut steps = script.steps.clone();
        for step in &mut steps {
            if let Step::Deliver { messages, .. } = step {
                messages.retain(|(_, command)| !matches!(command, Command::Confirm { .. }));
            }
        }
        steps.retain(|step| matches!(step, Step::Deliver { messages, .. } if !messages.is_empty()));
        let whole = Script { steps: steps.clone(), ..script.clone() };
        let single = steps.into_iter().flat_map(|step| match step {
            Step::Deliver { messages, wall } => {
                messages.into_iter().map(|message| Step::Deliver { messages: vec![message], wall }).collect()
            }
            other => vec![other],
        });
        let single = Script { steps: single.collect(), ..script.clone() };
        let (whole, single) = (play_reading(&whole, usize::MAX, |_| Ok(()))?, play_reading(&single, usize::MAX, |_| Ok(()))?);
        prop_assert_eq!(whole.records, single.records);
        prop_assert_eq!(whole.journal, single.journal);
        prop_assert_eq!(whole.head.items, single.head.items);
    }

    #[test]
    fn a_price_is_never_negative_and_coupons_are_not_used_up_twice(script in script()) {
        play(&script, |store| {
            let mut uses = vec![0u32; store.head.coupon_uses.len()];
            let mut revenue = 0;
            for record in store.records.values() {
                if record.state == State::Waiting
                    && let Answer::Standby { coupon: Some(coupon), .. } | Answer::Behind { coupon: Some(coupon), .. } = &record.answer
                {
                    uses[coupon.index()] += 1;
                }
                let Some(grant) = record.grant() else { continue };
                prop_assert!(grant.price.total_minor() >= 0);
                prop_assert_eq!(grant.price.lines.iter().map(|line| line.units).sum::<u32>(), grant.quantity);
                if let Some(coupon) = grant.price.coupon {
                    uses[coupon.index()] += 1;
                }
                if let State::Sold(grant, _) | State::Settled(grant, _) = &record.state {
                    revenue += grant.price.total_minor();
                }
            }
            prop_assert_eq!(&uses, &store.head.coupon_uses);
            for (used, coupon) in uses.iter().zip(&store.rules.coupons) {
                prop_assert!(coupon.uses_max.is_none_or(|max| *used <= max));
            }
            prop_assert_eq!(revenue, store.head.items.iter().map(|counts| counts.revenue_minor).sum::<i64>());
            Ok(())
        })?;
    }

    #[test]
    fn units_out_are_counted_in_the_tiers_they_were_granted_in_and_none_is_over_full(script in script()) {
        play(&script, |store| {
            let mut out: HashMap<(ItemNo, usize), u32> = HashMap::new();
            for record in store.records.values() {
                let Some(grant) = record.grant() else { continue };
                for line in &grant.price.lines {
                    if let Some(tier) = line.tier {
                        *out.entry((grant.item, tier.into())).or_default() += line.units;
                    }
                }
            }
            for ((number, counts), item) in (0u16..).zip(&store.head.items).zip(&store.rules.items) {
                for (tier, units) in counts.tiers_out.iter().enumerate() {
                    prop_assert_eq!(out.remove(&(ItemNo(number), tier)).unwrap_or(0), *units);
                    let Discount::Tiers(tiers) = &item.discount else { continue };
                    prop_assert!(*units <= tiers[tier].units, "tier {tier} is over-full: {counts:?}");
                }
            }
            prop_assert!(out.is_empty(), "not counted: {out:?}");
            Ok(())
        })?;
    }

    #[test]
    fn whoever_waits_with_a_coupon_gets_it(script in script()) {
        let store = play(&script, |_| Ok(()))?;
        for record in store.records.values() {
            let Some(grant) = record.grant() else { continue };
            if let Answer::Standby { coupon, .. } | Answer::Behind { coupon, .. } = &record.answer {
                prop_assert_eq!(grant.price.coupon, *coupon);
            }
        }
    }

    #[test]
    fn after_a_stop_nobody_is_granted_and_nobody_waits(script in script()) {
        play(&script, |store| {
            if store.rules.stopped_at.is_some() && !store.head.is_behind(&store.rules) {
                prop_assert!(store.head.items.iter().all(|counts| counts.standby_len == 0));
                prop_assert!(!store.head.is_anybody_behind());
            }
            let granted_since = store.journal[store.journal_at_stop.unwrap_or(store.journal.len())..].iter().any(|outcome| {
                let granted = matches!(outcome.news, News::Change(Change::Granted(_)));
                granted || matches!(outcome.answer(), Some(Answer::Reserved(_) | Answer::Standby { .. } | Answer::Behind { .. }))
            });
            prop_assert!(!granted_since);
            Ok(())
        })?;
    }
}
