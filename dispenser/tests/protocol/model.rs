//! The whole: the writers, the line, Redis, the path of the rounds, the record, the shoppers; and what can go wrong.

use std::collections::VecDeque;
use std::sync::Arc;

use stateright::{Model, Property};

use crate::guards::{Guard, Guards};
use crate::inventory::{Fenced, Redis};
use crate::promises;
use crate::record::{Entry, Record, Report};
use crate::sale::Sale;
use crate::shoppers::Shoppers;
use crate::writer::{Phase, Step, Touch, Writer};

/// The protocol, at one size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protocol {
    pub(crate) sale: Sale,
    pub(crate) faults: Faults,
    pub(crate) guards: Guards,
}

/// How often each may happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct World {
    /// The line is durable and keeps its order, so all there is to know is how many of its messages are acked.
    pub(crate) acked: u8,
    pub(crate) redis: Redis,
    pub(crate) path: VecDeque<Entry>,
    pub(crate) record: Record,
    pub(crate) shoppers: Shoppers,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) world: World,
    /// The single active consumer. Those that stand by are all alike, and there is always one.
    pub(crate) active: Option<Writer>,
    /// Writers that were active, and do not know that they are not.
    pub(crate) stalled: Vec<Writer>,
    /// What Redis may be put back to.
    copy: Option<Arc<Redis>>,
    faults_left: Faults,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Deliver,
    Active(Step, Fate),
    Stalled(usize, Step, Fate),
    Record,
    RecordAndRepeat,
    /// The lobby is sealed from the record.
    Seal,
    CloseChannel,
}

/// What happens to Redis before a step that touches it. At any other time nobody could tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    /// It is put back to the copy.
    put_back: bool,
    /// A copy of it is made that it may be put back to later.
    copied: bool,
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let (active, stalled, copy) = (None, Vec::new(), None);
        vec![State { world: World::default(), active, stalled, copy, faults_left: self.faults }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        match &state.active {
            // There is always something to deliver: a tick, at least.
            None => actions.push(Action::Deliver),
            Some(writer) => {
                for (step, fate) in self.steps(writer, true, state) {
                    actions.push(Action::Active(step, fate));
                }
                if state.faults_left.closed_channels > 0 {
                    actions.push(Action::CloseChannel);
                }
            }
        }
        // One that notices, and subscribes again, is one that does nothing any more.
        for (number, writer) in state.stalled.iter().enumerate() {
            for (step, fate) in self.steps(writer, false, state) {
                actions.push(Action::Stalled(number, step, fate));
            }
        }
        if self.may_seal(&state.world) {
            actions.push(Action::Seal);
        }
        if !state.world.path.is_empty() {
            actions.push(Action::Record);
            if state.faults_left.repeated_entries > 0 {
                actions.push(Action::RecordAndRepeat);
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Deliver => state.active = Some(Writer::delivered(&state.world)),
            Action::Active(step, fate) => {
                state.meet(fate);
                let done = state.active.as_mut()?.step(step, &mut state.world, &self.sale, self.guards);
                if let Err(Fenced) = done {
                    state.active = None;
                }
            }
            Action::Stalled(number, step, fate) => {
                state.meet(fate);
                let done = state.stalled[number].step(step, &mut state.world, &self.sale, self.guards);
                if let Err(Fenced) = done {
                    state.stalled.remove(number);
                }
            }
            Action::Record => {
                let entry = state.world.path.pop_front()?;
                state.world.record.take(&entry, self.guards);
            }
            Action::RecordAndRepeat => {
                state.faults_left.repeated_entries -= 1;
                state.world.record.take(last.world.path.front()?, self.guards);
            }
            Action::Seal => state.world.record.seal(),
            Action::CloseChannel => {
                state.faults_left.closed_channels -= 1;
                state.stalled.extend(state.active.take());
            }
        }
        if self.guards.are_whole() {
            state.forget_the_harmless();
        }
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promises::all()
    }
}

impl Protocol {
    pub(crate) fn may_seal(&self, world: &World) -> bool {
        self.sale.entries().next().is_some() && world.record.can_be_sealed(self.guards)
    }

    fn steps(&self, writer: &Writer, is_active: bool, state: &State) -> Vec<(Step, Fate)> {
        let mut steps = Vec::new();
        let may_be_put_back =
            state.faults_left.older_copies > 0 && state.copy.as_ref().is_some_and(|copy| **copy != state.world.redis);
        let may_be_copied = state.faults_left.older_copies > 0 && state.copy.is_none();
        for step in writer.steps(is_active, may_be_put_back, &state.world, &self.sale, self.guards) {
            let touch = writer.touch(step, self.guards);
            steps.push((step, Fate::default()));
            if may_be_put_back && touch != Touch::Nothing {
                steps.push((step, Fate { put_back: true, copied: false }));
                if state.faults_left.older_copies > 1 && touch == Touch::Changes {
                    steps.push((step, Fate { put_back: true, copied: true }));
                }
            }
            if may_be_copied && touch == Touch::Changes {
                steps.push((step, Fate { put_back: false, copied: true }));
            }
        }
        steps
    }
}

impl World {
    pub(crate) fn announce(&mut self, report: Report, guards: Guards) {
        self.shoppers.hear_round(&report);
        // What is refused when it arrives need not travel.
        if report.epoch >= self.newest_barrier() || !guards.has(Guard::RefuseReplaced) {
            self.path.push_back(Entry::Round(report));
        }
    }

    /// Recorded, or on its way.
    fn newest_barrier(&self) -> u8 {
        let coming = self.path.iter().filter_map(|entry| match entry {
            Entry::Barrier(epoch) => Some(*epoch),
            Entry::Round(_) => None,
        });
        coming.fold(self.record.barrier, u8::max)
    }
}

impl State {
    /// Nothing is left to do: the line is read to its end, and all that was announced is recorded.
    pub(crate) fn is_quiet(&self, protocol: &Protocol) -> bool {
        usize::from(self.world.acked) == protocol.sale.line.len()
            && self.world.path.is_empty()
            && self.active.as_ref().is_some_and(|writer| writer.is_content(&self.world, protocol.guards))
    }

    fn meet(&mut self, fate: Fate) {
        if fate.put_back
            && let Some(copy) = self.copy.take()
        {
            self.world.redis = Redis::clone(&copy);
            self.faults_left.older_copies -= 1;
        }
        if fate.copied {
            self.copy = Some(Arc::new(self.world.redis.clone()));
        }
    }

    /// What makes no difference any more, so that fewer states are different.
    fn forget_the_harmless(&mut self) {
        let seq = self.world.record.seq();
        self.world.redis.forget_recorded(seq);
        if let Some(copy) = self.copy.as_mut().filter(|copy| copy.keeps_recorded(seq)) {
            Arc::make_mut(copy).forget_recorded(seq);
        }
        // Redis knows a newer writer, now and in its copy, and so does whoever hears or records what is announced.
        let known_to_redis = self.copy.iter().fold(self.world.redis.epoch, |least, copy| least.min(copy.epoch));
        let known = known_to_redis.min(self.world.newest_barrier());
        let newest = self.world.record.epoch;
        self.stalled.retain(|writer| match writer.phase {
            Phase::Delivered { observed } => observed == newest,
            _ => writer.epoch().is_none_or(|epoch| epoch >= known),
        });
    }
}
