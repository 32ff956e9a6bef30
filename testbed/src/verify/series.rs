//! What each shopper has in all sales of a series together, replayed in the order in which it was recorded: never more than one
//! may, and in the end what is claimed is what they have.
//!
//! The order of two sales is that of the record. What a shopper lost in one counts in another only once it is recorded; and what
//! they then get there is recorded after it.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use sale::answer::{Answer, News, Outcome, Refusal};
use sale::ids::{AttemptId, EventId, ShopperId};
use sale::report::RoundReport;
use sale::rules::SaleRules;
use sale::series::{claims, ended};
use sale::wire;
use sqlx::PgPool;

pub(super) struct Found {
    pub(super) looked_at: String,
    pub(super) violations: Vec<String>,
}

pub(super) async fn check(pool: &PgPool, event: EventId, rules: &SaleRules) -> anyhow::Result<Found> {
    let Some(series) = &rules.series else {
        return Ok(Found { looked_at: "in no series".to_owned(), violations: Vec::new() });
    };
    let rows = sqlx::query!(
        "SELECT r.event_id, r.report FROM rounds r JOIN sale_events e ON e.id = r.event_id
         WHERE e.series_id = $1 ORDER BY r.recorded_at, r.event_id, r.seq",
        series.id.0
    );
    let mut replay = Replay { most: series.per_shopper_max, ..Replay::default() };
    for row in rows.fetch_all(pool).await? {
        replay.follow(EventId(row.event_id), &wire::decode::<RoundReport>(&row.report)?.outcomes);
    }
    let claimed = sqlx::query!("SELECT attempt_id, units FROM series_claims WHERE event_id = $1", event.0);
    let mut left_over = BTreeMap::new();
    for row in claimed.fetch_all(pool).await? {
        left_over.insert(AttemptId(row.attempt_id), u32::try_from(row.units).context("units")?);
    }
    let looked_at = format!("{} attempts of all its sales", replay.taken);
    Ok(Found { looked_at, violations: replay.judge(event, &left_over) })
}

/// What shoppers have, as the rounds say.
#[derive(Default)]
struct Replay {
    most: u32,
    /// Attempts that ever got units or a place.
    taken: usize,
    has: HashMap<ShopperId, BTreeMap<AttemptId, (EventId, u32)>>,
    violations: Vec<String>,
}

impl Replay {
    fn follow(&mut self, event: EventId, outcomes: &[Outcome]) {
        for outcome in outcomes {
            let (id, shopper, one) = (outcome.attempt, outcome.shopper, std::slice::from_ref(outcome));
            let has = self.has.entry(shopper).or_default();
            if let Some(claim) = claims(one).first() {
                has.insert(id, (event, claim.units));
                self.taken += 1;
            }
            if ended(one).next().is_some() {
                has.remove(&id);
            }
            let units: u32 = has.values().map(|(_, units)| units).sum();
            if units > self.most {
                self.violations.push(format!("{event}: shopper {shopper} has {units} of {} units", self.most));
            }
            if let News::Answer(Answer::Refused(Refusal::SeriesLimit { has, most }))
            | News::AnswerTo(Answer::Refused(Refusal::SeriesLimit { has, most }), _) = &outcome.news
                && (has > most || *most > self.most)
            {
                self.violations.push(format!("{event}: {id} was refused for {has} of {most} units"));
            }
        }
    }

    /// What is wrong, with the claims that are left in a sale once nothing moves in it any more.
    fn judge(mut self, event: EventId, claimed: &BTreeMap<AttemptId, u32>) -> Vec<String> {
        let of_sale = |(id, (of, units)): (&AttemptId, &(EventId, u32))| (*of == event).then_some((*id, *units));
        let had: BTreeMap<AttemptId, u32> = self.has.values().flatten().filter_map(of_sale).collect();
        for (id, units) in claimed.iter().filter(|(id, units)| had.get(id) != Some(units)) {
            self.violations.push(format!("{id} has nothing, and claims {units}"));
        }
        for (id, units) in had.iter().filter(|(id, _)| !claimed.contains_key(id)) {
            self.violations.push(format!("{id} has {units}, and claims nothing"));
        }
        self.violations
    }
}

#[cfg(test)]
mod tests {
    use sale::answer::Change;
    use sale::ids::ItemNo;
    use uuid::Uuid;

    use super::*;

    fn outcome(attempt: u128, news: News) -> Outcome {
        Outcome { attempt: AttemptId(Uuid::from_u128(attempt)), shopper: ShopperId(Uuid::from_u128(7)), news }
    }

    fn waits(attempt: u128) -> Outcome {
        let answer = Answer::Standby { item: ItemNo(0), quantity: 1, number: 0, place: 1, coupon: None };
        outcome(attempt, News::Answer(answer))
    }

    #[test]
    fn a_breach_is_seen_and_what_ended_before_is_none() {
        let [monday, tuesday] = [1, 2].map(|id| EventId(Uuid::from_u128(id)));
        let claimed = |ids: &[u128]| ids.iter().map(|id| (AttemptId(Uuid::from_u128(*id)), 1)).collect();
        let replayed = |rounds: &[(EventId, Outcome)]| {
            let mut replay = Replay { most: 1, ..Replay::default() };
            rounds.iter().for_each(|(event, outcome)| replay.follow(*event, std::slice::from_ref(outcome)));
            replay
        };
        let over = outcome(10, News::Change(Change::Expired));
        let kept = [(monday, waits(10)), (monday, over.clone()), (tuesday, waits(20))];
        assert_eq!(replayed(&kept).judge(tuesday, &claimed(&[20])), [""; 0]);
        assert_eq!(replayed(&kept).judge(monday, &claimed(&[])), [""; 0]);
        let broken = [(monday, waits(10)), (tuesday, waits(20)), (monday, over)];
        let violations = replayed(&broken).judge(tuesday, &claimed(&[20]));
        assert!(violations[0].ends_with("has 2 of 1 units"), "{violations:?}");
        assert_eq!(replayed(&kept).judge(tuesday, &claimed(&[])).len(), 1, "units that are not claimed");
        assert_eq!(replayed(&kept).judge(monday, &claimed(&[10])).len(), 1, "a claim that is left over");
    }
}
