//! What Redis and the dispenser do around the state machine, in memory: reads cut short, writes applied,
//! rounds repeated while there is unfinished work, deliveries repeated at any time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sale::answer::{Change, News, Outcome};
use sale::command::Command;
use sale::ids::{AttemptId, AttemptKey, ItemNo, ShopperId};
use sale::record::{Head, Record, State};
use sale::rules::SaleRules;
use sale::time::{LineMs, UnixMs};
use sale::{ReadSet, WriteSet, decide};

/// More rounds than any script has work for.
const ROUNDS_MAX: usize = 500;

/// A message: when it entered the line, and its command.
pub(crate) type Message = (UnixMs, Command);

pub(crate) struct Store {
    pub(crate) rules: SaleRules,
    pub(crate) head: Head,
    pub(crate) records: HashMap<AttemptKey, Record>,
    pub(crate) holdings: HashMap<ShopperId, i64>,
    pub(crate) journal: Vec<Outcome>,
    pub(crate) repeats: Vec<Record>,
    pub(crate) journal_at_stop: Option<usize>,
    /// Due reservations, and heads of each standby line, that are read for one round.
    pub(crate) reads_max: usize,
    due: BTreeSet<(LineMs, AttemptKey)>,
    waiting: HashMap<ItemNo, BTreeMap<u64, AttemptKey>>,
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
            journal: Vec::new(),
            repeats: Vec::new(),
            journal_at_stop: None,
            reads_max: usize::MAX,
            due: BTreeSet::new(),
            waiting: HashMap::new(),
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
            Command::Attempt(_) | Command::Tick => true,
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
        let attempts = commands.filter_map(|(_, command)| match command {
            Command::Attempt(attempt) => Some(attempt.id),
            _ => None,
        });
        attempts.collect()
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
        let decision = decide(&self.rules, read, messages.iter().map(|(at, command)| (*at, command)), now);
        self.unfinished = decision.standby_starved || more_due;
        self.journal.extend(decision.outcomes);
        if let Some(writes) = decision.writes {
            self.apply(writes);
        }
        for told in decision.repeats {
            let known = self.records.get(&told.id.key()).filter(|known| known.id == told.id);
            assert!(known.is_none_or(|known| *known == told), "told after the news of its round: {told:?}, {known:?}");
            self.repeats.push(told);
        }
    }

    fn read(&self, messages: &[Message], line: LineMs) -> (ReadSet, bool) {
        let record = |key: &AttemptKey| self.records.get(key).cloned();
        let mut read = ReadSet { head: self.head.clone(), ..ReadSet::default() };
        let mut gives_back = false;
        for (_, command) in messages {
            let id = match command {
                Command::Attempt(attempt) => {
                    let held = self.holdings.get(&attempt.shopper).copied().unwrap_or(0);
                    read.holdings.insert(attempt.shopper, u32::try_from(held).expect("never negative"));
                    attempt.id
                }
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
            read.records.extend(record(&id.key()).map(|found| (id.key(), found)));
        }
        let due: Vec<_> = self.due.iter().take_while(|(deadline, _)| *deadline < line).collect();
        let more_due = due.len() > self.reads_max;
        read.due = due.into_iter().take(self.reads_max).filter_map(|(_, key)| record(key)).collect();
        if gives_back || !read.due.is_empty() || self.unfinished || self.head.is_behind(&self.rules) {
            for (item, waiting) in &self.waiting {
                let heads = waiting.values().take(self.reads_max).filter_map(record).collect();
                read.standby.insert(*item, heads);
            }
        }
        (read, more_due)
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
        for (id, deadline) in writes.due_added {
            self.due.retain(|(_, key)| *key != id.key());
            self.due.insert((deadline, id.key()));
        }
        for id in writes.due_removed {
            self.due.retain(|(_, key)| *key != id.key());
        }
        for (item, number, id) in writes.standby_added {
            self.waiting.entry(item).or_default().insert(number, id.key());
        }
        for (item, id) in writes.standby_removed {
            self.waiting.entry(item).or_default().retain(|_, key| *key != id.key());
        }
    }
}
