//! Where a server is, and how it is spoken to. As with every server that we connect to, what goes there is encrypted, and
//! its certificate checked, unless its URL says otherwise in so many words.

use std::borrow::Cow;

use anyhow::{Context, bail};
use lettre::transport::smtp::authentication::Credentials;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

/// The port for TLS at once (RFC 8314).
const PORT_TLS: u16 = 465;
/// The port for mail that is submitted (RFC 6409).
const PORT_SUBMISSION: u16 = 587;

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Security {
    /// TLS from the first byte.
    Tls,
    /// Plain at first, then TLS; no mail without.
    StartTls,
    /// Plain.
    None,
}

/// Where a server is.
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) credentials: Option<Credentials>,
}

impl Server {
    /// From its URL, which may hold a password: no error repeats it.
    pub(crate) fn read(url: &SecretString) -> anyhow::Result<Self> {
        let url = Url::parse(url.expose_secret()).ok().context("FLASHLINE_SMTP_URL: cannot be read as a URL")?;
        let host = url.host().context("FLASHLINE_SMTP_URL: names no host")?;
        let asked = match url.query() {
            None => None,
            Some("tls=required") => Some(Security::StartTls),
            Some("tls=none") => Some(Security::None),
            Some(_) => bail!("FLASHLINE_SMTP_URL: after the ? only tls=required or tls=none is known"),
        };
        if !matches!(url.path(), "" | "/") {
            bail!("FLASHLINE_SMTP_URL: nothing follows the host and its port but ?tls=…");
        }
        let security = match (url.scheme(), asked) {
            ("smtps", None) => Security::Tls,
            ("smtps", Some(_)) => bail!("FLASHLINE_SMTP_URL: smtps:// is TLS; ?tls=… goes with smtp://"),
            (_, Some(asked)) => asked,
            (_, None) if is_this_machine(&host) => Security::None,
            (_, None) => Security::StartTls,
        };
        let port = url.port().unwrap_or(if security == Security::Tls { PORT_TLS } else { PORT_SUBMISSION });
        let host = host.to_string().trim_matches(['[', ']']).to_owned();
        Ok(Self { host, port, security, credentials: credentials(&url)? })
    }
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => matches!(*name, "localhost" | "127.0.0.1"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn credentials(url: &Url) -> anyhow::Result<Option<Credentials>> {
    let Some(password) = url.password() else {
        return if url.username().is_empty() { Ok(None) } else { bail!("FLASHLINE_SMTP_URL: a user, but no password") };
    };
    let plain = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned);
        decoded.context("FLASHLINE_SMTP_URL: user or password cannot be read")
    };
    Ok(Some(Credentials::new(plain(url.username())?, plain(password)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> anyhow::Result<Server> {
        Server::read(&SecretString::from(url))
    }

    #[test]
    fn mail_is_encrypted_unless_the_url_says_otherwise() {
        for (url, security, port) in [
            ("smtps://mail.example", Security::Tls, 465),
            ("smtp://mail.example", Security::StartTls, 587),
            ("smtp://mail.example:25", Security::StartTls, 25),
            ("smtp://mail.example:25?tls=none", Security::None, 25),
            ("smtp://127.0.0.1:1025", Security::None, 1025),
            ("smtp://localhost:1025/", Security::None, 1025),
            ("smtp://[::1]:1025", Security::None, 1025),
            ("smtp://127.0.0.1:1025?tls=required", Security::StartTls, 1025),
        ] {
            let server = read(url).expect(url);
            assert_eq!((server.security, server.port), (security, port), "{url}");
        }
        assert_eq!(read("smtp://[::1]:1025").expect("a server").host, "::1");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_and_no_password_is_repeated() {
        for wrong in [
            "smtps://user:hunter2@mail.example?tls=none",
            "smtp://user:hunter2@mail.example?tls=off",
            "smtp://user:hunter2@mail.example/folder",
            "smtp://user:hunter2@",
            "smtp://user@mail.example",
        ] {
            let why = read(wrong).err().expect(wrong).to_string();
            assert!(why.starts_with("FLASHLINE_SMTP_URL: ") && !why.contains("hunter2"), "{why}");
        }
        let both = read("smtp://anna%40shop.example:a%2Fb+c%3Ad@mail.example").expect("a server").credentials;
        assert_eq!(both, Some(Credentials::new("anna@shop.example".to_owned(), "a/b+c:d".to_owned())));
    }
}
