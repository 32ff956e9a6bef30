//! A mail server to test with: aiosmtpd, which others wrote after the RFCs. It keeps every mail that it takes.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::Instant;
use uuid::Uuid;

use crate::ports::free_ports;
use crate::servers::checkout;
use crate::wait;

const READY_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Mail takes a moment; longer after a server was away, and a lease of 40 s when the worker died that was about to send it.
const COMES_WITHIN: Duration = Duration::from_secs(60);

/// How it wants to be spoken to, with certificate and key as PEM files.
#[derive(Clone, Debug)]
pub enum Security {
    /// Plain.
    Plain,
    /// TLS after a plain greeting.
    StartTls(PathBuf, PathBuf),
    /// TLS from the first byte.
    Tls(PathBuf, PathBuf),
}

/// One that runs, or was stopped. It ends with its handle, and its mails with it.
pub struct MailServer {
    /// Where it is, as `FLASHLINE_SMTP_URL` says it.
    pub url: String,
    port: u16,
    security: Security,
    folder: PathBuf,
    child: Option<Child>,
}

impl MailServer {
    /// Starts one.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(security: Security) -> anyhow::Result<Self> {
        let port = free_ports(1)?[0];
        let url = match &security {
            Security::Plain => format!("smtp://127.0.0.1:{port}"),
            Security::StartTls(..) => format!("smtp://127.0.0.1:{port}?tls=required"),
            Security::Tls(..) => format!("smtps://127.0.0.1:{port}"),
        };
        let folder = std::env::temp_dir().join(format!("flashline-mail-{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&folder)?;
        let mut server = Self { url, port, security, folder, child: None };
        server.start_again().await?;
        Ok(server)
    }

    /// Starts it where it was, after [`Self::stop`].
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let (word, files) = match &self.security {
            Security::Plain => ("plain", None),
            Security::StartTls(certificate, key) => ("starttls", Some([certificate, key])),
            Security::Tls(certificate, key) => ("tls", Some([certificate, key])),
        };
        let child = Command::new(checkout().join(".flashline/tools/python/bin/python"))
            .arg(checkout().join("testbed/src/mail/serve.py"))
            .args([self.folder.as_os_str(), self.port.to_string().as_ref(), word.as_ref()])
            .args(files.into_iter().flatten())
            .stdin(Stdio::null())
            .spawn()
            .context("aiosmtpd is missing: setup/install mail")?;
        let child = self.child.insert(child);
        let give_up = Instant::now() + READY_WITHIN;
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            ensure!(child.try_wait()?.is_none() && Instant::now() < give_up, "no mail server: setup/install mail");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Ends it. What it has taken stays.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The mails to an address, the first first.
    pub fn to(&self, address: &str) -> Vec<Value> {
        let files = std::fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok);
        let mut files: Vec<PathBuf> = files.map(|file| file.path()).collect();
        files.sort();
        let mails = files.iter().filter(|file| file.extension().is_some_and(|end| end == "json"));
        let mails = mails.filter_map(|file| serde_json::from_slice::<Value>(&std::fs::read(file).ok()?).ok());
        mails.filter(|mail| mail["to"] == serde_json::json!([address])).collect()
    }

    /// Waits for the mail of a number (from 1) to an address.
    pub async fn nth_to(&self, address: &str, number: usize) -> Value {
        let look = async || self.to(address);
        let mails = wait::until("the mail has come", COMES_WITHIN, look, |mails| mails.len() >= number).await;
        mails[number - 1].clone()
    }

    /// Waits for it, and reads its code.
    pub async fn nth_code_to(&self, address: &str, number: usize) -> String {
        let mail = self.nth_to(address, number).await;
        let code = mail["plain"].as_str().and_then(code_in);
        code.unwrap_or_else(|| panic!("no code in {mail}")).to_owned()
    }
}

/// The six digits that stand by themselves.
fn code_in(text: &str) -> Option<&str> {
    text.split_whitespace().find(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
