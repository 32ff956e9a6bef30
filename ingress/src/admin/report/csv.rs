//! A report as CSV, a figure a line.

use sale::money::Currency;

use super::view::{Ended, Report, SoldOut};
use crate::admin::spreadsheet::{BYTE_ORDER_MARK, cells, decimal};
use crate::problems::ApiError;

const HEADS: [&str; 5] = ["section", "of", "figure", "value", "unit"];
/// What stands for a figure that is not on record.
const UNKNOWN: &str = "unknown";

/// Its lines.
pub(super) fn of(report: &Report) -> Result<Vec<u8>, ApiError> {
    let currency: Currency = report.currency.parse().map_err(ApiError::internal)?;
    let mut lines = Lines { rows: Vec::new(), currency, section: "", of: String::new() };
    lines.all(report);
    let mut writer = csv::WriterBuilder::new().from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
    writer.write_record(HEADS).map_err(ApiError::internal)?;
    for row in lines.rows {
        writer.write_record(cells(&row).map_err(ApiError::internal)?).map_err(ApiError::internal)?;
    }
    writer.into_inner().map_err(|error| ApiError::internal(error.into_error()))
}

struct Lines {
    rows: Vec<[String; 5]>,
    currency: Currency,
    section: &'static str,
    of: String,
}

impl Lines {
    fn put(&mut self, figure: &str, value: Option<impl ToString>, unit: &str) {
        let value = value.map_or_else(|| UNKNOWN.to_owned(), |value| value.to_string());
        self.rows.push([self.section.to_owned(), self.of.clone(), figure.to_owned(), value, unit.to_owned()]);
    }

    fn put_sum(&mut self, figure: &str, minor: Option<i64>) {
        let (digits, unit) = (self.currency.digits(), self.currency.to_string());
        self.put(figure, minor.map(|minor| decimal(minor, digits)), &unit);
    }

    fn begin(&mut self, section: &'static str, of: &str) {
        (self.section, self.of) = (section, of.to_owned());
    }

    fn all(&mut self, report: &Report) {
        self.begin("sale", "");
        self.put("name", Some(&report.name), "");
        self.put("status", Some(report.status), "");
        if let Some(reason) = &report.stop_reason {
            self.put("stop_reason", Some(reason), "");
        }
        for (figure, at) in [("opens_at", report.opens_at), ("ended_at", report.ended_at), ("made_at", report.made_at)]
        {
            self.put(figure, Some(at), "");
        }
        if let Some(at) = report.opened_at {
            self.put("opened_at", Some(at), "");
        }
        self.put("is_settled", Some(report.is_settled), "");
        self.demand(report);
        self.people(report);
        self.sales(report);
    }

    fn demand(&mut self, report: &Report) {
        let demand = &report.demand;
        self.begin("demand", "");
        self.put("attempts", demand.attempts, "attempts");
        self.put("allocated", Some(demand.allocated_units), "units");
        self.put("granted", demand.granted_units, "units");
        self.put("sold", demand.sold_units, "units");
        self.put("held", demand.held_units, "units");
        self.put("left", demand.left_units, "units");
        let answers = demand.answers.as_ref();
        self.put("answered_reserved", answers.map(|of| of.reserved), "attempts");
        self.put("answered_standby", answers.map(|of| of.standby), "attempts");
        self.put("answered_sold_out", answers.map(|of| of.sold_out), "attempts");
        self.put("answered_refused", answers.map(|of| of.refused), "attempts");
        self.begin("sold_out", "");
        self.put("known", Some(report.sold_out.known), "");
        if let SoldOut { at: Some(at), after_ms, within_ms, .. } = report.sold_out {
            self.put("at", Some(at), "");
            self.put("after", after_ms, "ms");
            self.put("earlier_by_at_most", Some(within_ms.unwrap_or(0)), "ms");
        }
    }

    fn people(&mut self, report: &Report) {
        let (waits, funnel, gone, standby) = (&report.waits, &report.funnel, &report.given_up, &report.standby);
        self.begin("waits", "");
        self.put("answer_p50", waits.answer_p50_ms, "ms");
        self.put("answer_p95", waits.answer_p95_ms, "ms");
        self.put("standby_p50", waits.standby_p50_ms, "ms");
        self.put("standby_p95", waits.standby_p95_ms, "ms");
        self.begin("funnel", "");
        self.put("answered", funnel.answered, "attempts");
        self.put("reserved", Some(funnel.reserved), "reservations");
        self.put("paying", Some(funnel.paying), "reservations");
        self.put("paid", Some(funnel.paid), "orders");
        self.begin("given_up", "");
        for (figure, Ended { reservations, units }) in [
            ("no_shows", &gone.no_shows),
            ("ran_out_paying", &gone.ran_out_paying),
            ("given_back", &gone.given_back),
            ("payment_failed", &gone.payment_failed),
            ("released_by_shop", &gone.released_by_shop),
            ("put_back", &gone.put_back),
        ] {
            self.put(figure, Some(reservations), "reservations");
            self.put(figure, Some(units), "units");
        }
        self.begin("standby", "");
        self.put("places", standby.places, "places");
        self.put("served", Some(standby.served), "places");
        self.put("left", Some(standby.left), "places");
        self.put("unserved", Some(standby.unserved), "places");
        self.put("waiting", Some(standby.waiting), "places");
    }

    fn sales(&mut self, report: &Report) {
        let money = &report.money;
        self.begin("money", "");
        self.put("orders", Some(money.orders), "orders");
        self.put_sum("captured", Some(money.captured_minor));
        self.put_sum("refunded", Some(money.refunded_minor));
        self.put_sum("revenue", Some(money.revenue_minor));
        for item in &report.items {
            self.begin("item", &item.sku);
            self.put("name", item.name.as_ref(), "");
            self.put("allocated", Some(item.allocated), "units");
            self.put("sold", item.sold, "units");
            self.put("held", item.held, "units");
            self.put("left", item.left, "units");
            self.put("sold_out", Some(item.sold_out.known), "");
            if item.sold_out.at.is_some() {
                self.put("sold_out_at", item.sold_out.at, "");
                self.put("sold_out_after", item.sold_out.after_ms, "ms");
            }
            self.put_sum("captured", Some(item.captured_minor));
            self.put_sum("refunded", Some(item.refunded_minor));
            self.put_sum("revenue", Some(item.revenue_minor));
            self.put_sum("sold_for", item.sold_minor);
        }
        for tier in &report.tiers {
            let name = tier.tier.map_or_else(|| "no tier".to_owned(), |number| format!("tier {number}"));
            self.begin("tier", &format!("{}, {name}", tier.sku));
            self.put("units", Some(tier.units), "units");
            self.put_sum("paid", Some(tier.sold_minor));
        }
        for coupon in &report.coupons {
            self.begin("coupon", coupon.code.as_deref().unwrap_or_default());
            self.put("orders", Some(coupon.orders), "orders");
            self.put("units", Some(coupon.units), "units");
            self.put_sum("paid", Some(coupon.total_minor));
            self.put_sum("refunded", Some(coupon.refunded_minor));
        }
    }
}
