//! What a round decided, in the words of the replay.

use record::PgConnection;
use record::replay;
use sale::answer::{Answer, Change, News, Outcome};
use sale::ids::ItemNo;
use sale::rules::SaleRules;

use super::view::Decision;

/// Decisions told of one round, at most.
const TOLD_MAX: usize = 12;

/// What a round decided: how much, and what is told of it, in the order of the line. Where that is too much, who got something is told
/// rather than others (of a draw, its winners), and who got nothing is left out first.
pub(super) fn told_of(outcomes: &[Outcome], rules: &SaleRules) -> (usize, Vec<Decision>) {
    let decisions = outcomes.iter().filter(|outcome| is_told(&outcome.news));
    let mut told: Vec<(usize, &Outcome)> = decisions.enumerate().collect();
    let decided = told.len();
    told.sort_by_key(|(_, outcome)| rank(&outcome.news));
    told.truncate(TOLD_MAX);
    told.sort_by_key(|(index, _)| *index);
    (decided, told.into_iter().map(|(_, outcome)| of(outcome, rules)).collect())
}

/// That a deadline is looked past while a bank is asked decides nothing for anybody.
fn is_told(news: &News) -> bool {
    !matches!(news, News::Change(Change::HeldOn(_) | Change::LetGo(_)))
}

fn rank(news: &News) -> u8 {
    match news {
        News::Answer(answer) | News::AnswerTo(answer, _) | News::Change(Change::Drawn(answer, _)) => match answer {
            Answer::Reserved(_) => 0,
            Answer::SoldOut { .. } | Answer::Refused(_) => 2,
            Answer::Standby { .. } | Answer::Behind { .. } | Answer::Entered { .. } => 1,
        },
        News::Change(Change::Granted(_)) => 0,
        News::Change(Change::StandbyEnded(_) | Change::ConfirmRefused(..)) => 2,
        News::Change(_) => 1,
    }
}

/// Says what units it was about where the journal leaves that to what it said before: the record knows.
pub(super) async fn complete(
    db: &mut PgConnection,
    decisions: &mut [&mut Decision],
    rules: &SaleRules,
) -> record::Result<()> {
    let wanted: Vec<_> = decisions.iter().filter(|one| one.is_about_units()).map(|one| one.attempt_id).collect();
    let units = replay::units(db, &wanted).await?;
    for decision in decisions.iter_mut().filter(|one| one.is_about_units()) {
        if let Some((item, quantity)) = units.get(&decision.attempt_id) {
            let item = u16::try_from(*item).ok().map(ItemNo);
            decision.sku = item.and_then(|item| sku(item, rules));
            decision.units = u32::try_from(*quantity).ok();
        }
    }
    Ok(())
}

fn of(outcome: &Outcome, rules: &SaleRules) -> Decision {
    let told = Told { attempt_id: outcome.attempt.0, rules };
    match &outcome.news {
        News::Answer(answer) | News::AnswerTo(answer, _) | News::Change(Change::Drawn(answer, _)) => {
            told.answer(answer)
        }
        News::Change(change) => told.change(change),
    }
}

struct Told<'r> {
    attempt_id: uuid::Uuid,
    rules: &'r SaleRules,
}

impl Told<'_> {
    fn answer(&self, answer: &Answer) -> Decision {
        match answer {
            Answer::Reserved(grant) => self.units("granted", grant.item, grant.quantity),
            Answer::Standby { item, quantity, number, .. } => {
                Decision { place: Some(*number), ..self.units("standby", *item, *quantity) }
            }
            Answer::Behind { item, quantity, .. } => self.units("behind", *item, *quantity),
            Answer::SoldOut { item } => Decision { sku: sku(*item, self.rules), ..self.bare("sold_out") },
            Answer::Refused(why) => Decision { why: Some(why.word()), ..self.bare("refused") },
            Answer::Entered { item, quantity, .. } => self.units("entered", *item, *quantity),
        }
    }

    fn change(&self, change: &Change) -> Decision {
        match change {
            Change::Granted(grant) => self.units("served", grant.item, grant.quantity),
            Change::LetGo(grant) => self.units("let_go", grant.item, grant.quantity),
            Change::Expired => self.bare("expired"),
            Change::Cancelled(cause) => Decision { why: Some(cause.word()), ..self.bare("cancelled") },
            Change::Converted(_) => self.bare("sold"),
            Change::ConfirmRefused(_, why) => Decision { why: Some(why.word()), ..self.bare("payment_refused") },
            Change::StandbyEnded(why) => Decision { why: Some(why.word()), ..self.bare("standby_ended") },
            Change::Settled(_) => self.bare("paid"),
            Change::HeldOn(_) => self.bare("held_on"),
            Change::Drawn(answer, _) => self.answer(answer),
        }
    }

    fn bare(&self, what: &'static str) -> Decision {
        Decision { attempt_id: self.attempt_id, what, sku: None, units: None, place: None, why: None }
    }

    fn units(&self, what: &'static str, item: ItemNo, quantity: u32) -> Decision {
        Decision { sku: sku(item, self.rules), units: Some(quantity), ..self.bare(what) }
    }
}

impl Decision {
    fn is_about_units(&self) -> bool {
        self.units.is_none() && !matches!(self.what, "sold_out" | "refused")
    }
}

fn sku(item: ItemNo, rules: &SaleRules) -> Option<String> {
    rules.items.get(usize::from(item.0)).map(|item| item.sku.clone())
}
