//! The rules of a sale in small: units of one, no prices, no deadlines. Deterministic, as `sale::decide` is.

/// Attempts that a modelled line can hold.
pub(crate) const ATTEMPTS_MAX: usize = 4;

/// An attempt, by its place of arrival.
pub(crate) type Attempt = usize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Command {
    /// In a sale with a lobby, one that came after the opening.
    Attempt(Attempt),
    /// One that came while the lobby was open.
    Enter(Attempt),
    /// A tick after the end of the lobby.
    LobbyOver,
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

    /// How many messages come from a place on before the first that came after the opening, if there is one.
    pub(crate) fn until_opening(&self, from: u8) -> Option<u8> {
        let is_late = |command: &Command| matches!(command, Command::Attempt(_));
        self.line[usize::from(from)..].iter().position(is_late).map(|messages| messages as u8)
    }

    /// Who enters the lobby, if it has one.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Attempt> {
        self.line.iter().filter_map(|command| match *command {
            Command::Enter(attempt) => Some(attempt),
            _ => None,
        })
    }
}

/// What orders the entries of a lobby. It follows from all of them: with one more or less it is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Seed {
    is_falling: bool,
}

impl Seed {
    pub(crate) fn of(entries: impl Iterator<Item = Attempt>) -> Self {
        Self { is_falling: entries.count().is_multiple_of(2) }
    }

    pub(crate) fn order(self, entries: impl Iterator<Item = Attempt>) -> Vec<Attempt> {
        let mut order: Vec<Attempt> = entries.collect();
        order.sort_unstable();
        if self.is_falling {
            order.reverse();
        }
        order
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// In the lobby: gives way to what is drawn.
    Entered,
    Reserved,
    /// With the number of its place.
    Standby(u8),
    SoldOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum News {
    Answer(Answer),
    /// Of an entry: what was decided in its turn.
    Drawn(Answer),
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
    Entered,
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
            News::Answer(answer) | News::Drawn(answer) => {
                let state = match answer {
                    Answer::Entered => State::Entered,
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

    /// Those in the lobby.
    pub(crate) fn entered(&self) -> impl Iterator<Item = Attempt> {
        (0..ATTEMPTS_MAX).filter(|attempt| self.0[*attempt].is_some_and(|record| record.state == State::Entered))
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
    /// Of the lobby: entries that are yet to be drawn, and whether it takes no more.
    pub(crate) entered: u8,
    pub(crate) is_closed: bool,
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
                None => {
                    let answer = round.answer();
                    round.tell(attempt, News::Answer(answer));
                }
            },
            Command::Enter(attempt) => match round.records.get(attempt).filter(|_| look_up) {
                Some(record) => round.repeats.push(Outcome { attempt, news: News::Answer(record.answer) }),
                None => round.enter(attempt),
            },
            Command::LobbyOver => round.head.is_closed = true,
            Command::Cancel(attempt) => round.cancel(attempt),
            Command::Tick if is_late => round.expire(found),
            Command::Tick => {}
        }
    }
    Decision { head: round.head, outcomes: round.outcomes, repeats: round.repeats }
}

/// The opening has come: closes the lobby, and decides these entries of it.
pub(crate) fn draw(sale: &Sale, head: Head, found: Records, entries: &[Attempt]) -> Decision {
    let head = Head { is_closed: true, ..head };
    let mut round = Round { sale, head, records: found, outcomes: Vec::new(), repeats: Vec::new() };
    for entry in entries {
        let answer = round.answer();
        round.head.entered = round.head.entered.saturating_sub(1);
        round.tell(*entry, News::Drawn(answer));
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
    fn enter(&mut self, attempt: Attempt) {
        if self.head.is_closed {
            return self.tell(attempt, News::Answer(Answer::SoldOut));
        }
        self.head.entered += 1;
        self.tell(attempt, News::Answer(Answer::Entered));
    }

    fn answer(&mut self) -> Answer {
        if self.head.held < self.sale.stock && self.head.standby_len == 0 {
            self.head.held += 1;
            Answer::Reserved
        } else if self.head.standby_len < self.sale.standby_max {
            self.head.standby_len += 1;
            self.head.standby_next += 1;
            Answer::Standby(self.head.standby_next)
        } else {
            Answer::SoldOut
        }
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
