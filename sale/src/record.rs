//! What is remembered: of one attempt ([`Record`]), and of the event as a whole ([`Head`]).

use serde::{Deserialize, Deserializer, Serialize};

use crate::answer::{Answer, Change, Grace, Grant, Refusal, StandbyEnd};
use crate::command::CancelCause;
use crate::ids::{AttemptId, DoorId, ItemNo, PaymentId, ShopperId};
use crate::lobby::LobbyCounts;
use crate::position::Position;
use crate::provenance::Provenance;
use crate::rules::{SaleRules, Status};
use crate::time::{LineMs, UnixMs};

/// Where an attempt stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Answered without stock; final.
    Closed,
    /// On standby.
    Waiting,
    /// Stock is held until the grant's deadline.
    Held(Grant),
    /// A payment was accepted; its money is yet to be taken.
    Sold(Grant, PaymentId),
    /// The deadline passed unpaid.
    Expired,
    /// Given back.
    Cancelled(CancelCause),
    /// The place on standby ended without a grant.
    StandbyEnded(StandbyEnd),
    /// Paid: the money of this payment was taken.
    Settled(Grant, PaymentId),
    /// Stock is held past the grant's deadline, until this grace ends.
    HeldOn(Grant, Grace),
    /// In the lobby.
    Entered,
}

/// What is remembered of one attempt. It follows from the attempt's news alone
/// ([`Record::new`], [`Record::apply`]), so the journal of the rounds rebuilds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Which attempt.
    pub id: AttemptId,
    /// Whose.
    pub shopper: ShopperId,
    /// Its one answer.
    pub answer: Answer,
    /// Where it stands now.
    pub state: State,
    /// Where it came from. No business of those who are told of it: kept beside the record, and recorded with the answer.
    #[serde(skip)]
    pub provenance: Provenance,
}

impl Record {
    /// The record of an attempt that was just answered.
    pub fn new(id: AttemptId, shopper: ShopperId, answer: Answer) -> Self {
        let state = match &answer {
            Answer::Reserved(grant) => State::Held(grant.clone()),
            Answer::Standby { .. } | Answer::Behind { .. } => State::Waiting,
            Answer::SoldOut { .. } | Answer::Refused(_) => State::Closed,
            Answer::Entered { .. } => State::Entered,
        };
        Self { id, shopper, answer, state, provenance: Provenance::default() }
    }

    /// Follows a change.
    pub fn apply(&mut self, change: &Change) {
        if let Change::Drawn(answer, provenance) = change {
            *self = Self { provenance: *provenance, ..Self::new(self.id, self.shopper, answer.clone()) };
            return;
        }
        self.state = match (&self.state, change) {
            (_, Change::Granted(grant)) => State::Held(grant.clone()),
            (State::Held(grant) | State::HeldOn(grant, _), Change::Converted(payment)) => {
                State::Sold(grant.clone(), *payment)
            }
            (State::Held(grant) | State::HeldOn(grant, _), Change::HeldOn(grace)) => {
                State::HeldOn(grant.clone(), *grace)
            }
            (State::HeldOn(..), Change::LetGo(grant)) => State::Held(grant.clone()),
            (State::Sold(grant, _), Change::Settled(payment)) => State::Settled(grant.clone(), *payment),
            (_, Change::Converted(_) | Change::Settled(_) | Change::ConfirmRefused(..)) => return,
            (_, Change::HeldOn(_) | Change::LetGo(_) | Change::Drawn(..)) => return,
            (_, Change::Expired) => State::Expired,
            (_, Change::Cancelled(cause)) => State::Cancelled(*cause),
            (_, Change::StandbyEnded(why)) => State::StandbyEnded(*why),
        };
    }

    /// Item and units it was granted or waits for; nothing for an answer without stock, or an entry.
    pub fn units(&self) -> Option<(ItemNo, u32)> {
        match &self.answer {
            Answer::Reserved(grant) => Some((grant.item, grant.quantity)),
            Answer::Standby { item, quantity, .. } | Answer::Behind { item, quantity, .. } => Some((*item, *quantity)),
            Answer::SoldOut { .. } | Answer::Refused(_) | Answer::Entered { .. } => None,
        }
    }

    /// Whether its units count towards the shopper's limit.
    pub fn counts_for_shopper(&self) -> bool {
        matches!(self.state, State::Waiting) || self.grant().is_some()
    }

    /// What it was granted, while it holds or has bought that.
    pub fn grant(&self) -> Option<&Grant> {
        match &self.state {
            State::Held(grant) | State::HeldOn(grant, _) | State::Sold(grant, _) | State::Settled(grant, _) => {
                Some(grant)
            }
            State::Closed | State::Entered | State::Waiting => None,
            State::Expired | State::Cancelled(_) | State::StandbyEnded(_) => None,
        }
    }

    /// Until when its units are held, by the line's clock, while they are held unpaid.
    pub fn held_until(&self) -> Option<LineMs> {
        match &self.state {
            State::Held(grant) => Some(grant.deadline_line),
            State::HeldOn(_, grace) => Some(grace.until_line),
            _ => None,
        }
    }

    /// Whether it has held stock or a place on standby.
    pub fn had_stock_or_place(&self) -> bool {
        !matches!(self.state, State::Closed) && !matches!(self.answer, Answer::Entered { .. })
    }

    /// What an attempt that came with this record's key is told: where it stands; or, when the key had been used for
    /// another wish before, that it is refused for that.
    pub fn as_told_to(self, id: AttemptId) -> Self {
        if self.id == id { self } else { Self::new(id, self.shopper, Answer::Refused(Refusal::KeyReused)) }
    }

    /// What changed since the answer, if anything did: the last word on this attempt.
    pub fn latest_change(&self) -> Option<Change> {
        match &self.state {
            State::Closed | State::Entered | State::Waiting => None,
            State::Held(grant) => match self.answer {
                Answer::Standby { .. } | Answer::Behind { .. } => Some(Change::Granted(grant.clone())),
                _ => None,
            },
            State::HeldOn(_, grace) => Some(Change::HeldOn(*grace)),
            State::Sold(_, payment) => Some(Change::Converted(*payment)),
            State::Settled(_, payment) => Some(Change::Settled(*payment)),
            State::Expired => Some(Change::Expired),
            State::Cancelled(cause) => Some(Change::Cancelled(*cause)),
            State::StandbyEnded(why) => Some(Change::StandbyEnded(*why)),
        }
    }
}

/// Counts of one item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemCounts {
    /// Units this event may sell, as far as the line has followed the rules.
    pub allocated: u32,
    /// Units in live reservations.
    pub held: u32,
    /// Units paid for.
    pub sold: u32,
    /// Of these, units whose money is yet to be taken: they may still come back.
    pub capturing: u32,
    /// Units out (held or sold) by tier, as far as they were granted in one.
    pub tiers_out: Vec<u32>,
    /// The number the next place on standby gets.
    pub standby_next: u64,
    /// The number of the place that is served next, while anybody waits.
    pub standby_head: Option<u64>,
    /// How many are on standby.
    pub standby_len: u32,
    /// What the sold units were sold for, in minor units.
    pub revenue_minor: i64,
}

impl ItemCounts {
    /// Units neither held nor sold.
    pub fn left(&self) -> u32 {
        debug_assert!(self.allocated >= self.out(), "oversold: {self:?}");
        self.allocated.saturating_sub(self.out())
    }

    /// Units held or sold.
    pub fn out(&self) -> u32 {
        self.held.saturating_add(self.sold)
    }

    /// Whether nothing of it can be had any more, nor waited for.
    pub fn nothing_to_have(&self, standby_max: u32) -> bool {
        self.left() == 0 && (self.obtainable() == 0 || self.standby_len >= standby_max)
    }

    /// Whether stock is short, for who wants so many units: less than half of it would be free, or others wait for it.
    pub fn is_short_for(&self, quantity: u32) -> bool {
        let free = self.left().saturating_sub(quantity);
        self.standby_len > 0 || free < self.allocated.div_ceil(2)
    }

    /// Units that are free, or may come to be without anybody giving back what is paid for.
    pub fn obtainable(&self) -> u32 {
        self.left().saturating_add(self.held).saturating_add(self.capturing)
    }
}

/// How many attempts ended how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Attempts answered: the line's length is what the doors accepted, less this.
    pub served: u64,
    /// Answered with a reservation.
    pub reserved: u64,
    /// Answered with a place on standby.
    pub standby: u64,
    /// Answered sold out.
    pub sold_out: u64,
    /// Refused.
    pub refused: u64,
    /// Granted from standby later.
    pub granted_from_standby: u64,
    /// Reservations whose deadline passed.
    pub expired: u64,
    /// Reservations and places given back.
    pub cancelled: u64,
    /// Reservations paid.
    pub converted: u64,
}

/// The event as a whole: what every round reads and rewrites.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Raised whenever the inventory is rebuilt from the system of record.
    pub incarnation: u64,
    /// The writer's claim; a commit under any other is refused.
    pub epoch: u64,
    /// Rounds committed so far. One more with each.
    pub seq: u64,
    /// The line's time.
    pub line: LineMs,
    /// Counts by item.
    pub items: Vec<ItemCounts>,
    /// Reservations that use each coupon, by its number.
    pub coupon_uses: Vec<u32>,
    /// How many attempts ended how.
    pub tally: Tally,
    /// For each door, the oldest first: how many of its attempts have left the line since it started.
    /// Kept by the dispenser for the doors' estimates; no rule reads it.
    pub doors: Vec<(DoorId, u64)>,
    /// The lobby. Heads of before there were lobbies end here, and may still be read.
    #[serde(default, deserialize_with = "none_before")]
    pub lobby: LobbyCounts,
    /// Those on standby behind everybody else, by item, where there ever were any. Heads may end before this, too.
    #[serde(default, deserialize_with = "none_before")]
    pub behind: Vec<Behind>,
}

fn none_before<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(T::deserialize(deserializer).unwrap_or_default())
}

/// The numbers of places behind everybody else begin here: above every other, and exact in Redis.
pub const BEHIND: u64 = 1 << 48;

/// Those on standby for an item behind everybody else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    /// How many they are.
    pub waiting: u32,
    /// How many there ever were.
    pub next: u64,
    /// Until when the first of them rests, while that is known.
    pub rests_until: Option<LineMs>,
}

/// How far the line's time must be past the end of a sale before it is at rest, in milliseconds: what entered the line
/// before the end has been answered then, and doors have heard.
const QUIET_MS: u64 = 10_000;
/// Doors remembered at most. One that is forgotten only loses its estimate until its next batch.
const DOORS_MAX: usize = 64;

impl Head {
    /// How far the line has come.
    pub fn position(&self) -> Position {
        Position { epoch: self.epoch, incarnation: self.incarnation, seq: self.seq }
    }

    /// Notes that a door's batch has left the line.
    pub fn note_door(&mut self, door: DoorId, attempts: u64) {
        match self.doors.iter_mut().find(|(known, _)| *known == door) {
            Some((_, served)) => *served = attempts.max(*served),
            None => {
                if self.doors.len() == DOORS_MAX {
                    self.doors.remove(0);
                }
                self.doors.push((door, attempts));
            }
        }
    }

    /// Whether everything is paid for: nothing is left, and nothing can come back without a refund.
    pub fn is_sold_out(&self) -> bool {
        self.items.iter().any(|counts| counts.allocated > 0) && self.items.iter().all(|counts| counts.obtainable() == 0)
    }

    /// Whether anybody waits behind everybody else.
    pub fn is_anybody_behind(&self) -> bool {
        self.behind.iter().any(|behind| behind.waiting > 0)
    }

    /// Whether one of those behind may have rested by a time of the line, and could be served: something is free that nobody
    /// else waits for.
    pub fn has_anybody_rested(&self, line: LineMs) -> bool {
        let could_be_served = |counts: &ItemCounts| counts.standby_len == 0 && counts.left() > 0;
        self.behind.iter().zip(&self.items).any(|(behind, counts)| {
            let has_rested = behind.rests_until.is_none_or(|until| until <= line);
            behind.waiting > 0 && could_be_served(counts) && has_rested
        })
    }

    /// Whether the line has yet to follow a change of the rules: new stock, new items, or a stop
    /// with shoppers still on standby.
    pub fn is_behind(&self, rules: &SaleRules) -> bool {
        let stock_differs = rules.items.iter().enumerate().any(|(index, item)| {
            self.items.get(index).is_none_or(|counts| counts.allocated != item.allocation.max(counts.out()))
        });
        let waiting = self.items.iter().any(|counts| counts.standby_len > 0) || self.is_anybody_behind();
        let standby_to_end = rules.stopped_at.is_some() && waiting;
        stock_differs || standby_to_end || self.coupon_uses.len() < rules.coupons.len()
    }

    /// Whether the line owes nothing any more: the sale is over, the line has moved on since, and nobody holds, pays, waits
    /// or is to be drawn.
    pub fn is_at_rest(&self, rules: &SaleRules, now: UnixMs) -> bool {
        let over_at = match rules.status(now) {
            Status::Stopped => rules.stopped_at.unwrap_or(now),
            Status::Ended => rules.closes_at,
            Status::Draft | Status::Upcoming | Status::Active | Status::Paused => return false,
        };
        let quiet = self.line > rules.pauses.line_time(over_at).plus_ms(QUIET_MS);
        quiet
            && self.lobby.entered == 0
            && !self.is_anybody_behind()
            && self.items.iter().all(|counts| (counts.held, counts.capturing, counts.standby_len) == (0, 0, 0))
    }
}

#[cfg(test)]
mod tests;
