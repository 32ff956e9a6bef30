//! A relay of a small chain of drand's, which signs its rounds itself: its HTTP API as drand describes it, and keys, rounds and
//! signatures of the same scheme.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use blst::min_sig::SecretKey;
use sale::draw::{Chain, ChainHash, PublicKey, Signature};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use crate::builder::Builder;

/// What the hashes to the curve are for, in the scheme `bls-unchained-g1-rfc9380`.
const DOMAIN: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
const PERIOD_S: u64 = 1;
/// How old the chain is, in seconds.
const AGE_S: u64 = 3_600;

/// The chain and its relay. It ends with the test's runtime.
pub struct Drand {
    url: String,
    /// The chain.
    pub chain: Chain,
    is_silent: Arc<AtomicBool>,
}

struct Relay {
    key: SecretKey,
    chain: Chain,
    is_silent: Arc<AtomicBool>,
}

impl Drand {
    /// A new chain, with a round each second.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start() -> anyhow::Result<Self> {
        let key = SecretKey::key_gen(&rand::random::<[u8; 32]>(), &[]);
        let key = key.map_err(|error| anyhow::anyhow!("no key: {error:?}"))?;
        let chain = Chain {
            hash: ChainHash(rand::random()),
            public_key: PublicKey(key.sk_to_pk().to_bytes()),
            genesis_s: clock::now().0 / 1_000 - AGE_S,
            period_s: PERIOD_S,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.context("the relay cannot listen")?;
        let url = format!("http://{}", listener.local_addr()?);
        let is_silent = Arc::new(AtomicBool::new(false));
        let relay = Relay { key, chain, is_silent: Arc::clone(&is_silent) };
        let routes = Router::new()
            .route("/{chain}/public/{round}", get(public))
            .route("/liar/{chain}/public/{round}", get(lie))
            .with_state(Arc::new(relay));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { url, chain, is_silent })
    }

    /// A system whose draws may use it. Relays in front of it are of no use: nobody listens, and one tells what is not signed.
    pub fn relayed_to(&self, builder: Builder) -> Builder {
        builder
            .setting("FLASHLINE_DRAND_URL", &format!("http://127.0.0.1:9,{0}/liar,{0}", self.url))
            .setting("FLASHLINE_DRAND_CHAIN", &self.chain.hash.to_string())
            .setting("FLASHLINE_DRAND_PUBLIC_KEY", &self.chain.public_key.to_string())
            .setting("FLASHLINE_DRAND_GENESIS_SECONDS", &self.chain.genesis_s.to_string())
            .setting("FLASHLINE_DRAND_PERIOD_SECONDS", &self.chain.period_s.to_string())
    }

    /// From now on the relay has no round, or has all that are out again.
    pub fn be_silent(&self, is_silent: bool) {
        self.is_silent.store(is_silent, Ordering::Relaxed);
    }
}

/// As drand: 425 for what is to come.
async fn public(
    State(relay): State<Arc<Relay>>,
    Path((chain, round)): Path<(String, u64)>,
) -> Result<Json<Value>, StatusCode> {
    if relay.is_silent.load(Ordering::Relaxed) {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    if chain != relay.chain.hash.to_string() {
        return Err(StatusCode::NOT_FOUND);
    }
    if clock::now() < relay.chain.time_of(round) {
        return Err(StatusCode::TOO_EARLY);
    }
    Ok(Json(relay.told(round, round)))
}

/// Tells every round, also what is to come, with a signature of another.
async fn lie(State(relay): State<Arc<Relay>>, Path((_, round)): Path<(String, u64)>) -> Json<Value> {
    Json(relay.told(round, round + 1))
}

impl Relay {
    /// A round, signed as another perhaps.
    fn told(&self, round: u64, signed_as: u64) -> Value {
        let message = Sha256::digest(signed_as.to_be_bytes());
        let signature = Signature(self.key.sign(&message, DOMAIN, &[]).to_bytes());
        json!({ "round": round, "randomness": signature.randomness(), "signature": signature })
    }
}
