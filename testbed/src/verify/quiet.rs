//! Waiting until nothing is under way any more.

use std::time::Duration;

use tokio::time::Instant;

use super::Evidence;

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What is still under way when the time is up; nothing, when it came to rest.
pub(super) async fn wait(evidence: &mut Evidence<'_>, within: Duration) -> anyhow::Result<Vec<String>> {
    let give_up = Instant::now() + within;
    loop {
        let busy = match busy(evidence).await {
            Ok(busy) => busy,
            Err(error) if Instant::now() > give_up => return Err(error),
            Err(error) => vec![error.to_string()],
        };
        if busy.is_empty() || Instant::now() > give_up {
            return Ok(busy);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn busy(evidence: &mut Evidence<'_>) -> anyhow::Result<Vec<String>> {
    let mut busy = Vec::new();
    let row = sqlx::query!(
        r#"SELECT l.seq,
             (SELECT count(*) FROM payments p WHERE p.event_id = l.event_id
                AND p.state NOT IN ('captured', 'declined', 'voided', 'capture_failed')) AS "payments!",
             (SELECT count(*) FROM refunds f JOIN orders o ON o.id = f.order_id
                WHERE o.event_id = l.event_id AND (f.state IN ('requested', 'pending')
                  OR (f.state = 'refunded' AND f.put_back AND f.put_back_at IS NULL))) AS "refunds!",
             (SELECT count(*) FROM outbox x WHERE x.event_id = l.event_id) AS "outbox!",
             (SELECT count(*) FROM reservations r WHERE r.event_id = l.event_id AND r.state IN ('active', 'standby')) AS "open!"
           FROM event_lines l WHERE l.event_id = $1"#,
        evidence.event.0
    )
    .fetch_one(evidence.pool)
    .await?;
    for (what, count) in [
        ("payments", row.payments),
        ("refunds", row.refunds),
        ("messages", row.outbox),
        ("open reservations", row.open),
    ] {
        if count > 0 {
            busy.push(format!("{count} {what} under way"));
        }
    }
    match inventory::read_head(&mut evidence.redis, evidence.event).await? {
        None => busy.push("no inventory in Redis".to_owned()),
        Some(head) if u64::try_from(row.seq).ok() != Some(head.seq) => {
            busy.push(format!("round {} of {} recorded", row.seq, head.seq));
        }
        Some(head) if head.lobby.entered > 0 => busy.push(format!("{} entries to be drawn", head.lobby.entered)),
        Some(_) => {}
    }
    Ok(busy)
}
