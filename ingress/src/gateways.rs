//! The payment gateways that sales here can be paid through, as pages must know them.

use clap::Args;
use sale::gateway::GatewayKind;

use crate::problems::{ApiError, Kind};

/// Which gateways there is access to.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Payments")]
pub struct Gateways {
    /// Gateways that sales can be paid through, separated by commas: those that the order-workers have access to. A sale
    /// that names none is paid through the first
    #[arg(long = "gateways", env = "FLASHLINE_GATEWAYS", default_value = "sandbox", value_delimiter = ',',
          num_args = 1.., value_parser = gateway)]
    offered: Vec<GatewayKind>,
}

/// Reads the word of a gateway. The shop's own checkout is none.
fn gateway(word: &str) -> Result<GatewayKind, String> {
    match GatewayKind::of_word(word) {
        Ok(GatewayKind::Shop) | Err(_) => Err("must be sandbox or stripe".to_owned()),
        Ok(gateway) => Ok(gateway),
    }
}

impl Gateways {
    /// All of them, the first first.
    pub(crate) fn offered(&self) -> &[GatewayKind] {
        &self.offered
    }

    /// The gateway that an organiser chose; the first, if none.
    ///
    /// # Errors
    /// When there is no access to it.
    pub(crate) fn chosen(&self, named: Option<GatewayKind>) -> Result<GatewayKind, ApiError> {
        let words: Vec<&str> = self.offered.iter().map(|gateway| gateway.word()).collect();
        let found = match named {
            Some(named) => self.offered.iter().find(|offered| **offered == named),
            None => self.offered.first(),
        };
        found.copied().ok_or_else(|| {
            Kind::Invalid.because(format!("gateway: sales here can be paid through {}", words.join(", ")))
        })
    }
}
