//! A running system on which stories are played, one after the other.

use std::time::Duration;

use anyhow::Context;
use secrecy::SecretString;
use session::SessionKeys;
use sqlx::PgPool;
use testbed::Testbed;
use testbed::verify::Promise;
use tokio::time::Instant;

use super::clock::Clock;
use super::judge::{self, Told};
use super::line::Lines;
use super::perform::Performance;
use super::script::{DOORS, Story};
use super::transcript::Sentence;

/// Shorter than many a jump of the clock: sessions run out within a story.
const SESSION_S: &str = "900";
/// How long a whole story may take.
const PLAYED_WITHIN: Duration = Duration::from_secs(90);

/// A system whose clock jumps.
pub struct Stage {
    pub(super) testbed: Testbed,
    pub(super) clock: Clock,
    pub(super) pool: PgPool,
    pub(super) lines: Lines,
    pub(super) sessions: SessionKeys,
}

/// One story, judged.
pub struct Judged {
    pub(super) story: Story,
    pub(super) took: Duration,
    /// Promises and what was told, or why nothing could be judged.
    pub(super) verdict: Result<(Vec<Promise>, Told), String>,
}

impl Judged {
    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        self.verdict.is_ok() && self.broken().next().is_none()
    }

    pub(super) fn sentences(&self) -> &[Sentence] {
        self.verdict.as_ref().map_or(&[], |(_, told)| &told.sentences)
    }

    pub(super) fn promises(&self) -> &[Promise] {
        self.verdict.as_ref().map_or(&[], |(promises, _)| promises)
    }

    pub(super) fn broken(&self) -> impl Iterator<Item = &Promise> {
        self.promises().iter().filter(|promise| !promise.kept)
    }

    pub(super) fn broke(&self, promise: &str) -> bool {
        self.broken().any(|broken| broken.promise == promise)
    }
}

impl Stage {
    /// Two doors, two dispensers, on servers of their own. `name` is the server set.
    ///
    /// # Errors
    /// When something does not start, or there is no libfaketime.
    pub async fn start(name: &str) -> anyhow::Result<Self> {
        // New ones: nothing in them may come from a time that has not been yet.
        let clock = Clock::start(name)?;
        let described = Testbed::builder().set(name).on_new_servers().told_time_by(clock.file()).ingresses(DOORS);
        // People are few here, but quicker than any.
        let described =
            described.setting("FLASHLINE_SESSION_SECONDS", SESSION_S).setting("FLASHLINE_LIMIT_SHOPPER", "off");
        let testbed = described.start().await?;
        let sessions =
            SessionKeys::parse(&SecretString::from(testbed.session_key.clone())).map_err(anyhow::Error::msg)?;
        let (pool, lines) = (testbed.postgres().await?, Lines::new(&testbed.servers.amqp_url)?);
        Ok(Self { testbed, clock, pool, lines, sessions })
    }

    /// Plays a story, and judges what was told against the record.
    pub async fn judge(&mut self, story: &Story) -> Judged {
        let began = Instant::now();
        let played = tokio::time::timeout(PLAYED_WITHIN, Box::pin(self.play(story))).await;
        let verdict = match played.context("the story does not end") {
            Ok(Ok(judged)) => Ok(judged),
            Ok(Err(error)) | Err(error) => Err(format!("{error:#}")),
        };
        Judged { story: story.clone(), took: began.elapsed(), verdict }
    }

    async fn play(&self, story: &Story) -> anyhow::Result<(Vec<Promise>, Told)> {
        let mut performance = Performance::begin(self, story).await?;
        performance.perform().await?;
        let mut promises = performance.verify().await?;
        performance.ask_later().await?;
        let told = performance.told().await?;
        promises.extend(judge::all(&told));
        Ok((promises, told))
    }

    /// Stops everything; logs stay.
    ///
    /// # Errors
    /// When something does not stop in good order.
    pub async fn end(mut self) -> anyhow::Result<()> {
        self.pool.close().await;
        self.testbed.stop().await?;
        self.testbed.servers.down().await
    }
}
