//! The whole system as separate processes on private servers. Everything it started dies with it.

mod edge;
mod layout;
mod ports;
mod process;
mod servers;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use inventory::Connection;
use rand::distr::{Alphanumeric, SampleString};
use secrecy::SecretString;
use sqlx::PgPool;
use tokio::time::Instant;

use edge::Edge;
pub use layout::{Front, Kind, Replicas};
pub(crate) use ports::free_ports;
use ports::{free_address, local};
pub use process::{Process, told_time_by};
pub use servers::{Server, Servers};

const READY_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A running system.
pub struct Stack {
    /// The private servers.
    pub servers: Servers,
    binaries: PathBuf,
    logs: PathBuf,
    environment: Vec<(String, String)>,
    processes: Vec<Process>,
    /// How many of each kind there ever were: for the names of their logs.
    launched: HashMap<&'static str, usize>,
    edge: Option<Edge>,
    /// Where the edge is, or would be.
    edge_at: String,
    /// Where the shopper API and the pages are, first door first.
    pub base_urls: Vec<String>,
    /// Where the WebSockets are.
    pub socket_urls: Vec<String>,
    /// Where the sandbox gateway is.
    pub gateway_url: String,
    /// Where webhooks are received.
    pub webhook_url: String,
    /// An API token of role owner.
    pub admin_token: String,
    /// The secret that webhooks are signed with.
    pub webhook_key: String,
    /// The secret that session tokens are signed with.
    pub session_key: String,
}

impl Stack {
    /// Starts servers and services, and waits until all are ready. `name` is the server set.
    ///
    /// # Errors
    /// When anything does not come up; the message says where its log is.
    pub async fn start(name: &str, replicas: Replicas) -> anyhow::Result<Self> {
        Self::start_with(name, replicas, &[]).await
    }

    /// The same, with further settings for all services.
    ///
    /// # Errors
    /// When anything does not come up; the message says where its log is.
    pub async fn start_with(name: &str, replicas: Replicas, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_on(Servers::up(name).await?, replicas, settings).await
    }

    /// The same, on servers that run.
    ///
    /// # Errors
    /// When anything does not come up; the message says where its log is.
    pub async fn start_on(servers: Servers, replicas: Replicas, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let front = Front::choose(replicas)?;
        let mut stack = Self::prepare(servers, &front, settings).await?;
        stack.launch_all(replicas, front, |_| Vec::new()).await?;
        Ok(stack)
    }

    /// The same behind nginx, as everything that faces the world is: pages, API, sockets, webhooks.
    ///
    /// # Errors
    /// When anything does not come up; the message says where its log is.
    pub async fn start_behind_edge(name: &str, replicas: Replicas, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let front = Front::choose(replicas)?;
        let mut stack = Self::prepare(Servers::up(name).await?, &front, settings).await?;
        let at = stack.edge_at.clone();
        let behind = [
            ("FLASHLINE_SOCKET_URL", format!("ws://{at}/ws")),
            ("FLASHLINE_WEBHOOK_URL", format!("http://{at}/webhooks/sandbox")),
            ("FLASHLINE_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ];
        stack.environment.extend(behind.map(|(name, value)| (name.to_owned(), value)));
        stack.launch_all(replicas, front, |_| Vec::new()).await?;
        let folder = stack.servers.folder().join("edge");
        stack.edge = Some(Edge::start(folder, &at, &stack.processes).await?);
        Ok(stack)
    }

    /// The same on servers that are up, with further settings for each kind of service. The services listen at one
    /// front; shoppers are shown the other.
    ///
    /// # Errors
    /// When anything does not come up; the message says where its log is.
    pub async fn start_behind<'a>(
        servers: Servers,
        replicas: Replicas,
        listens: Front,
        shown: Front,
        settings: impl Fn(Kind) -> Vec<(&'a str, String)>,
    ) -> anyhow::Result<Self> {
        let mut stack = Self::prepare(servers, &shown, &[]).await?;
        stack.launch_all(replicas, listens, settings).await?;
        Ok(stack)
    }

    async fn prepare(servers: Servers, shown: &Front, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let pool = PgPool::connect(&servers.database_url).await.context("PostgreSQL")?;
        migrations::run(&pool).await.context("migrations")?;
        pool.close().await;

        let logs = servers.folder().join("logs");
        std::fs::create_dir_all(&logs)?;
        let admin_token = format!("flt_{}", secret());
        let (webhook_key, session_key) = (secret(), secret());
        let ports = free_ports(3)?;
        let (gateway, webhooks, edge_at) = (local(ports[0]), local(ports[1]), local(ports[2]));
        let socket_urls: Vec<String> = shown.sockets.iter().map(|at| format!("ws://{at}/ws")).collect();
        let environment = [
            ("FLASHLINE_AMQP_URL", servers.amqp_url.clone()),
            ("FLASHLINE_REDIS_URL", servers.redis_url.clone()),
            ("FLASHLINE_DATABASE_URL", servers.database_url.clone()),
            ("FLASHLINE_SESSION_KEYS", session_key.clone()),
            ("FLASHLINE_ATTEMPT_KEY", secret()),
            ("FLASHLINE_ADMIN_TOKEN", admin_token.clone()),
            ("FLASHLINE_WEBHOOK_KEYS", webhook_key.clone()),
            ("FLASHLINE_GATEWAY_LISTEN", gateway.clone()),
            ("FLASHLINE_GATEWAY_URL", format!("http://{gateway}")),
            ("FLASHLINE_WEBHOOK_LISTEN", webhooks.clone()),
            ("FLASHLINE_WEBHOOK_URL", format!("http://{webhooks}/webhooks/sandbox")),
            ("FLASHLINE_SOCKET_URL", socket_urls.join(",")),
            ("FLASHLINE_RECONCILE_SECONDS", "5".to_owned()),
            // The whole crowd comes from one address here.
            ("FLASHLINE_LIMIT_ADDRESS", "off".to_owned()),
            ("FLASHLINE_LIMIT_PAGES", "off".to_owned()),
            ("FLASHLINE_LIMIT_WEBHOOKS", "off".to_owned()),
            ("FLASHLINE_LIMIT_DECLINES", "0".to_owned()),
            ("FLASHLINE_ADDRESS_CONNECTIONS", "0".to_owned()),
            ("FLASHLINE_ADDRESS_SOCKETS", "0".to_owned()),
        ];
        Ok(Self {
            binaries: binaries()?,
            logs,
            environment: environment
                .into_iter()
                .chain(settings.iter().map(|(name, value)| (*name, (*value).to_owned())))
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            processes: Vec::new(),
            launched: HashMap::new(),
            edge: None,
            edge_at,
            base_urls: shown.doors.iter().map(|at| format!("http://{at}")).collect(),
            socket_urls,
            gateway_url: format!("http://{gateway}"),
            webhook_url: format!("http://{webhooks}/webhooks/sandbox"),
            admin_token,
            webhook_key,
            session_key,
            servers,
        })
    }

    async fn launch_all<'a>(
        &mut self,
        replicas: Replicas,
        listens: Front,
        settings: impl Fn(Kind) -> Vec<(&'a str, String)>,
    ) -> anyhow::Result<()> {
        let host = |url: &String| url.split('/').nth(2).map(str::to_owned);
        let launch = |stack: &mut Self, kind, at| stack.launch(kind, at, settings(kind));
        launch(self, Kind::SandboxGateway, None)?;
        for index in 0..replicas.order_workers {
            // The first is where the gateway finds it, unless it asks the edge.
            let at = if index == 0 { host(&self.webhook_url) } else { Some(free_address()?) };
            launch(self, Kind::OrderWorker, at)?;
        }
        for _ in 0..replicas.dispensers {
            launch(self, Kind::Dispenser, None)?;
        }
        for at in listens.sockets {
            launch(self, Kind::Notifier, Some(at.to_string()))?;
        }
        for at in listens.doors {
            launch(self, Kind::Ingress, Some(at.to_string()))?;
        }
        self.ready().await
    }

    /// Where shoppers are led to when the system is behind its edge.
    pub fn edge_url(&self) -> String {
        format!("http://{}", self.edge_at)
    }

    /// Adds a process of a kind, and leads to it once it is ready.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn add(&mut self, kind: Kind) -> anyhow::Result<()> {
        let at = kind.listen_variable().map(|_| free_address()).transpose()?;
        self.launch(kind, at, Vec::new())?;
        self.ready().await?;
        self.lead()
    }

    /// Takes the oldest process of a kind away, in good order. The edge learns of it by itself first.
    ///
    /// # Errors
    /// When there is none, or it stops badly.
    pub async fn remove(&mut self, kind: Kind) -> anyhow::Result<()> {
        let oldest = self.processes.iter().position(|process| process.kind == kind).context("none of that kind")?;
        let mut process = self.processes.remove(oldest);
        process.terminate();
        process.gone().await?;
        self.lead()
    }

    fn lead(&self) -> anyhow::Result<()> {
        self.edge.as_ref().map_or(Ok(()), |edge| edge.lead_to(&self.processes))
    }

    fn launch(&mut self, kind: Kind, at: Option<String>, settings: Vec<(&str, String)>) -> anyhow::Result<()> {
        let ops = free_address()?;
        let own = settings.into_iter().chain(kind.listen_variable().zip(at.clone()));
        let own = own.chain([("FLASHLINE_OPS_LISTEN", ops.clone())]).map(|(name, value)| (name.to_owned(), value));
        let number = self.launched.entry(kind.name()).and_modify(|number| *number += 1).or_insert(1);
        let process = Process {
            kind,
            binary: self.binaries.join(kind.name()),
            log: self.logs.join(format!("{}-{number}.log", kind.name())),
            environment: self.environment.iter().cloned().chain(own).collect(),
            ops,
            at,
            child: None,
        };
        self.processes.push(process);
        self.processes.last_mut().context("just pushed")?.start()
    }

    /// Waits until every process is ready.
    ///
    /// # Errors
    /// When one is not in time, or has ended.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        let give_up = Instant::now() + READY_WITHIN;
        for process in &mut self.processes {
            while process.child.is_some() && !process.is_ready().await {
                if process.has_ended()? || Instant::now() > give_up {
                    bail!("{} is not ready; its log is {}", process.kind.name(), process.log.display());
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }

    /// One of the processes of a kind, from 0.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn process(&mut self, kind: Kind, index: usize) -> &mut Process {
        let mut of_kind = self.processes.iter_mut().filter(|process| process.kind == kind);
        of_kind.nth(index).unwrap_or_else(|| panic!("no {kind:?} number {index}"))
    }

    /// Lets processes that stand still go on, and starts those that have ended.
    ///
    /// # Errors
    /// When one cannot be started.
    pub fn revive(&mut self) -> anyhow::Result<()> {
        for process in &mut self.processes {
            process.resume();
            if process.has_ended()? {
                process.start()?;
            }
        }
        Ok(())
    }

    /// What each process of a kind shows at `/metrics`.
    ///
    /// # Errors
    /// When one does not answer.
    pub async fn scrape(&self, kind: Kind) -> anyhow::Result<Vec<String>> {
        let of_kind = self.processes.iter().filter(|process| process.kind == kind);
        futures_util::future::try_join_all(of_kind.map(Process::scrape)).await
    }

    /// Where the processes of a kind serve `/metrics`, as host and port.
    pub fn ops(&self, kind: Kind) -> Vec<&str> {
        self.processes.iter().filter(|process| process.kind == kind).map(|process| process.ops.as_str()).collect()
    }

    /// The process ids of a kind that runs.
    pub fn pids(&self, kind: Kind) -> Vec<u32> {
        let of_kind = self.processes.iter().filter(|process| process.kind == kind);
        of_kind.filter_map(|process| process.child.as_ref().map(std::process::Child::id)).collect()
    }

    /// A pool on the system's database.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn postgres(&self) -> anyhow::Result<PgPool> {
        Ok(sqlx::postgres::PgPoolOptions::new().max_connections(4).connect(&self.servers.database_url).await?)
    }

    /// A connection to the system's Redis.
    ///
    /// # Errors
    /// When its URL cannot be read.
    pub fn redis(&self) -> anyhow::Result<Connection> {
        inventory::connect(&inventory::Settings { redis_url: SecretString::from(self.servers.redis_url.clone()) })
    }

    /// Stops the services in good order. The servers stay.
    ///
    /// # Errors
    /// When one does not stop, or stops badly.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        for process in self.processes.iter_mut().rev() {
            process.terminate();
        }
        for process in &mut self.processes {
            process.gone().await?;
        }
        Ok(())
    }
}

/// The folder of this build's binaries.
fn binaries() -> anyhow::Result<PathBuf> {
    let me = std::env::current_exe()?;
    // Tests run from a folder below.
    let folder = me.ancestors().skip(1).find(|folder| folder.join(Kind::Ingress.name()).is_file());
    folder.map(Path::to_owned).context("the services are not built: run cargo build --workspace --bins first")
}

fn secret() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 40)
}
