//! Which services there are, how many of each, and where people come to.

use std::net::SocketAddr;

use crate::ports::free_ports;

/// The services, in the order in which they are started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The payment gateway to try things with.
    SandboxGateway,
    /// The system of record.
    OrderWorker,
    /// The writer of the inventory.
    Dispenser,
    /// The WebSockets.
    Notifier,
    /// The HTTP door.
    Ingress,
}

impl Kind {
    /// What its program is called.
    pub fn name(self) -> &'static str {
        match self {
            Kind::SandboxGateway => "sandbox-gateway",
            Kind::OrderWorker => "order-worker",
            Kind::Dispenser => "dispenser",
            Kind::Notifier => "notifier",
            Kind::Ingress => "ingress",
        }
    }

    /// The variable that says where it serves, for those of which each has a place of its own.
    pub(crate) fn listen_variable(self) -> Option<&'static str> {
        match self {
            Kind::SandboxGateway | Kind::Dispenser => None,
            Kind::OrderWorker => Some("FLASHLINE_WEBHOOK_LISTEN"),
            Kind::Notifier => Some("FLASHLINE_NOTIFIER_LISTEN"),
            Kind::Ingress => Some("FLASHLINE_INGRESS_LISTEN"),
        }
    }
}

/// How many of each service.
#[derive(Clone, Copy)]
pub(crate) struct Replicas {
    pub(crate) ingresses: usize,
    pub(crate) dispensers: usize,
    pub(crate) order_workers: usize,
    pub(crate) notifiers: usize,
}

impl Default for Replicas {
    fn default() -> Self {
        Self { ingresses: 1, dispensers: 2, order_workers: 1, notifiers: 1 }
    }
}

/// Where shoppers come to.
#[derive(Clone, Debug)]
pub struct Front {
    /// HTTP.
    pub doors: Vec<SocketAddr>,
    /// WebSockets.
    pub sockets: Vec<SocketAddr>,
}

impl Front {
    /// Addresses that are free, for so many of each.
    ///
    /// # Errors
    /// When there are not so many.
    pub fn choose(doors: usize, sockets: usize) -> anyhow::Result<Self> {
        let choose = |count| -> anyhow::Result<Vec<SocketAddr>> {
            Ok(free_ports(count)?.into_iter().map(|port| ([127, 0, 0, 1], port).into()).collect())
        };
        Ok(Self { doors: choose(doors)?, sockets: choose(sockets)? })
    }
}
