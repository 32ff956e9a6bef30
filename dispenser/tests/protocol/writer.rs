//! One dispenser's way with the line: takeover and tenure (`dispenser/src/takeover.rs`, `rebuild.rs`, `tenure.rs`).
//! Between any two of its steps anything else may happen, or nothing for as long as you like: a stall.

use std::collections::VecDeque;

use crate::guards::{Guard, Guards};
use crate::inventory::Fenced;
use crate::model::World;
use crate::record::{Entry, Report};
use crate::sale::{Command, Decision, Head, Outcome, Sale, decide, draw};

/// Announcements on their way while the next rounds are decided.
const WINDOW: usize = 2;
/// Messages that a round takes at most.
const ROUND_MAX: u8 = 2;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Writer {
    pub(crate) phase: Phase,
    /// Messages of the line that it has taken, from its front.
    taken: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// With the epoch that stood in the record when it subscribed. (One that subscribed before that only starts over.)
    Delivered {
        observed: u8,
    },
    ClaimedInRecord {
        epoch: u8,
    },
    ClaimedInRedis {
        epoch: u8,
        standing: Option<Head>,
    },
    BarrierSent {
        epoch: u8,
        standing: Option<Head>,
    },
    /// Redis is not behind the record.
    Current {
        head: Head,
        recorded_seq: u8,
    },
    Announcing {
        head: Head,
        kept: VecDeque<Report>,
    },
    /// Redis is behind the record.
    Behind {
        recorded: Head,
    },
    Raised {
        head: Head,
    },
    Restored {
        head: Head,
    },
    Installed {
        head: Head,
    },
    Serving(Tenure),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tenure {
    /// The event as this writer's last commit left it.
    pub(crate) head: Head,
    /// Read and decided, not committed.
    pub(crate) decided: Option<Announcement>,
    /// Committed, not announced.
    pub(crate) to_say: VecDeque<Announcement>,
    /// Messages that may be acked.
    to_ack: Option<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Announcement {
    pub(crate) report: Option<Report>,
    pub(crate) repeats: Vec<Outcome>,
    /// The messages it answers, counted from the front of the line.
    through: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    TakeOver,
    /// Reads what a round must know, and decides it.
    Read {
        messages: u8,
        is_late: bool,
    },
    /// The opening has come: closes the lobby, and decides so many entries of it.
    Draw {
        entries: u8,
    },
    Commit,
    Announce,
    Ack,
    /// A tick finds another inventory than that of the last commit, or the record stands still.
    Doubt,
}

/// What a step has to do with Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    Nothing,
    Looks,
    Changes,
}

impl Writer {
    /// The channel has delivered what stands at the front of the line.
    pub(crate) fn delivered(world: &World) -> Self {
        Self { phase: Phase::Delivered { observed: world.record.epoch }, taken: world.acked }
    }

    /// What it may do next; `is_active` when its channel is the one that the line is read by, `may_doubt` when Redis may
    /// come to be another than it was.
    pub(crate) fn steps(
        &self,
        is_active: bool,
        may_doubt: bool,
        world: &World,
        sale: &Sale,
        guards: Guards,
    ) -> Vec<Step> {
        let tenure = match &self.phase {
            Phase::BarrierSent { epoch, .. } if guards.has(Guard::WaitForBarrier) => {
                let is_over = world.record.barrier >= *epoch || world.record.epoch > *epoch;
                return if is_over { vec![Step::TakeOver] } else { vec![] };
            }
            Phase::Serving(tenure) => tenure,
            _ => return vec![Step::TakeOver],
        };
        let mut steps = Vec::new();
        if tenure.decided.is_some() {
            steps.push(Step::Commit);
        } else if tenure.to_say.len() < WINDOW {
            let ready = self.ready(&tenure.head, sale, guards);
            steps.extend(self.draws(&tenure.head, world, sale));
            for messages in 1..=ready.min(ROUND_MAX) {
                steps.push(Step::Read { messages, is_late: false });
                if sale.between(self.taken, self.taken + messages).contains(&Command::Tick) {
                    steps.push(Step::Read { messages, is_late: true });
                }
            }
        }
        if !tenure.to_say.is_empty() {
            steps.push(Step::Announce);
        }
        if tenure.to_ack.is_some() && is_active {
            steps.push(Step::Ack);
        }
        let is_done = tenure.is_idle() && self.ready(&tenure.head, sale, guards) == 0;
        if is_active && is_done && (may_doubt || tenure.is_in_doubt(world, guards)) {
            steps.push(Step::Doubt);
        }
        steps
    }

    /// Messages that may be taken. Who came after the opening waits for those in the lobby.
    fn ready(&self, head: &Head, sale: &Sale, guards: Guards) -> u8 {
        let all = sale.line.len() as u8 - self.taken;
        let is_drawn = head.is_closed && head.entered == 0;
        if is_drawn || sale.entries().next().is_none() || !guards.has(Guard::DrawFirst) {
            return all;
        }
        sale.until_opening(self.taken).unwrap_or(all)
    }

    /// What is to be done about the lobby, if the next message came after the opening (`sale/src/opening.rs`).
    fn draws(&self, head: &Head, world: &World, sale: &Sale) -> Vec<Step> {
        let has_opened = sale.entries().next().is_some() && sale.until_opening(self.taken) == Some(0);
        match (has_opened, head.is_closed) {
            (false, _) => vec![],
            (true, false) => vec![Step::Draw { entries: 0 }],
            (true, true) if world.record.seed.is_none() => vec![],
            (true, true) => (1..=head.entered.min(ROUND_MAX)).map(|entries| Step::Draw { entries }).collect(),
        }
    }

    /// What a step has to do with Redis.
    pub(crate) fn touch(&self, step: Step, guards: Guards) -> Touch {
        match (&self.phase, step) {
            (Phase::ClaimedInRecord { .. } | Phase::Raised { .. } | Phase::Restored { .. }, _) => Touch::Changes,
            (Phase::Installed { .. }, _) if !guards.has(Guard::ForgetAtInstall) => Touch::Changes,
            (Phase::Current { .. }, _) => Touch::Looks,
            (Phase::Serving(tenure), Step::Commit) if tenure.decided.as_ref().is_some_and(|it| it.report.is_some()) => {
                Touch::Changes
            }
            (Phase::Serving(_), Step::Read { .. } | Step::Draw { .. } | Step::Doubt) => Touch::Looks,
            _ => Touch::Nothing,
        }
    }

    /// Nothing in hand, and a tick would change nothing.
    pub(crate) fn is_content(&self, world: &World, guards: Guards) -> bool {
        match &self.phase {
            Phase::Serving(tenure) => tenure.is_idle() && !tenure.is_in_doubt(world, guards),
            _ => false,
        }
    }

    /// Its claim in the record.
    pub(crate) fn epoch(&self) -> Option<u8> {
        match &self.phase {
            Phase::Delivered { .. } => None,
            Phase::ClaimedInRecord { epoch }
            | Phase::ClaimedInRedis { epoch, .. }
            | Phase::BarrierSent { epoch, .. } => Some(*epoch),
            Phase::Behind { recorded: head }
            | Phase::Current { head, .. }
            | Phase::Announcing { head, .. }
            | Phase::Raised { head }
            | Phase::Restored { head }
            | Phase::Installed { head }
            | Phase::Serving(Tenure { head, .. }) => Some(head.epoch),
        }
    }

    /// An error means that the line is started over.
    pub(crate) fn step(&mut self, step: Step, world: &mut World, sale: &Sale, guards: Guards) -> Result<(), Fenced> {
        match (&mut self.phase, step) {
            (Phase::Serving(tenure), Step::Read { messages, is_late }) => {
                let line = sale.between(self.taken, self.taken + messages);
                let found = world.redis.read(&tenure.head, guards)?;
                let decision = decide(sale, tenure.head, found, line, is_late, guards.has(Guard::LookUpAnswers));
                self.taken += messages;
                tenure.decided(decision, self.taken, guards);
            }
            (Phase::Serving(tenure), Step::Draw { entries }) => {
                let found = world.redis.read(&tenure.head, guards)?;
                let order = world.record.seed.map(|seed| seed.order(found.entered())).unwrap_or_default();
                let next = &order[..order.len().min(entries.into())];
                tenure.decided(draw(sale, tenure.head, found, next), self.taken, guards);
            }
            (Phase::Serving(tenure), Step::Commit) => tenure.commit(world, guards)?,
            (Phase::Serving(tenure), Step::Announce) => tenure.announce(world, guards),
            (Phase::Serving(tenure), Step::Ack) => {
                world.acked = tenure.to_ack.take().unwrap_or(world.acked).max(world.acked);
            }
            (Phase::Serving(tenure), Step::Doubt) => {
                if tenure.is_in_doubt(world, guards) {
                    return Err(Fenced);
                }
            }
            (phase, _) => *phase = phase.clone().take_over(world, guards)?,
        }
        Ok(())
    }
}

impl Phase {
    fn take_over(self, world: &mut World, guards: Guards) -> Result<Self, Fenced> {
        Ok(match self {
            Self::Serving(_) => self,
            Self::Delivered { observed } => {
                Self::ClaimedInRecord { epoch: world.record.claim(observed, guards).ok_or(Fenced)? }
            }
            Self::ClaimedInRecord { epoch } => Self::ClaimedInRedis { epoch, standing: world.redis.claim(epoch)? },
            Self::ClaimedInRedis { epoch, standing } => {
                world.shoppers.hear_barrier(epoch);
                world.path.push_back(Entry::Barrier(epoch));
                Self::BarrierSent { epoch, standing }
            }
            Self::BarrierSent { epoch, standing } => compare(epoch, standing, world, guards)?,
            Self::Current { head, recorded_seq } => {
                let kept = world.redis.outbox_after(recorded_seq, &head, guards)?;
                Self::announcing(head, kept.into())
            }
            Self::Announcing { head, mut kept } => {
                if let Some(report) = kept.pop_front() {
                    world.announce(Report { epoch: head.epoch, ..report }, guards);
                }
                Self::announcing(head, kept)
            }
            Self::Behind { recorded } => {
                let incarnation = world.record.raise_incarnation(recorded.epoch, guards).ok_or(Fenced)?;
                Self::Raised { head: Head { incarnation, ..recorded } }
            }
            Self::Raised { head } => {
                if guards.has(Guard::RestoreAsNewest) && world.record.epoch > head.epoch {
                    return Err(Fenced);
                }
                world.redis.restore(head.incarnation, world.record.rows());
                Self::Restored { head }
            }
            Self::Restored { head } => {
                world.redis.install(head, guards)?;
                if guards.has(Guard::ForgetAtInstall) {
                    return Ok(Self::Serving(Tenure::new(head)));
                }
                Self::Installed { head }
            }
            Self::Installed { head } => {
                world.redis.forget_before(head.incarnation);
                Self::Serving(Tenure::new(head))
            }
        })
    }

    fn announcing(head: Head, kept: VecDeque<Report>) -> Self {
        if kept.is_empty() { Self::Serving(Tenure::new(head)) } else { Self::Announcing { head, kept } }
    }
}

fn compare(epoch: u8, standing: Option<Head>, world: &World, guards: Guards) -> Result<Phase, Fenced> {
    let record = &world.record;
    if record.epoch > epoch {
        return Err(Fenced);
    }
    let recorded = record.head().unwrap_or_default();
    let is_current = |head: &Head| {
        head.incarnation >= record.incarnation
            && head.seq >= record.seq()
            && (head.epoch >= recorded.epoch || !guards.has(Guard::CompareEpochs))
    };
    Ok(match standing.filter(is_current) {
        Some(head) => Phase::Current { head: Head { epoch, ..head }, recorded_seq: record.seq() },
        None => Phase::Behind { recorded: Head { epoch, ..recorded } },
    })
}

impl Tenure {
    fn new(head: Head) -> Self {
        Self { head, decided: None, to_say: VecDeque::new(), to_ack: None }
    }

    fn is_idle(&self) -> bool {
        self.decided.is_none() && self.to_say.is_empty() && self.to_ack.is_none()
    }

    fn is_in_doubt(&self, world: &World, guards: Guards) -> bool {
        let record_stands_still = world.path.is_empty() && world.record.seq() < self.head.seq;
        record_stands_still || !world.redis.is_at(&self.head, guards)
    }

    fn decided(&mut self, decision: Decision, through: u8, guards: Guards) {
        let Decision { head, outcomes, repeats } = decision;
        if outcomes.is_empty() && head == self.head {
            self.settled(Announcement { report: None, repeats, through }, guards);
        } else {
            let head = Head { seq: head.seq + 1, ..head };
            let report = Some(Report { epoch: head.epoch, head, outcomes: outcomes.into() });
            self.decided = Some(Announcement { report, repeats, through });
        }
    }

    fn commit(&mut self, world: &mut World, guards: Guards) -> Result<(), Fenced> {
        let Some(announcement) = self.decided.take() else { return Ok(()) };
        if let Some(report) = &announcement.report {
            world.redis.commit(&self.head, report, guards)?;
            world.shoppers.answered(&report.outcomes);
            self.head = report.head;
        }
        self.settled(announcement, guards);
        Ok(())
    }

    fn settled(&mut self, announcement: Announcement, guards: Guards) {
        if !guards.has(Guard::ConfirmBeforeAck) {
            self.to_ack = Some(announcement.through);
        }
        self.to_say.push_back(announcement);
    }

    /// Sent and confirmed.
    fn announce(&mut self, world: &mut World, guards: Guards) {
        let Some(Announcement { report, repeats, through }) = self.to_say.pop_front() else { return };
        report.into_iter().for_each(|report| world.announce(report, guards));
        world.shoppers.hear_repeats(self.head.epoch, &repeats);
        self.to_ack = self.to_ack.max(Some(through));
    }
}
