//! The gateways that this process has access to, side by side: each sale is paid through one of them.

use std::sync::Arc;

use sale::gateway::GatewayKind;

use super::gateway::{Gateway, GatewayError};

/// A gateway for each kind that is configured.
#[derive(Clone, Default)]
pub struct Gateways(Vec<(GatewayKind, Arc<dyn Gateway>)>);

impl Gateways {
    /// Adds one.
    pub fn add(&mut self, kind: GatewayKind, gateway: impl Gateway + 'static) {
        self.0.push((kind, Arc::new(gateway)));
    }

    /// The gateway of a kind.
    ///
    /// # Errors
    /// When this process has no access to it. Another may, or this one once it is configured: it is tried again.
    pub fn of(&self, kind: GatewayKind) -> Result<&dyn Gateway, GatewayError> {
        let known = self.0.iter().find(|(known, _)| *known == kind);
        let gateway = known.map(|(_, gateway)| gateway.as_ref());
        gateway.ok_or_else(|| GatewayError::Transient(format!("this process has no access to {kind}")))
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = (GatewayKind, &dyn Gateway)> {
        self.0.iter().map(|(kind, gateway)| (*kind, gateway.as_ref()))
    }
}
