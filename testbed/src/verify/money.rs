//! The money: orders, payments and reservations here, authorisations at the gateway.

use std::collections::HashMap;

use serde::Deserialize;
use uuid::Uuid;

use super::Evidence;

/// What the gateway says of one authorisation.
#[derive(Deserialize)]
struct Held {
    reference: Uuid,
    captured_minor: i64,
    refunded_minor: i64,
    captures: u32,
    state: String,
}

pub(super) struct Money {
    pub(super) looked_at: String,
    pub(super) violations: Vec<String>,
    pub(super) double_charges: usize,
}

/// What the gateways have of each payment. Two authorisations for one payment would be added up, and so be seen.
async fn held(evidence: &Evidence<'_>) -> anyhow::Result<HashMap<Uuid, Held>> {
    let mut by_payment: HashMap<Uuid, Held> = HashMap::new();
    for url in &evidence.gateway_urls {
        let listed = reqwest::get(format!("{url}/v1/authorisations")).await?.error_for_status()?;
        for held in listed.json::<Vec<Held>>().await? {
            let Some(known) = by_payment.get_mut(&held.reference) else {
                by_payment.insert(held.reference, held);
                continue;
            };
            known.captured_minor += held.captured_minor;
            known.refunded_minor += held.refunded_minor;
            known.captures += held.captures;
            if held.state == "authorised" {
                known.state = held.state;
            }
        }
    }
    Ok(by_payment)
}

pub(super) async fn check(evidence: &Evidence<'_>) -> anyhow::Result<Money> {
    let held = held(evidence).await?;
    let payments = sqlx::query!(
        r#"SELECT p.id AS "id!", p.reservation_id AS "reservation_id!", p.state AS "state!",
                  p.gateway = 'shop' AS "by_shop!", p.amount_minor AS "amount_minor!",
                  p.card_token <> '' AND p.state NOT IN ('requested', 'authorising') AS "token_kept!",
                  r.ended_why ? 'refunded' AS "put_back?",
                  r.state AS "reserved?", r.payment_id, r.total_minor,
                  o.state AS "ordered?", o.total_minor AS "ordered_minor?", o.refunded_minor AS "back_minor?"
           FROM payments p
           LEFT JOIN reservations r ON r.id = p.reservation_id
           LEFT JOIN orders o ON o.payment_id = p.id
           WHERE p.event_id = $1"#,
        evidence.event.0
    )
    .fetch_all(evidence.pool)
    .await?;

    let mut violations = Vec::new();
    let mut charges: HashMap<Uuid, u32> = HashMap::new();
    let (mut kept_minor, mut paid_minor) = (0, 0);
    for payment in &payments {
        // What the shop's own checkout took, by its word: it says so before it charges, and no gateway has anything of it.
        let by_shop = (payment.by_shop && payment.state == "captured").then(|| Held {
            reference: payment.id,
            captured_minor: payment.amount_minor,
            refunded_minor: payment.back_minor.unwrap_or(0),
            captures: 1,
            state: payment.state.clone(),
        });
        if payment.by_shop && held.contains_key(&payment.id) {
            violations.push(format!("payment {}: the shop took it, and a gateway knows it", payment.id));
        }
        let gateway = by_shop.as_ref().or(held.get(&payment.id));
        let captured = gateway.map_or(0, |held| held.captured_minor);
        let refunded = gateway.map_or(0, |held| held.refunded_minor);
        let captures = gateway.map_or(0, |held| held.captures);
        *charges.entry(payment.reservation_id).or_default() += captures;
        kept_minor += captured - refunded;
        if payment.ordered.as_deref() == Some("paid") {
            paid_minor += payment.ordered_minor.unwrap_or(0) - payment.back_minor.unwrap_or(0);
        }
        let mut wrong = |what: &str| violations.push(format!("payment {}: {what}", payment.id));
        let undone = matches!(payment.state.as_str(), "capture_failed" | "voided") && captured == refunded;
        if captures > 0 && !undone {
            if (payment.reserved.as_deref() != Some("converted") && payment.put_back != Some(true))
                || payment.payment_id != Some(payment.id)
            {
                wrong("captured, but its reservation was not converted by it");
            }
            if payment.total_minor != Some(captured) {
                wrong("captured another amount than the reservation's");
            }
            if payment.ordered.is_none() {
                wrong("captured, but there is no order");
            }
            if payment.back_minor.is_some_and(|back| back != refunded) {
                wrong("another sum went back than the order says");
            }
        } else if matches!(payment.ordered.as_deref(), Some("paid" | "refunded")) && payment.ordered_minor != Some(0) {
            wrong("there is a paid order, but nothing was captured");
        }
        let paid_for_it = payment.payment_id == Some(payment.id);
        let is_refunded = payment.ordered.as_deref() == Some("refunded") || payment.back_minor > Some(0);
        if payment.put_back == Some(true) && paid_for_it && !is_refunded {
            wrong("its units went back, but none of its money");
        }
        if payment.token_kept {
            wrong("the card's token is kept, though it is used up");
        }
        if gateway.is_some_and(|held| held.state == "authorised") {
            wrong("money is still held");
        }
    }
    let unpaid = sqlx::query_scalar!(
        "SELECT id FROM reservations WHERE event_id = $1 AND state = 'converted'
         AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.reservation_id = reservations.id AND o.state IN ('paid', 'refunded'))",
        evidence.event.0
    )
    .fetch_all(evidence.pool)
    .await?;
    violations.extend(unpaid.iter().map(|id| format!("reservation {id} is converted, but there is no paid order")));
    let still_out = sqlx::query_scalar!(
        "SELECT o.number FROM orders o JOIN refunds f ON f.order_id = o.id
         JOIN reservations r ON r.id = o.reservation_id
         WHERE o.event_id = $1 AND f.state = 'refunded' AND f.put_back AND r.state <> 'cancelled'",
        evidence.event.0
    )
    .fetch_all(evidence.pool)
    .await?;
    violations.extend(still_out.iter().map(|number| format!("order {number}: its units were to go back, and did not")));
    if kept_minor != paid_minor {
        violations.push(format!("the gateway keeps {kept_minor}, paid orders say {paid_minor}"));
    }
    let double_charges = charges.values().filter(|captures| **captures > 1).count();
    violations.extend(
        charges.iter().filter(|(_, captures)| **captures > 1).map(|(id, n)| format!("{id} was charged {n} times")),
    );
    Ok(Money {
        looked_at: format!("{} payments, {paid_minor} minor units", payments.len()),
        violations,
        double_charges,
    })
}
