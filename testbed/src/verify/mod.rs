//! The verifier: holds what shoppers saw against PostgreSQL, Redis and the gateway, promise by promise.

mod coupons;
mod draw;
mod hoarding;
mod journal;
mod limits;
mod lobby;
mod money;
mod quiet;
mod series;
mod standby;
mod tiers;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use anyhow::Context;
use inventory::Connection;
use sale::answer::Answer;
use sale::ids::{AttemptId, EventId};
use sale::time::UnixMs;
use serde::Serialize;
use sqlx::PgPool;

use crate::diary::Diary;
use journal::Journal;

/// Violations listed by name at most, for each promise.
const LISTED_MAX: usize = 10;

/// Where to look.
pub struct Evidence<'a> {
    /// Which sale.
    pub event: EventId,
    /// What shoppers saw.
    pub diaries: &'a [Diary],
    /// The system of record.
    pub pool: &'a PgPool,
    /// The hot inventory.
    pub redis: Connection,
    /// The gateways: each lists what it has at `/v1/authorisations`, as the sandbox does.
    pub gateway_urls: Vec<String>,
}

/// How many outcomes of a sale were decided between two times.
pub(crate) async fn decided_within(
    pool: &PgPool,
    event: EventId,
    from: UnixMs,
    until: UnixMs,
) -> anyhow::Result<usize> {
    let journal = Journal::read(pool, event).await?;
    let within = |at: UnixMs| from < at && at < until;
    Ok(journal.outcomes().filter(|(report, _)| within(report.decided_at)).count())
}

/// One promise, and whether it was kept.
#[derive(Clone, Debug, Serialize)]
pub struct Promise {
    /// What was promised.
    pub promise: &'static str,
    /// Whether it was kept.
    pub kept: bool,
    /// How often it was broken.
    pub violations: usize,
    /// What was looked at, or what is wrong.
    pub detail: String,
}

impl Promise {
    /// Kept, if nothing violates it.
    pub fn of(promise: &'static str, looked_at: String, violations: Vec<String>) -> Self {
        let listed: Vec<&str> = violations.iter().take(LISTED_MAX).map(String::as_str).collect();
        let detail = if violations.is_empty() { looked_at } else { listed.join("; ") };
        Self { promise, kept: violations.is_empty(), violations: violations.len(), detail }
    }
}

/// What the verifier found.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// All promises.
    pub promises: Vec<Promise>,
    /// Attempts in the journal.
    pub decided: usize,
    /// Reservations, from the start or from standby.
    pub granted: usize,
    /// Units sold beyond the allocation.
    pub oversold: u64,
    /// Accepted attempts without an answer.
    pub unanswered: usize,
    /// Attempts with two different answers.
    pub answered_twice: usize,
    /// Grants out of order.
    pub order_inversions: usize,
    /// Reservations charged more than once.
    pub double_charges: usize,
}

impl Verdict {
    /// Whether all promises were kept.
    pub fn is_good(&self) -> bool {
        self.promises.iter().all(|promise| promise.kept)
    }

    /// For a test: panics with what is wrong.
    ///
    /// # Panics
    /// When a promise was broken.
    pub fn assert_good(&self) {
        let broken: Vec<&Promise> = self.promises.iter().filter(|promise| !promise.kept).collect();
        assert!(broken.is_empty(), "{broken:#?}");
    }
}

/// A sale that closes while it is judged decides another round, and is judged again; so often at most.
const JUDGED_MAX: u32 = 3;

/// How long a system may take to come to rest.
const QUIET_WITHIN: Duration = Duration::from_secs(60);

/// Waits until the system is quiet, then judges.
///
/// # Errors
/// When the evidence cannot be read.
pub async fn verify(evidence: Evidence<'_>) -> anyhow::Result<Verdict> {
    verify_within(evidence, QUIET_WITHIN).await
}

/// The same for a system that comes to rest within this time.
///
/// # Errors
/// When the evidence cannot be read.
pub async fn verify_within(mut evidence: Evidence<'_>, quiet_within: Duration) -> anyhow::Result<Verdict> {
    let mut tries = 0;
    loop {
        let settled = quiet::wait(&mut evidence, quiet_within).await?;
        let judged_at = inventory::read_head(&mut evidence.redis, evidence.event).await?;
        let verdict = judge(&mut evidence, settled).await?;
        tries += 1;
        if tries == JUDGED_MAX || inventory::read_head(&mut evidence.redis, evidence.event).await? == judged_at {
            return Ok(verdict);
        }
    }
}

async fn judge(evidence: &mut Evidence<'_>, settled: Vec<String>) -> anyhow::Result<Verdict> {
    let sale = record::catalogue::load(evidence.pool, evidence.event).await?.context("no such sale")?;
    let journal = Journal::read(evidence.pool, evidence.event).await?;

    let drawn = record::draws::find(evidence.pool, evidence.event).await?;

    let stock = journal.oversold(&sale.rules);
    let answers = answers(evidence, &journal);
    let order = standby::out_of_turn(&journal);
    let arrival = arrival_inversions(evidence.diaries, &journal);
    let money = money::check(evidence).await?;
    let across = series::check(evidence.pool, evidence.event, &sale.rules).await?;
    let verdict = Verdict {
        decided: journal.answers.len(),
        granted: journal.granted,
        oversold: stock.units,
        unanswered: answers.unanswered.len(),
        answered_twice: answers.twice.len(),
        order_inversions: order.len() + arrival.len(),
        double_charges: money.double_charges,
        promises: vec![
            Promise::of("the system comes to rest", "line, payments and outbox are empty".into(), settled),
            Promise::of("no oversell", format!("{} rounds replayed", journal.rounds), stock.violations),
            Promise::of("every 202 is answered", format!("{} accepted attempts", answers.accepted), answers.unanswered),
            Promise::of("no attempt is answered twice", format!("{} answers", journal.answers.len()), answers.twice),
            Promise::of("told and recorded are the same", format!("{} answers", answers.accepted), answers.differing),
            Promise::of(
                "grants follow the line, standby is served in order",
                format!("{} grants", journal.granted),
                order,
            ),
            Promise::of(
                "who clicked after another's 202 is served after",
                format!("{} attempts", answers.accepted),
                arrival,
            ),
            Promise::of(
                "entries are decided in the order of the draw",
                format!("{} entries", journal.lobby.entered.len()),
                draw::check(&journal, &sale.rules, drawn.as_ref()),
            ),
            Promise::of("limits per shopper hold", "every round".into(), limits::check(&journal, &sale.rules)),
            Promise::of("limits per shopper hold across the sales of a series", across.looked_at, across.violations),
            Promise::of("standby ends only when nothing can come back", "every place".into(), standby::ends(&journal)),
            Promise::of("units keep their tier", "every grant".into(), tiers::check(&journal, &sale.rules)),
            Promise::of(
                "a coupon is kept, and never used too often",
                "every grant".into(),
                coupons::check(&journal, &sale.rules),
            ),
            Promise::of(
                "who hoards is served last, and nobody else is",
                "every answer".into(),
                hoarding::check(&journal, &sale.rules),
            ),
            Promise::of("money adds up", money.looked_at, money.violations),
            Promise::of("Redis and PostgreSQL agree", "every item".into(), agreement(evidence).await?),
        ],
    };
    Ok(verdict)
}

struct Answers {
    accepted: usize,
    unanswered: Vec<String>,
    twice: Vec<String>,
    differing: Vec<String>,
}

/// Every 202 against what its shopper was told, and what is recorded.
fn answers(evidence: &Evidence<'_>, journal: &Journal) -> Answers {
    let mut found =
        Answers { accepted: 0, unanswered: Vec::new(), twice: journal.twice.clone(), differing: Vec::new() };
    for seen in evidence.diaries.iter().map(|diary| &diary.seen) {
        let Some((_, attempt)) = seen.accepted else { continue };
        found.accepted += 1;
        // That an entry is in gives way to what was drawn for it.
        let is_last = |answer: &&str| *answer != "entered" || seen.answers.len() == 1;
        let told: Vec<&str> = seen.answers.iter().map(String::as_str).filter(is_last).collect();
        match (told.as_slice(), journal.answers.get(&attempt)) {
            ([], _) => found.unanswered.push(format!("{attempt} heard nothing")),
            (_, None) => found.unanswered.push(format!("{attempt} is not recorded")),
            ([told], Some((_, answer))) if *told == word(answer) => {}
            ([told], Some((_, answer))) => {
                found.differing.push(format!("{attempt} was told {told}, recorded is {}", word(answer)));
            }
            (several, _) => found.twice.push(format!("{attempt} was told {}", several.join(" and "))),
        }
    }
    found
}

fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Reserved(_) => "reserved",
        Answer::Standby { .. } | Answer::Behind { .. } => "standby",
        Answer::SoldOut { .. } => "sold_out",
        Answer::Refused(_) => "refused",
        Answer::Entered { .. } => "entered",
    }
}

/// An attempt that was sent after another's 202 had come must stand behind it in the journal. (Attempts under
/// way at the same time may be in either order.)
fn arrival_inversions(diaries: &[Diary], journal: &Journal) -> Vec<String> {
    let mut placed: Vec<(usize, f64, f64, uuid::Uuid)> = diaries
        .iter()
        .filter_map(|diary| {
            let (accepted_ms, attempt) = diary.seen.accepted?;
            if journal.lobby.entered.contains_key(&AttemptId(attempt)) {
                return None; // its place was drawn
            }
            let (index, _) = journal.answers.get(&attempt)?;
            Some((*index, diary.seen.sent_ms, accepted_ms, attempt))
        })
        .collect();
    placed.sort_unstable_by_key(|(index, ..)| *index);
    let mut earliest_behind = f64::MAX;
    let mut inversions = Vec::new();
    for (_, sent_ms, accepted_ms, attempt) in placed.iter().rev() {
        if earliest_behind < *sent_ms {
            inversions.push(format!("{attempt} stands before one that was accepted before it was sent"));
        }
        earliest_behind = earliest_behind.min(*accepted_ms);
    }
    inversions
}

/// Counts and live reservations, side by side.
async fn agreement(evidence: &mut Evidence<'_>) -> anyhow::Result<Vec<String>> {
    let Some(head) = inventory::read_head(&mut evidence.redis, evidence.event).await? else {
        return Ok(vec!["Redis has no inventory".to_owned()]);
    };
    let seq = sqlx::query_scalar!("SELECT seq FROM event_lines WHERE event_id = $1", evidence.event.0)
        .fetch_one(evidence.pool)
        .await?;
    let mut differences = Vec::new();
    if u64::try_from(seq).ok() != Some(head.seq) {
        differences.push(format!("Redis is at round {}, PostgreSQL at {seq}", head.seq));
    }
    let rows =
        sqlx::query!(r#"SELECT id, item_no, state, quantity FROM reservations WHERE event_id = $1"#, evidence.event.0)
            .fetch_all(evidence.pool)
            .await?;
    let mut units: HashMap<(i32, &str), u32> = HashMap::new();
    for row in &rows {
        *units.entry((row.item_no, row.state.as_str())).or_default() += u32::try_from(row.quantity).unwrap_or(0);
    }
    for (item, counts) in (0i32..).zip(&head.items) {
        let recorded = |state| units.get(&(item, state)).copied().unwrap_or(0);
        if (counts.held, counts.sold) != (recorded("active"), recorded("converted")) {
            differences.push(format!(
                "item {item}: Redis {}/{} held/sold, PostgreSQL {}/{}",
                counts.held,
                counts.sold,
                recorded("active"),
                recorded("converted")
            ));
        }
    }
    let keys = inventory::keys::Keys::new(evidence.event, head.incarnation);
    let live: Vec<Vec<u8>> = redis::cmd("HKEYS").arg(&keys.live).query_async(&mut evidence.redis).await?;
    let recorded: HashSet<Vec<u8>> = rows.iter().map(|row| row.id.as_bytes()[..8].to_vec()).collect();
    let missing = live.iter().filter(|key| !recorded.contains(*key)).count();
    if missing > 0 || live.len() != recorded.len() {
        differences.push(format!("Redis knows {} reservations, PostgreSQL {}", live.len(), recorded.len()));
    }
    Ok(differences)
}
