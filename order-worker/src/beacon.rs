//! The beacon of draws: which round counts is said once the entries of a lobby are published; once it is out, it is fetched and
//! checked, and the line may draw. While it cannot be had, the sale waits: nothing else takes its place.

use std::time::Duration;

use ::beacon::Relays;
use record::{PgPool, beacons, draws};
use sale::draw::{Chain, Seed, Signature};
use sale::ids::EventId;
use sale::time::UnixMs;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::meters::{self, RoundEnd};

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often is looked whether the chain can be heard: before an organiser relies on it, and before a sale needs it.
const HEAR_EVERY: Duration = Duration::from_secs(60);
/// A round that is this old is out at every relay, in milliseconds.
const OUT_FOR_SURE_MS: u64 = 5_000;

/// Serves the draws that wait for a round, until told to stop. The chain is the one for new sales.
pub(crate) async fn run(pool: PgPool, relays: Relays, chain: Chain, shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut heard_at = Instant::now();
    let mut hear_next = heard_at;
    while tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await.is_err() {
        if !relays.is_empty() && Instant::now() >= hear_next {
            hear_next = Instant::now() + HEAR_EVERY;
            match hear(&pool, &relays, &chain).await {
                Ok(()) => heard_at = Instant::now(),
                Err(error) => tracing::warn!(error = format!("{error:#}"), "the randomness beacon is not heard"),
            }
        }
        let since = if relays.is_empty() { Duration::ZERO } else { heard_at.elapsed() };
        meters::BEACON_HEARD.set(since.as_secs_f64());
        match beacons::awaited(&pool).await {
            Ok(awaited) => serve(&pool, &relays, awaited).await,
            Err(error) => {
                retry::again("beacon");
                tracing::debug!(%error, "which draws wait for a beacon cannot be read");
            }
        }
    }
    Ok(())
}

async fn serve(pool: &PgPool, relays: &Relays, awaited: Vec<EventId>) {
    for event in awaited {
        if let Err(error) = step(pool, relays, event).await {
            retry::again("beacon");
            tracing::error!(%event, error = format!("{error:#}"), "a draw waits for its beacon, and its sale for the draw");
        }
    }
}

/// Whether the chain can be heard, for new sales.
async fn hear(pool: &PgPool, relays: &Relays, chain: &Chain) -> anyhow::Result<()> {
    let now = clock::now().0.saturating_sub(OUT_FOR_SURE_MS);
    fetch(relays, chain, chain.latest_by(UnixMs(now))).await?;
    let is_the_same = beacons::heard(pool, chain).await?;
    anyhow::ensure!(is_the_same, "FLASHLINE_DRAND_CHAIN was another chain before: key, genesis or period differ");
    Ok(())
}

/// Says which round counts, or draws by it once it is out.
async fn step(pool: &PgPool, relays: &Relays, event: EventId) -> anyhow::Result<()> {
    let Some(draw) = draws::find(pool, event).await? else { return Ok(()) };
    let (Some(beacon), Some(sealed)) = (draw.beacon, draw.sealed) else { return Ok(()) };
    let now = clock::now();
    let Some(round) = beacon.counting else {
        // By what is published, not by when this is asked: so anybody can check it, and nobody can choose it by keeping us from asking.
        let round = beacon.chain.counting(beacon.lobby_closes_at, clock::from_utc(sealed.at));
        if round != beacon.named() {
            tracing::warn!(%event, round, named = beacon.named(), "entries were published late: a later round counts");
        }
        return Ok(beacons::count_on(pool, event, round).await?);
    };
    if now < beacon.chain.time_of(round) {
        return Ok(());
    }
    let signature = fetch(relays, &beacon.chain, round).await?;
    let randomness = signature.randomness();
    let seed = Seed::of(event, &draw.secret, sealed.root, sealed.entries, Some(randomness));
    if draws::order(pool, event, seed, signature).await? {
        tracing::info!(%event, round, %randomness, "the beacon has said what orders the draw");
    }
    Ok(())
}

async fn fetch(relays: &Relays, chain: &Chain, round: u64) -> anyhow::Result<Signature> {
    let fetched = relays.signature(chain, round).await;
    meters::BEACON_ROUNDS.one(if fetched.is_ok() { RoundEnd::Had } else { RoundEnd::Missed });
    Ok(fetched?)
}
