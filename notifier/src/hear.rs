//! Hearing what is said of lines, and passing on to each shopper what is theirs.

use std::collections::HashSet;
use std::sync::Arc;

use broker::{Awaited, Broker, BrokerError, Ear, HeardLines, Said, Topic};
use sale::ids::{AttemptId, EventId, ShopperId};
use sale::record::Record;
use sale::report::{OrderChange, OrderNews};
use sale::rules::SaleRules;
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
///
/// # Errors
/// When the task that listens died.
pub(crate) async fn run(
    context: Arc<Context>,
    broker: Broker,
    heard: HeardLines,
    readiness: Readiness,
    shutdown: CancellationToken,
) -> Result<(), BrokerError> {
    let mut ear = Ear::open(broker, &HEARD, heard);
    let mut news = NewsDesk {
        context,
        readiness,
        has_listened: false,
        broadcasts: Broadcasts::default(),
        awaiting_rules: HashSet::new(),
    };
    let mut due = interval(TICK);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            said = ear.next() => news.pass_on(said?),
            _ = due.tick() => {
                news.catch_up_once_rules_are_known();
                news.broadcasts.send(&news.context.catalogue, &news.context.mailboxes);
            }
            () = shutdown.cancelled() => return Ok(()),
        }
    }
}

struct NewsDesk {
    context: Arc<Context>,
    readiness: Readiness,
    has_listened: bool,
    broadcasts: Broadcasts,
    /// Sales whose outcomes were heard before their rules were known here.
    awaiting_rules: HashSet<EventId>,
}

impl NewsDesk {
    fn pass_on(&mut self, said: Said) {
        match said {
            Said::Listening => {
                self.readiness.set("listening", true);
                if std::mem::replace(&mut self.has_listened, true) {
                    meters::INTERRUPTIONS.one();
                    self.context.mailboxes.look_again();
                }
            }
            Said::Deaf => self.readiness.set("listening", false),
            Said::Round { report, after_a_gap, traces, awaited } => {
                if after_a_gap {
                    meters::GAPS.one();
                    self.context.mailboxes.look_again();
                }
                let head = &report.head;
                self.broadcasts.hear(report.event, head.tally.served, head.line.0, &head.items);
                let news = report.outcomes.iter().map(|outcome| (outcome.shopper, outcome.attempt, outcome));
                self.tell(report.event, news, &traces, &awaited, AttemptView::of_outcome);
                let lag_ms = clock::now().ms_since(report.decided_at);
                meters::LAG.record(lag_ms as f64 / 1_000.0);
            }
            Said::Repeats { repeats, traces, awaited } => {
                let now = clock::now();
                let news = repeats.records.iter().map(|record| (record.shopper, record.id, record));
                let view = |rules: &SaleRules, record: &Record| Some(AttemptView::of_record(rules, record, now));
                self.tell(repeats.event, news, &traces, &awaited, view);
            }
            Said::Progress(progress) => {
                self.broadcasts.hear(progress.event, progress.served, progress.line.0, &progress.items);
            }
            Said::Order(news) => self.tell_order(&news),
        }
    }

    /// Once the rules of a sale are known, its shoppers get what could not be told before.
    fn catch_up_once_rules_are_known(&mut self) {
        let before = self.awaiting_rules.len();
        self.awaiting_rules.retain(|event| self.context.catalogue.get(*event).is_none());
        if self.awaiting_rules.len() < before {
            self.context.mailboxes.look_again();
        }
    }

    fn tell<'n, N>(
        &mut self,
        event: EventId,
        news: impl Iterator<Item = (ShopperId, AttemptId, &'n N)>,
        traces: &Carried,
        awaited: &Awaited,
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
                if awaited.has(index) {
                    self.context.mailboxes.tell_along(shopper, &letter);
                } else {
                    self.context.mailboxes.tell(shopper, &letter, progress);
                }
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
            OrderChange::RefundFailed { amount_minor } => ("refund_failed", None, Some(*amount_minor), None),
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
