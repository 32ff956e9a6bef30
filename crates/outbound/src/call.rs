//! One call, with its bounds.

use std::error::Error;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use tls::Trust;

use crate::{Permitted, Scheme};

/// From looking its name up to the end of what is read of its answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
const CONNECTS_WITHIN: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 2 * 1024;
/// Connections to one host that are kept for the next call, and for how long.
const KEPT_MAX: usize = 2;
const KEPT_FOR: Duration = Duration::from_secs(20);
/// What is said of a call that came to nothing.
const REASON_LENGTH_MAX: usize = 300;
const NAME: &str = concat!("Flashline/", env!("CARGO_PKG_VERSION"));

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// The beginning of its text, without what no log should have.
    pub text: String,
}

/// Why nothing was answered.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// It may not be called.
    #[error("not called: {0}")]
    Forbidden(String),
    /// It took too long.
    #[error("no answer within {} s", ANSWERS_WITHIN.as_secs())]
    TimedOut,
    /// Nobody there, or nobody who is who they should be.
    #[error("{0}")]
    Unreachable(String),
}

/// Calls what may be called.
#[derive(Clone, Debug)]
pub struct Caller {
    permitted: Permitted,
    https: Client,
    http: Client,
}

impl Caller {
    /// Believes whom all connections believe, and tells nobody who we are.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(permitted: Permitted, trust: &Trust) -> anyhow::Result<Self> {
        let client = |scheme| -> anyhow::Result<Client> {
            Ok(Client::builder()
                .tls_backend_preconfigured(trust.anonymous_config()?)
                .dns_resolver(Checked { permitted: permitted.clone(), scheme })
                .redirect(Policy::none())
                .no_proxy()
                .connect_timeout(CONNECTS_WITHIN)
                .timeout(ANSWERS_WITHIN)
                .pool_max_idle_per_host(KEPT_MAX)
                .pool_idle_timeout(KEPT_FOR)
                .user_agent(NAME)
                .build()?)
        };
        Ok(Self { https: client(Scheme::Https)?, http: client(Scheme::Http)?, permitted })
    }

    /// Posts a JSON text.
    ///
    /// # Errors
    /// When there is no answer. Any status is one.
    pub async fn post(&self, url: &str, mut headers: HeaderMap, json: String) -> Result<Answer, CallError> {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.post_bytes(url, headers, json.into_bytes()).await
    }

    /// Posts what its headers say it is.
    ///
    /// # Errors
    /// As with [`Self::post`].
    pub async fn post_bytes(&self, url: &str, headers: HeaderMap, bytes: Vec<u8>) -> Result<Answer, CallError> {
        let (scheme, url) = self.permitted.read(url).map_err(CallError::Forbidden)?;
        let client = match scheme {
            Scheme::Https => &self.https,
            Scheme::Http => &self.http,
        };
        let request = client.post(url).headers(headers).body(bytes);
        let response = request.send().await.map_err(why)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, text: beginning(response).await })
    }
}

/// What can be read of an answer. That its end is missing takes nothing from its status.
async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER_BYTES_MAX
        && let Ok(Some(chunk)) = response.chunk().await
    {
        bytes.extend_from_slice(&chunk[..chunk.len().min(ANSWER_BYTES_MAX - bytes.len())]);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

fn why(error: reqwest::Error) -> CallError {
    if error.is_timeout() {
        return CallError::TimedOut;
    }
    let mut said = String::new();
    let error = error.without_url();
    let mut next: Option<&dyn Error> = error.source();
    while let Some(cause) = next {
        if let Some(NotPermitted(name)) = cause.downcast_ref() {
            return CallError::Forbidden(format!("{name} has no address that may be called"));
        }
        let _ = write!(said, "{}{cause}", if said.is_empty() { "" } else { ": " });
        next = cause.source();
    }
    if said.is_empty() {
        said = error.to_string();
    }
    CallError::Unreachable(said.chars().filter(|c| !c.is_control()).take(REASON_LENGTH_MAX).collect())
}

/// Looks names up, and gives out only addresses that may be called: the connection goes to one of these.
struct Checked {
    permitted: Permitted,
    scheme: Scheme,
}

/// A name without an address that may be called.
#[derive(Debug, thiserror::Error)]
#[error("{0} has no address that may be called")]
struct NotPermitted(String);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (permitted, scheme) = (self.permitted.clone(), self.scheme);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let may: Vec<SocketAddr> = found.filter(|at| permitted.may_be_called(scheme, at.ip())).collect();
            if may.is_empty() {
                return Err(NotPermitted(name.as_str().to_owned()).into());
            }
            Ok(Box::new(may.into_iter()) as Addrs)
        })
    }
}
