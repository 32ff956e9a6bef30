//! What the messages of a round hold.

use std::collections::HashSet;

use broker::{Awaited, Delivery};
use sale::command::{Command, LineBatch};
use sale::ids::{AttemptId, DoorId};
use sale::time::UnixMs;
use sale::wire;
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

/// A message nobody can read must not block the line: it is parked, and counted.
pub(crate) fn unpack(deliveries: Vec<Delivery>) -> Batch {
    let mut all = Batch { last_delivery: deliveries.last().map(|delivery| delivery.tag), ..Batch::default() };
    for delivery in deliveries {
        match wire::decode::<LineBatch>(&delivery.body) {
            Ok(batch) => {
                for (index, place) in delivery.traces.iter().filter(|(index, _)| *index < batch.commands.len()) {
                    all.traces.add(all.commands.len() + index, Some(place));
                }
                if !delivery.awaited.is_empty() {
                    let marked = batch.commands.iter().enumerate().filter(|(index, _)| delivery.awaited.has(*index));
                    all.awaited.extend(marked.filter_map(|(_, command)| match command {
                        Command::Attempt(attempt) => Some(attempt.id),
                        _ => None,
                    }));
                }
                all.times.extend(std::iter::repeat_n(batch.admitted_at, batch.commands.len()));
                let attempts = batch.commands.iter().filter(|command| matches!(command, Command::Attempt(_))).count();
                if attempts > 0 {
                    all.doors.push((batch.door, batch.door_attempts));
                    all.entered.push((batch.admitted_at, attempts as u64));
                }
                all.commands.extend(batch.commands);
            }
            Err(error) => {
                meters::PARKED.one();
                tracing::error!(%error, bytes = delivery.body.len(), "unreadable message parked");
                all.parked.push(delivery.body);
            }
        }
    }
    all
}
