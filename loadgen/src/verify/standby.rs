//! The places on standby, replayed: none ends as sold out while something can come back for it, and none waits beside a
//! unit that it could have.

use std::collections::{BTreeMap, HashMap};

use sale::answer::{Answer, Change, Grant, News, StandbyEnd};
use sale::command::CancelCause;
use sale::ids::{AttemptId, ItemNo};

use super::journal::Journal;

/// A grant, and whether it is paid.
struct Live {
    grant: Grant,
    paid: bool,
}

pub(super) fn ends(journal: &Journal) -> Vec<String> {
    let mut live: HashMap<AttemptId, Live> = HashMap::new();
    let mut waiting: BTreeMap<(ItemNo, u64), (AttemptId, u32)> = BTreeMap::new();
    // Places that ended as sold out, and whose units were paid by then.
    let mut ended: Vec<(AttemptId, Vec<AttemptId>)> = Vec::new();
    let mut violations = Vec::new();
    for (report, outcome) in journal.outcomes() {
        let (id, seq) = (outcome.attempt, report.head.seq);
        match &outcome.news {
            News::Answer(Answer::Reserved(grant)) | News::Change(Change::Granted(grant)) => {
                waiting.retain(|_, (waits, _)| *waits != id);
                live.insert(id, Live { grant: grant.clone(), paid: false });
            }
            News::Answer(Answer::Standby { item, quantity, number, .. }) => {
                waiting.insert((*item, *number), (id, *quantity));
            }
            News::Change(Change::Converted(_)) => {
                live.entry(id).and_modify(|live| live.paid = true);
            }
            News::Change(Change::StandbyEnded(StandbyEnd::SoldOut)) => {
                let place = waiting.iter().find(|(_, (waits, _))| *waits == id).map(|(place, _)| *place);
                let Some(item) = place.map(|(item, _)| item) else { continue };
                let quantity = place.and_then(|place| waiting.remove(&place)).map_or(0, |(_, quantity)| quantity);
                let of_item = || live.iter().filter(|(_, live)| live.grant.item == item);
                let paid: u32 = of_item().filter(|(_, live)| live.paid).map(|(_, live)| live.grant.quantity).sum();
                let allocated = report.head.items.get(item.index()).map_or(0, |counts| counts.allocated);
                if quantity <= allocated.saturating_sub(paid) {
                    violations
                        .push(format!("round {seq}: {id} waited for {quantity}, with {paid} of {allocated} paid"));
                }
                ended.push((id, of_item().filter(|(_, live)| live.paid).map(|(id, _)| *id).collect()));
            }
            News::Change(Change::Cancelled(cause)) => {
                if matches!(cause, CancelCause::CaptureFailed(_)) {
                    let robbed = ended.iter().filter(|(_, paid)| paid.contains(&id));
                    violations.extend(
                        robbed.map(|(waited, _)| format!("round {seq}: {id} came back, too late for {waited}")),
                    );
                }
                live.remove(&id);
                waiting.retain(|_, (waits, _)| *waits != id);
            }
            News::Change(Change::Expired | Change::StandbyEnded(_)) => {
                live.remove(&id);
                waiting.retain(|_, (waits, _)| *waits != id);
            }
            _ => {}
        }
    }
    let items = journal.last_items();
    for ((item, _), (id, quantity)) in &waiting {
        let left = items.get(item.index()).map_or(0, sale::record::ItemCounts::left);
        if *quantity <= left {
            violations.push(format!("{id} still waits for {quantity} of {left} left"));
        }
    }
    violations
}
