//! Which of several Redis servers is the primary: what their Sentinels say.
//!
//! A wrong answer breaks no promise: whoever writes to a server that is behind, or no longer the primary, is found out
//! by the fence of each commit and by the record (`docs/cluster.md`). So they are asked again and again, and the newest
//! word counts.

use std::collections::HashMap;
use std::str::FromStr;
use std::time::Duration;

use futures_util::future::join_all;
use redis::RedisResult;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tls::Trust;
use tokio::sync::watch;

use crate::server;

/// How often the Sentinels are asked.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long one may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);

/// Some Sentinels, and what they call the servers that they watch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sentinels {
    /// `redis`, or `rediss` over TLS: for Sentinels and Redis alike.
    scheme: &'static str,
    /// For Redis, as it stands in a URL: `user:password@`, or nothing.
    login: String,
    /// Each as `host:port`.
    addresses: Vec<String>,
    name: String,
}

impl Sentinels {
    pub(crate) const EXPECTED: &str =
        "redis+sentinel://host:port,host:port,host:port/NAME (rediss+sentinel:// over TLS)";

    /// Whether a URL names Sentinels, not Redis itself.
    pub(crate) fn are_meant(url: &str) -> bool {
        Self::split(url).is_some()
    }

    /// Whether they, and Redis, are asked over TLS.
    pub(crate) fn are_over_tls(&self) -> bool {
        self.scheme == "rediss"
    }

    fn split(url: &str) -> Option<(&'static str, &str)> {
        let plain = url.strip_prefix("redis+sentinel://").map(|rest| ("redis", rest));
        plain.or_else(|| url.strip_prefix("rediss+sentinel://").map(|rest| ("rediss", rest)))
    }
}

impl FromStr for Sentinels {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let read = || {
            let (scheme, rest) = Self::split(url)?;
            let (servers, name) = rest.split_once('/')?;
            let (login, addresses) = servers.rsplit_once('@').unwrap_or(("", servers));
            let addresses: Vec<String> = addresses.split(',').map(str::to_owned).collect();
            let is_address = |text: &String| {
                text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
            };
            let login = if login.is_empty() { String::new() } else { format!("{login}@") };
            let good = !name.is_empty() && !name.contains('/') && addresses.iter().all(is_address);
            good.then(|| Self { scheme, login, addresses, name: name.to_owned() })
        };
        read().ok_or_else(|| format!("must be {}", Self::EXPECTED))
    }
}

/// Keeps a connection to the primary, wherever it is, until nobody wants one any more.
pub(super) async fn follow(sentinels: Sentinels, trust: Trust, primary: watch::Sender<Option<ConnectionManager>>) {
    let connections = sentinels.addresses.iter().filter_map(|address| {
        let asked = to_sentinel(&format!("{}://{address}/", sentinels.scheme), &trust);
        asked.inspect_err(|error| tracing::error!(address, %error, "a Sentinel cannot be asked")).ok()
    });
    let connections: Vec<ConnectionManager> = connections.collect();
    let (mut known, mut silent) = (None, false);
    loop {
        let newest = newest_word(&connections, &sentinels.name).await;
        if newest.is_none() && !silent {
            tracing::warn!(name = sentinels.name, "no Sentinel says where Redis is");
        }
        silent = newest.is_none();
        if let Some(address) = newest
            && known.as_ref() != Some(&address)
        {
            match server::connect(&format!("{}://{}{address}/", sentinels.scheme, sentinels.login), &trust) {
                Ok(connection) => {
                    tracing::info!(address, before = known, "the primary of Redis");
                    primary.send_replace(Some(connection));
                    known = Some(address);
                }
                Err(error) => tracing::error!(address, %error, "the primary of Redis cannot be connected to"),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = primary.closed() => return,
        }
    }
}

fn to_sentinel(url: &str, trust: &Trust) -> RedisResult<ConnectionManager> {
    let once = ConnectionManagerConfig::new()
        .set_response_timeout(Some(ANSWER_TIMEOUT))
        .set_connection_timeout(Some(ANSWER_TIMEOUT))
        .set_number_of_retries(0);
    ConnectionManager::new_lazy_with_config(server::client(url, trust)?, once)
}

/// Of what those who answer say, the latest decision: one that is cut off from the others may still tell an older.
async fn newest_word(sentinels: &[ConnectionManager], name: &str) -> Option<String> {
    let words = join_all(sentinels.iter().map(|sentinel| ask(sentinel.clone(), name))).await;
    let newest = words.into_iter().flatten().max_by_key(|(epoch, _)| *epoch);
    newest.map(|(_, address)| address)
}

/// Where one Sentinel says the primary is, and how new that is.
async fn ask(mut sentinel: ConnectionManager, name: &str) -> RedisResult<(u64, String)> {
    // The state alone names the old address until all replicas have turned to the new one.
    let ((host, port), state): ((String, u16), HashMap<String, String>) = redis::pipe()
        .cmd("SENTINEL")
        .arg("GET-MASTER-ADDR-BY-NAME")
        .arg(name)
        .cmd("SENTINEL")
        .arg("MASTER")
        .arg(name)
        .query_async(&mut sentinel)
        .await?;
    let epoch = state.get("config-epoch").and_then(|epoch| epoch.parse().ok()).unwrap_or(0);
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    Ok((epoch, format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_the_sentinels_and_what_they_watch() {
        let plain: Sentinels = "redis+sentinel://a:1,b:2/shop".parse().expect("readable");
        assert_eq!((plain.login.as_str(), plain.name.as_str()), ("", "shop"));
        assert_eq!(plain.addresses, ["a:1", "b:2"]);
        let with_login: Sentinels = "redis+sentinel://me:s@cret@[::1]:1/shop".parse().expect("readable");
        assert_eq!((with_login.login.as_str(), with_login.addresses[0].as_str()), ("me:s@cret@", "[::1]:1"));
    }
}
