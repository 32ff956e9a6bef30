//! The writer of one event's line, for as long as this process is it: takes what is in the line, decides it round by
//! round ([`crate::round`]), and acks what the broker has confirmed.

use std::sync::Arc;
use std::time::Duration;

use broker::{Delivery, Subscription};
use catalogue::Sale;
use inventory::Inventory;
use meter::OfEvent;
use sale::ids::EventId;
use sale::opening;
use sale::record::Head;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::announcer::{Announcer, Receipt};
use crate::answer_times::Waits;
use crate::batch::{Batch, COMMAND_BYTES, Hand};
use crate::draw::Drawing;
use crate::error::LineError;
use crate::handover::{Ended, Outranked};
use crate::meters;
use crate::outbox::Outbox;
use crate::settle::Settling;
use crate::takeover::Claimed;

/// How often to look at the roster and the record.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a process that leaves waits for the last confirms.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Writer {
    pub(crate) context: Context,
    pub(crate) event: EventId,
    pub(crate) sale: Arc<Sale>,
    pub(crate) subscription: Subscription,
    pub(crate) announcer: Announcer,
    pub(crate) inventory: Inventory,
    /// The event as the last round left it.
    pub(crate) head: Head,
    pub(crate) outbox: Outbox,
    /// Taken from the line, and yet to be decided.
    pub(crate) hand: Hand,
    /// While the entries of the lobby are being decided.
    pub(crate) drawing: Option<Drawing>,
    /// Run another round at once: more to expire, or standby to be served.
    pub(crate) unfinished: bool,
    pub(crate) progress_due: Option<Instant>,
    pub(crate) waits: Waits,
    pub(crate) gauges: LineGauges,
    outranked: Outranked,
    settling: Settling,
}

/// What there is to do at once.
enum Work {
    /// A round without messages: an earlier one had no room for all of it.
    Finish,
    /// The lobby comes first.
    Draw,
    /// What is in hand.
    Decide,
}

impl Writer {
    /// The writer of a line that was taken over.
    pub(crate) fn new(
        context: Context,
        event: EventId,
        subscription: Subscription,
        claimed: Claimed,
    ) -> Result<Self, LineError> {
        let Claimed { inventory, head, announcer, recorded_seq } = claimed;
        Ok(Self {
            event,
            sale: context.catalogue.get(event).ok_or(LineError::NoSale)?,
            subscription,
            announcer,
            inventory,
            outbox: Outbox::new(context.pool.clone(), event, head.seq, recorded_seq),
            head,
            hand: Hand::default(),
            drawing: None,
            // A predecessor may have died with work in hand.
            unfinished: true,
            progress_due: None,
            waits: Waits::default(),
            gauges: LineGauges::of(event),
            outranked: Outranked::default(),
            settling: Settling::default(),
            context,
        })
    }

    /// Writes until there is a reason to stop. On an error the deliveries in hand go back.
    pub(crate) async fn serve(mut self, first: Delivery, leave: &CancellationToken) -> Result<Ended, LineError> {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.hand = Hand::of(vec![first]);
        let why = loop {
            while let Some(receipt) = self.announcer.confirmed_by_now() {
                self.confirmed(receipt).await?;
            }
            if leave.is_cancelled() {
                break Ended::ToldToLeave;
            }
            let work = self.work();
            tokio::select! {
                biased;
                receipt = self.announcer.confirmed() => self.confirmed(receipt?).await?,
                () = self.context.catalogue.changed() => if self.follow_rules() { break Ended::Paused },
                _ = looks.tick() => if self.should_hand_over().await? { break Ended::HandedOver },
                () = until(self.progress_due) => self.announce_progress().await?,
                () = std::future::ready(()), if work.is_some() => match work {
                    Some(Work::Finish) => self.round(Batch::default(), None).await?,
                    Some(Work::Draw) => self.draw().await?,
                    Some(Work::Decide) => self.decide_hand().await?,
                    None => {}
                },
                delivery = self.subscription.next(), if self.hand.is_empty() => self.hand = self.gather(delivery?)?,
                () = leave.cancelled() => break Ended::ToldToLeave,
            }
        };
        self.leave().await?;
        Ok(why)
    }

    /// What there is to do at once, if anything.
    fn work(&self) -> Option<Work> {
        if self.unfinished {
            return Some(Work::Finish);
        }
        match self.lobby_next() {
            opening::Next::GoOn => Some(Work::Decide).filter(|_| !self.hand.is_empty()),
            opening::Next::Close | opening::Next::Draw => Some(Work::Draw),
            opening::Next::AwaitSeed => None,
        }
    }

    /// Decides what is in hand; while there is a lobby, only what entered the line before the opening.
    async fn decide_hand(&mut self) -> Result<(), LineError> {
        let batch = self.hand.take(opening::waits_from(&self.sale.rules, &self.head));
        self.round(batch, None).await
    }

    /// Takes whatever else is ready, up to a bound; does not wait for more.
    fn gather(&mut self, first: Delivery) -> Result<Hand, LineError> {
        // A message holds a command at least, so this many messages are enough for a round; how many
        // commands they hold is known once they are decoded.
        let mut bytes_left = self.context.settings.round_commands as usize * COMMAND_BYTES;
        let mut deliveries = vec![first];
        while let Some(left) = bytes_left.checked_sub(deliveries.last().map_or(0, |last| last.body.len()))
            && let Some(delivery) = self.subscription.next_ready()?
        {
            bytes_left = left;
            deliveries.push(delivery);
        }
        Ok(Hand::of(deliveries))
    }

    /// An announcement is with the broker for good: its deliveries may go.
    pub(crate) async fn confirmed(&mut self, receipt: Receipt) -> Result<(), LineError> {
        if let Some(seq) = receipt.seq {
            self.outbox.confirmed(seq);
        }
        if let Some(delivery) = receipt.delivery {
            self.subscription.ack_through(delivery).await?;
        }
        Ok(())
    }

    /// Finishes what is in hand: everything decided is confirmed and acked; the rest goes back in order.
    async fn leave(mut self) -> Result<(), LineError> {
        // What was said last stands for as long as nobody serves the line.
        self.announce_progress().await?;
        let give_up = Instant::now() + LEAVE_TIMEOUT;
        while self.announcer.has_unconfirmed() {
            match timeout_at(give_up, self.announcer.confirmed()).await {
                Ok(receipt) => self.confirmed(receipt?).await?,
                Err(_) => break, // unknown, not lost: the outbox keeps it
            }
        }
        self.subscription.close().await;
        Ok(())
    }

    /// Follows the rules as they are now. Whether the line stands still from now on.
    fn follow_rules(&mut self) -> bool {
        if let Some(sale) = self.context.catalogue.get(self.event) {
            self.sale = sale;
        }
        self.unfinished = self.head.is_behind(&self.sale.rules);
        self.sale.rules.stands_still()
    }

    /// One look a second at the roster and the record. Whether another process is to write from now on.
    async fn should_hand_over(&mut self) -> Result<bool, LineError> {
        let recorded = self.outbox.recorded();
        self.gauges.outbox(&self.outbox);
        if self.outranked.long_enough(self.context.my_rank(self.event), recorded.reads) {
            return Ok(true);
        }
        // Units that are put back open a settled sale again.
        if !self.sale.settled {
            self.settling.look(&self.context.pool, &self.sale.rules, &self.head, recorded.seq).await;
        }
        if self.outbox.announce_again() {
            self.announce_again(recorded.seq).await?;
        }
        Ok(false)
    }

    /// Announces again all that is not recorded: the record tells repeats. The sale goes on meanwhile.
    async fn announce_again(&mut self, recorded: u64) -> Result<(), LineError> {
        let kept = self.inventory.outbox_after(recorded, &self.head).await?;
        meters::ANNOUNCED_AGAIN.add(kept.len() as u64);
        tracing::warn!(event = %self.event, recorded, rounds = kept.len(), "the record stands still, announcing again");
        for receipt in self.announcer.announce_rounds(kept, self.head.epoch).await? {
            self.confirmed(receipt).await?;
        }
        Ok(())
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// What operators see of the line while it is written here.
pub(crate) struct LineGauges {
    pub(crate) lag: OfEvent,
    outbox: OfEvent,
    unconfirmed: OfEvent,
    _writer: OfEvent,
}

impl LineGauges {
    fn of(event: EventId) -> Self {
        let writer = meters::LINE_WRITER.of(event);
        writer.set(1.0);
        Self {
            lag: meters::LINE_LAG.of(event),
            outbox: meters::OUTBOX.of(event),
            unconfirmed: meters::UNCONFIRMED.of(event),
            _writer: writer,
        }
    }

    fn outbox(&self, outbox: &Outbox) {
        self.outbox.set(outbox.len() as f64);
        self.unconfirmed.set(outbox.unconfirmed() as f64);
    }
}
