//! Signed grants: what a shop's own checkout is handed of a reservation. JWTs (RFC 7519) with ES256 and nothing else, which
//! every JWT library knows; whoever has the public keys ([`GrantKeys::published`]) can check them.
//!
//! Signing is a few lines over `ring` here: the JWT library of this workspace knows one set of algorithms for a whole
//! process, and that is HS256 alone, so that no session token can ask for another. Nothing here reads a token.

mod key;

use sale::ids::{AttemptId, EventId, ShopperId};
use sale::time::UnixMs;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;
use view::PriceView;

use key::{Key, in_url};
pub use key::{KeyError, new_key};

/// Who issues grants.
pub const ISSUER: &str = "flashline";
/// What a grant is, beside other JWTs.
const TYPE: &str = "flashline-grant+jwt";

/// What a grant says: a reservation, as it stood when it was handed over.
#[derive(Clone, Debug)]
pub struct Grant<'g> {
    /// Whom it is for: the origin of the shop's checkout.
    pub audience: &'g str,
    /// Which reservation.
    pub reservation: AttemptId,
    /// Of which sale.
    pub event: EventId,
    /// Of which item.
    pub sku: &'g str,
    /// How many units.
    pub quantity: u32,
    /// What they cost.
    pub price: &'g PriceView,
    /// Confirm before. A pause of the sale moves it.
    pub deadline: UnixMs,
    /// Whose, as Flashline knows them.
    pub shopper: ShopperId,
    /// Whose, as the shop knows them; nothing, of a guest.
    pub customer: Option<&'g str>,
}

/// The claims, as they are documented in `docs/handover.md`.
#[derive(Serialize)]
struct Claims<'g> {
    iss: &'static str,
    aud: &'g str,
    sub: Uuid,
    jti: Uuid,
    iat: u64,
    exp: u64,
    event: Uuid,
    sku: &'g str,
    quantity: u32,
    price: &'g PriceView,
    deadline_ms: u64,
    shopper: Uuid,
    customer: Option<&'g str>,
}

/// The keys: the first signs, all are published, so that keys can be rotated.
pub struct GrantKeys(Vec<Key>);

impl GrantKeys {
    /// From the texts of private keys (PKCS#8, PEM), the one that signs first.
    ///
    /// # Errors
    /// When one is no such key, or there is none.
    pub fn read<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, KeyError> {
        let keys = texts.into_iter().map(Key::read).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(KeyError::Missing) } else { Ok(Self(keys)) }
    }

    /// A grant, signed at `now`, good until the deadline.
    ///
    /// # Errors
    /// Never in practice: the claims serialise and the system has random numbers.
    pub fn sign(&self, grant: &Grant<'_>, now: UnixMs) -> Result<String, KeyError> {
        let key = self.0.first().ok_or(KeyError::Missing)?;
        let header = json!({ "alg": "ES256", "typ": TYPE, "kid": key.id });
        let claims = Claims {
            iss: ISSUER,
            aud: grant.audience,
            sub: grant.reservation.0,
            jti: Uuid::now_v7(),
            iat: now.0 / 1_000,
            exp: grant.deadline.0 / 1_000,
            event: grant.event.0,
            sku: grant.sku,
            quantity: grant.quantity,
            price: grant.price,
            deadline_ms: grant.deadline.0,
            shopper: grant.shopper.0,
            customer: grant.customer,
        };
        let claims = serde_json::to_vec(&claims).map_err(|_| KeyError::Signing)?;
        let signed = format!("{}.{}", in_url(header.to_string()), in_url(claims));
        let signature = key.sign(signed.as_bytes())?;
        Ok(format!("{signed}.{}", in_url(signature)))
    }

    /// The public keys, as a JSON Web Key Set (RFC 7517).
    pub fn published(&self) -> Value {
        json!({ "keys": self.0.iter().map(Key::published).collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests;
