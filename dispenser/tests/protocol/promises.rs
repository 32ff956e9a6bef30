//! What must hold in every state, and what must come about in some.

use std::collections::BTreeSet;

use stateright::Property;

use crate::model::{Protocol, State};
use crate::record::Report;
use crate::sale::{Answer, Attempt, Command, News, Seed, State as Standing};
use crate::writer::{Phase, Writer};

pub(crate) const NO_OVERSELL: &str = "no oversell";
pub(crate) const ONE_ANSWER: &str = "one answer to each attempt";
pub(crate) const ANSWERED: &str = "what is acked is answered and recorded";
pub(crate) const ARRIVAL_ORDER: &str = "stock goes in arrival order";
pub(crate) const FAIR_STANDBY: &str = "standby is served in order";
pub(crate) const DRAWN_ORDER: &str = "entries are decided in the drawn order, before all who came later";
pub(crate) const NO_ALARM: &str = "the record finds no gap and no mismatch";
pub(crate) const NO_DEAD_END: &str = "work that is left can go on";

pub(crate) const HANDED_OVER: &str = "a successor goes on where another writer stopped";
pub(crate) const REFUSED: &str = "a stalled writer wakes up with a commit that is refused";
pub(crate) const REBUILT: &str = "the inventory is rebuilt from a record that holds something";
pub(crate) const GRANTED: &str = "standby is granted";
pub(crate) const EXPIRED: &str = "a reservation expires";
pub(crate) const ANSWERED_AGAIN: &str = "an attempt is answered again from its record";
pub(crate) const TAKEN_OVER: &str = "a round is announced by a successor";
pub(crate) const DRAWN_ON: &str = "a successor goes on with a draw";
pub(crate) const ALL_DONE: &str = "all is done";

pub(crate) fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(NO_OVERSELL, no_oversell),
        Property::always(ONE_ANSWER, one_answer),
        Property::always(ANSWERED, answered),
        Property::always(ARRIVAL_ORDER, arrival_order),
        Property::always(FAIR_STANDBY, fair_standby),
        Property::always(DRAWN_ORDER, drawn_order),
        Property::always(NO_ALARM, |_, state: &State| !state.world.record.alarm),
        Property::always(NO_DEAD_END, no_dead_end),
        Property::sometimes(HANDED_OVER, handed_over),
        Property::sometimes(REFUSED, refused),
        Property::sometimes(REBUILT, rebuilt),
        Property::sometimes(GRANTED, |_, state: &State| is_recorded(state, News::GrantedFromStandby)),
        Property::sometimes(EXPIRED, |_, state: &State| is_recorded(state, News::Expired)),
        Property::sometimes(ANSWERED_AGAIN, answered_again),
        Property::sometimes(TAKEN_OVER, |_, state: &State| {
            state.world.record.journal.iter().any(|report| report.epoch != report.head.epoch)
        }),
        Property::sometimes(DRAWN_ON, drawn_on),
        Property::sometimes(ALL_DONE, |protocol: &Protocol, state: &State| state.is_quiet(protocol)),
    ]
}

fn no_oversell(protocol: &Protocol, state: &State) -> bool {
    let stock = usize::from(protocol.sale.stock);
    state.world.record.rows().held() <= stock
        && state.world.shoppers.told.held() <= stock
        && state.world.record.head().is_none_or(|head| usize::from(head.held) <= stock)
}

fn one_answer(_: &Protocol, state: &State) -> bool {
    let mut answered = Vec::new();
    let is_first = |attempt: Attempt| {
        let is_first = !answered.contains(&attempt);
        answered.push(attempt);
        is_first
    };
    !state.world.shoppers.contradicted
        && answers(state).map(|(attempt, _)| attempt).all(is_first)
        && drawn(state).collect::<BTreeSet<_>>().len() == drawn(state).count()
}

/// In a quiet state, every attempt has its answer in the record, the shopper was told the same, and every command has
/// been followed.
fn answered(protocol: &Protocol, state: &State) -> bool {
    let rows = state.world.record.rows();
    !state.is_quiet(protocol)
        || protocol.sale.line.iter().all(|command| match *command {
            Command::Attempt(attempt) => rows.get(attempt).is_some() && rows.get(attempt) == told(state, attempt),
            Command::Enter(attempt) => {
                let row = rows.get(attempt);
                row.is_some_and(|row| row.state != Standing::Entered) && row == told(state, attempt)
            }
            Command::Tick | Command::LobbyOver => true,
            Command::Cancel(attempt) => {
                rows.get(attempt).is_some_and(|row| matches!(row.state, Standing::Ended | Standing::Closed))
            }
        })
}

fn told(state: &State, attempt: Attempt) -> Option<crate::sale::Record> {
    state.world.shoppers.told.get(attempt)
}

/// The entries of the lobby in the order that follows from all of them.
fn drawn_in(protocol: &Protocol) -> Vec<Attempt> {
    Seed::of(protocol.sale.entries()).order(protocol.sale.entries())
}

/// When an attempt's turn is: entries as they are drawn, then the others as they came.
fn turn(protocol: &Protocol, attempt: Attempt) -> (bool, usize) {
    match drawn_in(protocol).iter().position(|entry| *entry == attempt) {
        Some(place) => (false, place),
        None => (true, attempt),
    }
}

fn drawn(state: &State) -> impl Iterator<Item = Attempt> {
    state
        .world
        .record
        .outcomes()
        .filter(|outcome| matches!(outcome.news, News::Drawn(_)))
        .map(|outcome| outcome.attempt)
}

fn drawn_order(protocol: &Protocol, state: &State) -> bool {
    let mut left = drawn_in(protocol).into_iter();
    state.world.record.outcomes().all(|outcome| match outcome.news {
        News::Drawn(_) => left.next() == Some(outcome.attempt),
        News::Answer(Answer::Entered) => true,
        News::Answer(_) => left.len() == 0,
        _ => true,
    })
}

fn drawn_on(_: &Protocol, state: &State) -> bool {
    let is_drawing = |report: &&Report| report.outcomes.iter().any(|outcome| matches!(outcome.news, News::Drawn(_)));
    let mut epochs = state.world.record.journal.iter().filter(is_drawing).map(|report| report.head.epoch);
    epochs.next().is_some_and(|first| epochs.any(|epoch| epoch != first))
}

/// All attempts want one unit, so whoever's turn was earlier gets it earlier, at once or from standby.
fn arrival_order(protocol: &Protocol, state: &State) -> bool {
    let grants = state.world.record.outcomes().filter_map(|outcome| match outcome.news {
        News::Answer(Answer::Reserved) | News::Drawn(Answer::Reserved) | News::GrantedFromStandby => {
            Some(turn(protocol, outcome.attempt))
        }
        _ => None,
    });
    grants.is_sorted()
}

/// Places are numbered in arrival order, and nobody is granted a unit while somebody with an earlier place waits.
fn fair_standby(protocol: &Protocol, state: &State) -> bool {
    let mut waiting: Vec<Attempt> = Vec::new();
    state.world.record.outcomes().all(|outcome| match outcome.news {
        News::Answer(Answer::Standby(_)) | News::Drawn(Answer::Standby(_)) => {
            waiting.push(outcome.attempt);
            waiting.iter().map(|attempt| turn(protocol, *attempt)).is_sorted()
        }
        News::Answer(Answer::Reserved) | News::Drawn(Answer::Reserved) => waiting.is_empty(),
        News::Answer(_) | News::Drawn(_) => true,
        News::GrantedFromStandby => !waiting.is_empty() && waiting.remove(0) == outcome.attempt,
        News::Expired => true,
        News::Cancelled => {
            waiting.retain(|attempt| *attempt != outcome.attempt);
            true
        }
    })
}

/// Without another fault, and whatever the stalled do.
fn no_dead_end(protocol: &Protocol, state: &State) -> bool {
    let Some(writer) = &state.active else { return true };
    !state.world.path.is_empty()
        || protocol.may_seal(&state.world)
        || !writer.steps(true, false, &state.world, &protocol.sale, protocol.guards).is_empty()
        || state.is_quiet(protocol)
}

fn writers(state: &State) -> impl Iterator<Item = &Writer> {
    state.active.iter().chain(&state.stalled)
}

fn is_recorded(state: &State, news: News) -> bool {
    state.world.record.outcomes().any(|outcome| outcome.news == news)
}

fn handed_over(_: &Protocol, state: &State) -> bool {
    let Some(Phase::Serving(tenure)) = state.active.as_ref().map(|writer| &writer.phase) else { return false };
    state.world.record.journal.iter().any(|report| report.head.epoch < tenure.head.epoch)
}

fn rebuilt(_: &Protocol, state: &State) -> bool {
    writers(state).any(|writer| matches!(writer.phase, Phase::Restored { head } if head.seq > 0))
}

fn refused(protocol: &Protocol, state: &State) -> bool {
    state.stalled.iter().any(|writer| match &writer.phase {
        Phase::Serving(tenure) => tenure.decided.is_some() && !state.world.redis.is_at(&tenure.head, protocol.guards),
        _ => false,
    })
}

fn answered_again(_: &Protocol, state: &State) -> bool {
    writers(state).any(|writer| match &writer.phase {
        Phase::Serving(tenure) => tenure.to_say.iter().any(|said| !said.repeats.is_empty()),
        _ => false,
    })
}

fn answers(state: &State) -> impl Iterator<Item = (Attempt, Answer)> {
    state.world.record.outcomes().filter_map(|outcome| match outcome.news {
        News::Answer(answer) => Some((outcome.attempt, answer)),
        _ => None,
    })
}
