//! Reconciliation: Redis, PostgreSQL and the gateway side by side. Every difference is reported; what can
//! be mended safely is: money held for a payment that is over is let go.

use std::collections::HashMap;
use std::time::Duration;

use sale::ids::EventId;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::payments::gateway::{Authorisation, AuthorisationState};
use crate::{Context, meters};

/// Reads of one event, while its record is still catching up with Redis, before it counts as not quiet.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);
/// A payment that changed more recently may differ for good reason.
const SETTLED_AFTER_S: f64 = 60.0;

/// Something that two of the three tell differently.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// A stable snake_case word.
    pub kind: &'static str,
    /// Which event, payment or order.
    pub subject: String,
    /// What each says.
    pub detail: String,
    /// Whether it has been mended.
    pub mended: bool,
}

/// Compares again and again until told to stop.
pub(crate) async fn run(context: Context, every: Duration, shutdown: CancellationToken) -> anyhow::Result<()> {
    loop {
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = shutdown.cancelled() => return Ok(()),
        }
        match compare(&context).await {
            Ok(differences) => {
                show(&differences);
                for difference in differences {
                    tracing::warn!(
                        kind = difference.kind,
                        subject = difference.subject,
                        mended = difference.mended,
                        "difference: {}",
                        difference.detail
                    );
                }
            }
            Err(error) => {
                meters::COMPARISONS.one("failed");
                tracing::warn!(error = format!("{error:#}"), "could not compare");
            }
        }
    }
}

fn show(differences: &[Difference]) {
    meters::COMPARISONS.one("done");
    let (mended, left): (Vec<_>, Vec<_>) = differences.iter().partition(|difference| difference.mended);
    meters::MENDED.add(mended.len() as u64);
    for kind in meters::DIFFERENCE_KINDS {
        meters::DIFFERENCES.set(kind, left.iter().filter(|difference| difference.kind == kind).count() as f64);
    }
}

/// Compares once and prints what it found, as JSON.
pub(crate) async fn once(context: &Context) -> anyhow::Result<()> {
    let differences = compare(context).await?;
    println!("{}", serde_json::to_string_pretty(&differences)?);
    anyhow::ensure!(differences.iter().all(|difference| difference.mended), "{} differences", differences.len());
    Ok(())
}

async fn compare(context: &Context) -> anyhow::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    let events = sqlx::query_scalar!(
        "SELECT event_id FROM event_lines l JOIN sale_events e ON e.id = l.event_id
         WHERE l.seq > 0 AND coalesce(e.settled_at, now()) > now() - interval '1 day'"
    )
    .fetch_all(&context.pool)
    .await?;
    for event in events {
        differences.extend(compare_event(context, EventId(event)).await?);
    }
    differences.extend(compare_gateway(context).await?);
    differences.extend(compare_orders(context).await?);
    Ok(differences)
}

/// The counts in Redis against the rows in PostgreSQL, as of the same round.
async fn compare_event(context: &Context, event: EventId) -> anyhow::Result<Option<Difference>> {
    let mut redis = context.redis.clone();
    for _ in 0..TRIES {
        let Some(head) = inventory::read_head(&mut redis, event).await? else {
            return Ok(Some(difference("no_inventory", event, "Redis holds no inventory of this event".into())));
        };
        // One statement, so one snapshot.
        let rows = sqlx::query!(
            r#"SELECT l.seq AS "seq!", r.item_no AS "item_no?", r.state AS "state?",
                      COALESCE(sum(r.quantity), 0)::bigint AS "units!"
               FROM event_lines l
               LEFT JOIN reservations r ON r.event_id = l.event_id AND r.state IN ('active', 'converted')
               WHERE l.event_id = $1 GROUP BY l.seq, r.item_no, r.state"#,
            event.0
        )
        .fetch_all(&context.pool)
        .await?;
        if rows.first().and_then(|row| u64::try_from(row.seq).ok()) != Some(head.seq) {
            tokio::time::sleep(BETWEEN_TRIES).await;
            continue;
        }
        let mut recorded: HashMap<(i32, String), i64> = HashMap::new();
        for row in rows {
            if let (Some(item), Some(state)) = (row.item_no, row.state) {
                recorded.insert((item, state), row.units);
            }
        }
        for (item, counts) in (0i32..).zip(&head.items) {
            let units = |state: &str| recorded.get(&(item, state.to_owned())).copied().unwrap_or(0);
            let (held, sold) = (units("active"), units("converted"));
            if (held, sold) != (i64::from(counts.held), i64::from(counts.sold)) {
                let detail = format!(
                    "item {item}: Redis has {} held and {} sold, PostgreSQL {held} and {sold}, at round {}",
                    counts.held, counts.sold, head.seq
                );
                return Ok(Some(difference("inventory_differs", event, detail)));
            }
        }
        return Ok(None);
    }
    Ok(None) // busy: the next comparison may find it quiet
}

/// The gateway's authorisations against our payments.
async fn compare_gateway(context: &Context) -> anyhow::Result<Vec<Difference>> {
    let held = context.gateway.list().await?;
    let references: Vec<Uuid> = held.iter().map(|held| held.reference).collect();
    let payments: HashMap<Uuid, Recorded> = sqlx::query_as!(
        Recorded,
        r#"SELECT p.id, p.state, p.amount_minor, p.currency, p.gateway_ref,
                  p.updated_at < now() - make_interval(secs => $2) AS "settled!",
                  (SELECT coalesce(sum(r.amount_minor), 0)::bigint FROM refunds r
                   WHERE r.payment_id = p.id AND r.state = 'refunded') AS "refunded_minor!",
                  NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id
                              AND (r.state IN ('requested', 'pending')
                                   OR r.updated_at > now() - make_interval(secs => $2))) AS "refunds_settled!"
           FROM payments p WHERE p.id = ANY($1)"#,
        &references,
        SETTLED_AFTER_S
    )
    .fetch_all(&context.pool)
    .await?
    .into_iter()
    .map(|row| (row.id, row))
    .collect();

    let mut differences = Vec::new();
    for held in &held {
        if held.captures > 1 {
            differences.push(difference("captured_twice", held.reference, format!("{} captures", held.captures)));
        }
        let Some(payment) = payments.get(&held.reference) else {
            differences.push(difference("unknown_payment", held.reference, format!("gateway has {:?}", held.state)));
            continue;
        };
        differences.extend(compare_money(held, payment));
        if payment.settled {
            differences.extend(compare_state(context, held, &payment.state).await);
        }
    }
    Ok(differences)
}

/// A payment as we have it.
struct Recorded {
    id: Uuid,
    state: String,
    amount_minor: i64,
    currency: String,
    gateway_ref: Option<String>,
    settled: bool,
    refunded_minor: i64,
    refunds_settled: bool,
}

/// What the gateway holds or has taken, and what it has given back. Nothing is wrong about a hold over something
/// else that was let go.
fn compare_money(held: &Authorisation, payment: &Recorded) -> Option<Difference> {
    let counts = matches!(held.state, AuthorisationState::Authorised | AuthorisationState::Captured);
    if counts && held.currency != payment.currency {
        let detail = format!("gateway {}, here {}", held.currency, payment.currency);
        return Some(difference("currency_differs", held.reference, detail));
    }
    if counts && held.amount_minor != payment.amount_minor {
        let detail = format!("gateway {} minor units, here {}", held.amount_minor, payment.amount_minor);
        return Some(difference("amount_differs", held.reference, detail));
    }
    if let Some(ours) = payment.gateway_ref.as_ref().filter(|ours| counts && payment.settled && **ours != held.id) {
        let detail = format!("gateway has {} under it, here it is {ours}", held.id);
        return Some(difference("reference_differs", held.reference, detail));
    }
    let captured = held.captured_minor;
    if payment.settled && payment.state == "captured" && captured > 0 && captured != payment.amount_minor {
        let detail = format!("gateway took {captured} minor units, here {}", payment.amount_minor);
        return Some(difference("amount_differs", held.reference, detail));
    }
    let is_kept = payment.settled && payment.refunds_settled && payment.state == "captured";
    if is_kept && held.refunded_minor != payment.refunded_minor {
        let detail = format!("gateway gave {} minor units back, here {}", held.refunded_minor, payment.refunded_minor);
        return Some(difference("refund_differs", held.reference, detail));
    }
    None
}

async fn compare_state(context: &Context, held: &Authorisation, state: &str) -> Option<Difference> {
    let over = matches!(state, "declined" | "voided" | "capture_failed");
    match held.state {
        AuthorisationState::Authorised if over => {
            let mended = context.gateway.void(&held.id).await.is_ok();
            let detail = format!("money is still held for a payment that is {state}");
            Some(Difference { mended, ..difference("money_held", held.reference, detail) })
        }
        AuthorisationState::Captured if state != "captured" => {
            let detail = format!("captured at the gateway, {state} here");
            Some(difference("captured_not_recorded", held.reference, detail))
        }
        AuthorisationState::Authorised | AuthorisationState::Voided | AuthorisationState::Declined
            if state == "captured" =>
        {
            let detail = format!("captured here, {:?} at the gateway", held.state);
            Some(difference("recorded_not_captured", held.reference, detail))
        }
        _ => None,
    }
}

/// Orders against payments and reservations.
async fn compare_orders(context: &Context) -> anyhow::Result<Vec<Difference>> {
    let wrong = sqlx::query_scalar!(
        "SELECT o.number FROM orders o
         LEFT JOIN payments p ON p.id = o.payment_id
         LEFT JOIN reservations r ON r.id = o.reservation_id
         WHERE o.state = 'paid'
           AND (p.state IS DISTINCT FROM 'captured' OR r.state IS DISTINCT FROM 'converted'
                OR r.payment_id IS DISTINCT FROM o.payment_id OR p.amount_minor IS DISTINCT FROM o.total_minor)"
    )
    .fetch_all(&context.pool)
    .await?;
    let detail = "paid, but not by a captured payment of a converted reservation over the same amount";
    Ok(wrong.into_iter().map(|number| difference("order_unfounded", number, detail.into())).collect())
}

fn difference(kind: &'static str, subject: impl ToString, detail: String) -> Difference {
    Difference { kind, subject: subject.to_string(), detail, mended: false }
}
