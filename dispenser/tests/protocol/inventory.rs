//! Redis: the hot inventory, and the scripts that guard it (`dispenser/src/inventory`).

use std::collections::BTreeMap;

use crate::guards::{Guard, Guards};
use crate::record::Report;
use crate::sale::{Head, Records};

/// All that Redis holds. It may be put back to an older copy as a whole, or to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Redis {
    /// The fence: the newest epoch that was claimed here, and the head, with incarnation and sequence.
    pub(crate) epoch: u8,
    head: Option<Head>,
    /// By incarnation: a rebuild writes beside what stands there.
    incarnations: BTreeMap<u8, Incarnation>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Incarnation {
    records: Records,
    outbox: Vec<Report>,
}

/// A newer writer has claimed the event, or the inventory is not what was read.
#[derive(Debug)]
pub(crate) struct Fenced;

impl Redis {
    /// Whether this is the inventory that a writer's last commit left.
    pub(crate) fn is_at(&self, head: &Head, guards: Guards) -> bool {
        self.head.is_some_and(|standing| {
            (standing.incarnation == head.incarnation || !guards.has(Guard::Incarnation))
                && (self.epoch == head.epoch || !guards.has(Guard::Epoch))
                && (standing.seq == head.seq || !guards.has(Guard::Sequence))
        })
    }

    /// `claim.lua`
    pub(crate) fn claim(&mut self, epoch: u8) -> Result<Option<Head>, Fenced> {
        if epoch < self.epoch {
            return Err(Fenced);
        }
        if self.head.is_some() {
            self.epoch = epoch;
        }
        Ok(self.head)
    }

    /// `read.rs`: what a round must know.
    pub(crate) fn read(&self, head: &Head, guards: Guards) -> Result<Records, Fenced> {
        if guards.has(Guard::FenceOnReads) && !self.is_at(head, guards) {
            return Err(Fenced);
        }
        Ok(self.incarnations.get(&head.incarnation).map(|found| found.records).unwrap_or_default())
    }

    /// The rounds that were committed after `seq`.
    pub(crate) fn outbox_after(&self, seq: u8, head: &Head, guards: Guards) -> Result<Vec<Report>, Fenced> {
        if guards.has(Guard::FenceOnOutbox) && !self.is_at(head, guards) {
            return Err(Fenced);
        }
        let kept = self.incarnations.get(&head.incarnation).map(|found| found.outbox.as_slice()).unwrap_or_default();
        Ok(kept.iter().filter(|report| report.head.seq > seq).cloned().collect())
    }

    /// `commit.lua`
    pub(crate) fn commit(&mut self, before: &Head, report: &Report, guards: Guards) -> Result<(), Fenced> {
        if guards.has(Guard::FenceOnCommits) && !self.is_at(before, guards) {
            return Err(Fenced);
        }
        self.head = Some(report.head);
        let inventory = self.incarnations.entry(before.incarnation).or_default();
        report.outcomes.iter().for_each(|outcome| inventory.records.apply(outcome));
        inventory.outbox.retain(|kept| kept.head.seq != report.head.seq);
        inventory.outbox.push(report.clone());
        Ok(())
    }

    /// `rebuild.rs`: everything that is recorded, beside what stands there.
    pub(crate) fn restore(&mut self, incarnation: u8, records: Records) {
        self.incarnations.insert(incarnation, Incarnation { records, outbox: Vec::new() });
    }

    /// `install.lua`
    pub(crate) fn install(&mut self, head: Head, guards: Guards) -> Result<(), Fenced> {
        let is_whole = self.incarnations.contains_key(&head.incarnation);
        if head.epoch < self.epoch || (guards.has(Guard::InstallWhole) && !is_whole) {
            return Err(Fenced);
        }
        (self.epoch, self.head) = (head.epoch, Some(head));
        if guards.has(Guard::ForgetAtInstall) {
            self.forget_before(head.incarnation);
        }
        Ok(())
    }

    /// Removes what the incarnation before left.
    pub(crate) fn forget_before(&mut self, incarnation: u8) {
        self.incarnations.remove(&(incarnation - 1));
    }

    /// Recorded rounds are forgotten by a later commit. Nobody asks for them again, so it makes no difference when;
    /// at once makes fewer states.
    pub(crate) fn forget_recorded(&mut self, seq: u8) {
        self.incarnations.values_mut().for_each(|inventory| inventory.outbox.retain(|kept| kept.head.seq > seq));
    }

    pub(crate) fn keeps_recorded(&self, seq: u8) -> bool {
        self.incarnations.values().any(|inventory| inventory.outbox.iter().any(|kept| kept.head.seq <= seq))
    }
}
