//! Tokens that say who a shopper is: JWTs with HS256 and nothing else.
//!
//! A shop that knows its customers signs the same tokens with the same key, with its customer's id in
//! `sub`; then limits per shopper hold per customer.

mod hs256;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use sale::ids::ShopperId;
use sale::time::UnixMs;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Who issues the tokens.
const ISSUER: &str = "flashline";
/// Tolerated difference between clocks, in seconds.
const LEEWAY_S: u64 = 5;
/// How long after its end a session can still be renewed, in seconds: a laptop that slept through its end wakes up as
/// the shopper that it was.
const RENEWABLE_S: u64 = 30 * 86_400;

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
    /// Of a ticket: what it is known by when it has been used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
}

/// A token that opens one socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Whose it is.
    pub shopper: ShopperId,
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

    /// A token for a shopper, valid for `valid_s` seconds.
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
        let issued_s = now.0 / 1_000;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: audience.as_str().to_owned(),
            sub: shopper.to_string(),
            iat: issued_s,
            exp: issued_s + valid_s,
            jti: (audience == Audience::Socket).then(|| hex::encode(rand::random::<[u8; 16]>())),
        };
        let header = Header { kid: Some(self.signing.0.clone()), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims, &self.signing.1).map_err(|_| TokenError::Invalid)
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// When it is expired, forged, for something else, or no token at all.
    pub fn verify(&self, token: &str, audience: Audience) -> Result<ShopperId, TokenError> {
        self.claimed(token, audience, LEEWAY_S)?.shopper()
    }

    /// Whose session may go on: one that is valid, or was until not long ago.
    ///
    /// # Errors
    /// When it ended too long ago, is forged, for something else, or no token at all.
    pub fn renewable(&self, token: &str) -> Result<ShopperId, TokenError> {
        self.claimed(token, Audience::Shop, RENEWABLE_S)?.shopper()
    }

    /// A ticket for a socket. It is for who takes it to see that it is used once.
    ///
    /// # Errors
    /// When it is expired, forged, for something else, or no token at all.
    pub fn ticket(&self, token: &str) -> Result<Ticket, TokenError> {
        let claims = self.claimed(token, Audience::Socket, LEEWAY_S)?;
        // One that somebody else signed may have no number: then its shopper and times are what it is known by.
        let number = claims.jti.as_deref().unwrap_or_default();
        let digest = Sha256::digest(format!("{} {} {} {number}", claims.sub, claims.iat, claims.exp));
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Ok(Ticket { shopper: claims.shopper()?, id: TicketId(id) })
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
        if token.claims.exp.saturating_add(late_s) < clock::now().0 / 1_000 {
            return Err(TokenError::Expired);
        }
        Ok(token.claims)
    }
}

impl Claims {
    fn shopper(&self) -> Result<ShopperId, TokenError> {
        self.sub.parse().map_err(|_| TokenError::Invalid)
    }
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
    hex::encode(&Sha256::digest(format!("flashline key id {secret}"))[..4])
}

#[cfg(test)]
mod tests {
    use super::hs256::keyed;
    use super::*;
    use hmac::Mac;
    use proptest::prelude::*;
    use serde_json::json;
    use uuid::Uuid;

    fn keys(secrets: &str) -> SessionKeys {
        SessionKeys::parse(&SecretString::from(secrets)).expect("keys")
    }

    const OLD: &str = "an old secret of more than thirty-two characters";
    const NEW: &str = "a new secret of more than thirty-two characters!";

    #[test]
    fn a_token_names_its_shopper_until_it_expires() {
        let keys = keys(NEW);
        let shopper = ShopperId(Uuid::now_v7());
        let now = clock::now();
        let token = keys.issue(shopper, Audience::Shop, now, 60).expect("issued");
        assert_eq!(keys.verify(&token, Audience::Shop), Ok(shopper));
        let stale = keys.issue(shopper, Audience::Shop, UnixMs(now.0 - 120_000), 60).expect("issued");
        assert_eq!(keys.verify(&stale, Audience::Shop), Err(TokenError::Expired));
    }

    #[test]
    fn a_session_can_be_renewed_for_a_while_after_its_end_and_only_a_session() {
        let keys = keys(NEW);
        let shopper = ShopperId(Uuid::now_v7());
        let ended = |ago_s: u64, audience| {
            let issued = UnixMs(clock::now().0 - (ago_s + 60) * 1_000);
            keys.issue(shopper, audience, issued, 60).expect("issued")
        };
        for ago_s in [0, LEEWAY_S + 60, RENEWABLE_S - 60] {
            assert_eq!(keys.renewable(&ended(ago_s, Audience::Shop)), Ok(shopper), "ended {ago_s} s ago");
        }
        assert_eq!(keys.renewable(&ended(RENEWABLE_S + 60, Audience::Shop)), Err(TokenError::Expired));
        assert_eq!(keys.renewable(&ended(0, Audience::Socket)), Err(TokenError::Invalid), "a ticket is no session");
        let foreign = SessionKeys::parse(&SecretString::from(OLD)).expect("keys");
        assert_eq!(foreign.renewable(&ended(0, Audience::Shop)), Err(TokenError::Invalid));
    }

    #[test]
    fn a_token_is_good_for_one_thing_only() {
        let keys = keys(NEW);
        let token = keys.issue(ShopperId(Uuid::now_v7()), Audience::Socket, clock::now(), 60).expect("issued");
        assert_eq!(keys.verify(&token, Audience::Shop), Err(TokenError::Invalid));
    }

    #[test]
    fn every_ticket_is_another_one_and_known_again() {
        let (keys, shopper, now) = (keys(NEW), ShopperId(Uuid::now_v7()), clock::now());
        let issue = || keys.issue(shopper, Audience::Socket, now, 60).expect("issued");
        let (first, second) = (issue(), issue());
        let ticket = keys.ticket(&first).expect("a ticket");
        assert_eq!(keys.ticket(&first), Ok(ticket));
        assert_eq!(ticket.shopper, shopper);
        assert_ne!(keys.ticket(&second).expect("another").id, ticket.id, "of the same shopper in the same second");
        let session = keys.issue(shopper, Audience::Shop, now, 60).expect("issued");
        assert_eq!(keys.ticket(&session), Err(TokenError::Invalid));
    }

    #[test]
    fn rotated_keys_still_verify_and_foreign_ones_never() {
        let shopper = ShopperId(Uuid::now_v7());
        let token = keys(OLD).issue(shopper, Audience::Shop, clock::now(), 60).expect("issued");
        let rotated = keys(&format!("{NEW},{OLD}"));
        assert_eq!(rotated.verify(&token, Audience::Shop), Ok(shopper));
        assert_eq!(keys(NEW).verify(&token, Audience::Shop), Err(TokenError::Invalid));
        let fresh = rotated.issue(shopper, Audience::Shop, clock::now(), 60).expect("issued");
        assert_eq!(keys(NEW).verify(&fresh, Audience::Shop), Ok(shopper), "the newest signs");
    }

    /// A token that no code of ours would make.
    fn forged(header: &serde_json::Value, claims: &serde_json::Value, secret: &str) -> String {
        use base64::Engine;
        let part = |value: &serde_json::Value| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mac = keyed(secret.as_bytes()).expect("any key fits").chain_update(&signed).finalize().into_bytes();
        format!("{signed}.{}", base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(mac))
    }

    fn claims() -> serde_json::Value {
        let now_s = clock::now().0 / 1_000;
        json!({ "iss": "flashline", "aud": "flashline:shop", "sub": Uuid::nil(), "iat": now_s, "exp": now_s + 60 })
    }

    #[test]
    fn a_shop_that_signs_for_itself_need_not_know_how_we_name_keys() {
        let keys = keys(&format!("{NEW},{OLD}"));
        for header in [json!({ "alg": "HS256" }), json!({ "alg": "HS256", "kid": "the shop's own" })] {
            for secret in [NEW, OLD] {
                let token = forged(&header, &claims(), secret);
                assert_eq!(keys.verify(&token, Audience::Shop), Ok(ShopperId(Uuid::nil())), "{header}");
            }
            let foreign = forged(&header, &claims(), "somebody else's secret of thirty-two characters");
            assert_eq!(keys.verify(&foreign, Audience::Shop), Err(TokenError::Invalid), "{header}");
        }
    }

    #[test]
    fn every_claim_is_needed_and_looked_at() {
        let keys = keys(NEW);
        let now_s = clock::now().0 / 1_000;
        let with = |name: &str, value: serde_json::Value| {
            let mut claims = claims();
            claims[name] = value;
            keys.verify(&forged(&json!({ "alg": "HS256" }), &claims, NEW), Audience::Shop)
        };
        assert!(with("more", json!(1)).is_ok());
        assert!(with("exp", json!(now_s - LEEWAY_S + 2)).is_ok(), "clocks may differ by the leeway");
        assert_eq!(with("exp", json!(now_s - LEEWAY_S - 2)), Err(TokenError::Expired));
        for (claim, wrong) in [
            ("iss", json!("somebody")),
            ("aud", json!("flashline:socket")),
            ("aud", json!("other")),
            ("sub", json!("' OR 1=1")),
            ("nbf", json!(now_s + 3_600)),
            ("exp", json!("tomorrow")),
            ("exp", json!(-1)),
        ] {
            assert!(with(claim, wrong.clone()).is_err(), "{claim}: {wrong}");
        }
        for claim in ["iss", "aud", "sub", "exp"] {
            assert!(with(claim, json!(null)).is_err(), "{claim} is needed");
        }
    }

    #[test]
    fn tampering_and_other_algorithms_are_refused() {
        let keys = keys(NEW);
        let token = keys.issue(ShopperId(Uuid::now_v7()), Audience::Shop, clock::now(), 60).expect("issued");
        let (rest, _) = token.rsplit_once('.').expect("three parts");
        for bad in [format!("{rest}."), rest.to_owned(), String::new(), "..".to_owned(), format!("{token}.{token}")] {
            assert_eq!(keys.verify(&bad, Audience::Shop), Err(TokenError::Invalid), "{bad}");
        }
        // Signed with the right key, but in the name of another algorithm.
        for algorithm in ["none", "None", "HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256", ""] {
            let token = forged(&json!({ "alg": algorithm }), &claims(), NEW);
            assert_eq!(keys.verify(&token, Audience::Shop), Err(TokenError::Invalid), "{algorithm}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_token_nor_panics(
            text in ".{0,400}", parts in proptest::collection::vec("[A-Za-z0-9_=-]{0,80}", 0..5),
        ) {
            let keys = keys(NEW);
            for token in [text, parts.join(".")] {
                prop_assert_eq!(keys.verify(&token, Audience::Shop), Err(TokenError::Invalid));
            }
        }

        #[test]
        fn a_token_with_one_byte_changed_is_none(at in 0usize..400, byte in any::<u8>()) {
            let keys = keys(NEW);
            let token = keys.issue(ShopperId(Uuid::nil()), Audience::Shop, clock::now(), 60).expect("issued");
            let mut bytes = token.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(changed) = String::from_utf8(bytes) && changed != token {
                prop_assert_eq!(keys.verify(&changed, Audience::Shop), Err(TokenError::Invalid));
            }
        }
    }
}
