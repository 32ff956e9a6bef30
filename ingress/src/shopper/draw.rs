//! What is published of a draw: enough for anybody to check it (`docs/draw.md`).

use std::io;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, future};
use record::beacons::Beacon;
use record::draws::{self, Draw};
use sale::draw::{EntryDigest, Signature};
use sale::ids::EventId;
use sale::rules::Status;
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::Path;
use crate::problems::{ApiError, Kind, PublicProblems};
use crate::reads::Reads;

/// A CDN may hold it for a second.
const CACHEABLE: HeaderValue = HeaderValue::from_static("public, max-age=1");
/// What never changes any more.
const FOR_A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");
/// Files of entries that one process sends at a time: each may be of 65 MB.
const FILES_MAX: usize = 8;
static FILES: Semaphore = Semaphore::const_new(FILES_MAX);

/// A draw, as far as it may be known. Bytes are hexadecimal digits.
#[derive(Serialize, ToSchema)]
pub(crate) struct DrawView {
    event_id: Uuid,
    /// SHA-256 of the secret.
    commitment: String,
    /// When the secret was made, Unix ms.
    made_at_ms: u64,
    /// When the lobby was sealed, Unix ms: its entries are published. Absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed_at_ms: Option<u64>,
    /// How many entries were in the lobby when it closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<u64>,
    /// The Merkle root over their digests.
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
    /// What is said of the randomness beacon; null where none takes part. Then whoever knew the secret could have added entries
    /// until the order suited them.
    beacon: Option<BeaconView>,
    /// The seller's part of the seed; with the seed, absent until the beacon's round is out.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// What orders the entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<String>,
}

/// A randomness beacon: a chain of drand.
#[derive(Serialize, ToSchema)]
pub(crate) struct BeaconView {
    /// How its rounds are signed: `bls-unchained-g1-rfc9380`.
    scheme: &'static str,
    /// What the chain is called: relays tell a round at `/{chain}/public/{round}`.
    chain: String,
    public_key: String,
    /// When its round 1 came, Unix seconds.
    genesis_s: u64,
    /// From one round to the next, in seconds.
    period_s: u64,
    /// The round that was named before the lobby opened: the first that comes ten seconds after it closes, or later.
    named_round: u64,
    /// The round that counts: the one that was named, or a later one if the entries were published too late for that.
    round: u64,
    /// When that comes, Unix ms.
    round_at_ms: u64,
    /// The chain's signature of it, once it is out.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    /// The SHA-256 of the signature: what goes into the seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    randomness: Option<String>,
}

impl BeaconView {
    fn of(beacon: &Beacon, signature: Option<Signature>) -> Self {
        let chain = &beacon.chain;
        Self {
            scheme: "bls-unchained-g1-rfc9380",
            chain: chain.hash.to_string(),
            public_key: chain.public_key.to_string(),
            genesis_s: chain.genesis_s,
            period_s: chain.period_s,
            named_round: beacon.named(),
            round: beacon.round(),
            round_at_ms: chain.time_of(beacon.round()).0,
            signature: signature.map(|signature| signature.to_string()),
            randomness: signature.map(|signature| signature.randomness().to_string()),
        }
    }
}

/// The draw of a sale
///
/// Its commitment, and the beacon's round, from the beginning; what stands for all entries once the lobby is sealed; and once the
/// round is out, everything that the order follows from.
#[utoipa::path(get, path = "/api/v1/sales/{event}/draw", tag = "sales", security(()),
    params(("event" = Uuid, Path, description = "The sale event")),
    responses((status = 200, body = DrawView), PublicProblems))]
pub(crate) async fn show(State(reads): State<Arc<Reads>>, Path(event): Path<EventId>) -> Result<Response, ApiError> {
    let draw = find(&reads, event).await?;
    let sealed = draw.sealed;
    let order = sealed.and_then(|sealed| sealed.order);
    let view = DrawView {
        event_id: event.0,
        commitment: draw.commitment.to_string(),
        made_at_ms: clock::from_utc(draw.made_at).0,
        sealed_at_ms: sealed.map(|sealed| clock::from_utc(sealed.at).0),
        entries: sealed.map(|sealed| sealed.entries),
        root: sealed.map(|sealed| sealed.root.to_string()),
        beacon: draw.beacon.map(|beacon| BeaconView::of(&beacon, order.and_then(|order| order.signature))),
        secret: order.map(|_| hex::encode(draw.secret.0)),
        seed: order.map(|order| hex::encode(order.seed.0)),
    };
    Ok(([(header::CACHE_CONTROL, CACHEABLE)], Json(view)).into_response())
}

/// The entries of a draw
///
/// The digests of all entries, sorted, one a line; once the lobby is sealed.
#[utoipa::path(get, path = "/api/v1/sales/{event}/draw/entries", tag = "sales", security(()),
    params(("event" = Uuid, Path, description = "The sale event")),
    responses((status = 200, body = String, content_type = "text/plain"), PublicProblems))]
pub(crate) async fn entries(State(reads): State<Arc<Reads>>, Path(event): Path<EventId>) -> Result<Response, ApiError> {
    sealed(&reads, event).await?;
    lines(draws::digests(reads.postgres.clone(), event), FOR_A_DAY)
}

/// The entries of a draw as they were decided
///
/// The same digests, in the order in which the line decided them; for as long as the sale's journal is kept.
#[utoipa::path(get, path = "/api/v1/sales/{event}/draw/decided", tag = "sales", security(()),
    params(("event" = Uuid, Path, description = "The sale event")),
    responses((status = 200, body = String, content_type = "text/plain"), PublicProblems))]
pub(crate) async fn decided(State(reads): State<Arc<Reads>>, Path(event): Path<EventId>) -> Result<Response, ApiError> {
    sealed(&reads, event).await?;
    if reads.sale(event).await?.cleared {
        return Err(Kind::NotFound.because("the journal of this sale is no longer kept"));
    }
    lines(draws::decided(reads.postgres.clone(), event), CACHEABLE)
}

async fn find(reads: &Reads, event: EventId) -> Result<Draw, ApiError> {
    let sale = reads.sale(event).await?;
    let draw = match sale.rules.status(clock::now()) {
        Status::Draft => None,
        _ => draws::find(&reads.postgres, event).await?,
    };
    draw.ok_or_else(|| Kind::NotFound.because("this sale does not start by draw"))
}

async fn sealed(reads: &Reads, event: EventId) -> Result<(), ApiError> {
    match find(reads, event).await?.sealed {
        Some(_) => Ok(()),
        None if reads.sale(event).await?.rules.stopped_at.is_some() => {
            Err(Kind::NotFound
                .because("the sale was stopped before its lobby was closed and sealed: nothing was drawn"))
        }
        None => Err(Kind::NotFound.because("its entries are published once the lobby is closed")),
    }
}

/// Digests as text. Sent as they are read: there may be a million.
fn lines<E: std::fmt::Display>(
    digests: impl Stream<Item = Result<Vec<EntryDigest>, E>> + Send + 'static,
    cacheable: HeaderValue,
) -> Result<Response, ApiError> {
    let Ok(file) = FILES.try_acquire() else {
        return Err(Kind::Unavailable.because("many are reading such files at the moment").retry_after_s(5));
    };
    let text = digests.filter_map(move |digests| {
        let _until_sent = &file;
        future::ready(match digests {
            Ok(digests) if digests.is_empty() => None,
            Ok(digests) => {
                Some(Ok(Bytes::from(digests.iter().map(|digest| format!("{digest}\n")).collect::<String>())))
            }
            Err(error) => {
                tracing::warn!(%error, "a published file was broken off");
                Some(Err(io::Error::other("broken off")))
            }
        })
    });
    let about = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CACHE_CONTROL, cacheable),
    ];
    Ok((about, Body::from_stream(text)).into_response())
}
