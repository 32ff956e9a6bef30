//! The provider, as its discovery document describes it: where it signs people in, where it takes codes, and its keys.

use std::pin::Pin;

use anyhow::{Context, ensure};
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse, TokenUrl,
};
use reqwest::Url;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tls::Trust;

use super::login::Login;
use super::settings::Client;
use super::{Account, Failure};
use crate::meters::Whose;
use crate::source::{Source, body, safe_url};
use crate::store::Store;
use crate::{Customers, Refusal};

/// Below the issuer (OpenID Connect Discovery, 4).
const DOCUMENT_AT: &str = "/.well-known/openid-configuration";
/// No more is asked for than who it is.
const SCOPE: &str = "openid";

/// What is needed of the discovery document.
#[derive(Clone, Deserialize, PartialEq, Eq)]
pub(super) struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// What an answer of the token endpoint has beside what OAuth says.
#[derive(Debug, Serialize, Deserialize)]
struct WithIdToken {
    id_token: String,
}

impl ExtraTokenFields for WithIdToken {}

type OAuth = oauth2::Client<
    BasicErrorResponse,
    StandardTokenResponse<WithIdToken, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// A provider that has described itself.
pub(super) struct Provider {
    document: Document,
    oauth: OAuth,
    pub(super) customers: Customers,
}

impl Document {
    /// Reads it where the issuer has it.
    ///
    /// # Errors
    /// When it cannot be had in time, or is somebody else's.
    pub(super) async fn read(http: &reqwest::Client, issuer: &str) -> anyhow::Result<Self> {
        let url = format!("{}{DOCUMENT_AT}", issuer.trim_end_matches('/'));
        let response = http.get(url).send().await.map_err(reqwest::Error::without_url)?;
        ensure!(response.status().is_success(), "{DOCUMENT_AT}: answered with {}", response.status());
        let document: Self = serde_json::from_slice(&body(response).await?)
            .with_context(|| format!("{DOCUMENT_AT}: not a discovery document"))?;
        ensure!(document.issuer == issuer, "{DOCUMENT_AT}: is of another issuer than FLASHLINE_OIDC_ISSUER");
        Ok(document)
    }
}

impl Provider {
    /// As it describes itself.
    ///
    /// # Errors
    /// When one of its addresses is none that can be trusted.
    pub(super) async fn open(document: Document, client: &Client, trust: &Trust) -> anyhow::Result<Self> {
        let url = |name: &str, text: &str| -> anyhow::Result<Url> {
            safe_url(text).map_err(|problem| anyhow::anyhow!("{DOCUMENT_AT}: {name}: {problem}"))
        };
        let jwks = Source::Url(url("jwks_uri", &document.jwks_uri)?);
        let keys = Store::open(Whose::Provider, jwks.reader(trust)?).await?;
        let methods = document.token_endpoint_auth_methods_supported.as_deref();
        let takes = |method: &str| methods.is_some_and(|methods| methods.iter().any(|known| known == method));
        let mut oauth = oauth2::Client::new(ClientId::new(client.id.clone()))
            // HTTP Basic is what all of them take that do not say otherwise.
            .set_auth_type(match takes("client_secret_post") && !takes("client_secret_basic") {
                true => AuthType::RequestBody,
                false => AuthType::BasicAuth,
            })
            .set_auth_uri(AuthUrl::from_url(url("authorization_endpoint", &document.authorization_endpoint)?))
            .set_token_uri(TokenUrl::from_url(url("token_endpoint", &document.token_endpoint)?))
            .set_redirect_uri(RedirectUrl::from_url(client.back_to.clone()));
        if let Some(secret) = &client.secret {
            oauth = oauth.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
        }
        let customers = Customers { issuer: client.issuer.clone(), audience: client.id.clone(), keys };
        Ok(Self { document, oauth, customers })
    }

    /// Whether it still describes itself so.
    pub(super) fn is_as(&self, document: &Document) -> bool {
        self.document == *document
    }

    /// Where somebody signs in.
    pub(super) fn sign_in_at(&self, login: &Login, state: String) -> Url {
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(login.verifier()));
        let (url, _) = self
            .oauth
            .authorize_url(|| CsrfToken::new(state))
            .add_scope(Scope::new(SCOPE.to_owned()))
            .add_extra_param("nonce", login.nonce())
            .set_pkce_challenge(challenge)
            .url();
        url
    }

    /// Who has signed in, by the code that they bring.
    ///
    /// # Errors
    /// When the provider does not say so in a way that can be believed.
    pub(super) async fn whom(&self, http: &reqwest::Client, login: &Login, code: &str) -> Result<Account, Failure> {
        let asked = self
            .oauth
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(login.verifier()));
        let tokens = asked.request_async(&Bounded(http.clone())).await.map_err(failure)?;
        let customer = self.customers.whom_signed_in(&tokens.extra_fields().id_token, &login.nonce()).await;
        customer.map_err(|refusal| match refusal {
            Refusal::KeysAway => Failure::Away,
            refusal => Failure::Token(refusal),
        })
    }
}

/// Why a call came to nothing, without what it was about.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
struct Unanswered(anyhow::Error);

/// Calls by our client, and no more of an answer than can be needed.
struct Bounded(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Bounded {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        let called = async {
            let request = reqwest::Request::try_from(request)?;
            let response = self.0.execute(request).await.map_err(reqwest::Error::without_url)?;
            let (status, headers) = (response.status(), response.headers().clone());
            let mut answer = HttpResponse::new(body(response).await?);
            (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
            anyhow::Ok(answer)
        };
        Box::pin(async { called.await.map_err(Unanswered) })
    }
}

/// What is logged has no code and no token in it, and of what the provider says the word alone, if it is one of RFC 6749's.
fn failure(error: RequestTokenError<Unanswered, BasicErrorResponse>) -> Failure {
    use BasicErrorResponseType as Word;
    let said = match &error {
        RequestTokenError::ServerResponse(said) => match said.error() {
            // Some say so of a code that is none.
            Word::InvalidGrant | Word::InvalidRequest => return Failure::Code,
            word @ (Word::InvalidClient
            | Word::UnauthorizedClient
            | Word::UnsupportedGrantType
            | Word::InvalidScope) => {
                tracing::error!(
                    error = word.as_ref(),
                    "the OpenID provider does not take this client: compare FLASHLINE_OIDC_… with what it has"
                );
                return Failure::Client;
            }
            Word::Extension(_) => "it answers with an error of its own".to_owned(),
        },
        RequestTokenError::Request(why) => why.to_string(),
        RequestTokenError::Parse(why, _) => format!("its answer is not as it should be, at {}", why.path()),
        RequestTokenError::Other(why) => why.clone(),
    };
    tracing::warn!(error = said, "the OpenID provider does not take a code");
    Failure::Away
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_refuses_is_told_from_one_that_is_away() {
        let says = |word: &str| {
            let said = serde_json::from_value(serde_json::json!({ "error": word })).expect("an error of OAuth");
            failure(RequestTokenError::ServerResponse(said))
        };
        for word in ["invalid_grant", "invalid_request"] {
            assert_eq!(says(word), Failure::Code, "{word}");
        }
        for word in ["invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"] {
            assert_eq!(says(word), Failure::Client, "{word}");
        }
        for word in ["server_error", "temporarily_unavailable", "slow_down"] {
            assert_eq!(says(word), Failure::Away, "{word}");
        }
        assert_eq!(failure(RequestTokenError::Other("no answer".to_owned())), Failure::Away);
    }
}
