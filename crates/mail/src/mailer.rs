//! One mail at a time, over connections that are kept; and what became of it.

use std::error::Error;
use std::time::Duration;

use anyhow::Context;
use lettre::message::Mailbox;
use lettre::transport::smtp;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tls::Trust;
use uuid::Uuid;

use crate::mail::Mail;
use crate::message::write;
use crate::server::{Security, Server};
use crate::settings::Settings;

/// Connections at once.
const CONNECTIONS_MAX: u32 = 8;
/// How long one that is not used is kept.
const IDLE_FOR: Duration = Duration::from_secs(20);
/// How long each step of the protocol may take.
const STEP_WITHIN: Duration = Duration::from_secs(10);
/// Longer than any mail may take: the steps of one are few.
const SENT_WITHIN: Duration = Duration::from_secs(25);

/// Why a mail was not taken. No address is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The server will never take it.
    #[error("refused for good, with {0}")]
    Refused(u16),
    /// It may take it later.
    #[error("not at the moment: {0}")]
    Later(String),
    /// The server cannot be used as it is: somebody must look.
    #[error("{0}")]
    Server(String),
}

/// Sends mail. Its connections are its own.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    contact: Option<Mailbox>,
    over_tls: bool,
}

impl Mailer {
    /// As configured; nothing, where nothing is. Connects when there is something to send.
    ///
    /// # Errors
    /// When the settings do not go together. The message names the setting.
    pub fn open(settings: &Settings, trust: &Trust) -> anyhow::Result<Option<Self>> {
        let Some((server, from)) = settings.together()? else { return Ok(None) };
        let over_tls = server.security != Security::None;
        let pool = PoolConfig::new().max_size(CONNECTIONS_MAX).idle_timeout(IDLE_FOR);
        let tls = tls(&server, trust)?;
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host)
            .port(server.port)
            .tls(tls)
            .timeout(Some(STEP_WITHIN))
            .pool_config(pool);
        if let Some(credentials) = server.credentials {
            transport = transport.credentials(credentials);
        }
        let contact = settings.mail_contact.clone();
        Ok(Some(Self { transport: transport.build(), from, contact, over_tls }))
    }

    /// Whom to ask about what a mail says.
    pub fn contact(&self) -> String {
        self.contact.as_ref().unwrap_or(&self.from).to_string()
    }

    /// Sends a mail. Sent again under the same id, it is the same to whoever receives both.
    ///
    /// # Errors
    /// When the server has not taken it, or nobody knows.
    pub async fn send(&self, id: Uuid, mail: &Mail) -> Result<(), Failure> {
        let message = write(&self.from, self.contact.as_ref(), id, mail).map_err(|_| Failure::Refused(0))?;
        match tokio::time::timeout(SENT_WITHIN, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.failure(&error)),
            Err(_) => Err(Failure::Server("no answer in time".to_owned())),
        }
    }

    /// Whether the server can be used: connects to it, and asks it nothing.
    ///
    /// # Errors
    /// When it cannot: why, for who set it up.
    pub async fn check(&self) -> Result<(), String> {
        match tokio::time::timeout(SENT_WITHIN, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("it does not answer as a mail server does".to_owned()),
            Ok(Err(error)) => Err(self.failure(&error).to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }

    /// What the server says may repeat the address: of an answer, only its number is told.
    fn failure(&self, error: &smtp::Error) -> Failure {
        let number = error.status().map(u16::from);
        match number {
            // Who we are, it does not like: the next mail will do no better.
            Some(code @ (530 | 534 | 535 | 538)) => Failure::Server(format!("it does not let us in, with {code}")),
            Some(code) if error.is_permanent() => Failure::Refused(code),
            Some(code) => Failure::Later(format!("it said {code}")),
            // What the library itself objects to, such as a server that offers no STARTTLS.
            None if error.is_client() => Failure::Server(cause(error).to_string()),
            None if error.is_response() => Failure::Server("it does not speak SMTP".to_owned()),
            None => Failure::Server(tls::reason(cause(error), self.over_tls)),
        }
    }
}

/// What the library's own words are about.
fn cause(error: &smtp::Error) -> &(dyn Error + 'static) {
    error.source().unwrap_or(error)
}

fn tls(server: &Server, trust: &Trust) -> anyhow::Result<Tls> {
    if server.security == Security::None {
        return Ok(Tls::None);
    }
    let roots = Certificate::from_pem(trust.roots().as_bytes()).context("FLASHLINE_CA_FILE")?;
    let believed = TlsParameters::builder(server.host.clone())
        .certificate_store(CertificateStore::None)
        .add_root_certificate(roots)
        .build()
        .context("FLASHLINE_SMTP_URL")?;
    Ok(match server.security {
        Security::Tls => Tls::Wrapper(believed),
        Security::StartTls | Security::None => Tls::Required(believed),
    })
}
