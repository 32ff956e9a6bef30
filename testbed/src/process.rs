//! One process of the system.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::layout::Kind;

const STOP_WITHIN: Duration = Duration::from_secs(30);
/// One that stands still does not.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A service's process, running or not. Killed when dropped.
pub struct Process {
    pub(crate) kind: Kind,
    pub(crate) binary: PathBuf,
    pub(crate) log: PathBuf,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) ops: String,
    /// Where it serves, if anybody is to find it.
    pub(crate) at: Option<String>,
    pub(crate) child: Option<Child>,
}

impl Process {
    /// Starts it, with the settings it always has.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&mut self) -> anyhow::Result<()> {
        self.start_with(&[])
    }

    /// Starts it with a clock that is minutes off. Its stopwatch is right.
    ///
    /// # Errors
    /// When it cannot be started, or there is no libfaketime.
    pub fn start_skewed(&mut self, minutes: i32) -> anyhow::Result<()> {
        let library = faketime("libfaketime.so.1")?;
        self.start_with(&[
            ("LD_PRELOAD", &library.to_string_lossy()),
            ("FAKETIME", &format!("{minutes:+}m")),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ])
    }

    /// Ends it at once, and starts it with these settings in place of what they otherwise are, until its next start.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_again_with(&mut self, settings: &[(&str, &str)]) -> anyhow::Result<()> {
        self.kill();
        self.start_with(settings)
    }

    /// What it says at `/readyz`, ready or not; null while it says nothing.
    pub async fn readiness(&self) -> Value {
        let ask = reqwest::Client::new().get(format!("http://{}/readyz", self.ops)).timeout(ANSWERS_WITHIN);
        match ask.send().await {
            Ok(answer) => answer.json().await.unwrap_or_default(),
            Err(_) => Value::Null,
        }
    }

    fn start_with(&mut self, further: &[(&str, &str)]) -> anyhow::Result<()> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log)?;
        let child = Command::new(&self.binary)
            .envs(self.environment.iter().cloned())
            .envs(further.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", self.binary.display()))?;
        self.child = Some(child);
        Ok(())
    }

    /// Kill -9.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to stop in good order.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Freezes it.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        if let Some(child) = &self.child {
            let _ = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status();
        }
    }

    /// Waits until it has stopped in good order.
    ///
    /// # Errors
    /// When it does not, or ends with a failure.
    pub async fn gone(&mut self) -> anyhow::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let ended = async {
            loop {
                if let Some(status) = child.try_wait()? {
                    return anyhow::Ok(status);
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        let Ok(status) = tokio::time::timeout(STOP_WITHIN, ended).await else {
            let _ = child.kill();
            let _ = child.wait();
            anyhow::bail!("{} did not stop; its log is {}", self.kind.name(), self.log.display());
        };
        let status = status?;
        ensure!(status.success(), "{} ended with {status}; its log is {}", self.kind.name(), self.log.display());
        Ok(())
    }

    pub(crate) fn has_ended(&mut self) -> anyhow::Result<bool> {
        Ok(match &mut self.child {
            Some(child) => child.try_wait()?.is_some(),
            None => true,
        })
    }

    pub(crate) async fn is_ready(&self) -> bool {
        let asked = reqwest::get(format!("http://{}/readyz", self.ops)).await;
        asked.is_ok_and(|answer| answer.status().is_success())
    }

    /// What it shows at `/metrics`.
    pub(crate) async fn scrape(&self) -> anyhow::Result<String> {
        let ask = reqwest::Client::new().get(format!("http://{}/metrics", self.ops)).timeout(ANSWERS_WITHIN);
        Ok(ask.send().await?.error_for_status()?.text().await?)
    }

    /// The value of a metric (all its labels summed), or of one series of it; zero when there is none, or no process.
    pub async fn metric(&self, name: &str) -> f64 {
        total(&self.scrape().await.unwrap_or_default(), name)
    }
}

/// The value of a metric (all its labels summed), or of one series of it, in what a process shows at `/metrics`; zero when
/// there is none.
pub fn total(shown: &str, name: &str) -> f64 {
    let lines = shown.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// Settings that tell a process the time that a file says, for as long as it runs. Its stopwatch is right.
pub(crate) fn told_time_by(file: &Path) -> anyhow::Result<[(&'static str, String); 4]> {
    Ok([
        ("LD_PRELOAD", faketime("libfaketimeMT.so.1")?.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ])
}

/// Debian's library that tells a process another time; its folder is named for the machine's kind.
fn faketime(library: &str) -> anyhow::Result<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib")?.filter_map(Result::ok);
    let mut places = folders.map(|folder| folder.path().join("faketime").join(library));
    places.find(|library| library.is_file()).context("libfaketime is missing: setup/install servers")
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
