//! What the messages of a round hold.

use std::collections::{HashSet, VecDeque};

use broker::{Awaited, Delivery};
use sale::command::{Command, LineBatch};
use sale::ids::{AttemptId, DoorId};
use sale::time::UnixMs;
use sale::wire::{self, WireError};
use trace::Carried;

use crate::meters;

/// What an attempt takes on the wire, roughly: to judge by its size how much a message holds.
pub(crate) const COMMAND_BYTES: usize = 40;

/// The commands of some messages, in their order.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) commands: Vec<Command>,
    pub(crate) times: Vec<UnixMs>,
    pub(crate) parked: Vec<Vec<u8>>,
    pub(crate) doors: Vec<(DoorId, u64)>,
    /// For each message with attempts: when it was sent, and how many.
    pub(crate) entered: Vec<(UnixMs, u64)>,
    /// Of the commands.
    pub(crate) traces: Carried,
    /// Whose answers go into a response at a door.
    awaited: HashSet<AttemptId>,
    /// The last message, for the ack of all.
    pub(crate) last_delivery: Option<u64>,
}

impl Batch {
    /// The commands, each with the time at which it entered the line.
    pub(crate) fn timed_commands(&self) -> impl Iterator<Item = (UnixMs, &Command)> {
        self.times.iter().copied().zip(&self.commands)
    }

    /// Which of what is told about these attempts is awaited at a door: answers alone, and not what changes later.
    pub(crate) fn awaited(&self, answered: impl Iterator<Item = Option<AttemptId>>) -> Awaited {
        let mut awaited = Awaited::default();
        if !self.awaited.is_empty() {
            let marked = answered.enumerate().filter(|(_, id)| id.is_some_and(|id| self.awaited.contains(&id)));
            marked.for_each(|(index, _)| awaited.mark(index));
        }
        awaited
    }

    /// When the first of them was sent.
    pub(crate) fn oldest(&self) -> Option<UnixMs> {
        self.times.iter().copied().min()
    }

    /// When the last of them was sent; `UnixMs(0)` if there are none.
    pub(crate) fn latest(&self) -> UnixMs {
        self.times.iter().copied().max().unwrap_or(UnixMs(0))
    }
}

/// Messages that were taken from the line and are yet to be decided, in their order.
#[derive(Default)]
pub(crate) struct Hand(VecDeque<(Delivery, Result<LineBatch, WireError>)>);

impl Hand {
    pub(crate) fn of(deliveries: Vec<Delivery>) -> Self {
        let read = |delivery: Delivery| {
            let message = wire::decode::<LineBatch>(&delivery.body);
            (delivery, message)
        };
        Self(deliveries.into_iter().map(read).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the next message entered the line at `moment` or later.
    pub(crate) fn has_come_to(&self, moment: UnixMs) -> bool {
        self.0.front().is_some_and(|(_, message)| is_since(message, moment))
    }

    /// Takes all messages; or those that come before the first that entered the line at `until` or later.
    pub(crate) fn take(&mut self, until: Option<UnixMs>) -> Batch {
        let end = until.and_then(|until| self.0.iter().position(|(_, message)| is_since(message, until)));
        let mut all = Batch::default();
        self.0.drain(..end.unwrap_or(self.0.len())).for_each(|(delivery, message)| all.add(delivery, message));
        all
    }
}

fn is_since(message: &Result<LineBatch, WireError>, moment: UnixMs) -> bool {
    message.as_ref().is_ok_and(|message| message.admitted_at >= moment)
}

impl Batch {
    /// A message nobody can read must not block the line: it is parked, and counted.
    fn add(&mut self, delivery: Delivery, message: Result<LineBatch, WireError>) {
        self.last_delivery = Some(delivery.tag);
        match message {
            Ok(batch) => {
                for (index, place) in delivery.traces.iter().filter(|(index, _)| *index < batch.commands.len()) {
                    self.traces.add(self.commands.len() + index, Some(place));
                }
                if !delivery.awaited.is_empty() {
                    let marked = batch.commands.iter().enumerate().filter(|(index, _)| delivery.awaited.has(*index));
                    self.awaited.extend(marked.filter_map(|(_, command)| Some(command.attempt()?.0.id)));
                }
                self.times.extend(std::iter::repeat_n(batch.admitted_at, batch.commands.len()));
                let attempts = batch.commands.iter().filter(|command| command.attempt().is_some()).count();
                if attempts > 0 {
                    self.doors.push((batch.door, batch.door_attempts));
                    self.entered.push((batch.admitted_at, attempts as u64));
                }
                self.commands.extend(batch.commands);
            }
            Err(error) => {
                meters::PARKED.one();
                tracing::error!(%error, bytes = delivery.body.len(), "unreadable message parked");
                self.parked.push(delivery.body);
            }
        }
    }
}
