//! What every handler needs, made once.

use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Extensions;
use axum::http::HeaderMap;
use broker::Broker;
use catalogue::Catalogue;
use inventory::Connection;
use recent::Generations;
use sale::ids::{AttemptKey, ShopperId};
use service::address::{Network, client_address};
use service::http::Peer;
use session::SessionKeys;
use sqlx::PgPool;

use crate::admin::{Nudges, Refusals};
use crate::admission::{Guesses, Rates};
use crate::attempt_id::AttemptIds;
use crate::auth::AdminTokens;
use crate::heads::Heads;
use crate::line::Lines;
use crate::progress::Board;

/// Clicks in a generation, to recognise a key that comes again with another body without asking the line.
pub(crate) const CLICKS_MAX: usize = 100_000;
/// How long a generation gathers clicks at most.
pub(crate) const CLICKS_KEPT_FOR: Duration = Duration::from_secs(15 * 60);

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
    /// Which body each click came with of late.
    pub(crate) clicks: Generations<AttemptKey, [u8; 4]>,
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
