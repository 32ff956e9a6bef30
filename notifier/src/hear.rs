//! Hearing the outcomes exchange, and passing on to each shopper what is theirs.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use broker::{Broker, BrokerError, Listener, Notice, Topic};
use retry::{Backoff, RECONNECT};
use sale::answer::Outcome;
use sale::ids::{AttemptId, EventId, ShopperId};
use sale::position::{self, Novelty};
use sale::record::Record;
use sale::report::{Entry, OrderChange, OrderNews, Progress, Repeats};
use sale::rules::SaleRules;
use sale::wire::{self, WireError};
use service::Readiness;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use trace::Carried;
use view::AttemptView;

use crate::broadcast::{Broadcasts, TICK};
use crate::mailbox::Letter;
use crate::protocol::{OrderView, ServerMessage};
use crate::traced::Push;
use crate::{Context, meters};

/// What is heard here.
const HEARD: [Topic; 4] = [Topic::Rounds, Topic::Repeats, Topic::Progress, Topic::Orders];

/// Listens until told to stop; after an interruption everybody looks again.
pub(crate) async fn run(context: Arc<Context>, broker: Broker, readiness: Readiness, shutdown: CancellationToken) {
    let mut backoff = Backoff::new("hear", RECONNECT);
    let mut ear = OutcomeListener {
        context,
        lines: HashMap::new(),
        broadcasts: Broadcasts::default(),
        awaiting_rules: HashSet::new(),
    };
    let mut first = true;
    while !shutdown.is_cancelled() {
        let listening = Listener::open(&broker, &HEARD.map(Topic::of_all_events)).await;
        if let Ok(listener) = listening {
            readiness.set("listening", true);
            backoff.reset();
            if !std::mem::take(&mut first) {
                meters::INTERRUPTIONS.one();
                ear.context.mailboxes.look_again();
            }
            if let Err(error) = ear.listen(listener, &shutdown).await {
                tracing::warn!(%error, "no longer hearing outcomes");
            }
            readiness.set("listening", false);
        }
        tokio::select! {
            _ = backoff.wait() => {}
            () = shutdown.cancelled() => {}
        }
    }
}

struct OutcomeListener {
    context: Arc<Context>,
    /// What was heard of each line.
    lines: HashMap<EventId, position::Heard>,
    broadcasts: Broadcasts,
    /// Sales whose outcomes were heard before their rules were known here.
    awaiting_rules: HashSet<EventId>,
}

impl OutcomeListener {
    async fn listen(&mut self, mut listener: Listener, shutdown: &CancellationToken) -> Result<(), BrokerError> {
        let mut due = interval(TICK);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                heard = listener.next() => {
                    let heard = heard?;
                    if let Err(error) = self.pass_on(&heard) {
                        meters::UNREADABLE.one();
                        tracing::error!(key = heard.key, %error, "unreadable message");
                    }
                }
                _ = due.tick() => {
                    self.catch_up_once_rules_are_known();
                    self.broadcasts.send(&self.context.catalogue, &self.context.mailboxes);
                }
                () = shutdown.cancelled() => return Ok(()),
            }
        }
    }

    fn pass_on(&mut self, heard: &Notice) -> Result<(), WireError> {
        match heard.topic {
            Some(Topic::Rounds) => match wire::decode(&heard.body)? {
                Entry::Barrier(barrier) => drop(self.line(barrier.event).note_writer(barrier.epoch)),
                Entry::Round(report) => {
                    let line = self.line(report.event);
                    if !line.note_writer(report.epoch) {
                        return Ok(());
                    }
                    match line.note_round(report.head.incarnation, report.head.seq) {
                        Novelty::New => {}
                        Novelty::AfterAGap => {
                            meters::GAPS.one();
                            self.context.mailboxes.look_again();
                        }
                        Novelty::Known => return Ok(()),
                    }
                    let head = &report.head;
                    self.broadcasts.hear(report.event, head.tally.served, head.line.0, &head.items);
                    self.tell_all(report.event, &report.outcomes, &heard.traces);
                    let lag_ms = clock::now().ms_since(report.decided_at);
                    meters::LAG.record(lag_ms as f64 / 1_000.0);
                }
            },
            Some(Topic::Repeats) => {
                let repeats: Repeats = wire::decode(&heard.body)?;
                if self.line(repeats.event).note_writer(repeats.epoch) {
                    self.tell_again(repeats.event, &repeats.records, &heard.traces);
                }
            }
            Some(Topic::Progress) => {
                let progress: Progress = wire::decode(&heard.body)?;
                if self.line(progress.event).note_writer(progress.epoch) {
                    self.broadcasts.hear(progress.event, progress.served, progress.line.0, &progress.items);
                }
            }
            Some(Topic::Orders) => self.tell_order(&wire::decode(&heard.body)?),
            Some(Topic::Rules) | None => {}
        }
        Ok(())
    }

    fn line(&mut self, event: EventId) -> &mut position::Heard {
        self.lines.entry(event).or_default()
    }

    /// Once the rules of a sale are known, its shoppers get what could not be told before.
    fn catch_up_once_rules_are_known(&mut self) {
        let before = self.awaiting_rules.len();
        self.awaiting_rules.retain(|event| self.context.catalogue.get(*event).is_none());
        if self.awaiting_rules.len() < before {
            self.context.mailboxes.look_again();
        }
    }

    fn tell_all(&mut self, event: EventId, outcomes: &[Outcome], traces: &Carried) {
        let news = outcomes.iter().map(|outcome| (outcome.shopper, outcome.attempt, outcome));
        self.tell(event, news, traces, AttemptView::of_outcome);
    }

    fn tell_again(&mut self, event: EventId, records: &[Record], traces: &Carried) {
        let (news, now) = (records.iter().map(|record| (record.shopper, record.id, record)), clock::now());
        self.tell(event, news, traces, |rules, record| Some(AttemptView::of_record(rules, record, now)));
    }

    fn tell<'n, N>(
        &mut self,
        event: EventId,
        news: impl Iterator<Item = (ShopperId, AttemptId, &'n N)>,
        traces: &Carried,
        view: impl Fn(&SaleRules, &N) -> Option<AttemptView>,
    ) where
        N: 'n,
    {
        let Some(sale) = self.context.catalogue.get(event) else {
            self.awaiting_rules.insert(event);
            return;
        };
        let progress = self.broadcasts.said(event);
        for (index, (shopper, attempt, news)) in news.enumerate() {
            // Most shoppers may be connected elsewhere: render only what is read here.
            if !self.context.mailboxes.has(shopper) {
                continue;
            }
            if let Some(view) = view(&sale.rules, news) {
                let (about, push) = ((event, attempt), Push::begin(event, traces.at(index)));
                let letter = Letter { about, text: ServerMessage::Attempt(&view).text(), push };
                self.context.mailboxes.tell(shopper, &letter, progress);
            }
        }
    }

    fn tell_order(&self, news: &OrderNews) {
        let (state, order_number, total_minor, tries_left) = match &news.what {
            OrderChange::Paid { order_number, total_minor } => {
                ("paid", Some(order_number.as_str()), Some(*total_minor), None)
            }
            OrderChange::Declined { tries_left } => ("declined", None, None, Some(*tries_left)),
            OrderChange::ActionNeeded => ("action_needed", None, None, None),
            OrderChange::Voided => ("voided", None, None, None),
            OrderChange::Refunded { amount_minor } => ("refunded", None, Some(*amount_minor), None),
        };
        let view = OrderView {
            event_id: news.event.0,
            attempt_id: news.attempt.0,
            payment_id: news.payment.0,
            state,
            order_number,
            total_minor,
            tries_left,
        };
        let letter = Letter {
            about: (news.event, news.attempt),
            text: ServerMessage::Order(view).text(),
            push: Push::default(),
        };
        self.context.mailboxes.tell(news.shopper, &letter, None);
    }
}
