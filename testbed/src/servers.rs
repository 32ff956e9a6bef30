//! The private servers, through the launcher in `compose/`.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context, ensure};
use broker::Broker;
use secrecy::SecretString;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tls::Trust;
use tokio::process::Command;

/// Connections of a pool for a test.
const CONNECTIONS: u32 = 4;

/// One of the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// The broker.
    RabbitMq,
    /// The hot inventory.
    Redis,
    /// The system of record's database.
    Postgres,
}

impl Server {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Server::RabbitMq => "RabbitMQ",
            Server::Redis => "Redis",
            Server::Postgres => "PostgreSQL",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Server::RabbitMq => "rabbitmq",
            Server::Redis => "redis",
            Server::Postgres => "postgres",
        }
    }
}

/// A set of private servers.
pub struct Servers {
    name: String,
    /// Where RabbitMQ is.
    pub amqp_url: String,
    /// Where Redis is.
    pub redis_url: String,
    /// Where PostgreSQL is.
    pub database_url: String,
    /// Whom a set that speaks TLS is to be believed by, and who its clients say they are.
    pub tls: tls::Settings,
    /// What stands there.
    pub trust: Trust,
}

impl Servers {
    /// Starts a set, if it does not run, with these words and settings of the launcher.
    pub(crate) async fn up(name: &str, words: &[&str], settings: &[(&str, String)]) -> anyhow::Result<Self> {
        launcher_with(name, words, settings).await?;
        let lines = launcher(name, &["env"]).await?;
        let known = |variable: &str| {
            let line = lines.lines().find_map(|line| line.strip_prefix(&format!("export {variable}=")));
            line.map(|value| value.trim_matches('\'').to_owned())
        };
        let value = |variable: &str| known(variable).with_context(|| format!("no {variable} in the set"));
        let file = |variable: &str| known(variable).map(PathBuf::from);
        let tls = tls::Settings {
            ca_file: file("FLASHLINE_CA_FILE"),
            client_cert_file: file("FLASHLINE_CLIENT_CERT_FILE"),
            client_key_file: file("FLASHLINE_CLIENT_KEY_FILE"),
        };
        Ok(Self {
            name: name.to_owned(),
            amqp_url: value("FLASHLINE_AMQP_URL")?,
            redis_url: value("FLASHLINE_REDIS_URL")?,
            database_url: value("FLASHLINE_DATABASE_URL")?,
            trust: tls.load()?,
            tls,
        })
    }

    /// A pool on the set's database.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn postgres(&self) -> anyhow::Result<PgPool> {
        let database_url = SecretString::from(self.database_url.clone());
        let settings = record::Settings { database_url, database_connections: CONNECTIONS };
        let options = record::options(&settings, &self.trust)?;
        Ok(PgPoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await?)
    }

    /// A connection to the set's Redis.
    ///
    /// # Errors
    /// When its URL cannot be read.
    pub fn redis(&self) -> anyhow::Result<inventory::Connection> {
        let redis_url = SecretString::from(self.redis_url.clone());
        inventory::connect(&inventory::Settings { redis_url }, &self.trust)
    }

    /// The set's RabbitMQ, as `name` uses it.
    ///
    /// # Errors
    /// When its URL cannot be read.
    pub fn broker(&self, name: &'static str) -> anyhow::Result<Broker> {
        Broker::new(&broker::Settings { amqp_url: SecretString::from(self.amqp_url.clone()) }, &self.trust, name)
    }

    /// Where the set keeps its data and logs.
    pub fn folder(&self) -> PathBuf {
        checkout().join(".flashline").join(&self.name)
    }

    /// Stops and starts one in good order.
    ///
    /// # Errors
    /// When it does not come back.
    pub async fn restart(&self, server: Server) -> anyhow::Result<()> {
        self.tell(&["restart", server.word()]).await
    }

    /// Kill -9; it stays down.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill(&self, server: Server) -> anyhow::Result<()> {
        self.tell(&["kill", server.word()]).await
    }

    /// Starts one that is down.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start(&self, server: Server) -> anyhow::Result<()> {
        self.tell(&["start", server.word()]).await
    }

    /// Empties Redis and restarts it: everything it knew is gone.
    ///
    /// # Errors
    /// When it does not come back.
    pub async fn wipe_redis(&self) -> anyhow::Result<()> {
        self.tell(&["wipe", "redis"]).await
    }

    /// Freezes one.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn pause(&self, server: Server) -> anyhow::Result<()> {
        self.tell(&["pause", server.word()]).await
    }

    /// Lets a frozen one go on.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn resume(&self, server: Server) -> anyhow::Result<()> {
        self.tell(&["resume", server.word()]).await
    }

    /// Copies what Redis has on disk now.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn keep_redis(&self) -> anyhow::Result<()> {
        self.tell(&["keep", "redis"]).await
    }

    /// Kill -9, and starts it with what was kept.
    ///
    /// # Errors
    /// When nothing was kept, or it does not come back.
    pub async fn put_redis_back(&self) -> anyhow::Result<()> {
        self.tell(&["put-back", "redis"]).await
    }

    /// Fills the disk of Redis or PostgreSQL to the last byte.
    ///
    /// # Errors
    /// When it has no disk of its own.
    pub async fn fill_disk(&self, server: Server) -> anyhow::Result<()> {
        self.tell(&["fill", server.word()]).await
    }

    /// Frees it again, and starts the server if it has ended meanwhile.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn free_disk(&self, server: Server) -> anyhow::Result<()> {
        self.tell(&["free", server.word()]).await
    }

    /// Makes RabbitMQ believe that memory is short, or no more.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn alarm(&self, on: bool) -> anyhow::Result<()> {
        self.ctl(&["set_vm_memory_high_watermark", if on { "0.00001" } else { "0.4" }]).await.map(drop)
    }

    /// Tells RabbitMQ what its operator would. Returns what it says.
    ///
    /// # Errors
    /// When it does not run, or refuses.
    pub async fn ctl(&self, words: &[&str]) -> anyhow::Result<String> {
        launcher(&self.name, &[&["ctl"], words].concat()).await
    }

    /// Whether Redis and PostgreSQL have disks of their own, to be filled.
    pub fn have_disks(&self) -> bool {
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        let is_mounted = |server: Server| {
            let folder = self.folder().join(server.word()).canonicalize().unwrap_or_default();
            mounts.lines().any(|line| line.split(' ').nth(1).is_some_and(|at| Path::new(at) == folder))
        };
        is_mounted(Server::Redis) && is_mounted(Server::Postgres)
    }

    /// Starts those that are down.
    ///
    /// # Errors
    /// When one does not come up.
    pub async fn mend(&self) -> anyhow::Result<()> {
        self.tell(&["up"]).await
    }

    /// Stops a set and deletes its data.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn reset(name: &str) -> anyhow::Result<()> {
        launcher(name, &["reset"]).await.map(drop)
    }

    /// Stops the set; its data stays.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn down(&self) -> anyhow::Result<()> {
        self.tell(&["down"]).await
    }

    /// Anything else that the launcher can do, such as what it does to one server of a cluster. Returns what it says.
    ///
    /// # Errors
    /// When it cannot; it has said why on standard error.
    pub async fn ask(&self, words: &[&str]) -> anyhow::Result<String> {
        launcher(&self.name, words).await
    }

    /// What the launcher says of each server, one a line: its name, its state, where it is; also while some are down.
    ///
    /// # Errors
    /// When the launcher cannot be run.
    pub async fn status(&self) -> anyhow::Result<String> {
        let output = run_launcher(&self.name, &["status"], &[]).await?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    async fn tell(&self, words: &[&str]) -> anyhow::Result<()> {
        self.ask(words).await.map(drop)
    }
}

async fn launcher(name: &str, words: &[&str]) -> anyhow::Result<String> {
    launcher_with(name, words, &[]).await
}

async fn launcher_with(name: &str, words: &[&str], settings: &[(&str, String)]) -> anyhow::Result<String> {
    let output = run_launcher(name, words, settings).await?;
    ensure!(output.status.success(), "compose/servers --name {name} {} failed", words.join(" "));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

async fn run_launcher(name: &str, words: &[&str], settings: &[(&str, String)]) -> anyhow::Result<Output> {
    let path = checkout().join("compose/servers");
    Command::new(&path)
        .args(["--name", name])
        .args(words)
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .await
        .with_context(|| format!("cannot run {}", path.display()))
}

/// The checkout this was built from.
pub(crate) fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}
