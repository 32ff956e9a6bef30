//! The figures of an event, from wherever they are known.

pub(super) mod course;
pub(super) mod history;
mod marks;
pub(super) mod recorded;
pub(super) mod view;

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use broker::topology;
use catalogue::Sale;
use sale::ids::EventId;
use sale::record::{Head, Tally};

use super::looks::Looks;
use crate::auth::MayRead;
use crate::draw_waits;
use crate::entrance::Entrance;
use crate::extract::Path;
use crate::problems::{AdminReadProblems, ApiError};
use crate::reads::Reads;

use view::{AnswerFigures, AttemptFigures, Figures, ItemFigures, LineFigures, LobbyFigures};

const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// Reservations with a payment are counted up to so many while a sale runs.
const PAYING_MAX: u64 = 100_000;

/// Live figures of an event
#[utoipa::path(get, path = "/api/v1/admin/events/{event}/figures", tag = "admin: operation",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")),
    responses((status = 200, body = Figures), AdminReadProblems))]
pub(crate) async fn show(
    State(reads): State<Arc<Reads>>,
    State(entrance): State<Arc<Entrance>>,
    State(looks): State<Arc<Looks>>,
    _: MayRead,
    Path(event): Path<EventId>,
) -> Result<Json<Figures>, ApiError> {
    let sale = reads.sale(event).await?;
    let mut redis = reads.redis.clone();
    let paying = record::payments::count_begun(&reads.postgres, event, PAYING_MAX);
    let (head, messages, recorded, paying) = tokio::join!(
        soon(inventory::read_head(&mut redis, event)),
        soon(topology::line_messages(&reads.broker, event)),
        soon(looks.figures.of(event, recorded::read(&reads.postgres, event))),
        soon(looks.payings.of(event, paying)),
    );
    let (head, now, standing) = (head.flatten(), clock::now(), entrance.standing(event));
    let answered = standing.last.as_ref().and_then(|seen| seen.answer_times());
    let line = LineFigures {
        messages,
        waiting_here: standing.waiting_here,
        length: standing.length(),
        heard_ms_ago: standing.heard_ms_ago(),
        rounds: head.as_ref().map(|head| head.seq),
        rounds_recorded: recorded.as_ref().map(|recorded| recorded.rounds),
    };
    let sold_minor = head.as_ref().map(|head| head.items.iter().map(|counts| counts.revenue_minor).sum());
    let recorded = recorded.as_deref();
    let money = recorded.map(|recorded| recorded.money);
    Ok(Json(Figures {
        event_id: event.0,
        status: sale.rules.status(now).word(),
        server_time_ms: now.0,
        line,
        lobby: head.as_ref().filter(|_| sale.rules.lobby.is_some()).map(|head| LobbyFigures {
            entered: head.lobby.entered,
            closed: head.lobby.closed,
            waits_for: draw_waits::for_what(&sale, Some(head.lobby.entered), now),
        }),
        attempts: head.as_ref().map(|head| attempts(&head.tally)),
        items: named(items(&sale.rules, head.as_ref()), &sale),
        reservations: recorded.map(|recorded| recorded.reservations.clone()),
        orders: recorded.map(|recorded| recorded.orders.clone()),
        paying: paying.and_then(|paying| *paying),
        sold_minor,
        revenue_minor: money.as_ref().map(|money| money.captured_minor - money.refunded_minor),
        money,
        currency: sale.rules.currency.to_string(),
        answer_ms: answered.map(|times| AnswerFigures { p50: times.p50, p95: times.p95, p99: times.p99 }),
    }))
}

/// Nothing rather than late or failed.
async fn soon<T, E: std::fmt::Display>(answer: impl Future<Output = Result<T, E>>) -> Option<T> {
    match tokio::time::timeout(ANSWERS_WITHIN, answer).await {
        Ok(Ok(value)) => Some(value),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a figure is missing");
            None
        }
        Err(_) => None,
    }
}

pub(super) fn attempts(tally: &Tally) -> AttemptFigures {
    AttemptFigures {
        served: tally.served,
        reserved: tally.reserved,
        standby: tally.standby,
        sold_out: tally.sold_out,
        refused: tally.refused,
        granted_from_standby: tally.granted_from_standby,
        expired: tally.expired,
        cancelled: tally.cancelled,
        converted: tally.converted,
    }
}

/// Items with what their products are called.
fn named(items: Vec<ItemFigures>, sale: &Sale) -> Vec<ItemFigures> {
    let name = |index: usize| sale.products.get(index).map(|product| product.name.clone());
    items.into_iter().enumerate().map(|(index, item)| ItemFigures { name: name(index), ..item }).collect()
}

pub(super) fn items(rules: &sale::rules::SaleRules, head: Option<&Head>) -> Vec<ItemFigures> {
    let with_counts = rules.items.iter().enumerate().map(|(index, item)| {
        let counts = head.and_then(|head| head.items.get(index));
        ItemFigures {
            sku: item.sku.clone(),
            name: None,
            allocation: item.allocation,
            allocated: counts.map(|counts| counts.allocated),
            left: counts.map(sale::record::ItemCounts::left),
            held: counts.map(|counts| counts.held),
            sold: counts.map(|counts| counts.sold),
            standby_len: counts.map(|counts| counts.standby_len),
            // Nobody ever was behind in an item that the head has no such count of.
            behind_len: head.map(|head| head.behind.get(index).map_or(0, |behind| behind.waiting)),
            sold_minor: counts.map(|counts| counts.revenue_minor),
        }
    });
    with_counts.collect()
}
