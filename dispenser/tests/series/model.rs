//! The model: two sales, each with its inventory in Redis, its record, and a writer that may have lost its place without
//! knowing it; and the claims that they share.

use stateright::{Model, Property};

use crate::{NEVER_TOO_MANY, NONE_LEFT_OVER};

/// What keeps the limit; each can be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// A grant is claimed before it is committed.
    ClaimedBeforeCommit,
    /// Whoever reads what is claimed elsewhere holds the turn until it has claimed.
    TurnsTaken,
    /// In its turn, a writer makes sure that nobody has claimed its line since.
    EpochRead,
    /// A writer that takes over waits until nobody is in a turn.
    TurnAwaited,
    /// A claim ends with the record, not with the commit.
    EndedWhenRecorded,
}

/// Sizes: clicks in each sale, hand-overs of either line, and losses of Redis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claims {
    pub(crate) attempts: [u8; 2],
    pub(crate) hand_overs: u8,
    pub(crate) wipes: u8,
    pub(crate) without: &'static [Guard],
}

/// Where an attempt stands in an inventory, or in the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Stands {
    #[default]
    Unknown,
    Held,
    /// Ran out, or was given back.
    Over,
    /// Sold out, or refused.
    Away,
}

/// A committed round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Round {
    attempt: u8,
    stands: Stands,
}

/// A writer, with a round under way or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Writer {
    epoch: u8,
    /// It has taken the line over: it may decide.
    serves: bool,
    hand: Option<Hand>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Hand {
    attempt: u8,
    /// The sequence that it read.
    seq: u8,
    /// What its shopper held in this sale, as it read.
    own: bool,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    /// To be granted, as far as this sale alone is concerned.
    Read,
    /// In its turn, and allowed.
    InTurn,
    Decided(Stands),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Sale {
    /// In PostgreSQL: the newest epoch claimed.
    epoch: u8,
    /// In Redis; nothing, once it is lost.
    lost: bool,
    redis_epoch: u8,
    seq: u8,
    stands: Vec<Stands>,
    /// Committed and not recorded, in order; of these so many are published.
    kept: Vec<Round>,
    published: u8,
    recorded: Vec<Stands>,
    recorded_seq: u8,
    /// The last is the newest; those before may not know that they have lost their place.
    writers: Vec<Writer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    sales: [Sale; 2],
    /// By sale and attempt.
    claims: Vec<(u8, u8)>,
    /// Sale and number of the writer in its turn.
    turn: Option<(u8, u8)>,
    hand_overs: u8,
    wipes: u8,
    /// What came about.
    limited: bool,
    reused: bool,
    displaced: bool,
    rebuilt: bool,
}

/// A step; of a sale, and where it matters of one of its writers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// An attempt is taken from the line.
    Take(u8, u8, u8),
    /// Its stock is gone, or its rules refuse: no claim is needed.
    TurnAway(u8, u8),
    BeginTurn(u8, u8),
    Claim(u8, u8),
    Commit(u8, u8),
    /// What is held runs out, or is given back.
    End(u8, u8, u8),
    Publish(u8),
    Record(u8),
    ClaimEpoch(u8),
    TakeOver(u8),
    Wipe(u8),
    /// The process dies; its connection, and its turn, with it.
    Die(u8, u8),
}

impl Claims {
    fn has(&self, guard: Guard) -> bool {
        !self.without.contains(&guard)
    }
}

impl Sale {
    fn new(attempts: u8) -> Self {
        let unknown = vec![Stands::Unknown; attempts.into()];
        let writers = vec![Writer { epoch: 1, serves: true, hand: None }];
        Self { epoch: 1, redis_epoch: 1, stands: unknown.clone(), recorded: unknown, writers, ..Self::default() }
    }

    /// Where attempts stand in truth: what is lost with Redis was told to nobody, unless it was published.
    fn truth(&self) -> Vec<Stands> {
        if !self.lost {
            return self.stands.clone();
        }
        let mut stands = self.recorded.clone();
        for round in &self.kept[..self.published.into()] {
            stands[usize::from(round.attempt)] = round.stands;
        }
        stands
    }

    fn commit(&mut self, attempt: u8, stands: Stands) {
        self.seq += 1;
        self.stands[usize::from(attempt)] = stands;
        self.kept.push(Round { attempt, stands });
    }
}

impl State {
    fn held(&self) -> Vec<(u8, u8)> {
        let mut held = Vec::new();
        for (number, sale) in (0u8..).zip(&self.sales) {
            let stands = (0u8..).zip(sale.truth()).filter(|(_, stands)| *stands == Stands::Held);
            held.extend(stands.map(|(attempt, _)| (number, attempt)));
        }
        held
    }

    fn claim(&mut self, sale: u8, attempt: u8) {
        if !self.claims.contains(&(sale, attempt)) {
            self.claims.push((sale, attempt));
            self.claims.sort_unstable();
        }
    }

    fn end_claim(&mut self, sale: u8, attempt: u8) {
        self.claims.retain(|claim| *claim != (sale, attempt));
    }

    /// The recorder takes the next round that is published.
    fn record(&mut self, number: u8, claims: &Claims) {
        let sale = &mut self.sales[usize::from(number)];
        let round = sale.kept.remove(0);
        sale.published -= 1;
        sale.recorded_seq += 1;
        sale.recorded[usize::from(round.attempt)] = round.stands;
        if round.stands != Stands::Held && claims.has(Guard::EndedWhenRecorded) {
            self.end_claim(number, round.attempt);
        }
    }

    fn is_done(&self) -> bool {
        let is_quiet = |sale: &Sale| {
            let answered = sale.stands.iter().all(|stands| *stands != Stands::Unknown);
            let idle = sale.writers.iter().all(|writer| writer.hand.is_none());
            !sale.lost
                && answered
                && idle
                && sale.kept.is_empty()
                && sale.writers.last().is_some_and(|last| last.serves)
        };
        self.turn.is_none() && self.sales.iter().all(is_quiet)
    }
}

impl Model for Claims {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            sales: self.attempts.map(Sale::new),
            claims: Vec::new(),
            turn: None,
            hand_overs: 0,
            wipes: 0,
            limited: false,
            reused: false,
            displaced: false,
            rebuilt: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (number, sale) in (0u8..).zip(&state.sales) {
            for (which, writer) in (0u8..).zip(&sale.writers) {
                match writer.hand {
                    None if writer.serves && !sale.lost && writer.epoch == sale.redis_epoch => {
                        for (attempt, stands) in (0u8..).zip(&sale.stands) {
                            match stands {
                                Stands::Unknown => actions.push(Action::Take(number, which, attempt)),
                                Stands::Held => actions.push(Action::End(number, which, attempt)),
                                Stands::Over | Stands::Away => {}
                            }
                        }
                    }
                    None => {}
                    Some(Hand { step: Step::Read, .. }) => {
                        actions.push(Action::TurnAway(number, which));
                        if state.turn.is_none() || !self.has(Guard::TurnsTaken) {
                            actions.push(Action::BeginTurn(number, which));
                        }
                    }
                    Some(Hand { step: Step::InTurn, .. }) => actions.push(Action::Claim(number, which)),
                    Some(Hand { step: Step::Decided(_), .. }) => actions.push(Action::Commit(number, which)),
                }
                if writer.hand.is_some() && state.hand_overs < self.hand_overs {
                    actions.push(Action::Die(number, which));
                }
            }
            if usize::from(sale.published) < sale.kept.len() && !sale.lost {
                actions.push(Action::Publish(number));
            }
            if sale.published > 0 {
                actions.push(Action::Record(number));
            }
            let serves = sale.writers.last().is_some_and(|last| last.serves);
            if serves && (state.hand_overs < self.hand_overs || sale.lost) {
                actions.push(Action::ClaimEpoch(number));
            }
            let turn_is_free = state.turn.is_none_or(|(of, _)| of != number) || !self.has(Guard::TurnAwaited);
            if !serves && turn_is_free {
                actions.push(Action::TakeOver(number));
            }
            if state.wipes < self.wipes && serves && !sale.lost {
                actions.push(Action::Wipe(number));
            }
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Take(of, which, attempt) => {
                let sale = &mut state.sales[usize::from(of)];
                let own = sale.stands.contains(&Stands::Held);
                let hand = Hand { attempt, seq: sale.seq, own, step: Step::Read };
                sale.writers[usize::from(which)].hand = Some(hand);
            }
            Action::TurnAway(of, which) => decided(&mut state, of, which, Stands::Away),
            Action::BeginTurn(of, which) => {
                let sale = &state.sales[usize::from(of)];
                let writer = sale.writers[usize::from(which)];
                let hand = writer.hand?;
                if self.has(Guard::EpochRead) && writer.epoch != sale.epoch {
                    state.displaced = true;
                    state.sales[usize::from(of)].writers[usize::from(which)].hand = None;
                } else if hand.own || state.claims.iter().any(|(sale, _)| *sale != of) {
                    state.limited = true;
                    decided(&mut state, of, which, Stands::Away);
                } else {
                    if self.has(Guard::TurnsTaken) {
                        state.turn = Some((of, which));
                    }
                    let hand = Some(Hand { step: Step::InTurn, ..hand });
                    state.sales[usize::from(of)].writers[usize::from(which)].hand = hand;
                }
            }
            Action::Claim(of, which) => {
                let hand = state.sales[usize::from(of)].writers[usize::from(which)].hand?;
                if self.has(Guard::ClaimedBeforeCommit) {
                    state.claim(of, hand.attempt);
                }
                state.turn = state.turn.filter(|turn| *turn != (of, which));
                decided(&mut state, of, which, Stands::Held);
            }
            Action::Commit(of, which) => {
                let sale = &mut state.sales[usize::from(of)];
                let writer = sale.writers[usize::from(which)];
                let Hand { attempt, seq, step: Step::Decided(stands), .. } = writer.hand? else { return None };
                sale.writers[usize::from(which)].hand = None;
                if sale.lost || sale.redis_epoch != writer.epoch || sale.seq != seq {
                    state.displaced = true;
                } else {
                    sale.commit(attempt, stands);
                    let other = &state.sales[usize::from(1 - of)];
                    state.reused |= stands == Stands::Held && other.stands.contains(&Stands::Over);
                    if stands == Stands::Held && !self.has(Guard::ClaimedBeforeCommit) {
                        state.claim(of, attempt);
                    }
                }
            }
            Action::End(of, _, attempt) => {
                state.sales[usize::from(of)].commit(attempt, Stands::Over);
                if !self.has(Guard::EndedWhenRecorded) {
                    state.end_claim(of, attempt);
                }
            }
            Action::Publish(of) => state.sales[usize::from(of)].published += 1,
            Action::Record(of) => state.record(of, self),
            Action::ClaimEpoch(of) => {
                let sale = &mut state.sales[usize::from(of)];
                // After a loss a writer takes over by itself, and that is bounded by the losses.
                state.hand_overs += u8::from(!sale.lost);
                sale.epoch += 1;
                sale.writers.push(Writer { epoch: sale.epoch, serves: false, hand: None });
            }
            Action::TakeOver(of) => {
                let sale = &mut state.sales[usize::from(of)];
                // The barrier: what is published is recorded. What is committed beside is announced again, or was lost.
                sale.redis_epoch = sale.epoch;
                while state.sales[usize::from(of)].published > 0 {
                    state.record(of, self);
                }
                let sale = &mut state.sales[usize::from(of)];
                if sale.lost {
                    sale.kept.clear();
                    (sale.lost, sale.seq, sale.stands) = (false, sale.recorded_seq, sale.recorded.clone());
                    state.rebuilt = true;
                }
                if let Some(last) = sale.writers.last_mut() {
                    last.serves = true;
                }
            }
            Action::Wipe(of) => {
                state.wipes += 1;
                state.sales[usize::from(of)].lost = true;
            }
            Action::Die(of, which) => {
                state.hand_overs += 1;
                state.sales[usize::from(of)].writers[usize::from(which)].hand = None;
                state.turn = state.turn.filter(|turn| *turn != (of, which));
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NEVER_TOO_MANY, |_, state: &State| state.held().len() <= 1),
            Property::always(NONE_LEFT_OVER, |_, state: &State| !state.is_done() || state.claims == state.held()),
            Property::sometimes("refused for the limit", |_, state: &State| state.limited),
            Property::sometimes("granted after the other ended", |_, state: &State| state.reused),
            Property::sometimes("a writer lost its place", |_, state: &State| state.displaced),
            Property::sometimes("rebuilt", |_, state: &State| state.rebuilt),
            Property::sometimes("all is done", |_, state: &State| state.is_done()),
        ]
    }
}

fn decided(state: &mut State, of: u8, which: u8, stands: Stands) {
    if let Some(hand) = &mut state.sales[usize::from(of)].writers[usize::from(which)].hand {
        hand.step = Step::Decided(stands);
    }
}
