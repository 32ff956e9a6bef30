//! Addresses to which no mail about a sale goes, or no more than so much. They are known by keyed digests alone.

use sale::ids::EventId;
use sqlx::{PgConnection, PgPool};

use super::due::{Channel, Due, End};

/// A keyed digest of an address.
pub type AddressDigest = [u8; 32];

/// Mails about one sale to an address that buyers gave: nobody has confirmed that it is theirs.
pub const MAILS_TO_BUYER_MAX: i64 = 20;

/// No more mail about a sale goes to an address, whatever it was given for; what its owner asked to be told there is forgotten.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn refuse_mail(pool: &PgPool, event: EventId, address: &AddressDigest) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    sqlx::query!(
        "INSERT INTO mail_refusals (event_id, address_digest) VALUES ($1, $2)
         ON CONFLICT (event_id, address_digest) DO NOTHING",
        event.0,
        &address[..]
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "DELETE FROM notification_subscriptions WHERE event_id = $1 AND address_digest = $2",
        event.0,
        &address[..]
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// The owner of an address asks for mail about the sale again.
pub(super) async fn welcome_mail(db: &mut PgConnection, event: EventId, address: &AddressDigest) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM mail_refusals WHERE event_id = $1 AND address_digest = $2", event.0, &address[..])
        .execute(db)
        .await
        .map(drop)
}

/// How a mail ends that is not to go to this address; nothing, if it may be sent.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn barred(pool: &PgPool, due: &Due, address: &AddressDigest) -> sqlx::Result<Option<End>> {
    let known = sqlx::query!(
        r#"SELECT EXISTS (SELECT FROM mail_refusals WHERE event_id = $1 AND address_digest = $2) AS "is_refused!",
                  EXISTS (
                    SELECT FROM reservations r
                    JOIN notification_subscriptions s ON s.event_id = r.event_id AND s.shopper_id = r.shopper_id
                     AND s.address_digest = $2
                    JOIN notifications n ON n.recipient = s.id AND n.kind = $4 AND n.subject = $5 AND n.occurrence = $6
                    WHERE r.id = $3) AS "is_told!""#,
        due.event.0,
        &address[..],
        due.recipient,
        due.kind.word(),
        due.subject,
        due.occurrence
    )
    .fetch_one(pool)
    .await?;
    Ok(match due.channel {
        _ if known.is_refused => Some(End::Unsubscribed),
        Channel::Mail | Channel::Push => None,
        Channel::Buyer if known.is_told => Some(End::Redundant),
        Channel::Buyer => (!counts(pool, due, address).await?).then_some(End::Limited),
    })
}

/// Counts a mail to a buyer, once however often it is tried; not one too many.
async fn counts(pool: &PgPool, due: &Due, address: &AddressDigest) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    // One by one for each address: those that are tried at once would not see each other.
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('buyer mail ' || encode($1, 'hex'), 0))", &address[..])
        .execute(&mut *transaction)
        .await?;
    let counted = sqlx::query!(
        "UPDATE notifications SET address_digest = $2
         WHERE id = $1 AND (address_digest = $2 OR (
           SELECT count(*) FROM notifications n WHERE n.event_id = $3 AND n.address_digest = $2) < $4)",
        due.id,
        &address[..],
        due.event.0,
        MAILS_TO_BUYER_MAX
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(counted.rows_affected() == 1)
}
