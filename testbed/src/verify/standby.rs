//! The places on standby, replayed: what comes back goes to them in turn, none ends as sold out while something can
//! come back for it, and none waits beside a unit that it could have.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use sale::answer::{Answer, Change, Grant, News, Outcome, StandbyEnd};
use sale::command::CancelCause;
use sale::ids::{AttemptId, ItemNo};
use sale::record::BEHIND;
use sale::report::RoundReport;

use super::journal::Journal;

/// A grant, and which of all outcomes said that it is paid.
struct Live {
    grant: Grant,
    paid_at: Option<usize>,
}

/// Who waits and who holds, after some of the outcomes.
#[derive(Default)]
struct Places {
    live: HashMap<AttemptId, Live>,
    sold: HashMap<ItemNo, u32>,
    /// The attempt in each place, and how many units it waits for.
    waiting: BTreeMap<(ItemNo, u64), (AttemptId, u32)>,
    place: HashMap<AttemptId, (ItemNo, u64)>,
}

impl Places {
    fn follow(&mut self, at: usize, outcome: &Outcome) {
        let id = outcome.attempt;
        match &outcome.news {
            News::Answer(Answer::Reserved(grant)) | News::Change(Change::Granted(grant)) => {
                self.leave(id);
                self.live.insert(id, Live { grant: grant.clone(), paid_at: None });
            }
            News::Answer(
                Answer::Standby { item, quantity, number, .. } | Answer::Behind { item, quantity, number, .. },
            ) => {
                self.waiting.insert((*item, *number), (id, *quantity));
                self.place.insert(id, (*item, *number));
            }
            News::Change(Change::Converted(_)) => {
                if let Some(live) = self.live.get_mut(&id).filter(|live| live.paid_at.is_none()) {
                    live.paid_at = Some(at);
                    *self.sold.entry(live.grant.item).or_default() += live.grant.quantity;
                }
            }
            News::Change(Change::Cancelled(_) | Change::Expired | Change::StandbyEnded(_)) => {
                self.leave(id);
                if let Some(Live { grant, paid_at: Some(_) }) = self.live.remove(&id) {
                    *self.sold.entry(grant.item).or_default() -= grant.quantity;
                }
            }
            News::Answer(_)
            | News::AnswerTo(..)
            | News::Change(
                Change::ConfirmRefused(..)
                | Change::Settled(_)
                | Change::HeldOn(_)
                | Change::LetGo(_)
                | Change::Drawn(..),
            ) => {}
        }
    }

    fn leave(&mut self, id: AttemptId) {
        if let Some(place) = self.place.remove(&id) {
            self.waiting.remove(&place);
        }
    }

    /// Units of an item that are free or held: what may come to be free within the time to pay.
    ///
    /// Exact whenever a unit is granted or given up: an allocation that was lowered beneath what is out follows what
    /// comes back, and nothing is free before it has come to rest, at what the round's head says.
    fn within_reach(&self, item: ItemNo, report: &RoundReport) -> u32 {
        let allocated = report.head.items.get(item.index()).map_or(0, |counts| counts.allocated);
        allocated.saturating_sub(self.sold.get(&item).copied().unwrap_or(0))
    }

    /// Those who wait for an item before this place (or at all) and are content with what is within reach.
    fn served_before(&self, item: ItemNo, end: Bound<(ItemNo, u64)>, report: &RoundReport) -> Option<AttemptId> {
        let within_reach = self.within_reach(item, report);
        let before = self.waiting.range((Bound::Included((item, 0)), end));
        before.map(|(_, waits)| *waits).find(|(_, quantity)| *quantity <= within_reach).map(|(id, _)| id)
    }
}

/// Grants that passed over somebody who waited for the same item. Whoever wants more than is free is waited for only
/// while held units can make up the rest; those behind may then be served before them.
pub(super) fn out_of_turn(journal: &Journal) -> Vec<String> {
    let mut places = Places::default();
    let mut violations = Vec::new();
    for (at, (report, outcome)) in journal.outcomes().enumerate() {
        let (id, seq) = (outcome.attempt, report.head.seq);
        let passed_over = match &outcome.news {
            News::Answer(Answer::Reserved(grant)) => {
                places.waiting.range((grant.item, 0)..(grant.item, BEHIND)).next().map(|(_, (waits, _))| *waits)
            }
            News::Change(Change::Granted(grant)) => match places.place.get(&id) {
                Some(place) => places.served_before(grant.item, Bound::Excluded(*place), report),
                None => {
                    violations.push(format!("round {seq}: {id} was granted from standby without a place"));
                    None
                }
            },
            _ => None,
        };
        violations.extend(passed_over.map(|waits| format!("round {seq}: {id} was granted before {waits}")));
        places.follow(at, outcome);
    }
    violations
}

/// Places that ended as sold out too early, and places still waiting that could be served.
pub(super) fn ends(journal: &Journal) -> Vec<String> {
    let mut places = Places::default();
    // Places that ended as sold out: whose, for which item, and when.
    let mut ended: Vec<(AttemptId, ItemNo, usize)> = Vec::new();
    let mut violations = Vec::new();
    for (at, (report, outcome)) in journal.outcomes().enumerate() {
        let (id, seq) = (outcome.attempt, report.head.seq);
        match &outcome.news {
            News::Change(Change::StandbyEnded(StandbyEnd::SoldOut)) => {
                let place = places.place.get(&id).copied();
                if let Some((item, (_, quantity))) =
                    place.and_then(|place| Some((place.0, places.waiting.get(&place).copied()?)))
                {
                    let within_reach = places.within_reach(item, report);
                    if quantity <= within_reach {
                        violations.push(format!("round {seq}: {id} waited for {quantity} of {within_reach} unpaid"));
                    }
                    ended.push((id, item, at));
                }
            }
            News::Change(Change::Cancelled(CancelCause::CaptureFailed(_))) => {
                if let Some(Live { grant, paid_at: Some(paid_at) }) = places.live.get(&id) {
                    let robbed = ended.iter().filter(|(_, item, at)| *item == grant.item && paid_at < at);
                    violations.extend(
                        robbed.map(|(waited, ..)| format!("round {seq}: {id} came back, too late for {waited}")),
                    );
                }
            }
            _ => {}
        }
        places.follow(at, outcome);
    }
    let items = journal.last_items();
    // Those behind everybody else may have to rest beside what they could have.
    for ((item, _), (id, quantity)) in places.waiting.iter().filter(|((_, number), _)| *number < BEHIND) {
        let left = items.get(item.index()).map_or(0, sale::record::ItemCounts::left);
        if *quantity <= left {
            violations.push(format!("{id} still waits for {quantity} of {left} left"));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use sale::ids::{EventId, PaymentId, ShopperId};
    use sale::pricing::Price;
    use sale::record::{Head, ItemCounts};
    use sale::time::{LineMs, UnixMs};
    use uuid::Uuid;

    use super::*;

    const LAMP: ItemNo = ItemNo(0);
    const PAYMENT: PaymentId = PaymentId(Uuid::nil());

    fn grant(quantity: u32) -> Grant {
        Grant { item: LAMP, quantity, price: Price::default(), deadline: UnixMs(0), deadline_line: LineMs(0) }
    }

    fn reserved(quantity: u32) -> News {
        News::Answer(Answer::Reserved(grant(quantity)))
    }

    fn granted(quantity: u32) -> News {
        News::Change(Change::Granted(grant(quantity)))
    }

    fn standby(quantity: u32, number: u64) -> News {
        News::Answer(Answer::Standby { item: LAMP, quantity, number, place: 1, coupon: None })
    }

    fn paid() -> News {
        News::Change(Change::Converted(PAYMENT))
    }

    fn capture_failed() -> News {
        News::Change(Change::Cancelled(CancelCause::CaptureFailed(PAYMENT)))
    }

    /// Two lamps are for sale, and this happened to these attempts.
    fn journal(happened: Vec<(u128, News)>) -> Journal {
        let head = Head { items: vec![ItemCounts { allocated: 2, ..ItemCounts::default() }], ..Head::default() };
        let outcomes = happened.into_iter().map(|(id, news)| Outcome {
            attempt: AttemptId(Uuid::from_u128(id)),
            shopper: ShopperId(Uuid::from_u128(id)),
            news,
        });
        Journal::of(vec![RoundReport {
            event: EventId(Uuid::nil()),
            epoch: 1,
            decided_at: UnixMs(0),
            outcomes: outcomes.collect(),
            head,
        }])
    }

    /// Two lamps are out, the third shopper waits for two, the fourth for one; then one lamp comes back.
    fn one_comes_back(others: News, to: u128) -> Journal {
        let units = if to == 3 { 2 } else { 1 };
        journal(vec![
            (1, reserved(1)),
            (2, reserved(1)),
            (3, standby(2, 0)),
            (4, standby(1, 1)),
            (1, paid()),
            (2, others),
            (1, capture_failed()),
            (to, granted(units)),
        ])
    }

    #[test]
    fn whoever_wants_more_than_is_free_and_held_is_lawfully_passed_over() {
        assert_eq!(out_of_turn(&one_comes_back(paid(), 4)), Vec::<String>::new());
    }

    #[test]
    fn whoever_could_be_served_by_what_is_held_is_not() {
        let refused = News::Change(Change::ConfirmRefused(PAYMENT, sale::answer::ConfirmRefusal::Expired));
        assert_eq!(out_of_turn(&one_comes_back(refused, 4)).len(), 1);
    }

    #[test]
    fn nobody_new_is_served_before_standby() {
        let newcomer = vec![(1, reserved(2)), (2, standby(1, 0)), (1, News::Change(Change::Expired)), (3, reserved(1))];
        assert_eq!(out_of_turn(&journal(newcomer)).len(), 1);
    }

    #[test]
    fn a_place_must_not_end_before_the_money_that_ends_it() {
        let ended = || News::Change(Change::StandbyEnded(StandbyEnd::SoldOut));
        let robbed = vec![(1, reserved(2)), (2, standby(1, 0)), (1, paid()), (2, ended()), (1, capture_failed())];
        assert_eq!(ends(&journal(robbed)).len(), 1);
        let hasty = vec![(1, reserved(2)), (2, standby(1, 0)), (2, ended())];
        assert_eq!(ends(&journal(hasty)).len(), 1);
    }
}
