//! Settings of the order-worker.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, Parser};
use service::Observe;
use service::address::Network;
use service::rate::Rate;
use settings::{PublicUrl, seconds};

use crate::payments;

/// The system of record: outcomes to PostgreSQL, orders, payments, refunds, notices to the shop, reconciliation.
/// Run several: they share the work and take over from one that dies.
#[derive(Debug, Parser)]
#[command(name = "order-worker", version)]
pub struct Config {
    #[command(flatten)]
    pub(crate) amqp: broker::Settings,
    #[command(flatten)]
    pub(crate) redis: inventory::Settings,
    #[command(flatten)]
    pub(crate) postgres: record::Settings,
    #[command(flatten)]
    pub(crate) tls: tls::Settings,
    #[command(flatten)]
    pub(crate) observe: Observe,
    #[command(flatten)]
    pub(crate) gateways: payments::access::Settings,
    /// Where shoppers find the pages: a bank that asks them something sends them back there
    #[arg(long, env = "FLASHLINE_PUBLIC_URL", default_value = "http://127.0.0.1:8080", help_heading = "Payments")]
    pub(crate) public_url: PublicUrl,
    /// How long a shop's own checkout has to charge for what it has confirmed, in seconds: until then standby waits for units
    /// that it may return
    #[arg(long, env = "FLASHLINE_SHOP_CHARGE_SECONDS", default_value = "60", value_parser = seconds(0, 3_600), help_heading = "Payments")]
    pub(crate) shop_charge_seconds: Duration,
    /// Where webhooks are received
    #[arg(long, env = "FLASHLINE_WEBHOOK_LISTEN", default_value = "127.0.0.1:8082", help_heading = "Payments")]
    pub(crate) webhook_listen: SocketAddr,
    /// Webhooks per second and burst of one client address (an IPv6 /64 is one), or "off"
    #[arg(long, env = "FLASHLINE_LIMIT_WEBHOOKS", default_value = "1000/2000", help_heading = "Payments")]
    pub(crate) limit_webhooks: Rate,
    #[command(flatten)]
    pub(crate) emails: email::Settings,
    #[command(flatten)]
    pub(crate) mail: mail::Settings,
    #[command(flatten)]
    pub(crate) push: push::Settings,
    /// How long before a sale, or its lobby, opens those are told who asked to be, in seconds
    #[arg(long, env = "FLASHLINE_REMIND_SECONDS", default_value = "900", value_parser = seconds(1, 86_400), help_heading = "Mail")]
    pub(crate) remind_seconds: Duration,
    #[command(flatten)]
    pub(crate) webhooks: Webhooks,
    #[command(flatten)]
    pub(crate) beacon: beacon::Settings,
    /// Proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas
    #[arg(long, env = "FLASHLINE_TRUSTED_PROXIES", value_delimiter = ',', help_heading = "Access")]
    pub(crate) trusted_proxies: Vec<Network>,
    /// How long what buyers give to be sent what they bought is kept, in days after they gave it last; where the
    /// reservation was lost unpaid, it is a day
    #[arg(long, env = "FLASHLINE_BUYERS_KEPT_DAYS", default_value_t = 90, value_parser = clap::value_parser!(i32).range(1..=3_650), help_heading = "Privacy")]
    pub(crate) buyers_kept_days: i32,
    /// How often Redis, PostgreSQL and the gateway are compared, in seconds
    #[arg(long, env = "FLASHLINE_RECONCILE_SECONDS", default_value = "30", value_parser = seconds(1, 86_400), help_heading = "Reconciliation")]
    pub(crate) reconcile_seconds: Duration,
    /// Compare once, print a report, and exit; with status 1 if something differs
    #[arg(long, help_heading = "Reconciliation")]
    pub(crate) reconcile_once: bool,
}

/// Telling the shop's endpoints.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Webhooks")]
pub(crate) struct Webhooks {
    #[command(flatten)]
    pub(crate) outbound: outbound::Settings,
    /// How long a delivery to an endpoint is tried before it is given up, in seconds
    #[arg(long, env = "FLASHLINE_DELIVERY_SECONDS", default_value = "86400", value_parser = seconds(1, 7 * 86_400))]
    pub(crate) delivery_seconds: Duration,
    /// How long an endpoint may accept nothing that is tried before it is paused, in seconds
    #[arg(long, env = "FLASHLINE_ENDPOINT_FAILING_SECONDS", default_value = "43200", value_parser = seconds(1, 7 * 86_400))]
    pub(crate) endpoint_failing_seconds: Duration,
}
