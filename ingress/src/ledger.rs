//! Payments and orders as their shopper sees them, from the system of record: a moment behind the line.

use std::time::Duration;

use record::orders::Order;
use record::payments;
use sale::gateway::Action;
use sale::payment::PaymentState;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How long an answer that can do without the database waits for it.
pub(crate) const ASIDE_WITHIN: Duration = Duration::from_millis(1_000);

/// A payment, as its shopper sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PaymentView {
    /// Which payment.
    pub(crate) payment_id: Uuid,
    /// For which reservation.
    pub(crate) attempt_id: Uuid,
    /// `requested`, `authorising`, `pending` (the bank has yet to answer), `action_needed` (it asks the shopper first),
    /// `confirming`, `capturing`, `captured`, `declined`, `voiding`, `voided` or `capture_failed`.
    pub(crate) state: &'static str,
    /// What the bank asks, with `action_needed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ActionSchema>)]
    pub(crate) action: Option<Action>,
    /// In minor units.
    pub(crate) amount_minor: i64,
    /// ISO 4217.
    pub(crate) currency: String,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
    /// Tries that remain, after one that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tries_left: Option<u32>,
}

/// What a bank asks of the shopper before it holds the money.
#[derive(ToSchema)]
#[schema(as = Action)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum ActionSchema {
    /// Go there; the bank sends the shopper back.
    Redirect { url: String },
    /// The gateway's script on the page asks, with this.
    ClientSecret { client_secret: String },
}

/// An order, as its shopper sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderView {
    /// Which order.
    pub(crate) order_id: Uuid,
    /// The number for people.
    pub(crate) number: String,
    /// Of which sale.
    pub(crate) event_id: Uuid,
    /// From which reservation.
    pub(crate) attempt_id: Uuid,
    /// What the shop calls its customer; absent of a guest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) customer: Option<String>,
    /// What.
    pub(crate) sku: String,
    /// How many units.
    pub(crate) quantity: i32,
    /// In minor units.
    pub(crate) total_minor: i64,
    /// ISO 4217.
    pub(crate) currency: String,
    /// `pending`, `paid`, `failed`, `cancelled` or `refunded` (all of it).
    pub(crate) state: &'static str,
    /// What the shop knows it by, where its own checkout took the money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
    /// What went back of it, in minor units.
    pub(crate) refunded_minor: i64,
    /// Whether money that had gone back did not arrive, and as much has not gone back since.
    pub(crate) refund_failed: bool,
    /// Unix ms.
    pub(crate) created_at_ms: u64,
    /// Unix ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) paid_at_ms: Option<u64>,
}

impl From<payments::ShownPayment> for PaymentView {
    fn from(payment: payments::ShownPayment) -> Self {
        Self {
            payment_id: payment.id.0,
            attempt_id: payment.attempt.0,
            state: payment.state.word(),
            action: payment.action,
            amount_minor: payment.amount_minor,
            currency: payment.currency,
            failure: payment.failure,
            tries_left: None,
        }
    }
}

impl From<payments::Latest> for PaymentView {
    fn from(latest: payments::Latest) -> Self {
        let is_declined = latest.payment.state == PaymentState::Declined;
        Self { tries_left: is_declined.then_some(latest.tries_left), ..latest.payment.into() }
    }
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        Self {
            order_id: order.id.0,
            number: order.number,
            event_id: order.event.0,
            attempt_id: order.attempt.0,
            customer: order.customer,
            sku: order.sku,
            quantity: order.quantity,
            total_minor: order.total_minor,
            currency: order.currency,
            state: order.state.word(),
            reference: order.reference,
            refunded_minor: order.refunded_minor,
            refund_failed: order.refund_failed,
            created_at_ms: clock::from_utc(order.created_at).0,
            paid_at_ms: order.paid_at.map(|at| clock::from_utc(at).0),
        }
    }
}
