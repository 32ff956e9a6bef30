//! The keys that sign grants for a shop's own checkout.

use std::convert::Infallible;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use grant::{Grant, GrantKeys};
use sale::time::UnixMs;
use serde_json::{Value, json};

use crate::problems::{ApiError, Kind};

/// Where they are.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Payments")]
pub struct Settings {
    /// Files with private keys (P-256, PKCS#8 as PEM) that sign grants for a shop's own checkout, separated by commas: the
    /// first signs, all are published. Sales that are handed_over need one; the same for all ingress processes. To change
    /// it: old,new everywhere, then new,old, then new
    #[arg(long, env = "FLASHLINE_GRANT_KEYS", value_delimiter = ',', value_parser = file)]
    grant_keys: Vec<PathBuf>,
}

/// A file's name; an empty one stands for none.
fn file(name: &str) -> Result<PathBuf, Infallible> {
    Ok(PathBuf::from(name))
}

/// The keys, if there are any.
pub(crate) struct Grants(Option<GrantKeys>);

impl Grants {
    /// Reads them.
    ///
    /// # Errors
    /// When a file cannot be read, or is no such key.
    pub(crate) fn read(settings: &Settings) -> anyhow::Result<Self> {
        let mut texts = Vec::with_capacity(settings.grant_keys.len());
        for file in settings.grant_keys.iter().filter(|file| !file.as_os_str().is_empty()) {
            let text = std::fs::read_to_string(file);
            texts.push(text.with_context(|| format!("FLASHLINE_GRANT_KEYS: {}", file.display()))?);
        }
        if texts.is_empty() {
            return Ok(Self(None));
        }
        let keys = GrantKeys::read(texts.iter().map(String::as_str));
        keys.map(|keys| Self(Some(keys))).map_err(|error| anyhow::anyhow!("FLASHLINE_GRANT_KEYS: each file {error}"))
    }

    /// Checks that there are some.
    pub(crate) fn needed(&self) -> Result<(), ApiError> {
        let detail = "checkout: handed_over needs keys that sign grants, and this installation has none: \
                      FLASHLINE_GRANT_KEYS says where they are";
        self.0.as_ref().map(|_| ()).ok_or_else(|| Kind::Invalid.because(detail))
    }

    /// A grant.
    pub(crate) fn sign(&self, grant: &Grant<'_>, now: UnixMs) -> Result<String, ApiError> {
        let keys = self
            .0
            .as_ref()
            .ok_or_else(|| Kind::Unavailable.because("this server has no key that signs grants").retry_after_s(10))?;
        keys.sign(grant, now).map_err(ApiError::internal)
    }

    /// The public keys, as a JSON Web Key Set.
    pub(crate) fn published(&self) -> Value {
        self.0.as_ref().map_or_else(|| json!({ "keys": [] }), GrantKeys::published)
    }
}
