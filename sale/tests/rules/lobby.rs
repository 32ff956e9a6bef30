//! The promises of a lobby: who is in it is decided once, in the order of the draw, like attempts that had come in that order.

use proptest::prelude::*;
use sale::answer::{Answer, Change, News, Refusal};
use sale::command::{Attempt, CancelCause, Command};
use sale::draw::{Secret, Seed};
use sale::ids::{AttemptId, ItemNo};
use sale::lobby::{Lobby, UNDER_WAY_MS};
use sale::pricing::Discount;
use sale::record::State;
use sale::rules::SaleRules;
use sale::time::UnixMs;

use crate::script::{BEGIN, attempt_id, item, rules, shopper};
use crate::store::{Message, Store};

const CLOSES: UnixMs = UnixMs(BEGIN.0 + 10_000);
const OPENS: UnixMs = UnixMs(BEGIN.0 + 20_000);

/// What happens in a lobby.
#[derive(Clone, Debug)]
enum Act {
    Enter { who: u8, key: u8, quantity: u32 },
    Withdraw { who: u8, key: u8 },
}

fn id(who: u8, key: u8, quantity: u32) -> AttemptId {
    attempt_id(who, key, u8::try_from(quantity).expect("few"))
}

fn attempt(who: u8, key: u8, quantity: u32) -> Command {
    Command::Attempt(Attempt {
        id: id(who, key, quantity),
        shopper: shopper(who),
        item: ItemNo(0),
        quantity,
        coupon: None,
    })
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let enter = (0u8..12, 0u8..3, 1u32..4).prop_map(|(who, key, quantity)| Act::Enter { who, key, quantity });
    let withdraw = (0u8..12, 0u8..3).prop_map(|(who, key)| Act::Withdraw { who, key });
    proptest::collection::vec(prop_oneof![4 => enter, 1 => withdraw], 0..60)
}

/// A sale of so many units with a lobby.
fn with_lobby(units: u32) -> SaleRules {
    let lobby = Lobby {
        opens_at: BEGIN,
        closes_at: CLOSES,
        commitment: Secret([7; 32]).commitment(),
        seed: Some(Seed([7; 32])),
    };
    SaleRules { opens_at: OPENS, lobby: Some(lobby), ..rules(vec![item(units, Discount::None)], vec![]) }
}

/// Plays acts, so many in a round, and closes the lobby.
fn entered(units: u32, acts: &[Act], at_once: usize) -> Store {
    let mut store = Store::new(with_lobby(units));
    let mut known: Vec<(u8, u8, u32)> = Vec::new();
    let messages: Vec<Message> = (0..)
        .zip(acts)
        .filter_map(|(ms, act)| {
            let command = match *act {
                Act::Enter { who, key, quantity } => {
                    known.push((who, key, quantity));
                    attempt(who, key, quantity)
                }
                Act::Withdraw { who, key } => {
                    let (.., quantity) = known.iter().find(|(of, with, _)| (*of, *with) == (who, key))?;
                    Command::Cancel { attempt: id(who, key, *quantity), cause: CancelCause::Shopper }
                }
            };
            Some((BEGIN.plus_ms(ms), command))
        })
        .collect();
    for messages in messages.chunks(at_once.max(1)) {
        store.deliver(messages, BEGIN.plus_ms(1_000));
    }
    let over = CLOSES.plus_ms(UNDER_WAY_MS);
    store.deliver(&[(over, Command::Tick)], over);
    assert!(store.head.lobby.closed);
    store
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn entries_are_decided_like_attempts_that_came_in_the_order_of_the_draw(
        acts in acts(), units in 0u32..12, at_once in 1usize..20, drawn_at_once in 1usize..8,
    ) {
        let mut store = entered(units, &acts, at_once);
        let seed = Seed([7; 32]);
        let order = seed.order_of(store.rules.event, store.lobby.values().copied());
        let wishes: Vec<Command> = order.iter().map(|id| {
            let record = &store.records[&id.key()];
            let Answer::Entered { item, quantity, coupon } = record.answer else { panic!("{record:?}") };
            Command::Attempt(Attempt { id: *id, shopper: record.shopper, item, quantity, coupon })
        }).collect();
        let mut first_come = Store::new(SaleRules { lobby: None, ..store.rules.clone() });
        first_come.deliver(&wishes.into_iter().map(|wish| (OPENS, wish)).collect::<Vec<_>>(), OPENS);
        store.draw(OPENS, drawn_at_once);
        for id in &order {
            prop_assert_eq!(&store.records[&id.key()], &first_come.records[&id.key()]);
        }
        prop_assert_eq!(&store.head.items, &first_come.head.items);
        prop_assert_eq!(store.head.lobby.entered, 0);
    }

    #[test]
    fn each_shopper_is_in_once_and_the_lobby_is_the_sum_of_the_records(
        acts in acts(), at_once in 1usize..20, again in any::<bool>(),
    ) {
        let mut store = entered(5, &acts, at_once);
        if again {
            (0..store.delivered()).for_each(|nth| store.deliver_again(nth));
        }
        let in_lobby: Vec<_> = store.records.values().filter(|record| record.state == State::Entered).collect();
        prop_assert_eq!(in_lobby.len(), store.head.lobby.entered as usize);
        prop_assert_eq!(in_lobby.len(), store.lobby.len());
        for record in in_lobby {
            prop_assert_eq!(store.lobby.get(&record.shopper), Some(&record.id));
        }
        prop_assert!(store.holdings.values().all(|units| *units == 0), "an entry holds nothing");
    }

    #[test]
    fn however_it_is_cut_into_rounds_the_same_are_in(acts in acts(), at_once in 1usize..20) {
        let (cut, single) = (entered(5, &acts, at_once), entered(5, &acts, 1));
        prop_assert_eq!(cut.lobby, single.lobby);
        prop_assert_eq!(cut.journal, single.journal);
    }
}

fn one(store: &mut Store, at: UnixMs, command: Command) {
    store.deliver(&[(at, command)], at);
}

#[test]
fn who_enters_anew_is_in_with_the_newest_wish_and_who_withdraws_is_out() {
    let mut store = Store::new(with_lobby(5));
    one(&mut store, BEGIN, attempt(1, 1, 1));
    one(&mut store, BEGIN, attempt(1, 2, 3));
    assert_eq!(store.state(id(1, 1, 1)), &State::Cancelled(CancelCause::Replaced));
    assert_eq!(store.state(id(1, 2, 3)), &State::Entered);
    one(&mut store, BEGIN, Command::Cancel { attempt: id(1, 2, 3), cause: CancelCause::Shopper });
    assert_eq!((store.head.lobby.entered, store.lobby.len()), (0, 0));
    one(&mut store, BEGIN, attempt(1, 3, 2));
    assert_eq!(store.state(id(1, 3, 2)), &State::Entered);
}

#[test]
fn nobody_enters_or_withdraws_once_the_lobby_is_closed() {
    let mut store = Store::new(with_lobby(5));
    one(&mut store, BEGIN, attempt(1, 1, 1));
    one(&mut store, CLOSES, attempt(2, 1, 1));
    let refused = |store: &Store, of: AttemptId| store.records[&of.key()].answer.clone();
    assert_eq!(refused(&store, id(2, 1, 1)), Answer::Refused(Refusal::LobbyClosed), "it came too late");
    let late = CLOSES.plus_ms(UNDER_WAY_MS);
    one(&mut store, late, Command::Tick);
    // Admitted in time, and under way for too long.
    store.deliver(&[(UnixMs(CLOSES.0 - 1), attempt(3, 1, 1))], late);
    assert_eq!(refused(&store, id(3, 1, 1)), Answer::Refused(Refusal::LobbyClosed));
    for asked in [late, CLOSES] {
        one(&mut store, asked, Command::Cancel { attempt: id(1, 1, 1), cause: CancelCause::Shopper });
        assert_eq!(store.state(id(1, 1, 1)), &State::Entered, "the draw is about those who were in");
    }
}

#[test]
fn before_the_lobby_opens_it_is_too_early() {
    let mut store = Store::new(with_lobby(5));
    let early = UnixMs(BEGIN.0 - 1);
    one(&mut store, early, attempt(1, 1, 1));
    assert_eq!(store.records[&id(1, 1, 1).key()].answer, Answer::Refused(Refusal::NotStarted));
}

#[test]
fn who_comes_after_the_opening_stands_behind_all_who_were_in() {
    let mut store = entered(2, &[1, 2, 3].map(|who| Act::Enter { who, key: 1, quantity: 1 }), 1);
    store.draw(OPENS, 10);
    one(&mut store, OPENS, attempt(9, 1, 1));
    let Answer::Standby { place, .. } = store.records[&id(9, 1, 1).key()].answer else { panic!("on standby") };
    assert_eq!(place, 2, "behind the third of the lobby");
}

#[test]
fn a_stop_tells_everybody_who_is_in() {
    let mut store = entered(5, &[1, 2].map(|who| Act::Enter { who, key: 1, quantity: 1 }), 1);
    store.rules.stopped_at = Some(CLOSES.plus_ms(UNDER_WAY_MS + 1));
    store.draw(CLOSES.plus_ms(UNDER_WAY_MS + 2), 10);
    for who in [1, 2] {
        assert_eq!(store.records[&id(who, 1, 1).key()].answer, Answer::Refused(Refusal::SaleStopped));
    }
    let told = store.journal.iter().filter(|outcome| matches!(outcome.news, News::Change(Change::Drawn(..))));
    assert_eq!(told.count(), 2);
}
