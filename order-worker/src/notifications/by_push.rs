//! A notification as a push message (RFC 8030), which its browser alone can read.

use std::time::Duration;

use anyhow::Context;
use notification::{Written, direction};
use outbound::{Answer, Caller};
use push::{PushKey, Subscription};
use record::notifications::{self, Due, End};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use sale::time::UnixMs;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tls::Trust;
use tokio::time::Instant;

use super::services::Services;
use super::told::language;
use super::{Desk, Tried};

const TTL: HeaderName = HeaderName::from_static("ttl");
const URGENCY: HeaderName = HeaderName::from_static("urgency");
const TOPIC: HeaderName = HeaderName::from_static("topic");
/// A service may ask to be left alone for no longer.
const RETRY_LONGEST: Duration = Duration::from_secs(3_600);

/// What it takes to push: the key, and who may be called.
pub(super) struct Pushes {
    key: PushKey,
    caller: Caller,
    services: Services,
}

/// What the page's service worker shows: nothing more is in it.
#[derive(Serialize)]
struct Message<'m> {
    title: &'m str,
    text: &'m str,
    url: &'m str,
    /// The same, for what is shown already, when a message comes twice.
    tag: String,
    lang: &'static str,
    dir: &'static str,
}

impl Pushes {
    /// As configured; nothing, where there is no key.
    ///
    /// # Errors
    /// When the key cannot be read. The message names the setting.
    pub(super) fn open(settings: &push::Settings, trust: &Trust) -> anyhow::Result<Option<Self>> {
        let Some(key) = settings.key()? else { return Ok(None) };
        let caller = Caller::new(settings.permitted(), trust).context("Web Push")?;
        Ok(Some(Self { key, caller, services: Services::default() }))
    }
}

/// Sends it. A browser that its service does not know any more is forgotten.
pub(super) async fn send(desk: &Desk, due: &Due, target: &[u8], written: &Written, until: UnixMs) -> Tried {
    let Some(pushes) = &desk.pushes else { return Tried::Again(None) };
    let Some((subscription, sealed)) = sealed(desk, due, target, written) else {
        tracing::error!("a push subscription cannot be read: what was for it is dropped");
        return Tried::Ended(End::Refused);
    };
    let Some(headers) = headers(pushes, desk, due, &subscription, until) else { return Tried::Ended(End::Refused) };
    let Some(host) = subscription.host() else { return Tried::Ended(End::Refused) };
    let began = Instant::now();
    if let Err(rests) = pushes.services.enter(&host, began) {
        return Tried::HeldBack(rests);
    }
    let answer = pushes.caller.post_bytes(&subscription.endpoint, headers, sealed).await;
    // Its text may name where the browser is reached.
    let tried = match answer {
        Ok(answer) => judged(desk, &subscription, &answer).await,
        Err(_) => Tried::Again(None),
    };
    pushes.services.leave(&host, began, Instant::now(), matches!(tried, Tried::Again(_)));
    tried
}

/// What a push service's answer means.
async fn judged(desk: &Desk, subscription: &Subscription, answer: &Answer) -> Tried {
    match answer.status {
        200..300 => Tried::Ended(End::Sent),
        404 | 410 => match forget(desk, subscription).await {
            Ok(()) => Tried::Ended(End::Unsubscribed),
            Err(_) => Tried::Again(None),
        },
        // Our key or our pace, or their trouble.
        status @ (401 | 403 | 408 | 425 | 429 | 500..600) => {
            tracing::warn!(status, "a push service does not take a notification, will try again");
            Tried::Again(retry_after(&answer.headers))
        }
        status => {
            tracing::warn!(status, "a push service refused a notification for good");
            Tried::Ended(End::Refused)
        }
    }
}

fn sealed(desk: &Desk, due: &Due, target: &[u8], written: &Written) -> Option<(Subscription, Vec<u8>)> {
    let subscription: Subscription = serde_json::from_slice(target).ok()?;
    let (lang, dir) = (language(due).word(), direction(language(due)));
    let (url, tag) = (desk.pages.sale(due.event), due.id.simple().to_string());
    let message = Message { title: &written.title, text: &written.text, url: &url, tag, lang, dir };
    let sealed = subscription.seal(serde_json::to_vec(&message).ok()?).ok()?;
    Some((subscription, sealed))
}

fn headers(pushes: &Pushes, desk: &Desk, due: &Due, subscription: &Subscription, until: UnixMs) -> Option<HeaderMap> {
    let now = clock::now();
    let signed = pushes.key.authorization(&subscription.endpoint, desk.pages.base(), now).ok()?;
    let text = |text: String| HeaderValue::try_from(text).ok();
    Some(HeaderMap::from_iter([
        (AUTHORIZATION, text(signed)?),
        (CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (CONTENT_ENCODING, HeaderValue::from_static("aes128gcm")),
        // A browser that is off until then is not told what is not true any more.
        (TTL, text((until.ms_since(now) / 1_000).to_string())?),
        (URGENCY, HeaderValue::from_static("high")),
        // Sent again while it waits there, it takes its own place.
        (TOPIC, text(due.id.simple().to_string())?),
    ]))
}

async fn forget(desk: &Desk, subscription: &Subscription) -> record::Result<()> {
    let digest = Sha256::digest(&subscription.endpoint);
    notifications::forget_endpoint(&mut *desk.pool.acquire().await?, &digest).await
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_LONGEST))
}
