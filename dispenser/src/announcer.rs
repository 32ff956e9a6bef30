//! Announcing rounds: published in order, a few on their way at once, reported back as confirmed.

use std::time::Duration;

use broker::Topic;
use broker::topology::{OUTCOMES, PARKED};
use broker::{Awaited, Broker, BrokerError, Message, Pending, Publisher};
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use sale::ids::EventId;
use sale::report::{Entry, RoundReport};
use sale::wire;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use crate::error::LineError;
use crate::meters;
use crate::steps::AnnouncedSpans;

/// Announcements on their way to the broker at once.
const WINDOW: usize = 8;
/// How long the broker may take to confirm. Then the line starts over, and announces again.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(10);

/// What is published at once: a round, a barrier, or progress.
#[derive(Default)]
pub(crate) struct Announcement {
    /// The round or barrier (an encoded `Entry`), for the record and for the shoppers.
    pub(crate) entry: Option<Vec<u8>>,
    /// Repeated answers (encoded `Repeats`).
    pub(crate) repeats: Option<Vec<u8>>,
    /// How far the line has come (encoded `Progress`).
    pub(crate) progress: Option<Vec<u8>>,
    /// Messages nobody can read, to be parked for a person.
    pub(crate) parked: Vec<Vec<u8>>,
    /// What it carries of traces.
    pub(crate) traced: AnnouncedSpans,
    /// Which of the round's outcomes, and of the repeats, are awaited at a door.
    pub(crate) awaited: (Awaited, Awaited),
    /// What to report back when all of it is confirmed.
    pub(crate) receipt: Receipt,
}

/// What may be done once an announcement is confirmed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Receipt {
    /// The round's number, for the outbox.
    pub(crate) seq: Option<u64>,
    /// The last delivery of the round, for the ack.
    pub(crate) delivery: Option<u64>,
}

/// The voice of one line. Its channel and its task end with it.
pub(crate) struct Announcer {
    say: mpsc::Sender<Announcement>,
    confirmed: mpsc::Receiver<Receipt>,
    /// Said, and not yet confirmed.
    awaited: usize,
    task: AbortOnDropHandle<Result<(), BrokerError>>,
}

impl Announcer {
    pub(crate) async fn open(broker: &Broker, event: EventId) -> Result<Self, BrokerError> {
        let publisher = Publisher::open(broker).await?;
        let (say, to_say) = mpsc::channel(WINDOW);
        // A sender that never takes receipts stops the task once this is full: see `announce_rounds`.
        let (confirm, confirmed) = mpsc::channel(4 * WINDOW);
        let task = AbortOnDropHandle::new(tokio::spawn(speak(publisher, event, to_say, confirm)));
        Ok(Self { say, confirmed, awaited: 0, task })
    }

    /// Queues an announcement; waits while too many are on their way.
    pub(crate) async fn announce(&mut self, announcement: Announcement) -> Result<(), BrokerError> {
        self.say.send(announcement).await.map_err(|_| BrokerError::Ended)?;
        self.awaited += 1;
        Ok(())
    }

    /// Announces rounds that were committed before, under this epoch. Gives back what was confirmed meanwhile.
    pub(crate) async fn announce_rounds(
        &mut self,
        rounds: Vec<RoundReport>,
        epoch: u64,
    ) -> Result<Vec<Receipt>, LineError> {
        let mut confirmed = Vec::new();
        for report in rounds {
            // Receipts are taken while sending, or their channel fills up and the task stops.
            confirmed.extend(std::iter::from_fn(|| self.confirmed_by_now()));
            let entry = Some(wire::encode(&Entry::Round(RoundReport { epoch, ..report }))?);
            self.announce(Announcement { entry, ..Default::default() }).await?;
        }
        Ok(confirmed)
    }

    /// Whether anything that was said is not yet confirmed.
    pub(crate) fn has_unconfirmed(&self) -> bool {
        self.awaited > 0
    }

    /// The next announcement confirmed, in order. Safe to cancel. An error means that some are unknown.
    pub(crate) async fn confirmed(&mut self) -> Result<Receipt, BrokerError> {
        match self.confirmed.recv().await {
            Some(receipt) => Ok(self.count(receipt)),
            None => match (&mut self.task).await {
                Ok(Err(error)) => Err(error),
                Ok(Ok(())) | Err(_) => Err(BrokerError::Ended),
            },
        }
    }

    /// One that is confirmed already, if there is one.
    pub(crate) fn confirmed_by_now(&mut self) -> Option<Receipt> {
        self.confirmed.try_recv().ok().map(|receipt| self.count(receipt))
    }

    fn count(&mut self, receipt: Receipt) -> Receipt {
        self.awaited -= 1;
        receipt
    }
}

async fn speak(
    mut publisher: Publisher,
    event: EventId,
    mut to_say: mpsc::Receiver<Announcement>,
    confirm: mpsc::Sender<Receipt>,
) -> Result<(), BrokerError> {
    let mut under_way = FuturesOrdered::new();
    loop {
        tokio::select! {
            said = to_say.recv(), if under_way.len() < WINDOW => match said {
                Some(mut announcement) => {
                    let (receipt, traced) = (announcement.receipt, std::mem::take(&mut announcement.traced));
                    let pending = publish(&mut publisher, event, announcement, &traced).await?;
                    under_way.push_back(all_confirmed(pending, receipt, traced));
                }
                None => return Ok(()),
            },
            Some(receipt) = under_way.next(), if !under_way.is_empty() => {
                if confirm.send(receipt?).await.is_err() {
                    return Ok(());
                }
            }
        }
    }
}

async fn publish(
    publisher: &mut Publisher,
    event: EventId,
    announcement: Announcement,
    traced: &AnnouncedSpans,
) -> Result<Vec<Pending>, BrokerError> {
    let mut pending = Vec::with_capacity(2);
    let (outcomes_awaited, repeats_awaited) = &announcement.awaited;
    if let Some(entry) = announcement.entry {
        let entry = Message::carrying(&entry, &traced.outcomes).awaited(outcomes_awaited);
        pending.push(publisher.send(OUTCOMES, &Topic::Rounds.key(event), entry).await?);
        meters::ANNOUNCEMENTS.one(meters::Announced::Round);
    }
    if let Some(repeats) = announcement.repeats {
        let repeats = Message::carrying(&repeats, &traced.repeats).awaited(repeats_awaited);
        pending.push(publisher.send_transient(OUTCOMES, &Topic::Repeats.key(event), repeats).await?);
        meters::ANNOUNCEMENTS.one(meters::Announced::Repeats);
    }
    if let Some(progress) = announcement.progress {
        pending.push(publisher.send_transient(OUTCOMES, &Topic::Progress.key(event), &progress).await?);
        meters::ANNOUNCEMENTS.one(meters::Announced::Progress);
    }
    for message in announcement.parked {
        pending.push(publisher.send("", PARKED, &message).await?);
    }
    Ok(pending)
}

async fn all_confirmed(
    pending: Vec<Pending>,
    receipt: Receipt,
    mut traced: AnnouncedSpans,
) -> Result<Receipt, BrokerError> {
    let published = Instant::now();
    for message in pending {
        message.confirmed(CONFIRM_TIMEOUT).await.inspect_err(|error| traced.fail(error))?;
    }
    meters::CONFIRM.took(published.elapsed());
    Ok(receipt)
}
