//! The figures of an event, from wherever they are known.

mod view;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use broker::topology;
use sale::ids::EventId;
use sale::record::{Head, Tally};

use crate::auth::Viewer;
use crate::extract::Path;
use crate::ledger::ORDER_STATES;
use crate::problems::{AdminReadProblems, ApiError};
use crate::shopper::sale_of;
use crate::state::App;

use view::{AnswerFigures, AttemptFigures, Figures, ItemFigures, LineFigures, MoneyFigures, OrderFigures};

const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

struct Recorded {
    rounds: i64,
    reservations: BTreeMap<String, i64>,
    orders: BTreeMap<String, OrderFigures>,
    money: MoneyFigures,
}

/// Live figures of an event
#[utoipa::path(get, path = "/api/v1/admin/events/{event}/figures", tag = "admin: operation",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")),
    responses((status = 200, body = Figures), AdminReadProblems))]
pub(crate) async fn show(
    State(app): State<App>,
    _: Viewer,
    Path(event): Path<EventId>,
) -> Result<Json<Figures>, ApiError> {
    let sale = sale_of(&app, event).await?;
    let mut redis = app.redis.clone();
    let (head, messages, recorded) = tokio::join!(
        soon(inventory::read_head(&mut redis, event)),
        soon(topology::line_messages(&app.broker, event)),
        soon(recorded(&app, event)),
    );
    let (head, now, last) = (head.flatten(), clock::now(), app.board.last(event));
    let served_here = last.as_ref().and_then(|seen| seen.served_of(app.lines.door()));
    let waiting_here = app.lines.waiting(event, served_here);
    let doors = last.as_ref().map_or(1, |seen| seen.progress.doors.len());
    let answered = last.as_ref().and_then(|seen| seen.answer_times());
    let line = LineFigures {
        messages,
        waiting_here,
        length: crate::progress::estimate_ahead(waiting_here, 0, doors),
        heard_ms_ago: last.map(|seen| u64::try_from(seen.heard_at.elapsed().as_millis()).unwrap_or(u64::MAX)),
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

async fn recorded(app: &App, event: EventId) -> sqlx::Result<Recorded> {
    let rounds = sqlx::query_scalar!("SELECT seq FROM event_lines WHERE event_id = $1", event.0)
        .fetch_optional(&app.postgres)
        .await?
        .unwrap_or(0);
    let reservations = sqlx::query!(
        r#"SELECT state, count(*) AS "count!" FROM reservations WHERE event_id = $1 GROUP BY state"#,
        event.0
    )
    .fetch_all(&app.postgres)
    .await?;
    let orders = sqlx::query!(
        r#"SELECT state, count(*) AS "count!", coalesce(sum(total_minor), 0)::bigint AS "total_minor!"
           FROM orders WHERE event_id = $1 GROUP BY state"#,
        event.0
    )
    .fetch_all(&app.postgres)
    .await?;
    let refunded_still_sold_minor = sqlx::query_scalar!(
        r#"SELECT coalesce(sum(o.total_minor), 0)::bigint AS "minor!"
           FROM orders o JOIN reservations r ON r.id = o.reservation_id
           WHERE o.event_id = $1 AND o.state = 'refunded' AND r.state <> 'cancelled'"#,
        event.0
    )
    .fetch_one(&app.postgres)
    .await?;
    // Every state has its count: none of it is a figure too.
    let mut by_state: BTreeMap<String, OrderFigures> =
        ORDER_STATES.into_iter().map(|state| (state.to_owned(), OrderFigures::default())).collect();
    by_state.extend(
        orders.into_iter().map(|row| (row.state, OrderFigures { count: row.count, total_minor: row.total_minor })),
    );
    let total_minor = |state: &str| by_state.get(state).map_or(0, |orders| orders.total_minor);
    let money = MoneyFigures {
        captured_minor: total_minor("paid") + total_minor("refunded"),
        refunded_minor: total_minor("refunded"),
        refunded_still_sold_minor,
    };
    Ok(Recorded {
        rounds,
        reservations: reservations.into_iter().map(|row| (row.state, row.count)).collect(),
        orders: by_state,
        money,
    })
}
