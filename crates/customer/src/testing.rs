//! A shop for tests: it has keys, signs tokens by hand, and serves its JWKS.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use serde_json::{Value, json};
use tls::Trust;

use crate::{Customers, Settings};

pub(crate) const ISSUER: &str = "https://shop.example";
pub(crate) const AUDIENCE: &str = "flashline";

pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// A key pair of the shop's.
pub(crate) enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Pair {
    /// One of each kind.
    pub(crate) fn of_each() -> [Self; 3] {
        [Self::rsa(), Self::p256(), Self::ed25519()]
    }

    pub(crate) fn rsa() -> Self {
        let made = Command::new("openssl")
            .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-outform", "DER"])
            .output()
            .expect("openssl is there");
        // Its versions differ in how they write it.
        let pair = RsaKeyPair::from_pkcs8(&made.stdout).or_else(|_| RsaKeyPair::from_der(&made.stdout));
        Self::Rsa(Box::new(pair.expect("an RSA key")))
    }

    pub(crate) fn p256() -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("made");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random);
        Self::P256(pair.expect("a P-256 key"))
    }

    pub(crate) fn ed25519() -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("made");
        Self::Ed25519(Ed25519KeyPair::from_pkcs8(made.as_ref()).expect("an Ed25519 key"))
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
        }
    }

    /// Its public half as a JWK.
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let mut jwk = match self {
            Self::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({ "kty": "RSA", "n": base64(public.n), "e": base64(public.e) })
            }
            Self::P256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": base64(x), "y": base64(y) })
            }
            Self::Ed25519(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "x": base64(pair.public_key()) }),
        };
        jwk["kid"] = json!(kid);
        jwk["alg"] = json!(self.algorithm());
        jwk["use"] = json!("sig");
        jwk
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("signed");
                signature
            }
            Self::P256(pair) => pair.sign(&random, message).expect("signed").as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// A token with this header and these claims, whatever they are.
    pub(crate) fn token(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", base64(header.to_string()), base64(claims.to_string()));
        let signature = base64(self.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// As it should be.
    pub(crate) fn good_token(&self, kid: &str, subject: &str) -> String {
        self.token(&json!({ "alg": self.algorithm(), "typ": "JWT", "kid": kid }), &claims(subject))
    }
}

pub(crate) fn claims(subject: &str) -> Value {
    let now_s = clock::now().0 / 1_000;
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now_s, "exp": now_s + 60 })
}

pub(crate) fn jwks(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

pub(crate) fn trust() -> Trust {
    tls::Settings::default().load().expect("the system's authorities")
}

/// The customers of a shop whose JWKS is there.
pub(crate) async fn customers(jwks: &str) -> anyhow::Result<Customers> {
    let settings = Settings {
        customer_issuer: Some(ISSUER.to_owned()),
        customer_audience: Some(AUDIENCE.to_owned()),
        customer_jwks: Some(jwks.parse().map_err(anyhow::Error::msg)?),
    };
    Ok(Customers::open(&settings, &trust()).await?.expect("configured"))
}

/// A file with a text, for as long as the value lives.
pub(crate) struct File(pub(crate) std::path::PathBuf);

impl File {
    pub(crate) fn with(text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("flashline-jwks-{}.json", uuid::Uuid::now_v7()));
        let file = Self(path);
        file.write(text);
        file
    }

    pub(crate) fn write(&self, text: &str) {
        std::fs::write(&self.0, text).expect("written");
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("text")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// How the shop's server behaves.
#[derive(Clone)]
pub(crate) enum Behaviour {
    Serves(String),
    Fails,
    Redirects(String),
    /// Says nothing for so long.
    Sleeps(Duration),
}

/// A web server that serves a JWKS, or does not.
pub(crate) struct Shop {
    pub(crate) url: String,
    behaviour: Arc<Mutex<Behaviour>>,
    asked: Arc<AtomicUsize>,
}

impl Shop {
    pub(crate) async fn open(behaviour: Behaviour) -> Self {
        let (behaviour, asked) = (Arc::new(Mutex::new(behaviour)), Arc::new(AtomicUsize::new(0)));
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let url = format!("http://{}/jwks.json", listener.local_addr().expect("an address"));
        let (behaves, counts) = (Arc::clone(&behaviour), Arc::clone(&asked));
        let serve = async move || {
            counts.fetch_add(1, Ordering::SeqCst);
            let now = behaves.lock().expect("not poisoned").clone();
            match now {
                Behaviour::Serves(jwks) => (StatusCode::OK, [(header::CACHE_CONTROL, "max-age=3600".to_owned())], jwks),
                Behaviour::Fails => (StatusCode::BAD_GATEWAY, [(header::CACHE_CONTROL, String::new())], String::new()),
                Behaviour::Redirects(to) => (StatusCode::FOUND, [(header::LOCATION, to)], String::new()),
                Behaviour::Sleeps(time) => {
                    tokio::time::sleep(time).await;
                    (StatusCode::OK, [(header::CACHE_CONTROL, String::new())], String::new())
                }
            }
        };
        let router = Router::new().route("/jwks.json", get(serve));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, behaviour, asked }
    }

    pub(crate) fn becomes(&self, behaviour: Behaviour) {
        *self.behaviour.lock().expect("not poisoned") = behaviour;
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}
