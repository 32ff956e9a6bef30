//! Signatures of what is sent, by Standard Webhooks: `v1,<base64 of HMAC-SHA256 of "{id}.{seconds}.{body}">`, one for each
//! secret.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Before the secret itself, which is base64.
const PREFIX: &str = "whsec_";

/// The header's value, with a signature by each of the secrets. One that cannot be read signs nothing.
pub(super) fn signatures<'s>(
    secrets: impl IntoIterator<Item = &'s SecretString>,
    id: &str,
    seconds: u64,
    body: &str,
) -> String {
    let signed = secrets.into_iter().filter_map(|secret| {
        let key = BASE64_STANDARD.decode(secret.expose_secret().strip_prefix(PREFIX)?).ok()?;
        let mac = Hmac::<Sha256>::new_from_slice(&key).ok()?.chain_update(format!("{id}.{seconds}.{body}"));
        Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
    });
    signed.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's libraries.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", r#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signatures([&secret], id, 1_614_265_330, body), expected);
        let unreadable = SecretString::from("no secret");
        assert_eq!(signatures([&secret, &unreadable], id, 1_614_265_330, body), expected);
        let two = signatures([&secret, &secret], id, 1_614_265_330, body);
        assert_eq!(two, format!("{expected} {expected}"), "while secrets are changed, both sign");
    }
}
