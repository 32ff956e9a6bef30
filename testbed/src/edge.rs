//! nginx before the system, with the site of `compose/nginx`. What a container has otherwise (where it listens, where
//! the services are, where it may write) is written here, into a folder of the server set.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::time::Instant;

use crate::layout::Kind;
use crate::process::Process;
use crate::servers::checkout;

/// What it shares with the container.
const SHARED: [&str; 6] = ["http.conf", "site.conf", "forward.conf", "kept.conf", "tls.conf", "to_tls.conf"];
const READY_WITHIN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long its workers may take to drop what they have.
const STOP_WITHIN: Duration = Duration::from_secs(3);

/// Where the edge speaks TLS, and with which certificate: `server.pem` and `server.key` in a folder.
pub(crate) struct OverTls<'a> {
    pub(crate) at: &'a str,
    pub(crate) certificates: PathBuf,
}

/// A running nginx. Stopped when dropped.
pub(crate) struct Edge {
    folder: PathBuf,
    nginx: Child,
}

impl Edge {
    /// Starts it, and waits until it answers.
    pub(crate) async fn start(
        folder: PathBuf,
        at: &str,
        over_tls: Option<OverTls<'_>>,
        processes: &[Process],
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        forget(&folder)?;
        for part in SHARED {
            symlink(checkout().join("compose/nginx").join(part), folder.join(part))?;
        }
        std::fs::write(folder.join("nginx.conf"), main_conf(&folder, at, over_tls)?)?;
        std::fs::write(folder.join("upstreams.conf"), upstreams(processes))?;
        let log = OpenOptions::new().create(true).append(true).open(folder.join("nginx.log"))?;
        let nginx = Command::new(binary()?)
            .arg("-p")
            .arg(&folder)
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut edge = Self { folder, nginx };
        let give_up = Instant::now() + READY_WITHIN;
        while !reqwest::get(format!("http://{at}/edge/livez")).await.is_ok_and(|answer| answer.status().is_success()) {
            let running = edge.nginx.try_wait()?.is_none() && Instant::now() < give_up;
            ensure!(running, "nginx does not answer; its log is {}", edge.folder.join("nginx.log").display());
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(edge)
    }

    /// Leads to these processes from now on; connections that are open stay.
    pub(crate) fn lead_to(&self, processes: &[Process]) -> anyhow::Result<()> {
        std::fs::write(self.folder.join("upstreams.conf"), upstreams(processes))?;
        self.reload();
        Ok(())
    }

    /// Reads its files again, certificates too; connections that are open stay.
    pub(crate) fn reload(&self) {
        self.signal("HUP");
    }

    pub(crate) fn logs(&self) -> anyhow::Result<String> {
        let read = |name: &str| std::fs::read_to_string(self.folder.join(name)).context(name.to_owned());
        Ok(format!("{}{}", read("access.log")?, read("error.log")?))
    }

    fn signal(&self, name: &str) {
        let _ = Command::new("kill").arg(format!("-{name}")).arg(self.nginx.id().to_string()).status();
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        // Not by KILL at once: its workers would live on.
        self.signal("TERM");
        let give_up = std::time::Instant::now() + STOP_WITHIN;
        while std::time::Instant::now() < give_up {
            if !matches!(self.nginx.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(LOOK_EVERY);
        }
        let _ = self.nginx.kill();
        let _ = self.nginx.wait();
    }
}

/// Removes what an edge before this one has kept and was told, all but its logs: somebody may still want to read those.
fn forget(folder: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            std::fs::remove_dir_all(path)?;
        } else if path.extension().is_none_or(|extension| extension != "log") {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn binary() -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps it where only root's PATH leads.
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let mut candidates = folders.map(|folder| folder.join("nginx"));
    candidates.find(|nginx| nginx.is_file()).context("nginx is missing: setup/install edge")
}

fn main_conf(folder: &Path, at: &str, over_tls: Option<OverTls<'_>>) -> anyhow::Result<String> {
    let folder = folder.display();
    let servers = match over_tls {
        None => format!("server {{ listen {at} backlog=4096; include site.conf; }}"),
        Some(OverTls { at: over_tls, certificates }) => format!(
            "server {{ listen {at} backlog=4096; include to_tls.conf; }}
    server {{ listen {over_tls} ssl http2 backlog=4096; ssl_certificate {certificates}/server.pem;
             ssl_certificate_key {certificates}/server.key; include tls.conf; }}",
            certificates = certificates.display()
        ),
    };
    // As root it would give its workers to a user who may not get to this checkout.
    let user = if std::fs::metadata("/proc/self")?.uid() == 0 { "user root root;" } else { "" };
    Ok(format!(
        "{user} daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 8192; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/pages keys_zone=pages:8m inactive=1h use_temp_path=off;
    proxy_cache_path {folder}/sales keys_zone=sales:8m inactive=10s use_temp_path=off;
    include upstreams.conf;
    include http.conf;
    access_log {folder}/access.log edge;
    {servers}
}}
"
    ))
}

/// `compose/nginx/upstreams.conf`, with addresses in place of names.
fn upstreams(processes: &[Process]) -> String {
    let mut text = String::new();
    for (name, kind, more) in [
        ("ingress", Kind::Ingress, "keepalive 256; keepalive_timeout 20s;"),
        ("notifiers", Kind::Notifier, ""),
        ("webhooks", Kind::OrderWorker, ""),
    ] {
        let _ =
            writeln!(text, "upstream {name} {{ zone {name} 256k; {}", if more.is_empty() { "least_conn;" } else { "" });
        let places = processes.iter().filter(|process| process.kind == kind).filter_map(|process| process.at.as_ref());
        for at in places {
            let _ = writeln!(text, "    server {at} max_fails=3 fail_timeout=1s;");
        }
        let _ = writeln!(text, "    {more} }}");
    }
    text
}
