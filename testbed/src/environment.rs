//! The settings of every service. Secrets are made anew for each system, so that no test depends on one.

use rand::distr::{Alphanumeric, SampleString};

use crate::accounts::{AccountProvider, CLIENT_ID, CLIENT_SECRET};
use crate::layout::Front;
use crate::mail::{MailServer, Security};
use crate::ports::{free_ports, local};
use crate::push::PushService;
use crate::servers::Servers;
use crate::stripe::{PUBLISHABLE_KEY, SECRET_KEY, Stripe, WEBHOOK_KEY};

const SECRET_LETTERS: usize = 40;

/// What all services are told, and what a test must know of it.
pub(crate) struct Environment {
    /// Variables and values; of two with one name the later counts.
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) gateway_url: String,
    /// Where the first order-worker takes webhooks.
    pub(crate) webhook_url: String,
    pub(crate) socket_urls: Vec<String>,
    pub(crate) admin_token: String,
    pub(crate) webhook_key: String,
    pub(crate) session_key: String,
    /// Where the edge is, or would be.
    pub(crate) edge_at: String,
    /// Where the edge speaks TLS, if its servers do.
    pub(crate) edge_tls_at: Option<String>,
}

impl Environment {
    /// For services on these servers, whose shoppers are led to this front.
    pub(crate) fn new(servers: &Servers, shown: &Front) -> anyhow::Result<Self> {
        let admin_token = format!("flt_{}", secret());
        let (webhook_key, session_key) = (secret(), secret());
        let ports = free_ports(4)?;
        let (gateway, webhooks, edge_at) = (local(ports[0]), local(ports[1]), local(ports[2]));
        let edge_tls_at = servers.tls.ca_file.as_ref().map(|_| local(ports[3]));
        let socket_urls: Vec<String> = shown.sockets.iter().map(|at| format!("ws://{at}/ws")).collect();
        let grant_key = servers.folder().join("grant-key.pem");
        std::fs::write(&grant_key, grant::new_key()?)?;
        let settings = [
            ("FLASHLINE_AMQP_URL", servers.amqp_url.clone()),
            ("FLASHLINE_REDIS_URL", servers.redis_url.clone()),
            ("FLASHLINE_DATABASE_URL", servers.database_url.clone()),
            ("FLASHLINE_SESSION_KEYS", session_key.clone()),
            ("FLASHLINE_ATTEMPT_KEY", secret()),
            ("FLASHLINE_ADMIN_TOKEN", admin_token.clone()),
            ("FLASHLINE_PICTURES_FOLDER", servers.folder().join("pictures").display().to_string()),
            ("FLASHLINE_GRANT_KEYS", grant_key.display().to_string()),
            ("FLASHLINE_WEBHOOK_KEYS", webhook_key.clone()),
            ("FLASHLINE_GATEWAY_LISTEN", gateway.clone()),
            ("FLASHLINE_GATEWAY_URL", format!("http://{gateway}")),
            ("FLASHLINE_WEBHOOK_LISTEN", webhooks.clone()),
            ("FLASHLINE_WEBHOOK_URL", format!("http://{webhooks}/webhooks/sandbox")),
            ("FLASHLINE_SOCKET_URL", socket_urls.join(",")),
            ("FLASHLINE_PUBLIC_URL", shown.doors.first().map_or_else(String::new, |at| format!("http://{at}"))),
            ("FLASHLINE_RECONCILE_SECONDS", "5".to_owned()),
            ("FLASHLINE_SHOP_CHARGE_SECONDS", "2".to_owned()),
            // The whole crowd comes from one address here.
            ("FLASHLINE_LIMIT_ADDRESS", "off".to_owned()),
            ("FLASHLINE_LIMIT_PAGES", "off".to_owned()),
            ("FLASHLINE_LIMIT_WEBHOOKS", "off".to_owned()),
            ("FLASHLINE_LIMIT_DECLINES", "0".to_owned()),
            ("FLASHLINE_LIMIT_EMAIL_CODES", "0".to_owned()),
            ("FLASHLINE_LIMIT_SIGN_INS", "0".to_owned()),
            ("FLASHLINE_ADDRESS_CONNECTIONS", "0".to_owned()),
            ("FLASHLINE_ADDRESS_SOCKETS", "0".to_owned()),
        ];
        let tls = [
            ("FLASHLINE_CA_FILE", &servers.tls.ca_file),
            ("FLASHLINE_CLIENT_CERT_FILE", &servers.tls.client_cert_file),
            ("FLASHLINE_CLIENT_KEY_FILE", &servers.tls.client_key_file),
        ];
        let tls = tls.into_iter().filter_map(|(name, file)| Some((name, file.as_ref()?.display().to_string())));
        Ok(Self {
            settings: settings.into_iter().chain(tls).map(|(name, value)| (name.to_owned(), value)).collect(),
            gateway_url: format!("http://{gateway}"),
            webhook_url: format!("http://{webhooks}/webhooks/sandbox"),
            socket_urls,
            admin_token,
            webhook_key,
            session_key,
            edge_at,
            edge_tls_at,
        })
    }

    /// Starts a Stripe, and makes it what sales are paid through that name nothing else.
    pub(crate) async fn pay_through_stripe(&mut self) -> anyhow::Result<Stripe> {
        let stripe = Stripe::start(Some(self.webhook_url.replace("/sandbox", "/stripe"))).await?;
        let script_url = stripe.script_url();
        let settings = [
            ("FLASHLINE_STRIPE_API_URL", stripe.url.as_str()),
            ("FLASHLINE_STRIPE_SCRIPT_URL", script_url.as_str()),
            ("FLASHLINE_STRIPE_SECRET_KEY", SECRET_KEY),
            ("FLASHLINE_STRIPE_WEBHOOK_KEYS", WEBHOOK_KEY),
            ("FLASHLINE_STRIPE_PUBLISHABLE_KEY", PUBLISHABLE_KEY),
            ("FLASHLINE_GATEWAYS", "stripe,sandbox"),
        ];
        self.settings.extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Ok(stripe)
    }

    /// Starts a mail server, and lets shoppers sign in by e-mail.
    pub(crate) async fn send_mail(&mut self) -> anyhow::Result<MailServer> {
        let server = MailServer::start(Security::Plain).await?;
        let settings = [
            ("FLASHLINE_SMTP_URL", server.url.clone()),
            ("FLASHLINE_MAIL_FROM", "Lamps <tickets@shop.example>".to_owned()),
            ("FLASHLINE_EMAIL_KEY", secret()),
        ];
        self.settings.extend(settings.map(|(name, value)| (name.to_owned(), value)));
        Ok(server)
    }

    /// Starts a push service, and lets shoppers be told through it.
    pub(crate) async fn push(&mut self, servers: &Servers) -> anyhow::Result<PushService> {
        let key = servers.folder().join("push-key.pem");
        std::fs::write(&key, grant::new_key()?)?;
        let settings = [
            ("FLASHLINE_PUSH_KEY_FILE", key.display().to_string()),
            // It is on this machine.
            ("FLASHLINE_PUSH_NETWORKS", "127.0.0.0/8,::1/128".to_owned()),
        ];
        self.settings.extend(settings.map(|(name, value)| (name.to_owned(), value)));
        PushService::start().await
    }

    /// Lets shoppers sign in with accounts at an OpenID provider, which is not started.
    pub(crate) fn have_accounts(&mut self) -> anyhow::Result<AccountProvider> {
        let public_url = self.settings.iter().rev().find(|(name, _)| name == "FLASHLINE_PUBLIC_URL");
        let provider = AccountProvider::for_pages(public_url.map_or("", |(_, url)| url))?;
        let settings = [
            ("FLASHLINE_OIDC_ISSUER", provider.issuer.as_str()),
            ("FLASHLINE_OIDC_CLIENT_ID", CLIENT_ID),
            ("FLASHLINE_OIDC_CLIENT_SECRET", CLIENT_SECRET),
        ];
        self.settings.extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Ok(provider)
    }

    /// Pages, sockets and the gateway are told the edge's address.
    pub(crate) fn lead_through_edge(&mut self) {
        let behind = match &self.edge_tls_at {
            None => vec![
                ("FLASHLINE_SOCKET_URL", format!("ws://{}/ws", self.edge_at)),
                ("FLASHLINE_PUBLIC_URL", format!("http://{}", self.edge_at)),
                ("FLASHLINE_WEBHOOK_URL", format!("http://{}/webhooks/sandbox", self.edge_at)),
            ],
            // The sandbox's webhooks stay inside, as in containers.
            Some(at) => vec![
                ("FLASHLINE_SOCKET_URL", format!("wss://{at}/ws")),
                ("FLASHLINE_PUBLIC_URL", format!("https://{at}")),
            ],
        };
        let trusted = ("FLASHLINE_TRUSTED_PROXIES", "127.0.0.1".to_owned());
        self.settings.extend(behind.into_iter().chain([trusted]).map(|(name, value)| (name.to_owned(), value)));
    }
}

fn secret() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), SECRET_LETTERS)
}
