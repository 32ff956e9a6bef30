//! The sandbox gateway, spoken to over HTTP.

use std::time::Duration;

use anyhow::Context;
use meter::Label;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tls::Trust;

use super::counted::counted;
use super::gateway::{Authorisation, Changes, Gateway, GatewayError, GatewayFuture, Refund, RefundRequest, Wish};
use crate::meters::Call;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// An answer that takes longer counts as none. Shorter than the lease of a payment.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes of a refusal that are looked at.
const REFUSAL_BYTES_MAX: u64 = 4 * 1024;
/// Characters of a gateway's reason that are kept.
const REASON_LENGTH_MAX: usize = 200;

/// The gateway at a URL.
pub struct SandboxGateway {
    client: Client,
    base: String,
}

impl SandboxGateway {
    /// For the gateway at `base`, as `https://host:port`.
    ///
    /// # Errors
    /// When that is no HTTP URL.
    pub fn new(base: &str, trust: &Trust) -> anyhow::Result<Self> {
        let url = reqwest::Url::parse(base).context("FLASHLINE_GATEWAY_URL: must be an http:// or https:// URL")?;
        anyhow::ensure!(
            matches!(url.scheme(), "http" | "https"),
            "FLASHLINE_GATEWAY_URL: must be an http:// or https:// URL"
        );
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .tls_backend_preconfigured(trust.client_config()?)
            .build()?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned() })
    }

    fn act(&self, id: &str, call: Call) -> GatewayFuture<'_, Authorisation> {
        let action = call.word();
        let request = self.client.post(format!("{}/v1/authorisations/{id}/{action}", self.base));
        Box::pin(ask(call, request.header("idempotency-key", format!("{id}:{action}"))))
    }
}

impl Gateway for SandboxGateway {
    fn open<'a>(&'a self, wish: &'a Wish) -> GatewayFuture<'a, String> {
        let request = self.client.post(format!("{}/v1/authorisations", self.base)).json(wish);
        let request = request.header("idempotency-key", format!("{}:open", wish.reference));
        Box::pin(async {
            let opened: Authorisation = ask(Call::Open, request).await?;
            Ok(opened.id)
        })
    }

    fn authorise<'a>(&'a self, id: &'a str, wish: &'a Wish) -> GatewayFuture<'a, Authorisation> {
        let request = self.client.post(format!("{}/v1/authorisations/{id}/authorise", self.base)).json(wish);
        Box::pin(ask(Call::Authorise, request.header("idempotency-key", format!("{}:authorise", wish.reference))))
    }

    fn look<'a>(&'a self, id: &'a str) -> GatewayFuture<'a, Authorisation> {
        Box::pin(ask(Call::Look, self.client.get(format!("{}/v1/authorisations/{id}", self.base))))
    }

    fn capture<'a>(&'a self, id: &'a str) -> GatewayFuture<'a, Authorisation> {
        self.act(id, Call::Capture)
    }

    fn void<'a>(&'a self, id: &'a str) -> GatewayFuture<'a, Authorisation> {
        self.act(id, Call::Void)
    }

    fn refund<'a>(&'a self, wish: &'a RefundRequest) -> GatewayFuture<'a, Refund> {
        let request = self.client.post(format!("{}/v1/refunds", self.base)).json(wish);
        Box::pin(ask(Call::Refund, request.header("idempotency-key", format!("{}:refund", wish.reference))))
    }

    fn look_at_refund<'a>(&'a self, id: &'a str) -> GatewayFuture<'a, Refund> {
        Box::pin(ask(Call::Look, self.client.get(format!("{}/v1/refunds/{id}", self.base))))
    }

    fn changes<'a>(&'a self, since: Option<&'a str>) -> GatewayFuture<'a, Changes> {
        let request = self.client.get(format!("{}/v1/changes", self.base));
        Box::pin(ask(Call::Changes, request.query(&[("since", since.unwrap_or("0"))])))
    }
}

async fn ask<T: DeserializeOwned>(call: Call, request: RequestBuilder) -> Result<T, GatewayError> {
    counted(call, answer(call, request)).await
}

async fn answer<T: DeserializeOwned>(call: Call, request: RequestBuilder) -> Result<T, GatewayError> {
    let unknown = |error: reqwest::Error| GatewayError::Transient(error.without_url().to_string());
    let response = request.send().await.map_err(unknown)?;
    match response.status() {
        status if status.is_success() => response.json().await.map_err(unknown),
        status @ (StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS) => {
            Err(GatewayError::Transient(format!("gateway answered {status}")))
        }
        status if status.is_server_error() => Err(GatewayError::Transient(format!("gateway answered {status}"))),
        status => {
            let why = match call {
                Call::Open | Call::Authorise => None, // it might repeat the card's token
                _ => reason(response).await,
            };
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            Err(GatewayError::Permanent(format!("gateway answered {status}{why}")))
        }
    }
}

/// What a gateway says in the problem that it answers with, if it says it in a way that we can read. That it refused
/// stands by its status alone.
async fn reason(response: Response) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        detail: String,
    }
    response.content_length().filter(|length| *length <= REFUSAL_BYTES_MAX)?;
    let problem: Problem = response.json().await.ok()?;
    Some(problem.detail.chars().filter(|c| !c.is_control()).take(REASON_LENGTH_MAX).collect())
}
