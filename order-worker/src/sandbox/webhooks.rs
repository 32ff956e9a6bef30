//! Sending webhooks: signed, repeated until taken, or badly, as the behaviour asks for.

use std::time::Duration;

use reqwest::Client;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::behaviour::Behaviour;
use crate::payments::gateway::{Authorisation, AuthorisationState};
use crate::signature::{HEADER, WebhookKeys};

/// Webhooks that wait to be sent at most; further ones are lost, as they may be.
const WAITING_MAX: usize = 10_000;
const TRIES_MAX: u32 = 3;
const BETWEEN_TRIES: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_secs(3);
const TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Clone, Serialize)]
struct Webhook {
    id: String,
    reference: Uuid,
    authorisation: String,
    state: AuthorisationState,
}

#[derive(Clone)]
pub(super) struct Webhooks {
    queue: mpsc::Sender<(Webhook, Behaviour)>,
}

impl Webhooks {
    pub(super) fn new(
        url: String,
        keys: WebhookKeys,
        shutdown: CancellationToken,
    ) -> anyhow::Result<(Self, impl Future<Output = anyhow::Result<()>> + Send)> {
        let client = Client::builder().timeout(TIMEOUT).build()?;
        let (queue, mut waiting) = mpsc::channel::<(Webhook, Behaviour)>(WAITING_MAX);
        let send = async move {
            loop {
                tokio::select! {
                    Some((webhook, behaviour)) = waiting.recv() => {
                        tokio::spawn(deliver(client.clone(), url.clone(), keys.clone(), webhook, behaviour));
                    }
                    () = shutdown.cancelled() => return Ok(()),
                }
            }
        };
        Ok((Self { queue }, send))
    }

    /// Queues the webhook about what just happened.
    pub(super) fn announce(&self, about: &Authorisation, behaviour: Behaviour) {
        let webhook = Webhook {
            id: format!("evt_{}", Uuid::now_v7().simple()),
            reference: about.reference,
            authorisation: about.id.clone(),
            state: about.state,
        };
        if self.queue.try_send((webhook, behaviour)).is_err() {
            tracing::warn!("too many webhooks wait, one is lost");
        }
    }
}

async fn deliver(client: Client, url: String, keys: WebhookKeys, webhook: Webhook, behaviour: Behaviour) {
    if behaviour == Behaviour::SendsWebhooksLate {
        tokio::time::sleep(LATE).await;
    }
    let body = match serde_json::to_vec(&webhook) {
        Ok(body) => body,
        Err(error) => return tracing::error!(%error, "a webhook that cannot be written is not sent"),
    };
    let times = if behaviour == Behaviour::SendsWebhooksTwice { 2 } else { 1 };
    for _ in 0..times {
        for _ in 0..TRIES_MAX {
            let mut signature = keys.sign(&body, clock::now());
            if behaviour == Behaviour::SignsWebhooksBadly {
                signature = format!("{}00", &signature[..signature.len() - 2]);
            }
            let sent = client.post(&url).header(HEADER, signature).body(body.clone()).send().await;
            if sent.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
    }
}
