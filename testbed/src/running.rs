//! A running system, as separate processes on private servers. Every process that it started dies with it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use inventory::Connection;
use sale::ids::EventId;
use sale::time::UnixMs;
use sqlx::PgPool;
use tokio::time::Instant;

use crate::accounts::AccountProvider;
use crate::api::Admin;
use crate::crowd::Outcome;
use crate::edge::Edge;
use crate::environment::Environment;
use crate::layout::{Front, Kind, Replicas};
use crate::mail::MailServer;
use crate::ports::free_address;
use crate::process::Process;
use crate::push::PushService;
use crate::servers::Servers;
use crate::stripe::Stripe;
use crate::verify::{Evidence, Verdict, decided_within, verify};

const READY_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A running system.
pub struct Testbed {
    /// The private servers.
    pub servers: Servers,
    /// An admin of role owner, who calls the first door.
    pub admin: Admin,
    binaries: PathBuf,
    logs: PathBuf,
    environment: Vec<(String, String)>,
    pub(crate) processes: Vec<Process>,
    /// How many of each kind there ever were: for the names of their logs.
    launched: HashMap<&'static str, usize>,
    pub(crate) edge: Option<Edge>,
    edge_at: String,
    edge_tls_at: Option<String>,
    /// Where the shopper API and the pages are, first door first.
    pub base_urls: Vec<String>,
    /// Where the WebSockets are.
    pub socket_urls: Vec<String>,
    /// Where the sandbox gateway is.
    pub gateway_url: String,
    /// The Stripe that sales are paid through, if they are.
    pub stripe: Option<Stripe>,
    /// The mail server, if shoppers can sign in by e-mail.
    pub mail: Option<MailServer>,
    /// The push service, if shoppers can be told by Web Push.
    pub push: Option<PushService>,
    /// The OpenID provider, if shoppers can sign in with accounts.
    pub accounts: Option<AccountProvider>,
    /// Where webhooks are received.
    pub webhook_url: String,
    /// An API token of role owner.
    pub admin_token: String,
    /// The secret that webhooks are signed with.
    pub webhook_key: String,
    /// The secret that session tokens are signed with.
    pub session_key: String,
}

impl Testbed {
    /// With no process yet.
    pub(crate) fn prepare(servers: Servers, shown: &Front, environment: Environment) -> anyhow::Result<Self> {
        let logs = servers.folder().join("logs");
        std::fs::create_dir_all(&logs)?;
        let base_urls: Vec<String> = shown.doors.iter().map(|at| format!("http://{at}")).collect();
        Ok(Self {
            servers,
            admin: Admin::new(&base_urls, &environment.admin_token),
            binaries: binaries()?,
            logs,
            environment: environment.settings,
            processes: Vec::new(),
            launched: HashMap::new(),
            edge: None,
            edge_at: environment.edge_at,
            edge_tls_at: environment.edge_tls_at,
            base_urls,
            socket_urls: environment.socket_urls,
            gateway_url: environment.gateway_url,
            stripe: None,
            mail: None,
            push: None,
            accounts: None,
            webhook_url: environment.webhook_url,
            admin_token: environment.admin_token,
            webhook_key: environment.webhook_key,
            session_key: environment.session_key,
        })
    }

    /// Starts so many of each, and waits until all are ready. The front says how many doors and sockets.
    pub(crate) async fn launch_all(
        &mut self,
        replicas: Replicas,
        listens: Front,
        settings_of: &[(Kind, String, String)],
    ) -> anyhow::Result<()> {
        let host = |url: &String| url.split('/').nth(2).map(str::to_owned);
        let launch = |testbed: &mut Self, kind, at| {
            let own = settings_of.iter().filter(|(of, ..)| *of == kind);
            testbed.launch(kind, at, own.map(|(_, name, value)| (name.as_str(), value.clone())).collect())
        };
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
        match &self.edge_tls_at {
            Some(at) => format!("https://{at}"),
            None => self.plain_edge_url(),
        }
    }

    /// Where it takes plain HTTP.
    pub fn plain_edge_url(&self) -> String {
        format!("http://{}", self.edge_at)
    }

    /// What the edge has logged: every request, and its errors.
    ///
    /// # Errors
    /// When there is no edge, or its logs cannot be read.
    pub fn edge_logs(&self) -> anyhow::Result<String> {
        self.edge.as_ref().context("no edge")?.logs()
    }

    /// Tells the edge to read its files again.
    pub fn reload_edge(&self) {
        self.edge.iter().for_each(Edge::reload);
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

    /// The value of a metric (all its labels summed), or of one series of it, at each process of a kind; zero where a
    /// process does not run.
    pub async fn metrics(&self, kind: Kind, series: &str) -> Vec<f64> {
        let of_kind = self.processes.iter().filter(|process| process.kind == kind);
        futures_util::future::join_all(of_kind.map(|process| process.metric(series))).await
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
        self.servers.postgres().await
    }

    /// A connection to the system's Redis.
    ///
    /// # Errors
    /// When its URL cannot be read.
    pub fn redis(&self) -> anyhow::Result<Connection> {
        self.servers.redis()
    }

    /// Waits until the system has come to rest after a crowd has gone, and judges every promise of a sale.
    ///
    /// # Errors
    /// When the evidence cannot be read.
    pub async fn judge(&self, event: EventId, outcome: &Outcome) -> anyhow::Result<Verdict> {
        let pool = self.postgres().await?;
        let evidence = Evidence {
            event,
            diaries: &outcome.diaries,
            pool: &pool,
            redis: self.redis()?,
            gateway_urls: self.gateway_urls(),
        };
        verify(evidence).await
    }

    /// Where the gateways are that sales are paid through.
    pub fn gateway_urls(&self) -> Vec<String> {
        let stripe = self.stripe.as_ref().map(|stripe| stripe.url.clone());
        stripe.into_iter().chain([self.gateway_url.clone()]).collect()
    }

    /// How many outcomes of a sale were decided between two times, by the dispensers' clock.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn decided_within(&self, event: EventId, from: UnixMs, until: UnixMs) -> anyhow::Result<usize> {
        decided_within(&self.postgres().await?, event, from, until).await
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

    /// For a test: the same at its end.
    ///
    /// # Panics
    /// When a process does not stop, or stops badly.
    pub async fn end(mut self) {
        self.stop().await.expect("every process stops in good order");
    }
}

/// The folder of this build's binaries.
///
/// # Errors
/// When they are not built.
pub fn binaries() -> anyhow::Result<PathBuf> {
    let me = std::env::current_exe()?;
    // Tests run from a folder below.
    let folder = me.ancestors().skip(1).find(|folder| folder.join(Kind::Ingress.name()).is_file());
    folder.map(Path::to_owned).context("the services are not built: run cargo build --workspace --bins first")
}
