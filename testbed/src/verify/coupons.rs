//! The coupons, replayed: none is used more often than it may be, a place on standby keeps its use, and nobody is
//! told that one is used up while it is not.

use std::collections::HashMap;

use sale::answer::{Answer, Change, News, Refusal};
use sale::ids::{AttemptId, CouponNo};
use sale::rules::SaleRules;

use super::journal::Journal;

pub(super) fn check(journal: &Journal, rules: &SaleRules) -> Vec<String> {
    // Those who use a coupon, and those who will when they are granted something.
    let mut uses: HashMap<AttemptId, CouponNo> = HashMap::new();
    let mut waiting: HashMap<AttemptId, Option<CouponNo>> = HashMap::new();
    let mut violations = Vec::new();
    for (report, outcome) in journal.outcomes() {
        let (id, seq) = (outcome.attempt, report.head.seq);
        match &outcome.news {
            News::Answer(Answer::Standby { coupon, .. } | Answer::Behind { coupon, .. }) => {
                waiting.insert(id, *coupon);
            }
            News::Answer(Answer::Reserved(grant)) | News::Change(Change::Granted(grant)) => {
                if let Some(kept) = waiting.remove(&id).filter(|kept| *kept != grant.price.coupon) {
                    violations
                        .push(format!("round {seq}: {id} waited with {kept:?}, and got {:?}", grant.price.coupon));
                }
                let Some(coupon) = grant.price.coupon else { continue };
                uses.insert(id, coupon);
                let count = uses.values().filter(|used| **used == coupon).count();
                let most = rules.coupon(coupon).and_then(|coupon| coupon.uses_max);
                if most.is_some_and(|most| count > most as usize) {
                    violations.push(format!("round {seq}: {coupon:?} is used {count} times"));
                }
            }
            News::Answer(Answer::Refused(Refusal::CouponUsedUp)) => {
                let claimed = |coupon: &CouponNo| {
                    let used = uses.values().filter(|used| *used == coupon).count();
                    used + waiting.values().filter(|kept| kept.as_ref() == Some(coupon)).count()
                };
                // Which coupon it was is not recorded: at least one must be used up.
                let used_up = (0u16..).zip(&rules.coupons).any(|(number, coupon)| {
                    coupon.uses_max.is_some_and(|most| claimed(&CouponNo(number)) >= most as usize)
                });
                if !used_up {
                    violations.push(format!("round {seq}: {id} was told that a coupon is used up, and none is"));
                }
            }
            News::Change(Change::Expired | Change::Cancelled(_) | Change::StandbyEnded(_)) => {
                uses.remove(&id);
                waiting.remove(&id);
            }
            _ => {}
        }
    }
    violations
}
