//! What must hold in every state, and what must come about in some.

use stateright::{Model, Property};

use crate::model::{Protocol, State};
use crate::sale::{Answer, Attempt, Command, News, State as Standing};
use crate::writer::Phase;

pub(crate) const NO_OVERSELL: &str = "no oversell";
pub(crate) const ONE_ANSWER: &str = "one answer to each attempt";
pub(crate) const ANSWERED: &str = "what is acked is answered and recorded";
pub(crate) const ARRIVAL_ORDER: &str = "stock goes in arrival order";
pub(crate) const FAIR_STANDBY: &str = "standby is served in order";
pub(crate) const NO_ALARM: &str = "the record finds no gap and no mismatch";
pub(crate) const NO_DEAD_END: &str = "work that is left can go on";

pub(crate) fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(NO_OVERSELL, no_oversell),
        Property::always(ONE_ANSWER, one_answer),
        Property::always(ANSWERED, answered),
        Property::always(ARRIVAL_ORDER, arrival_order),
        Property::always(FAIR_STANDBY, fair_standby),
        Property::always(NO_ALARM, |_, state: &State| !state.world.record.alarm),
        Property::always(NO_DEAD_END, no_dead_end),
        Property::sometimes("all is done", |protocol: &Protocol, state: &State| state.is_quiet(&protocol.sale)),
        Property::sometimes("standby is granted", |_, state: &State| {
            state.world.record.outcomes().any(|outcome| outcome.news == News::GrantedFromStandby)
        }),
        Property::sometimes("the inventory is rebuilt from a record that holds something", rebuilt),
        Property::sometimes("a stale commit is about to be refused", stale_commit),
        Property::sometimes("an attempt is answered again from its record", answered_again),
        Property::sometimes("a round is announced by a successor", |_, state: &State| {
            state.world.record.journal.iter().any(|report| report.epoch != report.head.epoch)
        }),
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
    !state.world.shoppers.contradicted && answers(state).map(|(attempt, _)| attempt).all(is_first)
}

/// In a quiet state, every attempt has its answer in the record, the shopper was told the same, and every command has
/// been followed.
fn answered(protocol: &Protocol, state: &State) -> bool {
    let rows = state.world.record.rows();
    !state.is_quiet(&protocol.sale)
        || protocol.sale.line.iter().all(|command| match *command {
            Command::Attempt(attempt) => rows.get(attempt).is_some() && rows.get(attempt) == told(state, attempt),
            Command::Cancel(attempt) => {
                rows.get(attempt).is_some_and(|row| matches!(row.state, Standing::Cancelled | Standing::Closed))
            }
        })
}

fn told(state: &State, attempt: Attempt) -> Option<crate::sale::Record> {
    state.world.shoppers.told.get(attempt)
}

/// All attempts want one unit, so whoever came earlier gets it earlier, at once or from standby.
fn arrival_order(_: &Protocol, state: &State) -> bool {
    let grants = state.world.record.outcomes().filter_map(|outcome| match outcome.news {
        News::Answer(Answer::Reserved) | News::GrantedFromStandby => Some(outcome.attempt),
        _ => None,
    });
    grants.is_sorted()
}

/// Places are numbered in arrival order, and nobody is granted a unit while somebody with an earlier place waits.
fn fair_standby(_: &Protocol, state: &State) -> bool {
    let mut waiting: Vec<Attempt> = Vec::new();
    state.world.record.outcomes().all(|outcome| match outcome.news {
        News::Answer(Answer::Standby(_)) => {
            waiting.push(outcome.attempt);
            waiting.is_sorted()
        }
        News::Answer(Answer::Reserved) => waiting.is_empty(),
        News::Answer(Answer::SoldOut) => true,
        News::GrantedFromStandby => !waiting.is_empty() && waiting.remove(0) == outcome.attempt,
        News::Cancelled => {
            waiting.retain(|attempt| *attempt != outcome.attempt);
            true
        }
    })
}

fn no_dead_end(protocol: &Protocol, state: &State) -> bool {
    let mut actions = Vec::new();
    protocol.actions(state, &mut actions);
    !actions.is_empty() || state.is_quiet(&protocol.sale)
}

fn rebuilt(_: &Protocol, state: &State) -> bool {
    state.writers.iter().any(|writer| matches!(writer.phase, Phase::Installed { head } if head.seq > 0))
}

fn stale_commit(_: &Protocol, state: &State) -> bool {
    state.writers.iter().any(|writer| match &writer.phase {
        Phase::Serving(tenure) => tenure.decided.is_some() && !state.world.redis.is_at(&tenure.head),
        _ => false,
    })
}

fn answered_again(_: &Protocol, state: &State) -> bool {
    state.writers.iter().any(|writer| match &writer.phase {
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
