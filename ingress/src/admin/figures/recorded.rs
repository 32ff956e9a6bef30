//! What the record says of an event, in figures.

use std::collections::BTreeMap;

use record::PgPool;
use record::orders::Totals;
use sale::ids::EventId;
use sale::payment::OrderState;

use super::view::{MoneyFigures, OrderFigures};

/// What the record says.
pub(in crate::admin) struct RecordedFigures {
    /// Rounds of its line.
    pub(super) rounds: i64,
    /// How many, by state.
    pub(super) reservations: BTreeMap<&'static str, i64>,
    /// The same of orders, with what they come to.
    pub(super) orders: BTreeMap<&'static str, OrderFigures>,
    pub(super) money: MoneyFigures,
}

/// Reads all of it.
pub(super) async fn read(pool: &PgPool, event: EventId) -> record::Result<RecordedFigures> {
    // An event that nobody has claimed has no rounds.
    let rounds = record::lines::recorded_seq(pool, event).await?.map_or(0, record::to_i64);
    let reservations = record::reservations::count_by_state(pool, event).await?;
    let orders = record::orders::totals_by_state(pool, event).await?;
    let refunded_still_sold_minor = record::orders::refunded_still_sold_minor(pool, event).await?;
    // Every state has its figures: that nothing is in it is one too.
    let of_state = |state: OrderState| orders.get(&state).copied().unwrap_or_default();
    let paid = Totals::of_paid(&orders);
    let money = MoneyFigures {
        captured_minor: paid.total_minor,
        refunded_minor: paid.refunded_minor,
        refunded_orders: paid.refunded,
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
