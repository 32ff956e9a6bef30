//! Shoppers who only wait, in processes of their own: one process may open 20,000 files here.

use std::ops::Range;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use sale::ids::EventId;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use uuid::Uuid;

use super::shoppers::Shoppers;
use super::sockets::{Count, Sockets};

const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// Who waits, and for what.
#[derive(Args)]
pub struct Options {
    /// The sale
    #[arg(long)]
    event: Uuid,
    /// The first shopper's place
    #[arg(long)]
    from: u32,
    /// How many shoppers
    #[arg(long)]
    count: u32,
    /// Where the sockets are
    #[arg(long, value_delimiter = ',')]
    urls: Vec<String>,
    /// The secret of the session tokens
    #[arg(long, env = "FLASHLINE_SESSION_KEYS", hide_env_values = true)]
    session_keys: String,
}

/// Opens the sockets, says so, then says what they heard for each line on stdin, until that ends.
///
/// # Errors
/// When a socket cannot be opened.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let event = EventId(options.event);
    let who = options.from..options.from + options.count;
    let shoppers = Arc::new(Shoppers::new(who, &options.session_keys, event, "")?);
    let sockets = Sockets::open(&shoppers, event, &options.urls).await?;
    println!("{}", serde_json::to_string(&sockets.count())?);
    let mut asked = BufReader::new(tokio::io::stdin()).lines();
    while asked.next_line().await?.is_some() {
        println!("{}", serde_json::to_string(&sockets.count())?);
    }
    Ok(())
}

/// Such a process. Killed when dropped.
pub(super) struct Waiters {
    _process: Child,
    ask: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Waiters {
    /// Starts it, and waits until all its sockets are open.
    pub(super) async fn start(
        event: EventId,
        who: Range<u32>,
        urls: &[String],
        session_key: &str,
    ) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["waiters", "--event", &event.to_string(), "--urls", &urls.join(",")])
            .args(["--from", &who.start.to_string(), "--count", &who.len().to_string()])
            .env("FLASHLINE_SESSION_KEYS", session_key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let ask = process.stdin.take().context("stdin")?;
        let answers = BufReader::new(process.stdout.take().context("stdout")?).lines();
        let mut waiters = Self { _process: process, ask, answers };
        waiters.answer().await?;
        Ok(waiters)
    }

    /// What they heard so far.
    pub(super) async fn count(&mut self) -> anyhow::Result<Count> {
        self.ask.write_all(b"\n").await?;
        self.answer().await
    }

    async fn answer(&mut self) -> anyhow::Result<Count> {
        let line = tokio::time::timeout(ANSWER_WITHIN, self.answers.next_line()).await??;
        Ok(serde_json::from_str(&line.context("the waiters have gone")?)?)
    }
}
