//! What every handler needs, made once.

use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Extensions;
use axum::http::HeaderMap;
use moka::sync::Cache;
use redis::aio::ConnectionManager;
use sale::ids::{AttemptKey, EventId, ShopperId};
use sqlx::PgPool;
use wiring::amqp::Broker;
use wiring::catalogue::Catalogue;
use wiring::http::Peer;
use wiring::session::SessionKeys;

use crate::admin::Nudges;
use crate::admission::{Network, Rates, client_address};
use crate::attempt_id::AttemptIds;
use crate::auth::AdminTokens;
use crate::heads::Heads;
use crate::line::Lines;
use crate::progress::Board;

/// Clicks remembered, to recognise a key that comes again with another body without asking the line.
const CLICKS_MAX: u64 = 200_000;
/// How long a click is remembered.
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
    pub(crate) ids: AttemptIds,
    pub(crate) clicks: Clicks,
    pub(crate) sessions: SessionKeys,
    pub(crate) session_lasts: Duration,
    pub(crate) socket_urls: Vec<String>,
    pub(crate) trusted_proxies: Vec<Network>,
    pub(crate) admins: AdminTokens,
    pub(crate) nudges: Nudges,
    pub(crate) broker: Broker,
    pub(crate) redis: ConnectionManager,
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

/// Clicks of late: which body each came with.
pub(crate) struct Clicks(Cache<(EventId, AttemptKey), [u8; 4]>);

impl Clicks {
    pub(crate) fn new() -> Self {
        Self(Cache::builder().max_capacity(CLICKS_MAX).time_to_live(CLICKS_KEPT_FOR).build())
    }

    /// The body that this click came with before.
    pub(crate) fn known(&self, event: EventId, key: AttemptKey) -> Option<[u8; 4]> {
        self.0.get(&(event, key))
    }

    /// Remembers a click that goes into the line.
    pub(crate) fn remember(&self, event: EventId, key: AttemptKey, body: [u8; 4]) {
        self.0.insert((event, key), body);
    }
}
