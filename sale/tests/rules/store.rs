//! What Redis and the dispenser do around the state machine, in memory: reads cut short, writes applied,
//! rounds repeated while there is unfinished work, deliveries repeated at any time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sale::answer::{Answer, Change, News, Outcome};
use sale::command::{Attempt, Command};
use sale::ids::{AttemptId, AttemptKey, ItemNo, ShopperId};
use sale::opening::{self, Next};
use sale::provenance::{Party, Provenance};
use sale::record::{Head, Record, State};
use sale::rules::SaleRules;
use sale::series::{Elsewhere, claims};
use sale::time::{LineMs, UnixMs};
use sale::{Counted, Decision, ReadSet, WriteSet, decide};

/// More rounds than any script has work for.
const ROUNDS_MAX: usize = 500;

/// A message: when it entered the line, and its command.
pub(crate) type Message = (UnixMs, Command);

pub(crate) struct Store {
    pub(crate) rules: SaleRules,
    pub(crate) head: Head,
    pub(crate) records: HashMap<AttemptKey, Record>,
    pub(crate) holdings: HashMap<ShopperId, i64>,
    pub(crate) counts: HashMap<Counted, i64>,
    pub(crate) ran_out_at: HashMap<Party, LineMs>,
    pub(crate) journal: Vec<Outcome>,
    pub(crate) repeats: Vec<Record>,
    pub(crate) journal_at_stop: Option<usize>,
    /// Due reservations, and heads of each standby line, that are read for one round.
    pub(crate) reads_max: usize,
    due: BTreeSet<(LineMs, AttemptKey)>,
    waiting: HashMap<ItemNo, BTreeMap<u64, AttemptKey>>,
    pub(crate) lobby: HashMap<ShopperId, AttemptId>,
    /// What is claimed in the other sales of its series.
    pub(crate) elsewhere: Option<Elsewhere>,
    deliveries: Vec<(Vec<Message>, UnixMs)>,
    unfinished: bool,
}

impl Store {
    pub(crate) fn new(rules: SaleRules) -> Self {
        Self {
            rules,
            head: Head::default(),
            records: HashMap::new(),
            holdings: HashMap::new(),
            counts: HashMap::new(),
            ran_out_at: HashMap::new(),
            journal: Vec::new(),
            repeats: Vec::new(),
            journal_at_stop: None,
            reads_max: usize::MAX,
            due: BTreeSet::new(),
            waiting: HashMap::new(),
            lobby: HashMap::new(),
            elsewhere: None,
            deliveries: Vec::new(),
            unfinished: false,
        }
    }

    pub(crate) fn deliver(&mut self, messages: &[Message], now: UnixMs) {
        let journal = self.journal.len();
        self.rounds(messages, now);
        // Only what took effect is worth delivering again: a confirmation or a cancellation for what is not
        // (yet) held is never sent by anybody, and would come into its own once it is.
        let took = |command: &Command| match command {
            Command::Attempt(_) | Command::AttemptFrom(..) | Command::Tick => true,
            Command::Confirm { attempt, payment } => self.told(journal, *attempt, &Change::Converted(*payment)),
            Command::Captured { attempt, payment } => self.told(journal, *attempt, &Change::Settled(*payment)),
            Command::Cancel { attempt, cause } => self.told(journal, *attempt, &Change::Cancelled(*cause)),
            // Sent while a payment is under way only.
            Command::HoldOn { .. } | Command::LetGo { .. } => false,
        };
        let again = messages.iter().filter(|(_, command)| took(command)).cloned().collect();
        self.deliveries.push((again, now));
    }

    fn told(&self, since: usize, id: AttemptId, change: &Change) -> bool {
        let news = News::Change(change.clone());
        self.journal[since..].iter().any(|outcome| outcome.attempt == id && outcome.news == news)
    }

    /// What was committed but not acked comes again.
    pub(crate) fn deliver_again(&mut self, nth: usize) {
        if !self.deliveries.is_empty() {
            let (messages, now) = self.deliveries[nth % self.deliveries.len()].clone();
            self.rounds(&messages, now);
        }
    }

    pub(crate) fn delivered(&self) -> usize {
        self.deliveries.len()
    }

    pub(crate) fn attempted(&self) -> Vec<AttemptId> {
        let commands = self.deliveries.iter().flat_map(|(messages, _)| messages);
        commands.filter_map(|(_, command)| Some(command.attempt()?.0.id)).collect()
    }

    /// Who is on standby, in order.
    pub(crate) fn waiting(&self, item: ItemNo) -> impl Iterator<Item = &Record> {
        self.waiting.get(&item).into_iter().flat_map(BTreeMap::values).filter_map(|key| self.records.get(key))
    }

    /// Until when an attempt's units are held, as the index of deadlines has it.
    pub(crate) fn deadline_watched(&self, id: AttemptId) -> Option<LineMs> {
        self.due.iter().find(|(_, key)| *key == id.key()).map(|(until, _)| *until)
    }

    pub(crate) fn state(&self, id: AttemptId) -> &State {
        &self.records[&id.key()].state
    }

    fn rounds(&mut self, messages: &[Message], now: UnixMs) {
        self.round(messages, now);
        for _ in 0..ROUNDS_MAX {
            if !self.unfinished {
                return;
            }
            self.round(&[], now);
        }
        panic!("rounds without end");
    }

    fn round(&mut self, messages: &[Message], now: UnixMs) {
        let latest = messages.iter().map(|(at, _)| *at).max().unwrap_or(UnixMs(0)).min(now);
        let line = self.head.line.max(self.rules.pauses.line_time(latest));
        let (read, more_due) = self.read(messages, line);
        let decision = self.decide(messages, read, now);
        self.unfinished = decision.standby_starved || more_due;
        self.journal.extend(decision.outcomes);
        if let Some(writes) = decision.writes {
            self.apply(writes);
        }
        self.head.line = decision.line; // a writer goes on from there, whether or not there was anything to commit
        for told in decision.repeats {
            let known = self.records.get(&told.id.key()).filter(|known| known.id == told.id);
            assert!(known.is_none_or(|known| *known == told), "told after the news of its round: {told:?}, {known:?}");
            self.repeats.push(told);
        }
    }

    /// As the dispenser does in a series: it asks what is claimed elsewhere only if somebody would get something.
    fn decide(&self, messages: &[Message], read: ReadSet, now: UnixMs) -> Decision {
        let decide = |read| decide(&self.rules, read, messages.iter().map(|(at, command)| (*at, command)), now);
        let Some(elsewhere) = &self.elsewhere else { return decide(read) };
        let (alone, known) = (decide(read.clone()), decide(ReadSet { elsewhere: Some(elsewhere.clone()), ..read }));
        if !claims(&alone.outcomes).is_empty() {
            return known;
        }
        assert!(claims(&known.outcomes).is_empty(), "more for less: {:?}", known.outcomes);
        alone
    }

    fn read(&self, messages: &[Message], line: LineMs) -> (ReadSet, bool) {
        let record = |key: &AttemptKey| self.records.get(key).cloned();
        let mut read = ReadSet { head: self.head.clone(), ..ReadSet::default() };
        let mut gives_back = false;
        for (_, command) in messages {
            let id = match command {
                Command::Attempt(attempt) | Command::AttemptFrom(attempt, _) => attempt.id,
                Command::Confirm { attempt, .. }
                | Command::Captured { attempt, .. }
                | Command::HoldOn { attempt, .. }
                | Command::LetGo { attempt, .. } => *attempt,
                Command::Cancel { attempt, .. } => {
                    gives_back = true;
                    *attempt
                }
                Command::Tick => continue,
            };
            if let Some((Attempt { shopper, item, .. }, provenance)) = command.attempt() {
                self.read_counts(&mut read, *shopper, *item, provenance);
                read.entries.extend(self.entry_of(*shopper).map(|entry| (*shopper, entry.clone())));
            }
            read.records.extend(record(&id.key()).map(|found| (id.key(), found)));
        }
        let due: Vec<_> = self.due.iter().take_while(|(deadline, _)| *deadline < line).collect();
        let more_due = due.len() > self.reads_max;
        read.due = due.into_iter().take(self.reads_max).filter_map(|(_, key)| record(key)).collect();
        if gives_back
            || !read.due.is_empty()
            || self.unfinished
            || self.head.is_behind(&self.rules)
            || self.head.has_anybody_rested(line)
        {
            for (item, waiting) in &self.waiting {
                let heads = waiting.values().take(self.reads_max).filter_map(record).collect();
                read.standby.insert(*item, heads);
            }
        }
        (read, more_due)
    }

    /// What is counted for an attempt, its shopper and where it comes from; and nothing else.
    fn read_counts(&self, read: &mut ReadSet, shopper: ShopperId, item: ItemNo, provenance: Provenance) {
        let held = self.holdings.get(&shopper).copied().unwrap_or(0);
        read.holdings.insert(shopper, u32::try_from(held).expect("never negative"));
        for counted in Counted::of(shopper, item, provenance) {
            read.counts.extend(self.counts.get(&counted).map(|count| (counted, *count)));
        }
        for party in Party::of(shopper, provenance) {
            read.ran_out_at.extend(self.ran_out_at.get(&party).map(|at| (party, *at)));
        }
    }

    /// What a shopper has in the lobby.
    fn entry_of(&self, shopper: ShopperId) -> Option<&Record> {
        self.records.get(&self.lobby.get(&shopper)?.key())
    }

    /// Decides all that are in the lobby, so many in a round, as the writer does when the opening has come.
    pub(crate) fn draw(&mut self, now: UnixMs, at_once: usize) {
        while opening::next(&self.rules, &self.head, true) != Next::GoOn {
            let seed = self.rules.lobby.as_ref().and_then(|lobby| lobby.seed).expect("the seed is known");
            let order = seed.order_of(self.rules.event, self.lobby.values().copied());
            let drawn: Vec<Record> = order.iter().take(at_once).map(|id| self.records[&id.key()].clone()).collect();
            let drawn = if self.head.lobby.closed { drawn } else { Vec::new() };
            let (mut read, _) = self.read(&[], self.head.line);
            for record in &drawn {
                let Answer::Entered { item, .. } = record.answer else { panic!("no entry: {record:?}") };
                self.read_counts(&mut read, record.shopper, item, record.provenance);
            }
            read.drawn = Some(drawn);
            let decision = decide(&self.rules, read, [], now);
            self.unfinished = decision.standby_starved;
            self.journal.extend(decision.outcomes);
            self.apply(decision.writes.expect("something is decided"));
            for _ in 0..ROUNDS_MAX {
                if self.unfinished {
                    self.round(&[], now);
                }
            }
        }
    }

    fn apply(&mut self, writes: WriteSet) {
        assert_eq!(writes.head.seq, self.head.seq + 1, "rounds are numbered without gaps");
        assert!(writes.head.line >= self.head.line, "the line's time never runs back");
        self.head = writes.head;
        for record in writes.records {
            self.records.insert(record.id.key(), record);
        }
        for (shopper, units) in writes.holdings {
            *self.holdings.entry(shopper).or_default() += units;
        }
        for (counted, count) in writes.counts {
            *self.counts.entry(counted).or_default() += count;
        }
        self.ran_out_at.extend(writes.ran_out_at);
        for (id, deadline) in writes.due_added {
            self.due.retain(|(_, key)| *key != id.key());
            self.due.insert((deadline, id.key()));
        }
        for id in writes.due_removed {
            self.due.retain(|(_, key)| *key != id.key());
        }
        for shopper in writes.entries_removed {
            self.lobby.remove(&shopper);
        }
        self.lobby.extend(writes.entries_put);
        for (item, number, id) in writes.standby_added {
            self.waiting.entry(item).or_default().insert(number, id.key());
        }
        for (item, id) in writes.standby_removed {
            self.waiting.entry(item).or_default().retain(|_, key| *key != id.key());
        }
    }
}
