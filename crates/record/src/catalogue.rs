//! The rules of sale events, and what people read about them.

use anyhow::Context;
use chrono::{DateTime, Utc};
use sale::admission::AccessCode;
use sale::buyer;
use sale::check::Check;
use sale::checkout::CheckoutUrl;
use sale::draw::{Commitment, Seed};
use sale::gateway::GatewayKind;
use sale::hoarding::Hoarding;
use sale::ids::{EventId, SeriesId};
use sale::lobby::Lobby;
use sale::participation::Participation;
use sale::pricing::{Cut, Discount};
use sale::rules::{CheckoutModel, Coupon, Item, SaleRules};
use sale::time::{Pause, Pauses};
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::beacons::{self, Beacon};
use crate::invitations::List;
use crate::lines::KEEP_SETTLED_DAYS;

/// One sale event: its rules, and what people read about it.
#[derive(Clone, Debug)]
pub struct Sale {
    /// What the line follows.
    pub rules: SaleRules,
    /// What it is called.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// Why it is paused, while it is.
    pub pause_reason: Option<String>,
    /// Why it was stopped, if it was.
    pub stop_reason: Option<String>,
    /// It is over, and nothing is owed any more.
    pub settled: bool,
    /// Its line and its inventory are cleared away.
    pub cleared: bool,
    /// The IANA name of the zone in which its organisers think of it.
    pub time_zone: Option<String>,
    /// Where the shop's own checkout is, if that takes the money.
    pub checkout_url: Option<CheckoutUrl>,
    /// What it is paid through.
    pub gateway: GatewayKind,
    /// Who may take part.
    pub participation: Participation,
    /// Who is invited; everybody whom it admits, where there is no list.
    pub invitations: Option<List>,
    /// Whether its guests have to show work.
    pub check: Check,
    /// Of a sale that starts by draw: whose randomness goes into it, if anybody's.
    pub beacon: Option<Beacon>,
    /// Tries a shopper has to pay for one reservation.
    pub payment_tries: u32,
    /// The access codes; when there are any, an attempt needs one.
    pub access_codes: Vec<AccessCode>,
    /// What people read about each item, by its number.
    pub products: Vec<SaleProduct>,
    /// What its buyers are asked for.
    pub buyer_fields: buyer::Fields,
}

/// What people read about an item.
#[derive(Clone, Debug)]
pub struct SaleProduct {
    /// Which product.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What it looks like.
    pub image_url: Option<String>,
}

/// All sales that services need to know, with their versions: those that are not over, and those by which something is
/// owed, or was until not long ago. A draft owes nobody anything.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn versions(pool: &PgPool) -> sqlx::Result<Vec<(EventId, i64)>> {
    let rows = sqlx::query!(
        "SELECT id, version FROM sale_events
         WHERE coalesce(settled_at, CASE WHEN scheduled THEN now() ELSE closes_at END) > now() - make_interval(days => $1)",
        KEEP_SETTLED_DAYS
    );
    Ok(rows.fetch_all(pool).await?.into_iter().map(|row| (EventId(row.id), row.version)).collect())
}

/// One sale, as it stands in the database now.
///
/// # Errors
/// When the database cannot be reached, or holds what this version cannot read.
pub async fn load(pool: &PgPool, event: EventId) -> anyhow::Result<Option<Sale>> {
    // One snapshot: the parts of a sale must be of one version.
    let mut snapshot = pool.begin().await?;
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut *snapshot).await?;
    // Column by column: `*` would read them by the places that they have in the database that this was compiled against.
    let row = sqlx::query!(
        r#"SELECT version, name, description, currency, opens_at, closes_at, scheduled, stopped_at, stop_reason, checkout,
                checkout_url, gateway, hold_ms, standby_hold_ms, grace_ms, per_shopper_max, quantity_max, standby_max, payment_tries, settled_at, cleared_at,
                lobby_opens_at, lobby_closes_at, hoarding AS "hoarding: Json<Hoarding>", (SELECT seed FROM draws WHERE event_id = id) AS seed,
                (SELECT commitment FROM draws WHERE event_id = id) AS commitment, participation, machine_check, series_id, time_zone
         FROM sale_events WHERE id = $1"#,
        event.0
    );
    let Some(row) = row.fetch_optional(&mut *snapshot).await? else { return Ok(None) };
    let items = sqlx::query!(
        r#"SELECT i.sku, i.list_minor, i.discount AS "discount: Json<Discount>", i.allocation,
                  p.id AS product_id, p.name, p.description, p.image_url
           FROM sale_items i JOIN products p ON p.id = i.product_id
           WHERE i.event_id = $1 ORDER BY i.item_no"#,
        event.0
    )
    .fetch_all(&mut *snapshot)
    .await?;
    let coupons = sqlx::query!(
        r#"SELECT code, cut AS "cut: Json<Cut>", uses_max FROM coupons WHERE event_id = $1 ORDER BY coupon_no"#,
        event.0
    )
    .fetch_all(&mut *snapshot)
    .await?;
    let pauses = sqlx::query!(
        "SELECT paused_at, resumed_at, reason FROM event_pauses WHERE event_id = $1 ORDER BY paused_at",
        event.0
    )
    .fetch_all(&mut *snapshot)
    .await?;
    let access_codes = crate::access_codes::of(&mut snapshot, event).await?;
    let put_aside = crate::put_aside::of(&mut snapshot, event).await?;
    let buyer_fields = crate::buyers::fields(&mut snapshot, event).await?;
    let invitations = crate::invitations::of(&mut snapshot, event).await?;
    let beacon = match row.lobby_closes_at {
        Some(closes_at) => beacons::of(&mut snapshot, event, clock::from_utc(closes_at)).await?,
        None => None,
    };
    let series = match row.series_id {
        Some(series) => Some(crate::series::of(&mut snapshot, SeriesId(series)).await?),
        None => None,
    };
    snapshot.commit().await?;

    let pause_reason = pauses.last().filter(|pause| pause.resumed_at.is_none()).map(|pause| pause.reason.clone());
    let products = items
        .iter()
        .map(|item| SaleProduct {
            id: item.product_id,
            name: item.name.clone(),
            description: item.description.clone(),
            image_url: item.image_url.clone(),
        })
        .collect();
    let rules = SaleRules {
        event,
        version: row.version,
        currency: row.currency.parse().context("currency")?,
        scheduled: row.scheduled,
        opens_at: clock::from_utc(row.opens_at),
        closes_at: clock::from_utc(row.closes_at),
        lobby: match (row.lobby_opens_at, row.lobby_closes_at) {
            (Some(opens_at), Some(closes_at)) => Some(Lobby {
                opens_at: clock::from_utc(opens_at),
                closes_at: clock::from_utc(closes_at),
                commitment: Commitment(row.commitment.and_then(|bytes| bytes.try_into().ok()).context("commitment")?),
                seed: row.seed.map(|seed| seed.try_into().map(Seed)).transpose().ok().context("seed: 32 bytes")?,
            }),
            _ => None,
        },
        stopped_at: row.stopped_at.map(clock::from_utc),
        pauses: Pauses(pauses.iter().map(|pause| to_pause(pause.paused_at, pause.resumed_at)).collect()),
        checkout: CheckoutModel::of_word(&row.checkout)?,
        hold_ms: u64::try_from(row.hold_ms).context("hold_ms")?,
        standby_hold_ms: row.standby_hold_ms.map(u64::try_from).transpose().context("standby_hold_ms")?,
        grace_ms: u64::try_from(row.grace_ms).context("grace_ms")?,
        per_shopper_max: u32::try_from(row.per_shopper_max).context("per_shopper_max")?,
        series,
        quantity_max: u32::try_from(row.quantity_max).context("quantity_max")?,
        standby_max: u32::try_from(row.standby_max).context("standby_max")?,
        items: items
            .into_iter()
            .map(|item| {
                Ok(Item {
                    sku: item.sku,
                    list_minor: item.list_minor,
                    discount: item.discount.0,
                    allocation: u32::try_from(item.allocation).context("allocation")?,
                })
            })
            .collect::<anyhow::Result<_>>()?,
        coupons: coupons
            .into_iter()
            .map(|coupon| {
                let uses_max = coupon.uses_max.map(u32::try_from).transpose().context("uses_max")?;
                Ok(Coupon { code: coupon.code, cut: coupon.cut.0, uses_max })
            })
            .collect::<anyhow::Result<_>>()?,
        code_uses_max: access_codes.iter().filter_map(|code| Some((code.number, code.uses_max?))).collect(),
        hoarding: row.hoarding.map(|limits| limits.0),
        put_aside,
    };
    Ok(Some(Sale {
        rules,
        name: row.name,
        description: row.description,
        pause_reason,
        stop_reason: row.stop_reason,
        settled: row.settled_at.is_some(),
        cleared: row.cleared_at.is_some(),
        time_zone: row.time_zone,
        checkout_url: row.checkout_url.map(|url| url.parse()).transpose().context("checkout_url")?,
        gateway: GatewayKind::of_word(&row.gateway)?,
        participation: Participation::of_word(&row.participation)?,
        invitations,
        check: Check::of_word(&row.machine_check)?,
        beacon,
        payment_tries: u32::try_from(row.payment_tries).context("payment_tries")?,
        access_codes,
        products,
        buyer_fields,
    }))
}

fn to_pause(from: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Pause {
    Pause { from: clock::from_utc(from), until: until.map(clock::from_utc) }
}
