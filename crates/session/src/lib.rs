//! Tokens that say who a shopper is: JWTs with HS256 and nothing else, made here and for nobody else to make. A shop that
//! knows its customers vouches for them with tokens of its own (crate `customer`), for which it gets one of these.

mod family;
mod holder;
mod hs256;
mod known;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use ring::digest::{SHA256, digest};
use sale::check::Shown;
use sale::ids::{SessionId, ShopperId};
use sale::participation::Identity;
use sale::time::UnixMs;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

pub use family::Family;
pub use holder::{Holder, Proof};
pub use known::KnownSessions;

/// Who issues the tokens.
const ISSUER: &str = "flashline";
/// Tolerated difference between clocks, in seconds.
const LEEWAY_S: u64 = 5;
/// How long after its end a session can still be renewed, in seconds: a laptop that slept through its end wakes up as
/// the shopper that it was.
pub const RENEWABLE_S: u64 = 30 * 86_400;

/// What a token is good for. One kind is never taken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The shopper API: kept by the page for the whole sale.
    Shop,
    /// Opening a WebSocket: short-lived, fetched right before.
    Socket,
}

impl Audience {
    fn as_str(self) -> &'static str {
        match self {
            Audience::Shop => "flashline:shop",
            Audience::Socket => "flashline:socket",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: u64,
    exp: u64,
    /// Which session this is a token of. Tokens from before sessions had ids have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    /// When that session began, Unix ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    began_ms: Option<u64>,
    /// Of a ticket: what it is known by when it has been used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    /// Of a customer's session: what the shop calls them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    /// Of the session of somebody who has confirmed an e-mail address: that they have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    email: bool,
    /// Of a guest's session: that it began where many others did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pressed: bool,
    /// Of a guest's session: that work was done for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    work: bool,
    /// Of a guest's session: that it has passed a hosted check.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hosted: bool,
}

/// A session, as its token says. Whoever keeps it asks whether it lasts; whether it was ended, no token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub shopper: ShopperId,
    /// Which session, over all renewals.
    pub family: Family,
    /// By what that is known.
    pub identity: Identity,
    /// What it has to show where a sale asks that of guests.
    pub shown: Shown,
    ends_s: u64,
}

impl Session {
    /// Whether it lasts: when it has ended, its token is as good as expired.
    pub fn lasts(&self) -> bool {
        !has_ended(self.ends_s, LEEWAY_S)
    }
}

/// Whether something ended longer ago than that, in Unix seconds and seconds.
fn has_ended(ends_s: u64, late_s: u64) -> bool {
    ends_s.saturating_add(late_s) < clock::now().0 / 1_000
}

/// A session that may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewable {
    /// Whose it is.
    pub holder: Holder,
    /// Which session, over all renewals.
    pub family: Family,
}

/// A token that opens one socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Whose it is.
    pub shopper: ShopperId,
    /// Of which session.
    pub family: Family,
    /// What it is known by.
    pub id: TicketId,
}

/// What a ticket is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TicketId([u8; 16]);

/// Why a token is not accepted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TokenError {
    /// It was valid once.
    #[error("the token has expired")]
    Expired,
    /// It never was.
    #[error("the token is not valid here")]
    Invalid,
}

/// The keys: the first signs, all verify, so that keys can be rotated.
#[derive(Clone)]
pub struct SessionKeys {
    signing: (String, EncodingKey),
    verifying: Vec<DecodingKey>,
    shop: Validation,
    socket: Validation,
}

impl SessionKeys {
    /// From `FLASHLINE_SESSION_KEYS`: one or more secrets, separated by commas, the newest first.
    ///
    /// # Errors
    /// When one is shorter than 32 characters.
    pub fn parse(secrets: &SecretString) -> Result<Self, String> {
        hs256::install();
        let secrets: Vec<&str> = secrets.expose_secret().split(',').map(str::trim).collect();
        if secrets.iter().any(|secret| secret.len() < 32) {
            return Err("each key must be at least 32 characters; make one with: openssl rand -hex 32".to_owned());
        }
        let verifying = secrets.iter().map(|secret| DecodingKey::from_secret(secret.as_bytes())).collect();
        let signing = (key_id(secrets[0]), EncodingKey::from_secret(secrets[0].as_bytes()));
        Ok(Self { signing, verifying, shop: validation(Audience::Shop), socket: validation(Audience::Socket) })
    }

    /// A token for a guest whose session begins with it, valid for `valid_s` seconds.
    ///
    /// # Errors
    /// Never in practice: the claims serialise and the key fits.
    pub fn issue(
        &self,
        shopper: ShopperId,
        audience: Audience,
        now: UnixMs,
        valid_s: u64,
    ) -> Result<String, TokenError> {
        self.issue_to(&Holder::guest(shopper), Family::begin(now), audience, now, valid_s)
    }

    /// The same for whoever it is, also for a session that goes on.
    ///
    /// # Errors
    /// Never in practice, likewise.
    pub fn issue_to(
        &self,
        holder: &Holder,
        family: Family,
        audience: Audience,
        now: UnixMs,
        valid_s: u64,
    ) -> Result<String, TokenError> {
        let issued_s = now.0 / 1_000;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: audience.as_str().to_owned(),
            sub: holder.shopper.to_string(),
            iat: issued_s,
            exp: issued_s + valid_s,
            sid: Some(family.id),
            began_ms: Some(family.began.0),
            jti: (audience == Audience::Socket).then(|| hex::encode(rand::random::<[u8; 16]>())),
            customer: holder.customer().map(str::to_owned),
            email: holder.proof == Proof::Email,
            pressed: holder.proof == Proof::Pressed,
            work: holder.proof == Proof::Work,
            hosted: holder.proof == Proof::Hosted,
        };
        let header = Header { kid: Some(self.signing.0.clone()), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims, &self.signing.1).map_err(|_| TokenError::Invalid)
    }

    /// Whose session this is the token of, and until when.
    ///
    /// # Errors
    /// When it is expired, forged, for something else, or no token at all.
    pub fn session(&self, token: &str) -> Result<Session, TokenError> {
        let claims = self.claimed(token, Audience::Shop, LEEWAY_S)?;
        let (proof, shopper) = (claims.proof(), claims.shopper()?);
        let family = claims.family(shopper);
        Ok(Session { shopper, family, identity: proof.identity(), shown: proof.shown(), ends_s: claims.exp })
    }

    /// Whose session may go on: one that is valid, or was until not long ago.
    ///
    /// # Errors
    /// When it ended too long ago, is forged, for something else, or no token at all.
    pub fn renewable(&self, token: &str) -> Result<Renewable, TokenError> {
        let claims = self.claimed(token, Audience::Shop, RENEWABLE_S)?;
        let (proof, shopper) = (claims.proof(), claims.shopper()?);
        Ok(Renewable { holder: Holder { shopper, proof }, family: claims.family(shopper) })
    }

    /// A ticket for a socket. It is for who takes it to see that it is used once.
    ///
    /// # Errors
    /// When it is expired, forged, for something else, or no token at all.
    pub fn ticket(&self, token: &str) -> Result<Ticket, TokenError> {
        let claims = self.claimed(token, Audience::Socket, LEEWAY_S)?;
        let number = claims.jti.as_deref().ok_or(TokenError::Invalid)?;
        let mut id = [0; 16];
        id.copy_from_slice(&sha256(format!("{} {number}", claims.sub).as_bytes())[..16]);
        let shopper = claims.shopper()?;
        Ok(Ticket { shopper, family: claims.family(shopper), id: TicketId(id) })
    }

    fn claimed(&self, token: &str, audience: Audience, late_s: u64) -> Result<Claims, TokenError> {
        // Mostly there is one key, and two while they are rotated.
        let mut verdicts = self.verifying.iter().map(|key| self.claimed_with(key, token, audience, late_s));
        verdicts.find(|verdict| !matches!(verdict, Err(TokenError::Invalid))).unwrap_or(Err(TokenError::Invalid))
    }

    /// What a token claims, if it was signed with this key and ended no longer ago.
    fn claimed_with(
        &self,
        key: &DecodingKey,
        token: &str,
        audience: Audience,
        late_s: u64,
    ) -> Result<Claims, TokenError> {
        let validation = match audience {
            Audience::Shop => &self.shop,
            Audience::Socket => &self.socket,
        };
        let token = decode::<Claims>(token, key, validation).map_err(|_| TokenError::Invalid)?;
        if has_ended(token.claims.exp, late_s) {
            return Err(TokenError::Expired);
        }
        Ok(token.claims)
    }
}

impl Claims {
    fn shopper(&self) -> Result<ShopperId, TokenError> {
        self.sub.parse().map_err(|_| TokenError::Invalid)
    }

    fn family(&self, shopper: ShopperId) -> Family {
        Family {
            id: self.sid.unwrap_or_else(|| Family::id_from_before(shopper)),
            began: UnixMs(self.began_ms.unwrap_or_else(|| self.iat.saturating_mul(1_000))),
        }
    }

    fn proof(&self) -> Proof {
        match &self.customer {
            Some(customer) => Proof::Customer(customer.clone()),
            None if self.email => Proof::Email,
            None if self.hosted => Proof::Hosted,
            None if self.work => Proof::Work,
            None if self.pressed => Proof::Pressed,
            None => Proof::Nothing,
        }
    }
}

fn sha256(of: &[u8]) -> [u8; 32] {
    let mut whole = [0; 32];
    whole.copy_from_slice(digest(&SHA256, of).as_ref());
    whole
}

/// What is asked of a token, made once: it takes longer to make than to check.
fn validation(audience: Audience) -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = LEEWAY_S;
    validation.validate_nbf = true;
    // By our clock, which follows the database's, instead of the library's.
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[audience.as_str()]);
    validation
}

/// Names a key without giving it away.
fn key_id(secret: &str) -> String {
    hex::encode(&sha256(format!("flashline key id {secret}").as_bytes())[..4])
}

#[cfg(test)]
mod tests;
