//! Reading what a round must know.

use std::collections::{HashMap, HashSet};

use redis::Pipeline;
use sale::ReadSet;
use sale::command::Command;
use sale::ids::{AttemptId, AttemptKey, ItemNo};
use sale::record::{Head, Record};
use sale::time::LineMs;

use super::tallied::Tallied;
use super::{FENCE, Inventory};
use crate::keys::root_key;
use crate::{InventoryError, stored};

/// Reservations expired in one round at most.
const DUE_MAX: usize = 512;
/// Shoppers on standby for an item that are looked at in one round at most.
const STANDBY_HEADS_MAX: usize = 128;

/// What a round is going to need.
pub struct Wanted<'a> {
    /// The writer's head: the event as the last commit left it, and the line's time since.
    pub head: &'a Head,
    /// The commands of the round.
    pub commands: &'a [Command],
    /// The latest time of the line that the round will see.
    pub line: LineMs,
    /// Whether to read the first places of standby even if no command or deadline calls for it.
    pub read_standby: bool,
    /// Whether to read what the shoppers have in the lobby.
    pub read_lobby: bool,
    /// Once the opening has come: the entries to be decided.
    pub drawn: Option<&'a [AttemptKey]>,
}

/// What was read.
pub struct Found {
    /// What the round must know.
    pub read: ReadSet,
    /// Whether more reservations are due than were read.
    pub more_due: bool,
}

impl Inventory {
    /// One pipelined read for a usual round; two more when reservations expire or stock comes back.
    ///
    /// # Errors
    /// When Redis fails, or holds another inventory than `wanted.head` tells of.
    pub async fn read(&mut self, wanted: Wanted<'_>) -> Result<Found, InventoryError> {
        let keys = attempts_of(wanted.commands);
        let drawn = self.read_drawn(wanted.drawn).await?;
        let fields = match &drawn {
            Some(drawn) => Tallied::of_drawn(drawn),
            None => Tallied::of(wanted.commands),
        };
        let (mut read, due) = self.read_usual(&wanted, &keys, &fields).await?;
        if wanted.read_lobby {
            read.entries = self.read_entries_of(&fields.shoppers).await?;
        }
        let more_due = due.len() == DUE_MAX;

        let gives_back = wanted.commands.iter().any(|command| matches!(command, Command::Cancel { .. }));
        let has_rested = wanted.head.has_anybody_rested(wanted.line);
        if !due.is_empty() || gives_back || has_rested || wanted.read_standby {
            let waiting = self.read_standby_heads(wanted.head).await?;
            let listed: Vec<AttemptKey> =
                due.iter().copied().chain(waiting.iter().flat_map(|(_, heads)| heads.iter().copied())).collect();
            let found = self.read_live(&listed).await?;
            let pick = |key: &AttemptKey| found.get(key).cloned();
            read.due = due.iter().filter_map(pick).collect();
            read.standby =
                waiting.iter().map(|(item, heads)| (*item, heads.iter().filter_map(pick).collect())).collect();
        }
        (read.head, read.drawn) = (wanted.head.clone(), drawn);
        Ok(Found { read, more_due })
    }

    async fn read_usual(
        &mut self,
        wanted: &Wanted<'_>,
        keys: &[AttemptKey],
        tallied: &Tallied,
    ) -> Result<(ReadSet, Vec<AttemptKey>), InventoryError> {
        let places = [&self.keys.closed, &self.keys.live]; // what is live counts, and comes last
        let mut pipeline = Pipeline::with_capacity(6);
        if !keys.is_empty() {
            let fields = fields(keys);
            for place in places {
                pipeline.cmd("HMGET").arg(place).arg(&fields);
            }
        }
        if !tallied.shoppers.is_empty() {
            pipeline.cmd("HMGET").arg(&self.keys.who).arg(tallied.fields());
        }
        let members = tallied.members();
        if !members.is_empty() {
            pipeline.cmd("ZMSCORE").arg(&self.keys.nothing).arg(&members);
        }
        pipeline.cmd("ZRANGEBYSCORE").arg(&self.keys.due).arg("-inf").arg(format!("({}", wanted.line.0));
        pipeline.arg("LIMIT").arg(0).arg(DUE_MAX);
        // A round that changes nothing commits nothing: it, too, must not be acked after a look at an inventory that
        // was lost or put back. Asked last, so that it holds for all that was read before.
        pipeline.cmd("HMGET").arg(root_key(self.event)).arg(&FENCE);
        let mut answers: Vec<Vec<Option<Vec<u8>>>> = pipeline.query_async(&mut self.redis).await?;

        self.expect(answers.pop().unwrap_or_default(), wanted.head)?;
        let due = to_keys(answers.pop().unwrap_or_default());
        let mut read = ReadSet::default();
        if !members.is_empty() {
            tallied.take_times(&mut read, answers.pop().unwrap_or_default());
        }
        if !tallied.shoppers.is_empty() {
            tallied.take(&mut read, answers.pop().unwrap_or_default());
        }
        read.records.reserve(keys.len());
        for place in answers {
            decode_into(&mut read.records, keys, place)?;
        }
        Ok((read, due))
    }

    async fn read_standby_heads(&mut self, head: &Head) -> Result<Vec<(ItemNo, Vec<AttemptKey>)>, InventoryError> {
        let items: Vec<ItemNo> = head
            .items
            .iter()
            .enumerate()
            .filter(|(index, counts)| {
                counts.standby_len > 0 || head.behind.get(*index).is_some_and(|behind| behind.waiting > 0)
            })
            .filter_map(|(index, _)| u16::try_from(index).ok().map(ItemNo))
            .collect();
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = Pipeline::with_capacity(items.len());
        for item in &items {
            pipeline.cmd("ZRANGE").arg(self.keys.wait(*item)).arg(0).arg(STANDBY_HEADS_MAX - 1);
        }
        let heads: Vec<Vec<Option<Vec<u8>>>> = pipeline.query_async(&mut self.redis).await?;
        Ok(items.into_iter().zip(heads.into_iter().map(to_keys)).collect())
    }

    async fn read_live(&mut self, keys: &[AttemptKey]) -> Result<HashMap<AttemptKey, Record>, InventoryError> {
        let mut records = HashMap::with_capacity(keys.len());
        if !keys.is_empty() {
            let place: Vec<Option<Vec<u8>>> =
                redis::cmd("HMGET").arg(&self.keys.live).arg(fields(keys)).query_async(&mut self.redis).await?;
            decode_into(&mut records, keys, place)?;
        }
        Ok(records)
    }
}

fn attempts_of(commands: &[Command]) -> Vec<AttemptKey> {
    let id = |command: &Command| match command {
        Command::Attempt(attempt) | Command::AttemptFrom(attempt, _) => Some(attempt.id),
        Command::Confirm { attempt, .. }
        | Command::Captured { attempt, .. }
        | Command::Cancel { attempt, .. }
        | Command::HoldOn { attempt, .. }
        | Command::LetGo { attempt, .. } => Some(*attempt),
        Command::Tick => None,
    };
    let mut seen = HashSet::with_capacity(commands.len());
    commands.iter().filter_map(id).map(|id: AttemptId| id.key()).filter(|key| seen.insert(*key)).collect()
}

pub(super) fn fields(keys: &[AttemptKey]) -> Vec<&[u8]> {
    keys.iter().map(|key| key.0.as_slice()).collect()
}

fn to_keys(members: Vec<Option<Vec<u8>>>) -> Vec<AttemptKey> {
    members.into_iter().flatten().filter_map(|member| member.try_into().ok().map(AttemptKey)).collect()
}

pub(super) fn decode_into(
    records: &mut HashMap<AttemptKey, Record>,
    keys: &[AttemptKey],
    place: Vec<Option<Vec<u8>>>,
) -> Result<(), InventoryError> {
    for (key, bytes) in keys.iter().zip(place) {
        if let Some(bytes) = bytes {
            records.insert(*key, stored::decode(&bytes)?);
        }
    }
    Ok(())
}
