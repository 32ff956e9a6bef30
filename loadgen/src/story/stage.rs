//! A running system on which stories are played, one after the other.

use secrecy::SecretString;
use session::SessionKeys;
use sqlx::PgPool;
use testbed::Testbed;

use super::clock::Clock;
use super::line::Lines;
use super::script::DOORS;

/// Shorter than many a jump of the clock: sessions run out within a story.
const SESSION_S: &str = "900";

/// A system whose clock jumps.
pub struct Stage {
    pub(super) testbed: Testbed,
    pub(super) clock: Clock,
    pub(super) pool: PgPool,
    pub(super) lines: Lines,
    pub(super) sessions: SessionKeys,
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
        let (pool, lines) = (testbed.postgres().await?, Lines::new(&testbed.servers)?);
        Ok(Self { testbed, clock, pool, lines, sessions })
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
