//! Mails: sending the codes that confirm e-mail addresses.
//!
//! Each waits as a row, sealed, and is leased by whoever tries it: an order-worker may die anywhere, and another sends the same
//! mail again under the same id. One that is of no use any more is not sent.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use email::{CODE_LASTS, Keys, Language};
use look::Looks;
use mail::{Brand, Failure, Mail, Mailer};
use record::PgPool;
use record::mails::{self, Due};
use service::Readiness;
use tls::Trust;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::brand::brand;
use crate::errands::Errands;
use crate::meters::{MAIL, MAILS, MailEnd};
use crate::pause;

/// Mails that are tried at once.
const AT_ONCE: usize = 8;
/// Longer than a try takes: nobody else tries a mail that long.
const LEASE: Duration = Duration::from_secs(40);
/// Before the second try; then twice as long each time.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Between any two tries.
const AGAIN_LATEST: Duration = Duration::from_secs(15);
/// How often it is looked whether the server can be used.
const CHECK_EVERY: Duration = Duration::from_secs(10);

/// What it takes to send mail: the key of what is sealed, a server, with connections of its own, and whose mail it is.
pub(crate) struct Post {
    pub(crate) keys: Keys,
    pub(crate) mailer: Mailer,
    looks: Looks,
}

impl Post {
    /// As configured; nothing, where nobody signs in by e-mail.
    ///
    /// # Errors
    /// When the settings do not go together. The message names the setting.
    pub(crate) fn open(
        keys: &email::Settings,
        server: &mail::Settings,
        trust: &Trust,
        looks: &Looks,
    ) -> anyhow::Result<Option<Self>> {
        match (keys.keys()?, Mailer::open(server, trust)?) {
            (Some(keys), Some(mailer)) => Ok(Some(Self { keys, mailer, looks: looks.clone() })),
            (None, None) => Ok(None),
            (Some(_), None) => bail!(
                "FLASHLINE_SMTP_URL: must be set with FLASHLINE_MAIL_FROM where FLASHLINE_EMAIL_KEY is: codes would be asked \
                 for, and never come"
            ),
            (None, Some(_)) => {
                bail!("FLASHLINE_EMAIL_KEY: must be set where FLASHLINE_SMTP_URL is: letters are sealed with it")
            }
        }
    }
}

impl Post {
    /// What stands around a mail that is sent now.
    pub(crate) fn brand(&self, language: Language) -> Brand {
        brand(&self.looks.now().look, language)
    }
}

/// The codes that are asked for.
pub(crate) struct Codes {
    pub(crate) pool: PgPool,
    pub(crate) post: Arc<Post>,
}

impl Errands for Codes {
    const NAME: &'static str = "mails";

    async fn start_due(&mut self, under_way: &mut JoinSet<()>) -> anyhow::Result<usize> {
        let free = AT_ONCE.saturating_sub(under_way.len());
        let due = mails::claim(&self.pool, LEASE, i64::try_from(free)?).await?;
        let started = due.len();
        for due in due {
            under_way.spawn(try_one(self.pool.clone(), Arc::clone(&self.post), due));
        }
        Ok(started)
    }
}

/// Tries a mail, and notes what came of it. No log names address or code.
async fn try_one(pool: PgPool, post: Arc<Post>, due: Due) {
    let began = Instant::now();
    let sent = match post.keys.open(&due.sealed) {
        Ok(letter) => {
            let mail = Mail::of_code(&letter, CODE_LASTS.as_secs() / 60, post.brand(letter.language));
            post.mailer.send(due.id, &mail).await
        }
        Err(unreadable) => {
            tracing::error!(%unreadable, "a mail is dropped");
            Err(Failure::Refused(0))
        }
    };
    MAIL.took(began.elapsed());
    let (end, noted) = match sent {
        Ok(()) => (MailEnd::Sent, mails::forget(&pool, due.id).await),
        Err(Failure::Refused(code)) => {
            tracing::warn!(code, "a mail was refused for good");
            (MailEnd::Refused, mails::forget(&pool, due.id).await)
        }
        Err(failure @ (Failure::Later(_) | Failure::Server(_))) => {
            retry::again("mail");
            tracing::debug!(%failure, tries = due.tries, "a mail was not taken, will try again");
            (MailEnd::Failed, mails::again(&pool, due.id, pause_after(due.tries)).await)
        }
    };
    MAILS.one(end);
    if let Err(error) = noted {
        tracing::warn!(%error, "what became of a mail is not noted: it is tried again");
    }
}

/// How long until the next try: so that many which failed together are not tried together.
fn pause_after(tries: i32) -> Duration {
    pause::after(tries, AGAIN_AFTER, AGAIN_LATEST, 0.5..1.0)
}

/// Looks whether the server can be used, and says so at `/readyz` and in the log. No work depends on it: mails wait.
pub(crate) async fn watch(post: Arc<Post>, readiness: Readiness, shutdown: CancellationToken) -> anyhow::Result<()> {
    let report = readiness.of_server("mail", "FLASHLINE_SMTP_URL");
    loop {
        report(post.mailer.check().await);
        if tokio::time::timeout(CHECK_EVERY, shutdown.cancelled()).await.is_ok() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_less_and_less_often_and_never_too_seldom_for_a_code() {
        assert!(pause_after(1) <= AGAIN_AFTER);
        for tries in [i32::MIN, 0, 1, 2, 5, 100, i32::MAX] {
            assert!((AGAIN_AFTER / 2..=AGAIN_LATEST).contains(&pause_after(tries)), "after {tries}");
        }
        assert!(pause_after(100) >= AGAIN_LATEST / 2);
    }
}
