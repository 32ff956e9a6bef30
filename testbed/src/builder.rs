//! What to start. The defaults are one of each service but two dispensers (a writer and its standby), on the server set
//! of this lane, without an edge.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::edge::{Edge, OverTls};
use crate::environment::Environment;
use crate::lane;
use crate::layout::{Front, Kind, Replicas};
use crate::process::told_time_by;
use crate::running::Testbed;
use crate::servers::Servers;

/// Describes a system, and starts it.
#[must_use = "nothing is started before `start` or `up`"]
#[derive(Default)]
pub struct Builder {
    servers: Wanted,
    replicas: Replicas,
    settings: Vec<(String, String)>,
    settings_of: Vec<(Kind, String, String)>,
    has_edge: bool,
    is_on_stripe: bool,
    sends_mail: bool,
    pushes: bool,
    has_accounts: bool,
    /// Where doors and sockets listen, and where shoppers are led to instead.
    fronts: Option<(Front, Front)>,
}

/// The servers to start, or those that run already.
struct Wanted {
    set: String,
    is_new: bool,
    is_cluster: bool,
    is_tls: bool,
    disk_mb: Option<u32>,
    clock_file: Option<PathBuf>,
    running: Option<Servers>,
}

impl Default for Wanted {
    fn default() -> Self {
        let set = lane::set();
        Self { set, is_new: false, is_cluster: false, is_tls: false, disk_mb: None, clock_file: None, running: None }
    }
}

impl Testbed {
    /// Describes the system to start.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// The server set, by its name; those of different names run side by side.
    pub fn set(mut self, name: &str) -> Self {
        name.clone_into(&mut self.servers.set);
        self
    }

    /// Deletes first what the set holds.
    pub fn on_new_servers(mut self) -> Self {
        self.servers.is_new = true;
        self
    }

    /// Three brokers, and three Redis servers with their Sentinels, instead of one of each.
    pub fn on_cluster(mut self) -> Self {
        self.servers.is_cluster = true;
        self
    }

    /// Servers that speak TLS only, and ask clients for certificates.
    pub fn on_tls(mut self) -> Self {
        self.servers.is_tls = true;
        self
    }

    /// Redis and PostgreSQL of a new set get disks of so many megabytes that can be filled, where this user may mount
    /// them ([`Servers::have_disks`]).
    pub fn on_disks(mut self, disk_mb: u32) -> Self {
        self.servers.disk_mb = Some(disk_mb);
        self
    }

    /// PostgreSQL and every service are told the time that a file says, as libfaketime reads it.
    pub fn told_time_by(mut self, file: &Path) -> Self {
        self.servers.clock_file = Some(file.to_owned());
        self
    }

    /// Servers that run already (from [`Self::up`]), whatever else is said about servers.
    pub fn on(mut self, servers: Servers) -> Self {
        self.servers.running = Some(servers);
        self
    }

    /// So many HTTP doors.
    pub fn ingresses(mut self, count: usize) -> Self {
        self.replicas.ingresses = count;
        self
    }

    /// So many writers and standbys.
    pub fn dispensers(mut self, count: usize) -> Self {
        self.replicas.dispensers = count;
        self
    }

    /// So many systems of record.
    pub fn order_workers(mut self, count: usize) -> Self {
        self.replicas.order_workers = count;
        self
    }

    /// So many WebSocket servers.
    pub fn notifiers(mut self, count: usize) -> Self {
        self.replicas.notifiers = count;
        self
    }

    /// So many of each service.
    pub fn of_each(self, count: usize) -> Self {
        self.ingresses(count).dispensers(count).order_workers(count).notifiers(count)
    }

    /// A setting of all services, in place of what it is otherwise.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A setting of one kind of service, in place of that of all.
    pub fn setting_of(mut self, kind: Kind, name: &str, value: &str) -> Self {
        self.settings_of.push((kind, name.to_owned(), value.to_owned()));
        self
    }

    /// Behind nginx, as everything that faces the world is: pages, API, sockets, webhooks. The admin still calls the
    /// doors themselves, and so does who uses [`Testbed::base_urls`]; the edge is [`Testbed::edge_url`]. On servers that
    /// speak TLS it does too.
    pub fn behind_edge(mut self) -> Self {
        self.has_edge = true;
        self
    }

    /// Sales are paid through Stripe, unless they say otherwise: one of their own ([`Testbed::stripe`]).
    pub fn on_stripe(mut self) -> Self {
        self.is_on_stripe = true;
        self
    }

    /// Shoppers can sign in by e-mail: with a mail server of their own ([`Testbed::mail`]).
    pub fn with_mail(mut self) -> Self {
        self.sends_mail = true;
        self
    }

    /// Shoppers can be told by Web Push: with a push service of their own ([`Testbed::push`]).
    pub fn with_push(mut self) -> Self {
        self.pushes = true;
        self
    }

    /// Shoppers can sign in with accounts: at an OpenID provider of their own ([`Testbed::accounts`]).
    pub fn with_accounts(mut self) -> Self {
        self.has_accounts = true;
        self
    }

    /// Doors and sockets listen at one front, and shoppers are led to the other, proxies say. The front says how many
    /// doors and sockets there are.
    pub fn fronted(mut self, listens: Front, shown: Front) -> Self {
        self.fronts = Some((listens, shown));
        self
    }

    /// Starts the servers alone.
    ///
    /// # Errors
    /// When the launcher cannot start them; it has said why on standard error.
    pub async fn up(self) -> anyhow::Result<Servers> {
        self.servers.up().await
    }

    /// Starts servers and services, and waits until all are ready.
    ///
    /// # Errors
    /// When anything does not come up; the message says where its log is.
    pub async fn start(mut self) -> anyhow::Result<Testbed> {
        if let Some(file) = &self.servers.clock_file {
            let told = told_time_by(file)?;
            self.settings.extend(told.map(|(name, value)| (name.to_owned(), value)));
        }
        let servers = self.servers.up().await?;
        let pool = servers.postgres().await.context("PostgreSQL")?;
        migrations::run(&pool).await.context("migrations")?;
        pool.close().await;

        let (listens, shown) = match self.fronts {
            Some(fronts) => fronts,
            None => {
                let front = Front::choose(self.replicas.ingresses, self.replicas.notifiers)?;
                (front.clone(), front)
            }
        };
        let mut environment = Environment::new(&servers, &shown)?;
        if self.has_edge {
            environment.lead_through_edge();
        }
        let stripe = if self.is_on_stripe { Some(environment.pay_through_stripe().await?) } else { None };
        let mail = if self.sends_mail { Some(environment.send_mail().await?) } else { None };
        let push = if self.pushes { Some(environment.push(&servers).await?) } else { None };
        let mut accounts = if self.has_accounts { Some(environment.have_accounts()?) } else { None };
        if let Some(provider) = &mut accounts {
            provider.start().await?;
        }
        environment.settings.extend(self.settings);
        let (edge_at, edge_tls_at) = (environment.edge_at.clone(), environment.edge_tls_at.clone());
        let mut testbed = Testbed::prepare(servers, &shown, environment)?;
        (testbed.stripe, testbed.mail, testbed.push, testbed.accounts) = (stripe, mail, push, accounts);
        testbed.launch_all(self.replicas, listens, &self.settings_of).await?;
        if self.has_edge {
            let folder = testbed.servers.folder().join("edge");
            let certificates = testbed.servers.folder().join("tls");
            let over_tls = edge_tls_at.as_deref().map(|at| OverTls { at, certificates });
            testbed.edge = Some(Edge::start(folder, &edge_at, over_tls, &testbed.processes).await?);
        }
        Ok(testbed)
    }
}

impl Wanted {
    async fn up(self) -> anyhow::Result<Servers> {
        if let Some(servers) = self.running {
            return Ok(servers);
        }
        if self.is_new {
            Servers::reset(&self.set).await?;
        }
        let wishes = [(self.is_cluster, "--cluster"), (self.is_tls, "--tls")];
        let words: Vec<&str> =
            std::iter::once("up").chain(wishes.iter().filter(|(is, _)| *is).map(|(_, word)| *word)).collect();
        let disk = self.disk_mb.map(|mb| ("FLASHLINE_DISK_MB", mb.to_string()));
        let clock = self.clock_file.map(|file| ("FLASHLINE_CLOCK_FILE", file.display().to_string()));
        let settings: Vec<(&str, String)> = disk.into_iter().chain(clock).collect();
        Servers::up(&self.set, &words, &settings).await
    }
}
