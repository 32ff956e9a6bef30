//! A wall clock that jumps. Every process, PostgreSQL among them, is told the time by libfaketime from one file; their
//! stopwatches stay right.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use sale::time::UnixMs;
use sqlx::PgPool;

/// The time that a system is told, which only ever moves on. Cheap to clone.
#[derive(Clone)]
pub(super) struct Clock {
    file: Arc<PathBuf>,
    ahead_s: Arc<AtomicU64>,
}

impl Clock {
    /// One that is right, for now. Any user may read its file.
    pub(super) fn start(name: &str) -> anyhow::Result<Self> {
        let file = std::env::temp_dir().join(format!("flashline-clock-{}-{name}", std::process::id()));
        let clock = Self { file: Arc::new(file), ahead_s: Arc::default() };
        clock.tell(0)?;
        Ok(clock)
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// What everybody is told now.
    pub(super) fn now(&self) -> UnixMs {
        clock::now().plus_ms(self.ahead_s.load(Ordering::Relaxed) * 1_000)
    }

    /// Moves on by so many seconds, at once.
    pub(super) async fn jump(&self, seconds: u64, pool: &PgPool) -> anyhow::Result<()> {
        // Nobody has been silent for so long: a heartbeat from before the jump must not look like a dead process's.
        sqlx::query("UPDATE members SET seen_at = now() + make_interval(secs => $1)")
            .bind(seconds as f64)
            .execute(pool)
            .await?;
        self.tell(self.ahead_s.load(Ordering::Relaxed) + seconds)
    }

    /// In one step: nobody reads half a number.
    fn tell(&self, ahead_s: u64) -> anyhow::Result<()> {
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("+{ahead_s}s\n")).context("the clock's file")?;
        std::fs::rename(&new, &*self.file).context("the clock's file")?;
        self.ahead_s.store(ahead_s, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        if Arc::strong_count(&self.file) == 1 {
            let _ = std::fs::remove_file(&*self.file);
        }
    }
}
