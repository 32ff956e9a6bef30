//! The rules of a sale in small: units of one, no prices, no deadlines. Deterministic, as `sale::decide` is.

/// Attempts that a modelled line can hold.
pub(crate) const ATTEMPTS_MAX: usize = 4;

/// An attempt, by its place of arrival.
pub(crate) type Attempt = usize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Command {
    Attempt(Attempt),
    /// Its shopper gives back what it holds.
    Cancel(Attempt),
    /// Time passes, perhaps beyond the deadline of what is held: that depends on when it was granted, and a grant that
    /// is decided again is a later one.
    Tick,
}

/// What is sold, and everything that is sent down its line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sale {
    pub(crate) stock: u8,
    pub(crate) standby_max: u8,
    pub(crate) line: &'static [Command],
}

impl Sale {
    /// What stands in the line between two places.
    pub(crate) fn between(&self, from: u8, to: u8) -> &[Command] {
        &self.line[usize::from(from)..usize::from(to)]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    Reserved,
    /// With the number of its place.
    Standby(u8),
    SoldOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum News {
    Answer(Answer),
    GrantedFromStandby,
    Cancelled,
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Outcome {
    pub(crate) attempt: Attempt,
    pub(crate) news: News,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    Closed,
    Waiting(u8),
    Held,
    Ended,
}

/// What is remembered of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Record {
    pub(crate) answer: Answer,
    pub(crate) state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Records([Option<Record>; ATTEMPTS_MAX]);

impl Records {
    pub(crate) fn get(&self, attempt: Attempt) -> Option<Record> {
        self.0[attempt]
    }

    /// A record follows from the attempt's news alone.
    pub(crate) fn apply(&mut self, outcome: &Outcome) {
        let record = &mut self.0[outcome.attempt];
        match outcome.news {
            News::Answer(answer) => {
                let state = match answer {
                    Answer::Reserved => State::Held,
                    Answer::Standby(number) => State::Waiting(number),
                    Answer::SoldOut => State::Closed,
                };
                *record = Some(Record { answer, state });
            }
            News::GrantedFromStandby => self.change(outcome.attempt, State::Held),
            News::Cancelled | News::Expired => self.change(outcome.attempt, State::Ended),
        }
    }

    pub(crate) fn held(&self) -> usize {
        self.0.iter().flatten().filter(|record| record.state == State::Held).count()
    }

    fn change(&mut self, attempt: Attempt, state: State) {
        if let Some(record) = &mut self.0[attempt] {
            record.state = state;
        }
    }

    fn first_waiting(&self) -> Option<Attempt> {
        let number = |attempt: &Attempt| match self.0[*attempt]?.state {
            State::Waiting(number) => Some(number),
            _ => None,
        };
        (0..ATTEMPTS_MAX).filter(|attempt| number(attempt).is_some()).min_by_key(number)
    }
}

/// The event as a whole: what every round reads and rewrites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Head {
    pub(crate) incarnation: u8,
    pub(crate) epoch: u8,
    pub(crate) seq: u8,
    pub(crate) held: u8,
    pub(crate) standby_next: u8,
    pub(crate) standby_len: u8,
}

/// What a round decided: news to commit and to tell, and answers given again.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) head: Head,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) repeats: Vec<Outcome>,
}

/// `is_late`: ticks find that the deadline of what is held has passed.
pub(crate) fn decide(
    sale: &Sale,
    head: Head,
    found: Records,
    commands: &[Command],
    is_late: bool,
    look_up: bool,
) -> Decision {
    let mut round = Round { sale, head, records: found, outcomes: Vec::new(), repeats: Vec::new() };
    for command in commands {
        match *command {
            Command::Attempt(attempt) => match round.records.get(attempt).filter(|_| look_up) {
                Some(record) => round.repeats.push(Outcome { attempt, news: News::Answer(record.answer) }),
                None => round.attempt(attempt),
            },
            Command::Cancel(attempt) => round.cancel(attempt),
            Command::Tick if is_late => round.expire(found),
            Command::Tick => {}
        }
    }
    Decision { head: round.head, outcomes: round.outcomes, repeats: round.repeats }
}

struct Round<'s> {
    sale: &'s Sale,
    head: Head,
    records: Records,
    outcomes: Vec<Outcome>,
    repeats: Vec<Outcome>,
}

impl Round<'_> {
    fn attempt(&mut self, attempt: Attempt) {
        let answer = if self.head.held < self.sale.stock && self.head.standby_len == 0 {
            self.head.held += 1;
            Answer::Reserved
        } else if self.head.standby_len < self.sale.standby_max {
            self.head.standby_len += 1;
            self.head.standby_next += 1;
            Answer::Standby(self.head.standby_next)
        } else {
            Answer::SoldOut
        };
        self.tell(attempt, News::Answer(answer));
    }

    fn cancel(&mut self, attempt: Attempt) {
        match self.records.get(attempt).map(|record| record.state) {
            Some(State::Held) => self.head.held = self.head.held.saturating_sub(1),
            Some(State::Waiting(_)) => self.head.standby_len = self.head.standby_len.saturating_sub(1),
            _ => return,
        }
        self.tell(attempt, News::Cancelled);
        self.serve_standby();
    }

    /// What was held before this round: what it grants itself has its deadline still to come.
    fn expire(&mut self, found: Records) {
        let is_held = |records: &Records, attempt| records.get(attempt).is_some_and(|known| known.state == State::Held);
        for attempt in 0..ATTEMPTS_MAX {
            if is_held(&found, attempt) && is_held(&self.records, attempt) {
                self.head.held = self.head.held.saturating_sub(1);
                self.tell(attempt, News::Expired);
                self.serve_standby();
            }
        }
    }

    fn serve_standby(&mut self) {
        if self.head.held < self.sale.stock
            && let Some(next) = self.records.first_waiting()
        {
            self.head.held += 1;
            self.head.standby_len = self.head.standby_len.saturating_sub(1);
            self.tell(next, News::GrantedFromStandby);
        }
    }

    fn tell(&mut self, attempt: Attempt, news: News) {
        let outcome = Outcome { attempt, news };
        self.records.apply(&outcome);
        self.outcomes.push(outcome);
    }
}
