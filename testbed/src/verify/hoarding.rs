//! The limits on hoarding and the uses of access codes, replayed: whoever is beyond a limit stands behind everybody else, nobody
//! else does, and those behind are served only what nobody else waits for, once they have rested.

use std::collections::HashMap;

use sale::answer::{Answer, Change, Grant, News, Refusal};
use sale::command::CancelCause;
use sale::hoarding::{HeldBack, Hoarding, RunOuts};
use sale::ids::{AttemptId, CodeNo, ItemNo, ShopperId};
use sale::provenance::{Origin, Party, Provenance};
use sale::record::ItemCounts;
use sale::rules::SaleRules;

use super::journal::Journal;

/// What an attempt has that was answered with stock or a place.
struct Claim {
    shopper: ShopperId,
    provenance: Provenance,
    item: ItemNo,
    units: u32,
    is_behind: bool,
    /// While it holds units, or has bought them.
    grant: Option<Grant>,
    paid: bool,
}

impl Claim {
    fn is_unpaid_from(&self, origin: Origin, item: ItemNo) -> bool {
        let counts = self.grant.is_some() && !self.paid || self.grant.is_none() && !self.is_behind;
        counts && self.item == item && self.provenance.origin == Some(origin)
    }
}

#[derive(Default)]
struct Replay {
    claims: HashMap<AttemptId, Claim>,
    run_outs: HashMap<Party, RunOuts>,
    counts: HashMap<ItemNo, ItemCounts>,
}

pub(super) fn check(journal: &Journal, rules: &SaleRules) -> Vec<String> {
    let mut replay = Replay::default();
    let mut violations = Vec::new();
    // The line's time in a round is between that after the round before and that after it.
    let mut line_before = 0;
    for report in journal.reports() {
        let line_after = report.head.line.0;
        for (number, counts) in (0u16..).zip(&report.head.items) {
            replay.counts.entry(ItemNo(number)).or_default().allocated = counts.allocated;
        }
        for outcome in &report.outcomes {
            let provenance = journal.provenance_of(outcome.attempt);
            let context = Context { rules, provenance, shopper: outcome.shopper, line: (line_before, line_after) };
            let found = match &outcome.news {
                News::Answer(answer) => replay.judge(answer, &context),
                News::Change(Change::Granted(grant)) => replay.judge_grant(outcome.attempt, grant, journal, rules),
                _ => None,
            };
            violations.extend(found.map(|found| format!("round {}: {} {found}", report.head.seq, outcome.attempt)));
            replay.follow(outcome.attempt, &outcome.news, &context);
        }
        violations
            .extend(replay.overused(rules).map(|code| format!("round {}: {code:?} is overused", report.head.seq)));
        line_before = line_after;
    }
    violations
}

struct Context<'a> {
    rules: &'a SaleRules,
    provenance: Provenance,
    shopper: ShopperId,
    line: (u64, u64),
}

impl Replay {
    fn judge(&self, answer: &Answer, context: &Context<'_>) -> Option<String> {
        let (item, units, why) = match answer {
            Answer::Reserved(grant) => (grant.item, grant.quantity, None),
            Answer::Standby { item, quantity, .. } => (*item, *quantity, None),
            Answer::Behind { item, quantity, why, .. } => (*item, *quantity, Some(*why)),
            Answer::Refused(Refusal::CodeUsedUp) => {
                let code = context.provenance.code?;
                let max = context.rules.code_uses_max.get(&code).copied().unwrap_or(u32::MAX);
                return (self.uses(code) < max).then(|| "was told that its code is used up, and it is not".to_owned());
            }
            _ => return None,
        };
        let limits = context.rules.hoarding?;
        let origin = context.provenance.origin?;
        let rests = |party, max, line: u64| self.of(party).rest(max, limits.rest_ms, line).is_some();
        let (shopper, address) = (Party::Shopper(context.shopper), Party::Origin(origin));
        let over = self.is_over_share(limits, origin, item, units, context.rules.per_shopper_max);
        // Beyond doubt, and at all possible, with the line's time in this round.
        let must =
            |line: u64| rests(shopper, limits.unpaid_max, line) || rests(address, limits.address_unpaid_max, line);
        match why {
            None if must(context.line.1) => Some("was served in turn, though too much had run out".to_owned()),
            None if over => Some("was served in turn, though too much is held from there".to_owned()),
            Some(HeldBack::AddressShare) if !over => Some("was held back for a share that is not used up".to_owned()),
            Some(HeldBack::Unpaid) if !rests(shopper, limits.unpaid_max, context.line.0) => {
                Some("was held back for what did not run out".to_owned())
            }
            Some(HeldBack::AddressUnpaid) if !rests(address, limits.address_unpaid_max, context.line.0) => {
                Some("was held back for what did not run out there".to_owned())
            }
            _ => None,
        }
    }

    fn judge_grant(&self, id: AttemptId, grant: &Grant, journal: &Journal, rules: &SaleRules) -> Option<String> {
        let Some((_, Answer::Behind { rests_until, .. })) = journal.answers.get(&id.0) else { return None };
        let waits = |claim: &&Claim| claim.item == grant.item && claim.grant.is_none() && !claim.is_behind;
        if self.claims.values().any(|claim| waits(&claim)) {
            return Some("was granted, though it is behind others who wait".to_owned());
        }
        let rested = grant.deadline_line >= rests_until.plus_ms(rules.hold_ms);
        (!rested).then(|| "was granted before it had rested".to_owned())
    }

    fn is_over_share(&self, limits: Hoarding, origin: Origin, item: ItemNo, units: u32, at_least: u32) -> bool {
        let Some(counts) = self.counts.get(&item) else { return false };
        let from_there = self.claims.values().filter(|claim| claim.is_unpaid_from(origin, item));
        let claimed: u32 = from_there.map(|claim| claim.units).sum();
        counts.is_short_for(units) && claimed + units > limits.share_of(counts.allocated, at_least)
    }

    fn of(&self, party: Party) -> RunOuts {
        self.run_outs.get(&party).copied().unwrap_or_default()
    }

    fn uses(&self, code: CodeNo) -> u32 {
        let uses = self.claims.values().filter(|claim| claim.provenance.code == Some(code)).count();
        u32::try_from(uses).unwrap_or(u32::MAX)
    }

    fn overused(&self, rules: &SaleRules) -> impl Iterator<Item = CodeNo> {
        rules.code_uses_max.iter().filter(|(code, max)| self.uses(**code) > **max).map(|(code, _)| *code)
    }

    fn follow(&mut self, id: AttemptId, news: &News, context: &Context<'_>) {
        let (provenance, shopper) = (context.provenance, context.shopper);
        let claim =
            |item, units, is_behind| Claim { shopper, provenance, item, units, is_behind, grant: None, paid: false };
        match news {
            News::Answer(Answer::Reserved(grant)) => {
                self.claims.insert(id, claim(grant.item, grant.quantity, false));
                self.hold(id, grant);
            }
            News::Answer(Answer::Standby { item, quantity, .. }) => {
                self.claims.insert(id, claim(*item, *quantity, false));
                self.counts.entry(*item).or_default().standby_len += 1;
            }
            News::Answer(Answer::Behind { item, quantity, .. }) => {
                self.claims.insert(id, claim(*item, *quantity, true));
            }
            News::Change(Change::Granted(grant)) => {
                self.leave_standby(id);
                self.hold(id, grant);
            }
            News::Change(Change::Converted(_)) => {
                let Some(claim) = self.claims.get_mut(&id).filter(|claim| !claim.paid) else { return };
                claim.paid = true;
                for party in Party::answering(shopper, claim.provenance) {
                    self.run_outs.entry(party).or_default().unpaid -= 1;
                }
            }
            News::Change(Change::Expired | Change::Cancelled(_) | Change::StandbyEnded(_)) => {
                self.leave_standby(id);
                let Some(claim) = self.claims.remove(&id) else { return };
                if let Some(grant) = &claim.grant {
                    let counts = self.counts.entry(grant.item).or_default();
                    counts.held = counts.held.saturating_sub(grant.quantity);
                }
                // What was held came to nothing, unless it was paid and stayed so until it was given back.
                let undone = matches!(news, News::Change(Change::Cancelled(CancelCause::CaptureFailed(_))));
                let Some(grant) = claim.grant.filter(|_| !claim.paid || undone) else { return };
                for party in Party::answering(claim.shopper, claim.provenance) {
                    let run_outs = self.run_outs.entry(party).or_default();
                    run_outs.unpaid += if undone { 2 } else { 1 };
                    run_outs.last_ms = grant.deadline_line.0.max(run_outs.last_ms);
                }
            }
            _ => {}
        }
    }

    fn hold(&mut self, id: AttemptId, grant: &Grant) {
        // Out of the stock, held or sold alike.
        self.counts.entry(grant.item).or_default().held += grant.quantity;
        if let Some(claim) = self.claims.get_mut(&id) {
            claim.grant = Some(grant.clone());
        }
    }

    fn leave_standby(&mut self, id: AttemptId) {
        let Some(claim) = self.claims.get(&id).filter(|claim| claim.grant.is_none() && !claim.is_behind) else {
            return;
        };
        let counts = self.counts.entry(claim.item).or_default();
        counts.standby_len = counts.standby_len.saturating_sub(1);
    }
}
