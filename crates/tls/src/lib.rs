//! Whom a process believes when it connects to a server over TLS, and who it says it is.
//!
//! Every library that connects gets its roots and its certificate from here, in the form that it takes. There is one
//! crypto provider (`ring`), and certificates are always checked, host names included.

mod pem;
mod reason;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use clap::Args;
use rustls::client::WantsClientCert;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use secrecy::{ExposeSecret, SecretString};

pub use reason::reason;

/// Whom connections over TLS believe, and who they say they are.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
#[command(next_help_heading = "TLS")]
pub struct Settings {
    /// Certificate authorities to believe beside the system's, as a PEM file: for every server that is connected to over TLS
    #[arg(long, env = "FLASHLINE_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    /// Certificate to show to servers that ask for one, with its chain, as a PEM file
    #[arg(long, env = "FLASHLINE_CLIENT_CERT_FILE", requires = "client_key_file")]
    pub client_cert_file: Option<PathBuf>,
    /// Private key of that certificate, as a PEM file
    #[arg(long, env = "FLASHLINE_CLIENT_KEY_FILE", requires = "client_cert_file")]
    pub client_key_file: Option<PathBuf>,
}

/// What was read of the [`Settings`]. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Trust(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    ca: Option<String>,
    roots: RootCertStore,
    system: Vec<CertificateDer<'static>>,
    identity: Option<Identity>,
}

/// Who a process says it is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate and its chain, as PEM.
    pub chain: String,
    /// Its private key, as PEM.
    pub key: SecretString,
}

impl Settings {
    /// Reads the files. A certificate of the system that cannot be read is left out; one of ours is an error.
    ///
    /// # Errors
    /// When a file cannot be read, or is not what it should be. The message names the setting.
    pub fn load(&self) -> anyhow::Result<Trust> {
        // For clients that take none from here. It is there already when this is called again.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut roots = RootCertStore::empty();
        let mut system = rustls_native_certs::load_native_certs().certs;
        system.retain(|certificate| roots.add(certificate.clone()).is_ok());
        let ca = self.ca_file.as_deref().map(|file| read("FLASHLINE_CA_FILE", file)).transpose()?;
        if let Some(ca) = &ca {
            let certificates = pem::certificates(ca).context("FLASHLINE_CA_FILE")?;
            for certificate in certificates {
                roots.add(certificate).context("FLASHLINE_CA_FILE: holds what is no certificate authority")?;
            }
        }
        let identity = match (&self.client_cert_file, &self.client_key_file) {
            (Some(certificate), Some(key)) => Some(Identity {
                chain: read("FLASHLINE_CLIENT_CERT_FILE", certificate)?,
                key: SecretString::from(read("FLASHLINE_CLIENT_KEY_FILE", key)?),
            }),
            _ => None,
        };
        let trust = Trust(Arc::new(Parts { ca, roots, system, identity }));
        trust.client_config()?; // which compares certificate and key
        Ok(trust)
    }
}

impl Trust {
    /// For clients that take a configuration of rustls.
    ///
    /// # Errors
    /// When the client's key is not that of its certificate.
    pub fn client_config(&self) -> anyhow::Result<ClientConfig> {
        let Some(identity) = &self.0.identity else { return self.anonymous_config() };
        let config = self.builder()?;
        let chain = pem::certificates(&identity.chain).context("FLASHLINE_CLIENT_CERT_FILE")?;
        let key: PrivateKeyDer<'static> =
            pem::private_key(identity.key.expose_secret()).context("FLASHLINE_CLIENT_KEY_FILE")?;
        config
            .with_client_auth_cert(chain, key)
            .context("FLASHLINE_CLIENT_KEY_FILE: must be the key of the certificate in FLASHLINE_CLIENT_CERT_FILE")
    }

    /// The same for servers of others, which are not to know who we are.
    ///
    /// # Errors
    /// When the crypto provider has no protocol version.
    pub fn anonymous_config(&self) -> anyhow::Result<ClientConfig> {
        Ok(self.builder()?.with_no_client_auth())
    }

    fn builder(&self) -> anyhow::Result<ConfigBuilder<ClientConfig, WantsClientCert>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        Ok(config.with_root_certificates(self.0.roots.clone()))
    }

    /// The authorities of `FLASHLINE_CA_FILE` as PEM: for clients that know the system's by themselves.
    pub fn ca(&self) -> Option<&str> {
        self.0.ca.as_deref()
    }

    /// All authorities as PEM, the system's included: for clients that believe either theirs or ours.
    pub fn roots(&self) -> String {
        self.0.system.iter().map(|certificate| pem::of(certificate)).chain(self.0.ca.clone()).collect()
    }

    /// Who this process says it is, where it says so.
    pub fn identity(&self) -> Option<&Identity> {
        self.0.identity.as_ref()
    }
}

fn read(setting: &str, file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{setting}: cannot read {}", file.display()))?;
    ensure!(text.contains("-----BEGIN "), "{setting}: {} must be a PEM file", file.display());
    Ok(text)
}

#[cfg(test)]
mod tests;
