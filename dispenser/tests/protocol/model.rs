//! The whole: two writers, the line, Redis, the path of the rounds, the record, the shoppers; and what can go wrong.

use std::collections::VecDeque;

use stateright::{Model, Property};

use crate::guards::Guards;
use crate::inventory::Redis;
use crate::promises;
use crate::record::{Entry, Record, Report};
use crate::sale::Sale;
use crate::shoppers::Shoppers;
use crate::writer::{Phase, Step, Writer};

const WRITERS: usize = 2;

/// The protocol, at one size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protocol {
    pub(crate) sale: Sale,
    pub(crate) faults: Faults,
    pub(crate) guards: Guards,
}

/// How often each may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Faults {
    /// The channel that the line is read by closes, and its writer does not know it: a stall, a cut, a crash, a
    /// hand-over. What was not acked returns in order.
    pub(crate) closed_channels: u8,
    /// Redis is put back to an older copy, or to nothing.
    pub(crate) older_copies: u8,
    /// The recorder dies between its commit and its ack: the entry comes again.
    pub(crate) repeated_entries: u8,
}

/// What is outside the writers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    /// The line is durable and keeps its order, so all there is to know is how many of its messages are acked.
    pub(crate) acked: u8,
    pub(crate) redis: Redis,
    pub(crate) path: VecDeque<Entry>,
    pub(crate) record: Record,
    pub(crate) shoppers: Shoppers,
}

impl World {
    pub(crate) fn announce(&mut self, report: Report) {
        self.shoppers.hear_round(&report);
        self.path.push_back(Entry::Round(report));
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) writers: [Writer; WRITERS],
    /// The single active consumer.
    pub(crate) active: Option<usize>,
    /// What Redis may be put back to; empty once it cannot happen any more.
    copies: Vec<Redis>,
    faults_left: Faults,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Deliver(usize),
    Step(usize, Step),
    /// A writer without a channel notices, and subscribes again; all that it knew is gone.
    StartOver(usize),
    Record,
    RecordAndRepeat,
    CloseChannel,
    PutRedisBack(usize),
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let world = World {
            acked: 0,
            redis: Redis::default(),
            path: VecDeque::new(),
            record: Record::default(),
            shoppers: Shoppers::default(),
        };
        let writers = Default::default();
        vec![State { world, writers, active: None, copies: Vec::new(), faults_left: self.faults }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let State { world, writers, active, copies, faults_left } = state;
        // There is always something to deliver: a tick, at least.
        if active.is_none() {
            // Those that wait are alike: one of them stands for all.
            actions.extend(writers.iter().position(|writer| writer.phase == Phase::Waiting).map(Action::Deliver));
        }
        for (number, writer) in writers.iter().enumerate() {
            let is_active = *active == Some(number);
            let steps = writer.steps(is_active, world, &self.sale, self.guards);
            actions.extend(steps.into_iter().map(|step| Action::Step(number, step)));
            if !is_active && writer.phase != Phase::Waiting {
                actions.push(Action::StartOver(number));
            }
        }
        if !world.path.is_empty() {
            actions.push(Action::Record);
            if faults_left.repeated_entries > 0 {
                actions.push(Action::RecordAndRepeat);
            }
        }
        if active.is_some() && faults_left.closed_channels > 0 {
            actions.push(Action::CloseChannel);
        }
        actions.extend((0..copies.len()).map(Action::PutRedisBack));
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Deliver(number) => {
                state.active = Some(number);
                state.writers[number].deliver(state.world.acked);
            }
            Action::Step(number, step) => {
                let done = state.writers[number].step(step, &mut state.world, &self.sale, self.guards);
                if done.is_err() {
                    state.start_over(number);
                }
            }
            Action::StartOver(number) => state.start_over(number),
            Action::Record => {
                let entry = state.world.path.pop_front()?;
                state.world.record.take(&entry, self.guards);
            }
            Action::RecordAndRepeat => {
                state.faults_left.repeated_entries -= 1;
                state.world.record.take(last.world.path.front()?, self.guards);
            }
            Action::CloseChannel => {
                state.faults_left.closed_channels -= 1;
                state.active = None;
            }
            Action::PutRedisBack(copy) => {
                state.faults_left.older_copies -= 1;
                state.world.redis = state.copies[copy].clone();
            }
        }
        state.keep_copy(&last.world.redis);
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promises::all()
    }
}

impl State {
    /// Nothing is left to do: the line is read to its end, and all that was announced is recorded.
    pub(crate) fn is_quiet(&self, sale: &Sale) -> bool {
        usize::from(self.world.acked) == sale.line.len()
            && self.world.path.is_empty()
            && self.active.is_some_and(|number| self.writers[number].is_content(&self.world))
    }

    fn start_over(&mut self, number: usize) {
        self.writers[number] = Writer::default();
        if self.active == Some(number) {
            self.active = None;
        }
    }

    fn keep_copy(&mut self, before: &Redis) {
        if self.faults_left.older_copies == 0 {
            self.copies.clear();
        } else if self.world.redis != *before && !self.copies.contains(before) {
            self.copies.push(before.clone());
        }
    }
}
