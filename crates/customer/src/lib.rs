//! Whom a shop's token names, or that of the OpenID provider where its customers have their accounts: a customer, and the
//! shopper that this customer is here.
//!
//! ```text
//! token ─▶ token (size, form, claims) ─▶ store (which keys are believed) ─▶ key (the signature) ─▶ shopper
//!   ▲                                      ▲
//! account: signing in at the provider    source: the issuer's JWKS, by URL or from a file
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | `settings` | who the issuer is, and where its keys are |
//! | `token` | what a token must claim |
//! | `key`, `keys` | public keys, each with its one algorithm |
//! | `source` | reading the keys |
//! | `store` | the keys that are believed, and when they are read again |
//! | `shopper` | the shopper's id, from issuer and subject |
//! | [`account`] | signing in at the provider: there, back, and the ID token that it ends with |
//!
//! What may never happen: a token that is believed for what its own header says. The algorithm is the key's.

pub mod account;
mod key;
mod keys;
mod meters;
mod settings;
mod shopper;
mod source;
mod store;
#[cfg(test)]
mod testing;
mod token;

use std::fmt;

use sale::ids::ShopperId;
use tls::Trust;
use tokio_util::sync::CancellationToken;

pub use settings::Settings;
pub use shopper::shopper_of;

use crate::meters::Whose;
use crate::store::Store;
use crate::token::Token;

/// A customer of the shop, or somebody with an account. What the issuer calls them is theirs alone: it is not for logs, and not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Customer {
    /// Who they are here: the same on every device, at every door.
    pub shopper: ShopperId,
    /// What the issuer calls them: the token's `sub`.
    pub reference: String,
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Customer").field("shopper", &self.shopper).finish_non_exhaustive()
    }
}

/// Why a token is not believed. The texts are for who develops the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no token that anybody here could check.
    #[error("{0}")]
    Unreadable(&'static str),
    /// Its time is over.
    #[error("exp: the token has expired; get a new one from the shop")]
    Expired,
    /// Its time has not come.
    #[error("nbf: the token is not valid yet")]
    Early,
    /// Somebody else issued it.
    #[error("iss: not the issuer that is configured here")]
    Issuer,
    /// It is for somebody else.
    #[error("aud: not the audience that is configured here")]
    Audience,
    /// No key of the issuer's can have signed it.
    #[error("no key of the issuer's JWKS has the token's kid and alg; it is looked for at most every 10 s")]
    UnknownKey,
    /// A key of the issuer's was named, and did not sign it.
    #[error("the signature is not of the key that the token names")]
    Signature,
    /// It ends another sign-in, or none.
    #[error("nonce: not the one of this sign-in")]
    Nonce,
    /// Which keys the issuer has is not known at the moment.
    #[error("the issuer's keys cannot be read at the moment")]
    KeysAway,
}

/// The customers of one issuer.
pub struct Customers {
    issuer: String,
    audience: String,
    keys: Store,
}

impl Customers {
    /// As configured; nobody, where nothing is. Keys in a file are read now, those at a URL by [`Self::keep_current`].
    ///
    /// # Errors
    /// When the settings do not go together, or a file holds no keys. The message names the setting.
    pub async fn open(settings: &Settings, trust: &Trust) -> anyhow::Result<Option<Self>> {
        meter::register(meters::ALL);
        let Some((issuer, audience, source)) = settings.together()? else { return Ok(None) };
        let keys = Store::open(Whose::Shop, source.reader(trust)?).await?;
        Ok(Some(Self { issuer, audience, keys }))
    }

    /// Who issues the tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whom a token names.
    ///
    /// # Errors
    /// When it is not to be believed, or nobody can say at the moment.
    pub async fn whom(&self, token: &str) -> Result<Customer, Refusal> {
        let token = Token::read(token)?;
        token.check(&self.issuer, &self.audience, clock::now())?;
        self.signed_for(token).await
    }

    /// Whom an ID token names that ends a sign-in.
    ///
    /// # Errors
    /// As [`Self::whom`]; and when it ends another sign-in.
    async fn whom_signed_in(&self, token: &str, nonce: &str) -> Result<Customer, Refusal> {
        let token = Token::read(token)?;
        token.check(&self.issuer, &self.audience, clock::now())?;
        token.check_sign_in(&self.audience, nonce)?;
        self.signed_for(token).await
    }

    /// Whom a token names whose claims are right, if a key of the issuer's has signed it.
    async fn signed_for(&self, token: Token<'_>) -> Result<Customer, Refusal> {
        let keys = self.keys.with(|keys| keys.matching(&token.header).next().is_some()).await?;
        if keys.matching(&token.header).any(|key| key.has_signed(token.signed, &token.signature)) {
            let shopper = shopper_of(&self.issuer, &token.claims.sub);
            return Ok(Customer { shopper, reference: token.claims.sub });
        }
        Err(match keys.matching(&token.header).next() {
            Some(_) => Refusal::Signature,
            None => Refusal::UnknownKey,
        })
    }

    /// Keeps the keys current, until shutdown.
    pub async fn keep_current(&self, shutdown: CancellationToken) {
        self.keys.keep_current(shutdown).await;
    }
}

#[cfg(test)]
mod tests;
