//! Who calls, and how much they may.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Extensions, HeaderMap};
use customer::Customers;
use customer::account::Accounts;
use email::Keys;
use ended::EndedSessions;
use sale::ids::ShopperId;
use service::address::{Network, client_address};
use service::http::Peer;
use session::KnownSessions;

use crate::admission::{Codes, Guesses, Rates, SignOuts};
use crate::auth::cookie::ConsoleCookie;
use crate::auth::refusals::Refusals;
use crate::auth::tokens::AdminTokens;
use crate::checks::Checks;

/// What tells callers apart, and what limits them.
pub(crate) struct Callers {
    pub(crate) sessions: KnownSessions,
    pub(crate) session_lasts: Duration,
    /// Sessions that were ended, here and at other doors.
    pub(crate) ended: EndedSessions,
    /// Who signs out, and how often.
    pub(crate) sign_outs: SignOuts,
    /// Those who can sign in, where a shop vouches for any.
    pub(crate) customers: Option<Arc<Customers>>,
    /// Those who can sign in at the OpenID provider, where there is one.
    pub(crate) accounts: Option<Arc<Accounts>>,
    pub(crate) socket_urls: Vec<String>,
    pub(crate) admins: Arc<AdminTokens>,
    /// What sessions of organisers are kept by in browsers.
    pub(crate) console: ConsoleCookie,
    /// Times an hour that an organiser may sign in, or change what they sign in with; 0 for any number.
    pub(crate) sign_ins_max: u32,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) trusted_proxies: Vec<Network>,
    pub(crate) rates: Arc<Rates>,
    pub(crate) guesses: Guesses,
    /// Keys of addresses, where shoppers can sign in by e-mail.
    pub(crate) emails: Option<Keys>,
    /// Codes by e-mail that are asked for.
    pub(crate) codes: Codes,
    /// What asks guests to show something.
    pub(crate) checks: Arc<Checks>,
    /// Payments of one address, card or shopper that may be declined within ten minutes; 0 for any number.
    pub(crate) declines_max: u32,
}

impl Callers {
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
