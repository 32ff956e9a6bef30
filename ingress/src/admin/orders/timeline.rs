//! What happened to an order, as entries in the order of time.

use chrono::{DateTime, Utc};
use record::audit::Written;
use record::orders::ListedOrder;
use record::orders::story::{GivenBack, Paid, Reserved, Story, ToldShop, ToldShopper};
use record::reservations::ReservationState;
use sale::answer::Answer;
use sale::command::CancelCause;
use sale::payment::{PaymentState, RefundState};
use sale::words::Word;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::moment::Moment;

/// Something that happened. Which of the fields are there depends on `what`.
#[derive(Serialize, ToSchema)]
pub(crate) struct TimelineEntry {
    at: Moment,
    /// `reserved` (the answer to the click), `standby` (also that), `entered` (the lobby), `granted` (later than the answer), `ordered` (before it is paid),
    /// `buyer_given`, `buyer_deleted`; `payment_begun`, and where that payment stands: `payment_` and its state, such as `payment_declined`;
    /// `refund_asked`, `refund_again`, where a refund stands: `refund_` and its state, such as `refund_refunded`; `refund_came_back`;
    /// `put_back_asked`, `put_back_told` (the line is told), `put_back` (the units are back in the sale); `expired`, `cancelled` (without a
    /// refund); `told_shop`, `told_shopper`; or the name of another entry of the audit log.
    what: String,
    /// In minor units: what was to be paid, or goes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_minor: Option<i64>,
    /// Who asked for it: the name of an API token.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// Why: a word of ours, such as `gateway_unreachable` or `shopper`, or a text of the gateway's or an organiser's.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Of `standby`: how many were waiting then, this shopper included; absent for who stands behind everybody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<u32>,
    /// Of `reserved` and `granted`: until when it is to be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Moment>,
    /// What is told, and where that stands: the type and the state of a delivery, or the kind of a notification and how it ended (`waiting`
    /// until then).
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    /// Of `told_shop`: the address of the endpoint; of `told_shopper`: `mail` (as they asked for), `buyer` (mail to the address that was given for the
    /// order), or `push`.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// Tries so far, of a refund or a delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    tries: Option<i32>,
    /// Of `refund_asked`: its units are to return to the sale.
    #[serde(skip_serializing_if = "Option::is_none")]
    put_back: Option<bool>,
    /// The payment, the refund or the delivery that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
}

impl TimelineEntry {
    fn of(at: DateTime<Utc>, what: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            what: what.into(),
            amount_minor: None,
            by: None,
            why: None,
            place: None,
            until: None,
            about: None,
            state: None,
            to: None,
            tries: None,
            put_back: None,
            id: None,
        }
    }
}

/// All that happened to an order, the first first.
pub(super) fn timeline(order: &ListedOrder, story: &Story) -> Vec<TimelineEntry> {
    let end = of_end(&story.reserved);
    let mut entries = of_reservation(order, &story.reserved);
    entries.extend(story.payments.iter().flat_map(of_payment));
    for refund in &story.refunds {
        entries.extend(of_refund(refund, &story.deeds));
        // That the line is told is on record only then, when it may have done it already.
        let told = refund.put_back_at.map(|told| end.as_ref().map_or(told, |end| told.min(end.at.utc())));
        entries.extend(told.map(|at| TimelineEntry::of(at, "put_back_told")));
    }
    entries.extend(end);
    entries.extend(story.deeds.iter().filter_map(of_deed));
    entries.extend(story.told_shop.iter().map(of_told_shop));
    entries.extend(story.told_shopper.iter().map(of_told_shopper));
    // Stable: what happened in one moment stays in the order in which it follows from the other.
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn of_reservation(order: &ListedOrder, reserved: &Reserved) -> Vec<TimelineEntry> {
    let deadline = reserved.grant.as_ref().map(|grant| clock::to_utc(grant.deadline).into());
    let mut entries = vec![match &reserved.answer {
        Answer::Standby { place, .. } => {
            TimelineEntry { place: Some(*place), ..TimelineEntry::of(reserved.answered_at, "standby") }
        }
        Answer::Reserved(_) => TimelineEntry { until: deadline, ..TimelineEntry::of(reserved.answered_at, "reserved") },
        other => TimelineEntry::of(reserved.answered_at, other.word()),
    }];
    if let Some(at) = reserved.granted_at.filter(|_| !matches!(reserved.answer, Answer::Reserved(_))) {
        entries.push(TimelineEntry { until: deadline, ..TimelineEntry::of(at, "granted") });
    }
    if order.paid_at != Some(order.created_at) {
        entries.push(TimelineEntry::of(order.created_at, "ordered"));
    }
    entries.extend(reserved.buyer_given_at.map(|at| TimelineEntry::of(at, "buyer_given")));
    entries
}

/// That its units are given back, or in the sale again.
fn of_end(reserved: &Reserved) -> Option<TimelineEntry> {
    let at = reserved.ended_at?;
    match (reserved.state, reserved.cause) {
        (ReservationState::Expired, _) => Some(TimelineEntry::of(at, "expired")),
        (ReservationState::Cancelled, Some(CancelCause::Refunded(_))) => Some(TimelineEntry::of(at, "put_back")),
        (ReservationState::Cancelled, cause) => {
            let why = cause.map(|cause| cause.word().to_owned());
            Some(TimelineEntry { why, ..TimelineEntry::of(at, "cancelled") })
        }
        _ => None,
    }
}

fn of_payment(payment: &Paid) -> Vec<TimelineEntry> {
    let amount_minor = Some(payment.amount_minor);
    let entry = |at, what: String| TimelineEntry { amount_minor, id: Some(payment.id), ..TimelineEntry::of(at, what) };
    let mut entries = vec![entry(payment.created_at, "payment_begun".to_owned())];
    if payment.state != PaymentState::Requested {
        let stands = entry(payment.updated_at, format!("payment_{}", payment.state.word()));
        entries.push(TimelineEntry { why: payment.failure.clone(), ..stands });
    }
    entries
}

fn of_refund(refund: &GivenBack, deeds: &[Written]) -> Vec<TimelineEntry> {
    let is_of = |deed: &&Written| deed.detail["refund_id"] == refund.id.to_string();
    let asked = deeds.iter().rev().find(is_of);
    // Its units may have been asked for later.
    let with_units = asked.and_then(|deed| deed.detail["put_back"].as_bool()).unwrap_or(refund.put_back);
    let amount_minor = Some(refund.amount_minor);
    let entry = |at, what: String| TimelineEntry { amount_minor, id: Some(refund.id), ..TimelineEntry::of(at, what) };
    let mut entries = vec![TimelineEntry {
        by: asked.map(|deed| deed.actor.clone()),
        why: Some(refund.reason.clone()),
        put_back: Some(with_units),
        ..entry(refund.created_at, "refund_asked".to_owned())
    }];
    let done = || format!("refund_{}", RefundState::Refunded.word());
    entries.extend(refund.refunded_at.map(|at| entry(at, done())));
    match refund.state {
        RefundState::Refunded if refund.refunded_at.is_none() => entries.push(entry(refund.updated_at, done())),
        RefundState::Refunded => {}
        // Nothing has come of it yet.
        RefundState::Requested if refund.failure.is_none() => {}
        state => {
            let what = match refund.came_back_at {
                Some(_) => "refund_came_back".to_owned(),
                None => format!("refund_{}", state.word()),
            };
            let stands = entry(refund.came_back_at.unwrap_or(refund.updated_at), what);
            entries.push(TimelineEntry { why: refund.failure.clone(), tries: Some(refund.tries), ..stands });
        }
    }
    entries
}

/// What an organiser did, but for asking for refunds: that is an entry of the refund.
fn of_deed(deed: &Written) -> Option<TimelineEntry> {
    let what = match &*deed.action {
        "order.refund" => return None,
        "order.refund_again" => "refund_again",
        "order.put_back" => "put_back_asked",
        "order.delete_buyer" => "buyer_deleted",
        other => other,
    };
    let why = deed.detail["reason"].as_str().map(str::to_owned);
    Some(TimelineEntry { by: Some(deed.actor.clone()), why, ..TimelineEntry::of(deed.at, what) })
}

fn of_told_shop(told: &ToldShop) -> TimelineEntry {
    TimelineEntry {
        about: Some(told.kind.word().to_owned()),
        state: Some(told.state.word()),
        to: Some(told.url.clone()),
        tries: Some(told.tries),
        id: Some(told.delivery),
        ..TimelineEntry::of(told.at, "told_shop")
    }
}

fn of_told_shopper(told: &ToldShopper) -> TimelineEntry {
    TimelineEntry {
        about: Some(told.kind.clone()),
        state: Some(told.end.map_or("waiting", Word::word)),
        to: Some(told.channel.word().to_owned()),
        ..TimelineEntry::of(told.at, "told_shopper")
    }
}
