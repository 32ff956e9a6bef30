//! Gathering a report from the record.

use catalogue::Sale;
use record::history::SoldOuts;
use record::orders::Totals;
use record::report::{self, CouponSales, Fate, ItemSales, StandbyWaits};
use record::reservations::ReservationState;
use record::{history, lines, orders};
use sale::ids::{CouponNo, EventId};
use sale::record::{Head, ItemCounts};
use sale::rules::{SaleRules, Status};
use sale::time::UnixMs;

use super::view::{
    Answers, CouponReport, Demand, Ended, Funnel, GivenUp, ItemReport, Money, Report, SoldOut, Standby, TierReport,
    Waits,
};
use crate::problems::{ApiError, Kind};
use crate::reads::Reads;

pub(super) async fn gather(reads: &Reads, event: EventId) -> Result<Report, ApiError> {
    let (sale, now) = (reads.sale(event).await?, clock::now());
    let status = sale.rules.status(now);
    if !matches!(status, Status::Ended | Status::Stopped) {
        return Err(Kind::Conflict.because("this sale is not over"));
    }
    let pool = &reads.postgres;
    let head = lines::last_head(pool, event).await?;
    let extent = history::extent(pool, event).await?;
    let sold_outs = history::sold_outs(pool, event, extent.as_ref()).await?;
    let fates = report::fates(pool, event).await?;
    let waits = report::standby_waits(pool, event).await?;
    let money = money(Totals::of_paid(&orders::totals_by_state(pool, event).await?));
    let by_item = report::by_item(pool, event).await?;
    let tiers = report::by_tier(pool, event).await?.into_iter().map(|row| TierReport {
        name: name_of(&sale, &row.sku),
        sku: row.sku,
        tier: row.tier.map(|index| index + 1),
        units: row.units,
        sold_minor: row.sold_minor,
    });
    let coupons = report::by_coupon(pool, event).await?.into_iter().map(|row| coupon(&sale, row));
    let moment = |at: UnixMs| clock::to_utc(at).into();
    Ok(Report {
        event_id: event.0,
        name: sale.name.clone(),
        status: status.word(),
        stop_reason: sale.stop_reason.clone(),
        time_zone: sale.time_zone.clone(),
        opens_at: moment(sale.rules.opens_at),
        opened_at: has_opened(&sale.rules).then(|| moment(sale.rules.opens_at)),
        ended_at: moment(sale.rules.stopped_at.unwrap_or(sale.rules.closes_at)),
        made_at: moment(now),
        is_settled: sale.settled,
        currency: sale.rules.currency.to_string(),
        demand: demand(&sale, head.as_ref()),
        sold_out: SoldOut::of(sold_outs.whole, sale.rules.opens_at),
        waits: Waits {
            answer_p50_ms: None,
            answer_p95_ms: None,
            standby_p50_ms: waits.p50_ms,
            standby_p95_ms: waits.p95_ms,
        },
        funnel: funnel(&fates, head.as_ref().map(|(head, _)| head), money.orders),
        given_up: given_up(&fates),
        standby: standby(&fates, head.as_ref().map(|(head, _)| head), waits),
        money,
        items: items(&sale, head.as_ref().map(|(head, _)| head), &by_item, &sold_outs),
        tiers: tiers.collect(),
        coupons: coupons.collect(),
    })
}

fn demand(sale: &Sale, head: Option<&(Head, u64)>) -> Demand {
    let units = |of: fn(&ItemCounts) -> u32| {
        head.map(|(head, _)| head.items.iter().map(|item| u64::from(of(item))).sum::<u64>())
    };
    let tally = head.map(|(head, _)| &head.tally);
    let in_rules = || sale.rules.items.iter().map(|item| u64::from(item.allocation)).sum();
    Demand {
        attempts: tally.map(|tally| tally.served),
        allocated_units: units(|item| item.allocated).unwrap_or_else(in_rules),
        granted_units: head.map(|(_, granted)| *granted),
        sold_units: units(|item| item.sold),
        held_units: units(|item| item.held),
        left_units: units(ItemCounts::left),
        answers: tally.map(|tally| Answers {
            reserved: tally.reserved,
            standby: tally.standby,
            sold_out: tally.sold_out,
            refused: tally.refused,
        }),
    }
}

/// Whether it ever opened: one that was stopped before did not.
fn has_opened(rules: &SaleRules) -> bool {
    rules.stopped_at.is_none_or(|stopped| stopped >= rules.opens_at)
}

fn funnel(fates: &[Fate], head: Option<&Head>, paid: i64) -> Funnel {
    let count = |which: fn(&Fate) -> bool| fates.iter().filter(|fate| which(fate)).map(|fate| fate.count).sum();
    Funnel {
        answered: head.map(|head| head.tally.served),
        reserved: count(|fate| fate.granted),
        paying: count(|fate| fate.tried),
        paid,
    }
}

fn given_up(fates: &[Fate]) -> GivenUp {
    let mut given_up = GivenUp::default();
    for fate in fates.iter().filter(|fate| fate.granted) {
        let ended = match (fate.state, fate.why.as_deref()) {
            (ReservationState::Expired, _) if fate.tried => &mut given_up.ran_out_paying,
            (ReservationState::Expired, _) => &mut given_up.no_shows,
            (ReservationState::Cancelled, Some("shopper")) => &mut given_up.given_back,
            (ReservationState::Cancelled, Some("payment_failed" | "capture_failed")) => &mut given_up.payment_failed,
            (ReservationState::Cancelled, Some("shop")) => &mut given_up.released_by_shop,
            (ReservationState::Cancelled, Some("refunded")) => &mut given_up.put_back,
            _ => continue,
        };
        let Ended { reservations, units } = ended;
        (*reservations, *units) = (*reservations + fate.count, *units + fate.units);
    }
    given_up
}

fn standby(fates: &[Fate], head: Option<&Head>, waits: StandbyWaits) -> Standby {
    let in_state = |state: ReservationState| {
        fates.iter().filter(|fate| !fate.granted && fate.state == state).map(|fate| fate.count).sum()
    };
    Standby {
        places: head.map(|head| head.tally.standby),
        served: waits.served,
        left: in_state(ReservationState::Cancelled),
        unserved: in_state(ReservationState::StandbyEnded),
        waiting: in_state(ReservationState::Standby),
    }
}

fn money(paid: Totals) -> Money {
    let Totals { count: orders, total_minor: captured_minor, refunded_minor, .. } = paid;
    Money { orders, captured_minor, refunded_minor, revenue_minor: captured_minor - refunded_minor }
}

fn items(sale: &Sale, head: Option<&Head>, sales: &[ItemSales], sold_outs: &SoldOuts) -> Vec<ItemReport> {
    let with_counts = sale.rules.items.iter().enumerate().map(|(index, item)| {
        let counts = head.and_then(|head| head.items.get(index));
        let (captured_minor, refunded_minor) =
            sales.iter().find(|of| of.sku == item.sku).map_or((0, 0), |of| (of.captured_minor, of.refunded_minor));
        ItemReport {
            sku: item.sku.clone(),
            name: name_of(sale, &item.sku),
            allocated: counts.map_or(item.allocation, |counts| counts.allocated),
            sold: counts.map(|counts| counts.sold),
            held: counts.map(|counts| counts.held),
            left: counts.map(ItemCounts::left),
            sold_out: SoldOut::of(sold_outs.of_item(index), sale.rules.opens_at),
            captured_minor,
            refunded_minor,
            revenue_minor: captured_minor - refunded_minor,
            sold_minor: counts.map(|counts| counts.revenue_minor),
        }
    });
    with_counts.collect()
}

/// What the product of an item is called.
fn name_of(sale: &Sale, sku: &str) -> Option<String> {
    let at = sale.rules.items.iter().position(|item| item.sku == sku)?;
    Some(sale.products.get(at)?.name.clone())
}

fn coupon(sale: &Sale, row: CouponSales) -> CouponReport {
    // One that the rules do not know any more is shown by its number.
    let code = |number: i32| {
        let known = u16::try_from(number).ok().and_then(|number| sale.rules.coupon(CouponNo(number)));
        known.map_or_else(|| format!("#{}", number + 1), |coupon| coupon.code.clone())
    };
    CouponReport {
        code: row.coupon_no.map(code),
        orders: row.orders,
        units: row.units,
        total_minor: row.total_minor,
        refunded_minor: row.refunded_minor,
    }
}
