//! What a notification says, if it is still true.

use email::Language;
use notification::{Bought, Order, Told, Written, write};
use record::catalogue::Sale;
use record::notifications::{self, Due, ReservationFacts};
use sale::answer::Grant;
use sale::ids::{AttemptId, RefundId};
use sale::notification::{Held, NotificationKind, Verdict, in_lobby, opens_soon, time_runs_out, your_turn};
use sale::payment::{OrderState, RefundState};
use sale::rules::SaleRules;
use sale::time::UnixMs;
use uuid::Uuid;

use super::Desk;

/// What is to be done.
pub(super) enum Saying {
    /// This is told; it is of use until then.
    Tell(Written, UnixMs),
    /// Not yet.
    Later(UnixMs),
    /// Not any more.
    Never,
}

/// What a notification says now.
pub(super) async fn said(desk: &Desk, due: &Due, sale: &Sale, now: UnixMs) -> record::Result<Saying> {
    let expires_at = clock::from_utc(due.expires_at);
    let say = |told: Told<'_>, until: UnixMs| Saying::Tell(write(language(due), &sale.name, &told), until);
    let judged = |verdict: Verdict, told: &dyn Fn(UnixMs) -> Option<Saying>| match verdict {
        Verdict::Tell(until) => told(until).unwrap_or(Saying::Never),
        Verdict::Later(at) => Saying::Later(at),
        Verdict::Never => Saying::Never,
    };
    match due.kind {
        NotificationKind::OpensSoon => {
            let at = UnixMs(due.occurrence.parse().unwrap_or_default());
            let is_lobby = sale.rules.lobby.is_some();
            let verdict = opens_soon(&sale.rules, at, now);
            Ok(judged(verdict, &|until| Some(say(Told::OpensSoon { at, is_lobby }, until))))
        }
        NotificationKind::InLobby => {
            let opens_at = sale.rules.opens_at;
            Ok(judged(in_lobby(&sale.rules, now), &|until| Some(say(Told::InLobby { opens_at }, until))))
        }
        NotificationKind::YourTurn => {
            let facts = notifications::of_reservation(&desk.pool, AttemptId(due.subject)).await?;
            let turn = |until| Some(say(Told::YourTurn(held(sale, facts.as_ref())?, until), until));
            Ok(judged(verdict(your_turn, sale, facts.as_ref(), now), &turn))
        }
        NotificationKind::TimeRunsOut => {
            let facts = notifications::of_reservation(&desk.pool, AttemptId(due.subject)).await?;
            let runs_out = |until| Some(say(Told::TimeRunsOut(held(sale, facts.as_ref())?, until), until));
            Ok(judged(verdict(time_runs_out, sale, facts.as_ref(), now), &runs_out))
        }
        NotificationKind::OrderConfirmed => {
            let order = notifications::of_order(&desk.pool, AttemptId(due.subject)).await?;
            // What went back since is told with the refund.
            let order = order.filter(|order| order.state == OrderState::Paid);
            let Some((order, bought)) = order.as_ref().and_then(|order| Some((order, bought(sale, &order.grant)?)))
            else {
                return Ok(Saying::Never);
            };
            let about = Order { number: &order.number, contact: &contact(desk) };
            Ok(say(Told::OrderConfirmed(bought, about), expires_at))
        }
        NotificationKind::OrderRefunded | NotificationKind::RefundCameBack => {
            let came_back = due.kind == NotificationKind::RefundCameBack;
            let state = if came_back { RefundState::Failed } else { RefundState::Refunded };
            let refund = RefundId(due.occurrence.parse::<Uuid>().unwrap_or_default());
            let amount = notifications::of_refund(&desk.pool, refund, state).await?;
            let order = notifications::of_order(&desk.pool, AttemptId(due.subject)).await?;
            let Some((amount, order)) = amount.zip(order) else { return Ok(Saying::Never) };
            let about = Order { number: &order.number, contact: &contact(desk) };
            let told = if came_back { Told::RefundCameBack } else { Told::OrderRefunded };
            Ok(say(told(amount, sale.rules.currency, about), expires_at))
        }
    }
}

/// In which language somebody is told.
pub(super) fn language(due: &Due) -> Language {
    Language::of_word(&due.language).unwrap_or_default()
}

fn verdict(
    rule: fn(&SaleRules, &Held<'_>, UnixMs) -> Verdict,
    sale: &Sale,
    facts: Option<&ReservationFacts>,
    now: UnixMs,
) -> Verdict {
    let Some(facts) = facts else { return Verdict::Never };
    rule(&sale.rules, &facts.held(), now)
}

fn held<'s>(sale: &'s Sale, facts: Option<&'s ReservationFacts>) -> Option<Bought<'s>> {
    bought(sale, facts?.grant.as_ref()?)
}

fn bought<'s>(sale: &'s Sale, grant: &'s Grant) -> Option<Bought<'s>> {
    let product = &sale.products.get(grant.item.index())?.name;
    Some(Bought { product, quantity: grant.quantity, price: &grant.price, currency: sale.rules.currency })
}

/// Whom to ask. By push alone nobody has a mail server: then the page is what there is.
fn contact(desk: &Desk) -> String {
    desk.post.as_ref().map_or_else(|| desk.pages.base().to_owned(), |post| post.mailer.contact())
}
