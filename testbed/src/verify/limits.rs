//! What each shopper holds, has bought or waits for, replayed: never more than one may, and nobody is refused for what
//! they no longer have.

use std::collections::HashMap;

use sale::answer::{Answer, Change, News, Refusal};
use sale::ids::{AttemptId, ShopperId};
use sale::rules::SaleRules;

use super::journal::Journal;

pub(super) fn check(journal: &Journal, rules: &SaleRules) -> Vec<String> {
    let most = rules.per_shopper_max;
    let mut claims: HashMap<ShopperId, HashMap<AttemptId, u32>> = HashMap::new();
    let mut violations = Vec::new();
    for (report, outcome) in journal.outcomes() {
        let (id, shopper, seq) = (outcome.attempt, outcome.shopper, report.head.seq);
        let claimed = claims.entry(shopper).or_default();
        match &outcome.news {
            News::Answer(Answer::Reserved(grant)) | News::Change(Change::Granted(grant)) => {
                claimed.insert(id, grant.quantity);
            }
            News::Answer(Answer::Standby { quantity, .. } | Answer::Behind { quantity, .. }) => {
                claimed.insert(id, *quantity);
            }
            News::Change(Change::Expired | Change::Cancelled(_) | Change::StandbyEnded(_)) => {
                claimed.remove(&id);
            }
            // How many were wanted is not recorded: no wish that may be made would have been too much.
            News::Answer(Answer::Refused(Refusal::LimitReached)) => {
                let held: u32 = claimed.values().sum();
                if held + rules.quantity_max.min(most) <= most {
                    violations.push(format!("round {seq}: {id} was refused for {held} of {most} units"));
                }
            }
            _ => {}
        }
        let held: u32 = claimed.values().sum();
        if held > most {
            violations.push(format!("round {seq}: shopper {shopper} has {held} of {most} units"));
        }
    }
    violations
}
