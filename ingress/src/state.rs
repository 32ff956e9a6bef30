//! What every handler needs, made once.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::Extensions;
use axum::http::HeaderMap;
use sale::ids::{AttemptKey, ShopperId};
use sqlx::PgPool;
use wiring::address::{Network, client_address};
use wiring::amqp::Broker;
use wiring::catalogue::Catalogue;
use wiring::http::Peer;
use wiring::redis::Connection;
use wiring::session::SessionKeys;

use crate::admin::{Nudges, Refusals};
use crate::admission::{Guesses, Rates};
use crate::attempt_id::AttemptIds;
use crate::auth::AdminTokens;
use crate::heads::Heads;
use crate::line::Lines;
use crate::progress::Board;

/// Clicks in a generation, to recognise a key that comes again with another body without asking the line.
const CLICKS_MAX: usize = 100_000;
/// How long a generation gathers clicks at most.
const CLICKS_KEPT_FOR: Duration = Duration::from_secs(15 * 60);

/// What every handler needs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

/// The parts, by name.
pub(crate) struct Parts {
    pub(crate) catalogue: Catalogue,
    pub(crate) board: Arc<Board>,
    pub(crate) heads: Heads,
    pub(crate) lines: Arc<Lines>,
    pub(crate) rates: Arc<Rates>,
    pub(crate) guesses: Guesses,
    /// Payments of one address, card or shopper that may be declined within ten minutes; 0 for any number.
    pub(crate) declines_max: u32,
    pub(crate) ids: AttemptIds,
    pub(crate) clicks: Clicks,
    pub(crate) sessions: SessionKeys,
    pub(crate) session_lasts: Duration,
    pub(crate) socket_urls: Vec<String>,
    pub(crate) trusted_proxies: Vec<Network>,
    pub(crate) admins: AdminTokens,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) nudges: Nudges,
    pub(crate) broker: Broker,
    pub(crate) redis: Connection,
    pub(crate) postgres: PgPool,
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Parts {
    /// Whose request it is, as far as addresses tell.
    pub(crate) fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> IpAddr {
        let peer: Option<SocketAddr> = extensions.get::<Peer>().map(|peer| peer.0);
        client_address(peer, headers, &self.trusted_proxies)
    }

    /// The WebSocket address for a shopper: always the same one of several.
    pub(crate) fn socket_url(&self, shopper: ShopperId) -> &str {
        let hash = shopper.0.as_u128() % self.socket_urls.len().max(1) as u128;
        usize::try_from(hash).ok().and_then(|index| self.socket_urls.get(index)).map_or("", String::as_str)
    }
}

/// Clicks of late: which body each came with. Two generations, the older of which is forgotten whole: less
/// exact than a cache with a time for each entry, and several times cheaper in the hot path.
pub(crate) struct Clicks(Mutex<Generations>);

struct Generations {
    young: HashMap<AttemptKey, [u8; 4]>,
    old: HashMap<AttemptKey, [u8; 4]>,
    began: Instant,
}

impl Clicks {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Generations { young: HashMap::new(), old: HashMap::new(), began: Instant::now() }))
    }

    /// The body that this click came with before.
    pub(crate) fn known(&self, key: AttemptKey) -> Option<[u8; 4]> {
        let clicks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clicks.young.get(&key).or_else(|| clicks.old.get(&key)).copied()
    }

    /// Remembers a click that goes into the line. The key names its event too.
    pub(crate) fn remember(&self, key: AttemptKey, body: [u8; 4]) {
        let mut clicks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if clicks.young.len() >= CLICKS_MAX || clicks.began.elapsed() > CLICKS_KEPT_FOR {
            clicks.old = std::mem::replace(&mut clicks.young, HashMap::with_capacity(CLICKS_MAX));
            clicks.began = Instant::now();
        }
        clicks.young.insert(key, body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clicks_are_remembered_for_a_generation_at_least_and_never_without_bound() {
        let key = |n: usize| AttemptKey((n as u64).to_be_bytes());
        let clicks = Clicks::new();
        for n in 0..2 * CLICKS_MAX {
            clicks.remember(key(n), [1; 4]);
        }
        assert_eq!(clicks.known(key(CLICKS_MAX)), Some([1; 4]));
        clicks.remember(key(2 * CLICKS_MAX), [2; 4]);
        assert_eq!(clicks.known(key(2 * CLICKS_MAX)), Some([2; 4]));
        assert_eq!(clicks.known(key(0)), None);
    }
}
