//! The figures of an event, from wherever they are known.

mod view;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use broker::topology;
use record::PgPool;
use record::orders::Totals;
use sale::ids::EventId;
use sale::payment::OrderState;
use sale::record::{Head, Tally};

use crate::auth::Viewer;
use crate::entrance::Entrance;
use crate::extract::Path;
use crate::problems::{AdminReadProblems, ApiError};
use crate::reads::Reads;

use view::{AnswerFigures, AttemptFigures, Figures, ItemFigures, LineFigures, MoneyFigures, OrderFigures};

const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

struct RecordedFigures {
    rounds: i64,
    reservations: BTreeMap<&'static str, i64>,
    orders: BTreeMap<&'static str, OrderFigures>,
    money: MoneyFigures,
}

/// Live figures of an event
#[utoipa::path(get, path = "/api/v1/admin/events/{event}/figures", tag = "admin: operation",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")),
    responses((status = 200, body = Figures), AdminReadProblems))]
pub(crate) async fn show(
    State(reads): State<Arc<Reads>>,
    State(entrance): State<Arc<Entrance>>,
    _: Viewer,
    Path(event): Path<EventId>,
) -> Result<Json<Figures>, ApiError> {
    let sale = reads.sale(event).await?;
    let mut redis = reads.redis.clone();
    let (head, messages, recorded) = tokio::join!(
        soon(inventory::read_head(&mut redis, event)),
        soon(topology::line_messages(&reads.broker, event)),
        soon(recorded(&reads.postgres, event)),
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
    let (reservations, orders, money) = match recorded {
        Some(recorded) => (Some(recorded.reservations), Some(recorded.orders), Some(recorded.money)),
        None => (None, None, None),
    };
    Ok(Json(Figures {
        event_id: event.0,
        status: sale.rules.status(now).word(),
        server_time_ms: now.0,
        line,
        attempts: head.as_ref().map(|head| attempts(&head.tally)),
        items: items(&sale.rules, head.as_ref()),
        reservations,
        orders,
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

fn attempts(tally: &Tally) -> AttemptFigures {
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

fn items(rules: &sale::rules::SaleRules, head: Option<&Head>) -> Vec<ItemFigures> {
    let with_counts = rules.items.iter().enumerate().map(|(index, item)| {
        let counts = head.and_then(|head| head.items.get(index));
        ItemFigures {
            sku: item.sku.clone(),
            allocation: item.allocation,
            allocated: counts.map(|counts| counts.allocated),
            left: counts.map(sale::record::ItemCounts::left),
            held: counts.map(|counts| counts.held),
            sold: counts.map(|counts| counts.sold),
            standby_len: counts.map(|counts| counts.standby_len),
            sold_minor: counts.map(|counts| counts.revenue_minor),
        }
    });
    with_counts.collect()
}

async fn recorded(pool: &PgPool, event: EventId) -> record::Result<RecordedFigures> {
    // An event that nobody has claimed has no rounds.
    let rounds = record::lines::recorded_seq(pool, event).await?.map_or(0, record::to_i64);
    let reservations = record::reservations::count_by_state(pool, event).await?;
    let orders = record::orders::totals_by_state(pool, event).await?;
    let refunded_still_sold_minor = record::orders::refunded_still_sold_minor(pool, event).await?;
    // Every state has its figures: that nothing is in it is one too.
    let of_state = |state: OrderState| orders.get(&state).copied().unwrap_or_default();
    let (paid, refunded) = (of_state(OrderState::Paid), of_state(OrderState::Refunded));
    let money = MoneyFigures {
        captured_minor: paid.total_minor + refunded.total_minor,
        refunded_minor: paid.refunded_minor + refunded.refunded_minor,
        refunded_still_sold_minor,
    };
    let shown = |state: OrderState| {
        let Totals { count, total_minor, .. } = of_state(state);
        (state.word(), OrderFigures { count, total_minor })
    };
    Ok(RecordedFigures {
        rounds,
        reservations: reservations.into_iter().map(|(state, count)| (state.word(), count)).collect(),
        orders: OrderState::ALL.iter().map(|state| shown(*state)).collect(),
        money,
    })
}
