//! Why a server cannot be used, to whoever set it up: where TLS is the reason, in words that name what to change.
//!
//! Judged by what the libraries say, since several of them hand on the text of an error and not the error; a test with
//! real servers holds the table to it.

use std::error::Error;
use std::fmt::Write;

const DOES_NOT_SPEAK: &str = "it does not speak TLS";
const NEEDS_CERTIFICATE: &str = "it asks for a certificate: FLASHLINE_CLIENT_CERT_FILE";
const REJECTS_CERTIFICATE: &str = "it does not accept the certificate in FLASHLINE_CLIENT_CERT_FILE";

/// What is said, and what it means.
const MEANINGS: [(&str, &str); 13] = [
    (
        "invalid peer certificate: UnknownIssuer",
        "its certificate is signed by an authority that is neither among the system's nor in FLASHLINE_CA_FILE",
    ),
    ("invalid peer certificate: certificate expired", "its certificate has expired"),
    ("invalid peer certificate: certificate not valid yet", "its certificate is not valid yet"),
    (
        "invalid peer certificate: certificate not valid for name",
        "its certificate is for another host name than the one in the URL",
    ),
    ("fatal alert: CertificateRequired", NEEDS_CERTIFICATE),
    ("requires a valid client certificate", NEEDS_CERTIFICATE),
    ("fatal alert: UnknownCA", REJECTS_CERTIFICATE),
    ("fatal alert: BadCertificate", REJECTS_CERTIFICATE),
    ("fatal alert: CertificateExpired", REJECTS_CERTIFICATE),
    ("fatal alert: CertificateUnknown", REJECTS_CERTIFICATE),
    ("received corrupt message", DOES_NOT_SPEAK),
    ("server does not support TLS", DOES_NOT_SPEAK),
    ("no encryption", "it wants TLS: ?sslmode=verify-full"),
];

/// What is said when one side speaks TLS and the other does not, and neither can tell; among other reasons.
const MAY_BE_OF_TLS: [&str; 4] = ["reset by peer", "arsing", "timed out", "end of file"];

/// Why a server could not be used. `over_tls`: whether it was asked over TLS.
pub fn reason(error: &(dyn Error + 'static), over_tls: bool) -> String {
    let said = chain(error);
    if let Some((_, meaning)) = MEANINGS.iter().find(|(words, _)| said.contains(words)) {
        return (*meaning).to_owned();
    }
    match MAY_BE_OF_TLS.iter().any(|words| said.contains(words)) {
        true if over_tls => format!("{error} (does it speak TLS?)"),
        true => format!("{error} (does it want TLS?)"),
        false => error.to_string(),
    }
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let _ = write!(said, ": {error}");
        next = error.source();
    }
    said
}
