//! Draws: their secrets, and what is published of them. A lobby is sealed once it is closed and all of it is recorded; its
//! order is known then, or once a beacon's round is out.

use chrono::{DateTime, Utc};
use futures_util::{Stream, TryStreamExt};
use sale::answer::{Change, News};
use sale::draw::{Commitment, Entries, EntryDigest, Root, Secret, Seed, Signature};
use sale::ids::{AttemptId, EventId};
use sale::report::RoundReport;
use sale::wire;
use sqlx::{PgConnection, PgPool};

use crate::beacons::{self, Beacon};
use crate::columns::bytes_of;
use crate::lobby::Entries as Lobby;
use crate::restoration::RestorationError;
use crate::{to_i64, to_u64};

/// Digests in one part of the published entries: 320 KB.
const PART: usize = 10_000;
/// Rounds read at a time.
const ROUNDS_PAGE: i64 = 200;

/// A draw, as far as it has come.
#[derive(Clone, Debug)]
pub struct Draw {
    /// Not to be told before the order is known.
    pub secret: Secret,
    /// What is told of it from the beginning.
    pub commitment: Commitment,
    /// When the secret was made.
    pub made_at: DateTime<Utc>,
    /// Whose randomness goes into the seed, if anybody's.
    pub beacon: Option<Beacon>,
    /// Once the lobby is closed.
    pub sealed: Option<Sealed>,
}

/// The entries of a closed lobby, as they are published.
#[derive(Clone, Copy, Debug)]
pub struct Sealed {
    /// When.
    pub at: DateTime<Utc>,
    /// How many entries there are.
    pub entries: u64,
    /// What stands for all of them.
    pub root: Root,
    /// At once, or with a beacon when its round is out.
    pub order: Option<Order>,
}

/// What orders the entries.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// What they are ordered by.
    pub seed: Seed,
    /// Of the beacon's round, if there is a beacon.
    pub signature: Option<Signature>,
}

/// Keeps the secret of an event's draw, unless it has one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn make(transaction: &mut PgConnection, event: EventId, secret: &Secret) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO draws (event_id, secret, commitment) VALUES ($1, $2, $3) ON CONFLICT (event_id) DO NOTHING",
        event.0,
        &secret.0[..],
        &secret.commitment().0[..]
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// The draw of an event, if it has one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn find(pool: &PgPool, event: EventId) -> sqlx::Result<Option<Draw>> {
    let mut connection = pool.acquire().await?;
    let row = sqlx::query!(
        r#"SELECT d.secret, d.commitment, d.made_at, d.sealed_at, d.entries, d.root, d.seed, d.beacon_signature,
                  e.lobby_closes_at AS "closes_at!"
           FROM draws d JOIN sale_events e ON e.id = d.event_id WHERE d.event_id = $1 AND e.lobby_opens_at IS NOT NULL"#,
        event.0
    );
    let Some(row) = row.fetch_optional(&mut *connection).await? else { return Ok(None) };
    let beacon = beacons::of(&mut connection, event, clock::from_utc(row.closes_at)).await?;
    let order = match row.seed {
        Some(seed) => {
            let signature = row.beacon_signature.map(|bytes| bytes_of(bytes).map(Signature)).transpose()?;
            Some(Order { seed: Seed(bytes_of(seed)?), signature })
        }
        None => None,
    };
    let sealed = match (row.sealed_at, row.entries, row.root) {
        (Some(at), Some(entries), Some(root)) => {
            Some(Sealed { at, entries: to_u64(entries), root: Root(bytes_of(root)?), order })
        }
        _ => None,
    };
    let (secret, commitment) = (Secret(bytes_of(row.secret)?), Commitment(bytes_of(row.commitment)?));
    Ok(Some(Draw { secret, commitment, made_at: row.made_at, beacon, sealed }))
}

/// Events whose lobby is closed and recorded, and not sealed yet. Nobody asks for the order of a sale that was stopped.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn due(pool: &PgPool) -> sqlx::Result<Vec<EventId>> {
    let due = sqlx::query_scalar!(
        "SELECT d.event_id FROM draws d JOIN sale_events e ON e.id = d.event_id JOIN event_lines l ON l.event_id = d.event_id
         WHERE d.sealed_at IS NULL AND e.scheduled AND e.lobby_opens_at IS NOT NULL AND e.stopped_at IS NULL
           AND (l.head #>> '{lobby,closed}')::boolean"
    );
    Ok(due.fetch_all(pool).await?.into_iter().map(EventId).collect())
}

/// The entries of a lobby, as the journal tells them.
///
/// # Errors
/// When PostgreSQL does not answer, or has a round that cannot be read.
pub async fn entries(pool: &PgPool, event: EventId) -> Result<Vec<AttemptId>, RestorationError> {
    let mut lobby = Lobby::default();
    let mut rounds = std::pin::pin!(rounds(pool.clone(), event));
    while let Some(round) = rounds.try_next().await? {
        lobby.follow(round);
    }
    Ok(lobby.entered().collect())
}

/// Seals a lobby: publishes its entries; and where no beacon is waited for, what orders them, so that the line knows. Whether
/// nobody had done so before, and the sale was not stopped meanwhile.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn seal(pool: &PgPool, event: EventId, entries: &Entries, seed: Option<Seed>) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let sealed = is_running(&mut transaction, event).await?
        && sqlx::query!(
            "UPDATE draws SET sealed_at = now(), entries = $2, root = $3, seed = $4,
                              ordered_at = CASE WHEN $4::bytea IS NOT NULL THEN now() END
             WHERE event_id = $1 AND sealed_at IS NULL",
            event.0,
            to_i64(entries.count()),
            &entries.root().0[..],
            seed.map(|seed| seed.0.to_vec())
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected()
            > 0;
    if !sealed {
        transaction.rollback().await?;
        return Ok(false);
    }
    for (part, digests) in (0..).zip(entries.sorted().chunks(PART)) {
        let digests: Vec<u8> = digests.iter().flat_map(|digest| digest.0).collect();
        sqlx::query!("INSERT INTO draw_entries (event_id, part, digests) VALUES ($1, $2, $3)", event.0, part, digests)
            .execute(&mut *transaction)
            .await?;
    }
    // They are published from now on, by whichever clock is ahead: a round that is out by now must not count.
    let published = sqlx::query!(
        "UPDATE draws SET sealed_at = greatest(clock_timestamp(), $2) WHERE event_id = $1",
        event.0,
        clock::to_utc(clock::now())
    );
    published.execute(&mut *transaction).await?;
    crate::events::touch(&mut transaction, event).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Lets the line know the order of a sealed lobby, now that the beacon's round is out. Whether nobody had done so before, and
/// the sale was not stopped meanwhile.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn order(pool: &PgPool, event: EventId, seed: Seed, signature: Signature) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let ordered = is_running(&mut transaction, event).await?
        && sqlx::query!(
            "UPDATE draws SET seed = $2, beacon_signature = $3, ordered_at = now()
             WHERE event_id = $1 AND ordered_at IS NULL AND beacon_round IS NOT NULL",
            event.0,
            &seed.0[..],
            &signature.0[..]
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected()
            > 0;
    if ordered {
        crate::events::touch(&mut transaction, event).await?;
    }
    transaction.commit().await?;
    Ok(ordered)
}

/// Locks an event; whether it was not stopped.
async fn is_running(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<bool> {
    let is_running = sqlx::query_scalar!(
        r#"SELECT stopped_at IS NULL AS "is_running!" FROM sale_events WHERE id = $1 FOR UPDATE"#,
        event.0
    );
    is_running.fetch_one(transaction).await
}

/// The digests of all entries of a sealed lobby, sorted, some at a time.
pub fn digests(pool: PgPool, event: EventId) -> impl Stream<Item = sqlx::Result<Vec<EntryDigest>>> + Send + 'static {
    futures_util::stream::try_unfold(0, move |part| {
        let pool = pool.clone();
        async move {
            let digests = sqlx::query_scalar!(
                "SELECT digests FROM draw_entries WHERE event_id = $1 AND part = $2",
                event.0,
                part
            );
            let Some(digests) = digests.fetch_optional(&pool).await? else { return Ok(None) };
            let digests = digests.as_chunks::<32>().0.iter().copied().map(EntryDigest).collect();
            Ok(Some((digests, part + 1)))
        }
    })
}

/// The digests of the entries that were decided, in the order in which they were, by round; as long as the journal is kept.
pub fn decided(
    pool: PgPool,
    event: EventId,
) -> impl Stream<Item = Result<Vec<EntryDigest>, RestorationError>> + Send + 'static {
    rounds(pool, event).map_ok(move |round| {
        let drawn = round.outcomes.iter().filter(|outcome| matches!(outcome.news, News::Change(Change::Drawn(..))));
        drawn.map(|outcome| EntryDigest::of(event, outcome.attempt)).collect()
    })
}

/// The rounds of an event in their order, some at a time.
fn rounds(pool: PgPool, event: EventId) -> impl Stream<Item = Result<RoundReport, RestorationError>> + Send + 'static {
    let pages = futures_util::stream::try_unfold(0, move |after| {
        let pool = pool.clone();
        async move {
            let page = sqlx::query!(
                "SELECT seq, report FROM rounds WHERE event_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                event.0,
                after,
                ROUNDS_PAGE
            );
            let page = page.fetch_all(&pool).await?;
            let Some(last) = page.last().map(|row| row.seq) else { return Ok::<_, RestorationError>(None) };
            let rounds = page.into_iter().map(|row| Ok(wire::decode::<RoundReport>(&row.report)?));
            Ok(Some((futures_util::stream::iter(rounds.collect::<Vec<_>>()), last)))
        }
    });
    pages.try_flatten()
}
