//! Where shoppers want to be told of a sale: at an address, in a few browsers.

use sale::ids::{EventId, ShopperId};
use sale::rules::SaleRules;
use sale::time::UnixMs;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool};
use uuid::{Builder, Uuid};

use super::addresses::{AddressDigest, welcome_mail};
use super::write::of_wish;
use crate::sessions::{Asking, has_ended};

/// Browsers in which one shopper is told of one sale; with another, the oldest is told no more.
pub const PUSHES_MAX: i64 = 5;

/// Where to.
#[derive(Clone, Copy, Debug)]
pub enum Target<'t> {
    /// To an address, sealed, and its digest. It takes the place of the one before.
    Mail(&'t [u8], AddressDigest),
    /// To a browser: its subscription as JSON, and the digest that tells it from others.
    Push(&'t [u8], [u8; 32]),
}

impl Target<'_> {
    fn columns(&self) -> (&'static str, &[u8], &[u8]) {
        match self {
            Self::Mail(sealed, _) => ("mail", sealed, &[]),
            Self::Push(subscription, digest) => ("push", subscription, digest),
        }
    }

    fn address(&self) -> Option<&AddressDigest> {
        match self {
            Self::Mail(_, address) => Some(address),
            Self::Push(..) => None,
        }
    }

    /// The id of a shopper's wish to be told there of a sale. Taken back and made again it is the same, so that nothing is told
    /// twice.
    fn id(&self, event: EventId, shopper: ShopperId) -> Uuid {
        let (channel, _, digest) = self.columns();
        let all = [event.0.as_bytes(), shopper.0.as_bytes(), channel.as_bytes(), digest].concat();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&Sha256::digest(all)[..16]);
        Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// What a shopper wants to be told by.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// By mail.
    pub mail: bool,
    /// In browsers, by their digests.
    pub pushes: Vec<Vec<u8>>,
}

/// What a shopper wants to be told of a sale by.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn wishes(pool: &PgPool, event: EventId, shopper: ShopperId) -> sqlx::Result<Wishes> {
    let rows = sqlx::query!(
        "SELECT channel, digest FROM notification_subscriptions WHERE event_id = $1 AND shopper_id = $2",
        event.0,
        shopper.0
    )
    .fetch_all(pool)
    .await?;
    let mail = rows.iter().any(|row| row.channel == "mail");
    Ok(Wishes { mail, pushes: rows.into_iter().filter(|row| row.channel == "push").map(|row| row.digest).collect() })
}

/// Keeps where a shopper wants to be told of a sale, in which language, and in which session that was said. Of what they hold
/// already they are told when their time runs out. That no mail was to go to the address is over. Gives back whether it is kept: not
/// for a session that was ended.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn put(
    pool: &PgPool,
    rules: &SaleRules,
    asking: &Asking,
    target: &Target<'_>,
    language: &str,
    now: UnixMs,
) -> sqlx::Result<bool> {
    let (event, shopper) = (rules.event, asking.shopper);
    let (channel, bytes, digest) = target.columns();
    let mut transaction = pool.begin().await?;
    if has_ended(&mut transaction, asking).await? {
        return Ok(false);
    }
    sqlx::query!(
        "INSERT INTO notification_subscriptions (id, event_id, shopper_id, channel, target, digest, language, session_id,
                                                 address_digest)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (event_id, shopper_id, channel, digest)
           DO UPDATE SET target = excluded.target, language = excluded.language, session_id = excluded.session_id,
                         address_digest = excluded.address_digest",
        target.id(event, shopper),
        event.0,
        shopper.0,
        channel,
        bytes,
        digest,
        language,
        asking.session.0,
        target.address().map(|address| &address[..])
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "DELETE FROM notification_subscriptions WHERE id IN (
           SELECT id FROM notification_subscriptions WHERE event_id = $1 AND shopper_id = $2 AND channel = 'push'
           ORDER BY created_at DESC, id DESC OFFSET $3)",
        event.0,
        shopper.0,
        PUSHES_MAX
    )
    .execute(&mut *transaction)
    .await?;
    if let Some(address) = target.address() {
        welcome_mail(&mut transaction, event, address).await?;
    }
    of_wish(&mut transaction, rules, shopper, now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Forgets a shopper's address, or one browser of theirs: nothing is told there any more.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn remove(pool: &PgPool, event: EventId, shopper: ShopperId, target: &Target<'_>) -> sqlx::Result<()> {
    let (channel, _, digest) = target.columns();
    sqlx::query!(
        "DELETE FROM notification_subscriptions
         WHERE event_id = $1 AND shopper_id = $2 AND channel = $3 AND digest = $4",
        event.0,
        shopper.0,
        channel,
        digest
    )
    .execute(pool)
    .await
    .map(drop)
}

/// Forgets a browser wherever it is subscribed: its push service does not know it any more.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_endpoint(db: &mut PgConnection, digest: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM notification_subscriptions WHERE channel = 'push' AND digest = $1", digest)
        .execute(db)
        .await
        .map(drop)
}
