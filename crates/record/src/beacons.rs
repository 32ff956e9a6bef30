//! Randomness beacons: chains that were heard, and which round of one counts in a draw.

use sale::draw::{Chain, ChainHash, PublicKey};
use sale::ids::EventId;
use sale::time::UnixMs;
use sqlx::{PgConnection, PgPool};

use crate::columns::bytes_of;
use crate::{to_i64, to_u64};

/// For how long after it was heard last a chain is given to new sales, in minutes.
const USABLE_MINUTES: i32 = 10;

/// The beacon of a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beacon {
    /// Its chain.
    pub chain: Chain,
    /// When the lobby closes: which round is named follows from that.
    pub lobby_closes_at: UnixMs,
    /// The round that counts, once entries are published.
    pub counting: Option<u64>,
}

impl Beacon {
    /// The round that is named before the lobby opens.
    pub fn named(&self) -> u64 {
        self.chain.named(self.lobby_closes_at)
    }

    /// The round that counts, as far as is known by now.
    pub fn round(&self) -> u64 {
        self.counting.unwrap_or(self.named())
    }
}

/// Keeps that a round of a chain was heard, and checked, just now. Whether the chain is the one that was heard under this name
/// before.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn heard(pool: &PgPool, chain: &Chain) -> sqlx::Result<bool> {
    let heard = sqlx::query!(
        "INSERT INTO beacons (hash, public_key, genesis_s, period_s, heard_at) VALUES ($1, $2, $3, $4, now())
         ON CONFLICT (hash) DO UPDATE SET heard_at = now()
         WHERE (beacons.public_key, beacons.genesis_s, beacons.period_s)
             = (excluded.public_key, excluded.genesis_s, excluded.period_s)",
        &chain.hash.0[..],
        &chain.public_key.0[..],
        to_i64(chain.genesis_s),
        to_i64(chain.period_s)
    );
    Ok(heard.execute(pool).await?.rows_affected() > 0)
}

/// The chain for new sales: the one that was heard last, if that was not long ago.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn usable(db: &mut PgConnection) -> sqlx::Result<Option<Chain>> {
    let row = sqlx::query!(
        "SELECT hash, public_key, genesis_s, period_s FROM beacons
         WHERE heard_at > now() - make_interval(mins => $1) ORDER BY heard_at DESC LIMIT 1",
        USABLE_MINUTES
    );
    let Some(row) = row.fetch_optional(db).await? else { return Ok(None) };
    chain(row.hash, row.public_key, row.genesis_s, row.period_s).map(Some)
}

/// The beacon of an event's draw, if it has one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn of(db: &mut PgConnection, event: EventId, lobby_closes_at: UnixMs) -> sqlx::Result<Option<Beacon>> {
    let row = sqlx::query!(
        "SELECT b.hash, b.public_key, b.genesis_s, b.period_s, d.beacon_round
         FROM draws d JOIN beacons b ON b.hash = d.beacon WHERE d.event_id = $1",
        event.0
    );
    let Some(row) = row.fetch_optional(db).await? else { return Ok(None) };
    let chain = chain(row.hash, row.public_key, row.genesis_s, row.period_s)?;
    Ok(Some(Beacon { chain, lobby_closes_at, counting: row.beacon_round.map(to_u64) }))
}

/// Gives an event's draw a beacon, or none. Not once its lobby is open.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn put(transaction: &mut PgConnection, event: EventId, chain: Option<&Chain>) -> sqlx::Result<()> {
    let hash = chain.map(|chain| chain.hash.0.to_vec());
    let put = sqlx::query!("UPDATE draws SET beacon = $2 WHERE event_id = $1 AND sealed_at IS NULL", event.0, hash);
    put.execute(transaction).await.map(drop)
}

/// Draws whose entries are published, and that wait for a round. Nobody asks for the order of a sale that was stopped.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn awaited(pool: &PgPool) -> sqlx::Result<Vec<EventId>> {
    let awaited = sqlx::query_scalar!(
        "SELECT d.event_id FROM draws d JOIN sale_events e ON e.id = d.event_id
         WHERE d.sealed_at IS NOT NULL AND d.ordered_at IS NULL AND d.beacon IS NOT NULL AND e.stopped_at IS NULL"
    );
    Ok(awaited.fetch_all(pool).await?.into_iter().map(EventId).collect())
}

/// Says which round counts, now that the entries are published; unless that was said before.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn count_on(pool: &PgPool, event: EventId, round: u64) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    sqlx::query!("SELECT id FROM sale_events WHERE id = $1 FOR UPDATE", event.0).fetch_one(&mut *transaction).await?;
    let said = sqlx::query!(
        "UPDATE draws SET beacon_round = $2 WHERE event_id = $1 AND beacon_round IS NULL AND sealed_at IS NOT NULL",
        event.0,
        to_i64(round)
    );
    if said.execute(&mut *transaction).await?.rows_affected() > 0 {
        crate::events::touch(&mut transaction, event).await?;
    }
    transaction.commit().await
}

fn chain(hash: Vec<u8>, public_key: Vec<u8>, genesis_s: i64, period_s: i64) -> sqlx::Result<Chain> {
    Ok(Chain {
        hash: ChainHash(bytes_of(hash)?),
        public_key: PublicKey(bytes_of(public_key)?),
        genesis_s: to_u64(genesis_s),
        period_s: to_u64(period_s),
    })
}
