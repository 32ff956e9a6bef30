//! The server that takes our mail, and who it is from.

use anyhow::bail;
use clap::Args;
use lettre::message::Mailbox;
use secrecy::SecretString;

use crate::server::Server;

/// Through what mail is sent: nothing, or both.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
#[command(next_help_heading = "Mail")]
pub struct Settings {
    /// The server that takes mail: smtps://user:password@host (TLS at once) or smtp://user:password@host (STARTTLS, which
    /// it must offer; plain to this machine alone). With ?tls=none it is plain wherever it is, with ?tls=required STARTTLS also
    /// here
    #[arg(long, env = "FLASHLINE_SMTP_URL", hide_env_values = true, value_parser = ::settings::url(&["smtp", "smtps"]))]
    pub smtp_url: Option<SecretString>,
    /// Whom mail is from, like "Lamps <tickets@shop.example>"
    #[arg(long, env = "FLASHLINE_MAIL_FROM", value_parser = sender)]
    pub mail_from: Option<Mailbox>,
    /// Whom shoppers ask about an order, where that is not the sender; answers to mails go there too
    #[arg(long, env = "FLASHLINE_MAIL_CONTACT", value_parser = sender)]
    pub mail_contact: Option<Mailbox>,
}

impl Settings {
    /// Server and sender, if they are set.
    ///
    /// # Errors
    /// When one is set without the other, or the URL cannot be read.
    pub(crate) fn together(&self) -> anyhow::Result<Option<(Server, Mailbox)>> {
        match (&self.smtp_url, &self.mail_from) {
            (None, None) => Ok(None),
            (Some(url), Some(from)) => Ok(Some((Server::read(url)?, from.clone()))),
            (Some(_), None) => bail!("FLASHLINE_MAIL_FROM: must be set where FLASHLINE_SMTP_URL is"),
            (None, Some(_)) => bail!("FLASHLINE_SMTP_URL: must be set where FLASHLINE_MAIL_FROM is"),
        }
    }
}

fn sender(text: &str) -> Result<Mailbox, String> {
    text.parse()
        .map_err(|_| "must be an address, or a name and an address, like Lamps <tickets@shop.example>".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_without_the_other_is_named() {
        let of = |url: Option<&str>, from: Option<&str>| {
            let mail_from = from.map(|from| sender(from).expect("a sender"));
            Settings { smtp_url: url.map(SecretString::from), mail_from, mail_contact: None }.together()
        };
        let (url, from) = (Some("smtp://mail.example"), Some("Lamps <tickets@shop.example>"));
        assert!(of(None, None).expect("no mail").is_none());
        assert!(of(url, from).expect("both").is_some());
        for (url, from, missing) in [(url, None, "FLASHLINE_MAIL_FROM"), (None, from, "FLASHLINE_SMTP_URL")] {
            let why = of(url, from).err().expect(missing).to_string();
            assert!(why.starts_with(missing), "{why}");
        }
        for wrong in ["", "tickets", "tickets@", "<>", "a@b.example, c@d.example"] {
            sender(wrong).expect_err(wrong);
        }
    }
}
