//! Who holds units, lets reservations run out, and from where; and whom the organiser puts aside.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use axum::http::StatusCode;
use record::holders::{self, Held};
use record::{events, put_aside};
use sale::definition::text_problem;
use sale::ids::{EventId, ShopperId};
use sale::provenance::Party;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::lock;
use crate::admin::audit;
use crate::auth::MayRun;
use crate::control::Control;
use crate::extract::{Json, Path};
use crate::moment::Moment;
use crate::problems::{AdminProblems, ApiError, Kind, OwnerReadProblems};
use crate::reads::Reads;

/// Listed of each kind.
const LISTED_MAX: i64 = 20;
/// Put aside in one sale at most: every process has them in memory.
const ASIDE_MAX: i64 = 1_000;
const REASON_LENGTH_MAX: usize = 200;

/// Who holds the units of a sale.
#[derive(Serialize, ToSchema)]
pub(crate) struct Holders {
    /// By internet address, those first that hold or let run out most; of attempts that came while the sale had limits on
    /// hoarding.
    addresses: Vec<AddressHolding>,
    /// By shopper.
    shoppers: Vec<ShopperHolding>,
    /// Who is put aside, the latest first.
    put_aside: Vec<AsideView>,
}

/// What is held from an address.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddressHolding {
    /// An IPv4 address, or the /64 of an IPv6 address; absent where it was sealed with another attempt key.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Shoppers that came from there.
    shoppers: i64,
    #[serde(flatten)]
    held: HeldView,
}

/// What a shopper holds.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShopperHolding {
    shopper_id: Uuid,
    #[serde(flatten)]
    held: HeldView,
}

/// Units, and reservations that came to nothing.
#[derive(Serialize, ToSchema)]
pub(crate) struct HeldView {
    /// Units held unpaid.
    holding: i64,
    /// Units waited for on standby.
    waiting: i64,
    /// Units paid for.
    bought: i64,
    /// Reservations that ran out, were given back unpaid, or could not be paid for.
    came_to_nothing: i64,
    /// Others are served first.
    put_aside: bool,
}

/// Somebody who is put aside.
#[derive(Serialize, ToSchema)]
pub(crate) struct AsideView {
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shopper_id: Option<Uuid>,
    /// As it was given.
    reason: String,
    since: Moment,
}

/// Whom to put aside: an address, or a shopper.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Aside {
    /// An IPv4 or IPv6 address, with or without `/64`.
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    shopper_id: Option<Uuid>,
    /// For colleagues; shoppers are not told. Not needed to end it.
    #[serde(default)]
    reason: String,
}

impl Aside {
    fn party(&self, control: &Control, event: EventId) -> Result<Party, ApiError> {
        match (&self.address, self.shopper_id) {
            (Some(address), None) => {
                let address: IpAddr = address
                    .trim()
                    .trim_end_matches("/64")
                    .parse()
                    .map_err(|_| Kind::Invalid.because("address: an IPv4 or IPv6 address, such as 203.0.113.7"))?;
                Ok(Party::Origin(control.origins.seal(event, address)))
            }
            (None, Some(shopper)) => Ok(Party::Shopper(ShopperId(shopper))),
            _ => Err(Kind::Invalid.because("either address or shopper_id")),
        }
    }
}

/// For the audit log, which more people read, and which is kept: an address only as it is sealed.
fn described(party: Party, reason: &str) -> serde_json::Value {
    match party {
        Party::Shopper(shopper) => json!({ "shopper_id": shopper, "reason": reason }),
        Party::Origin(origin) => json!({ "origin": hex::encode(origin.0), "reason": reason }),
    }
}

/// Once a lobby has closed, its order is known: whoever could still put somebody aside, or no longer, could choose.
async fn not_in_the_draw(reads: &Reads, event: EventId) -> Result<(), ApiError> {
    let sale = reads.sale(event).await?;
    let Some(lobby) = sale.rules.lobby.as_ref().filter(|lobby| clock::now() >= lobby.closes_at) else { return Ok(()) };
    // Entries may still be on their way to the line, whose lobby is open until it has read them.
    let is_drawn = reads.heads.of(event).await.is_some_and(|head| head.lobby.closed && head.lobby.entered == 0);
    if is_drawn || sale.rules.stopped_at.is_some() {
        return Ok(());
    }
    Err(Kind::Conflict.because(format!(
        "from the closing of the lobby ({}) until all entries are drawn, nobody is put aside, or no longer: the order is known",
        clock::to_utc(lobby.closes_at)
    )))
}

/// Who holds the units of a sale
#[utoipa::path(get, path = "/api/v1/admin/events/{event}/holders", tag = "admin: operation",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")),
    responses((status = 200, body = Holders), OwnerReadProblems))]
pub(crate) async fn show(
    State(control): State<Arc<Control>>,
    State(reads): State<Arc<Reads>>,
    _: MayRun,
    Path(event): Path<EventId>,
) -> Result<Reply<Holders>, ApiError> {
    let pool = &control.postgres;
    reads.sale(event).await?;
    let aside = put_aside::list(pool, event).await?;
    let is_aside = |party| aside.iter().any(|one| one.party == party);
    let view = |held: Held, party| HeldView {
        holding: held.holding,
        waiting: held.waiting,
        bought: held.bought,
        came_to_nothing: held.came_to_nothing,
        put_aside: is_aside(party),
    };
    let addresses =
        holders::by_origin(pool, event, LISTED_MAX).await?.into_iter().map(|(origin, shoppers, held)| AddressHolding {
            address: control.origins.open(event, origin),
            shoppers,
            held: view(held, Party::Origin(origin)),
        });
    let shoppers = holders::by_shopper(pool, event, LISTED_MAX).await?.into_iter();
    let shoppers = shoppers
        .map(|(shopper, held)| ShopperHolding { shopper_id: shopper.0, held: view(held, Party::Shopper(shopper)) });
    let (addresses, shoppers) = (addresses.collect(), shoppers.collect());
    let put_aside = aside.iter().map(|one| {
        let (address, shopper_id) = match one.party {
            Party::Origin(origin) => (control.origins.open(event, origin), None),
            Party::Shopper(shopper) => (None, Some(shopper.0)),
        };
        AsideView { address, shopper_id, reason: one.reason.clone(), since: one.at.into() }
    });
    Ok(Reply(Holders { addresses, shoppers, put_aside: put_aside.collect() }))
}

/// Put somebody aside
///
/// From then on others are served before what they ask for, as before those who hoard: nothing that they hold or have asked for
/// is taken from them. An address can be put aside in a sale that has limits on hoarding: only there it is known where attempts
/// come from.
#[utoipa::path(post, path = "/api/v1/admin/events/{event}/put-aside", tag = "admin: operation",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")), request_body = Aside,
    responses((status = 204, description = "They are put aside"), AdminProblems))]
pub(crate) async fn put(
    State(control): State<Arc<Control>>,
    State(reads): State<Arc<Reads>>,
    MayRun(admin): MayRun,
    Path(event): Path<EventId>,
    body: Json<Aside>,
) -> Result<StatusCode, ApiError> {
    let aside = &body.value;
    if let Some(problem) = text_problem("reason", aside.reason.trim(), 1, REASON_LENGTH_MAX) {
        return Err(Kind::Invalid.because(problem));
    }
    let party = aside.party(&control, event)?;
    let mut transaction = control.postgres.begin().await?;
    let present = lock(&mut transaction, event).await?;
    not_in_the_draw(&reads, event).await?;
    if matches!(party, Party::Origin(_)) && !present.keeps_from_hoarding {
        return Err(
            Kind::Conflict.because("this sale has no limits on hoarding: where its attempts come from is not known")
        );
    }
    if put_aside::count(&mut transaction, event).await? >= ASIDE_MAX {
        return Err(Kind::Conflict.because(format!("at most {ASIDE_MAX} are put aside in one sale")));
    }
    put_aside::put(&mut transaction, event, party, aside.reason.trim()).await?;
    let version = events::touch(&mut transaction, event).await?;
    audit::record(&mut transaction, &admin, "event.put_aside", event, described(party, &aside.reason)).await?;
    transaction.commit().await?;
    control.nudges.changed(event);
    control.bind_writers(event, version).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Put somebody aside no longer
///
/// What they asked for meanwhile keeps its place behind everybody else.
#[utoipa::path(post, path = "/api/v1/admin/events/{event}/put-aside/end", tag = "admin: operation",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")), request_body = Aside,
    responses((status = 204, description = "They are not put aside"), AdminProblems))]
pub(crate) async fn end(
    State(control): State<Arc<Control>>,
    State(reads): State<Arc<Reads>>,
    MayRun(admin): MayRun,
    Path(event): Path<EventId>,
    body: Json<Aside>,
) -> Result<StatusCode, ApiError> {
    let party = body.value.party(&control, event)?;
    let mut transaction = control.postgres.begin().await?;
    lock(&mut transaction, event).await?;
    not_in_the_draw(&reads, event).await?;
    if put_aside::remove(&mut transaction, event, party).await? {
        let version = events::touch(&mut transaction, event).await?;
        audit::record(&mut transaction, &admin, "event.put_aside_end", event, described(party, &body.value.reason))
            .await?;
        transaction.commit().await?;
        control.nudges.changed(event);
        control.bind_writers(event, version).await;
    }
    Ok(StatusCode::NO_CONTENT)
}
