//! The sales, as people see them: from memory, never from the database.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalogue::Sale;
use sale::buyer::Fields;
use sale::ids::EventId;
use sale::record::ItemCounts;
use sale::rules::Status;
use sale::time::UnixMs;
use tower_http::compression::CompressionLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::sale_view::{ItemView, LimitsView, LobbyView, RoundView, SaleList, SaleView, SeriesView, TierView, Time};
use crate::draw_waits;
use crate::entrance::Entrance;
use crate::extract::Path;
use crate::problems::{ApiError, PublicProblems};
use crate::reads::Reads;
use crate::state::App;

/// A CDN may hold it for a second: the clock of a countdown is right to a second, the stock is live enough.
const CACHEABLE: HeaderValue = HeaderValue::from_static("public, max-age=1");
/// Sales in one list.
const LISTED_MAX: usize = 500;

/// Counts of an event from whoever knows best.
struct EventCounts {
    at: Option<UnixMs>,
    served: u64,
    items: Vec<ItemCounts>,
}

/// The sales, in as few bytes as they need: the list is asked for by everybody, time and again.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).layer(CompressionLayer::new())
}

/// All sales
///
/// With `If-None-Match` and the `ETag` of an answer: 304 as long as nothing has changed.
#[utoipa::path(get, path = "/api/v1/sales", tag = "sales", security(()),
    responses((status = 200, body = SaleList), (status = 304, description = "As it was"), PublicProblems))]
async fn list(State(reads): State<Arc<Reads>>, State(entrance): State<Arc<Entrance>>, headers: HeaderMap) -> Response {
    let now = clock::now();
    let all = reads.catalogue.all();
    let mut shown: Vec<&Arc<Sale>> = all.values().filter(|sale| sale.rules.status(now) != Status::Draft).collect();
    shown.sort_unstable_by_key(|sale| (sale.rules.opens_at, sale.rules.event));
    // The latest, should there be too many.
    let skipped = shown.len().saturating_sub(LISTED_MAX);
    let mut sales = Vec::with_capacity(shown.len() - skipped);
    for sale in shown.into_iter().skip(skipped) {
        sales.push(view(&reads, &entrance, sale, now).await);
    }
    let tag = tag(&sales);
    unless_known(&headers, tag, Json(SaleList { server_time_ms: now.0, sales }))
}

/// One sale
///
/// With `If-None-Match` and the `ETag` of an answer: 304 as long as nothing has changed.
#[utoipa::path(get, path = "/api/v1/sales/{event}", tag = "sales", security(()),
    params(("event" = Uuid, Path, description = "The sale event")),
    responses((status = 200, body = SaleView), (status = 304, description = "As it was"), PublicProblems))]
async fn show(
    State(reads): State<Arc<Reads>>,
    State(entrance): State<Arc<Entrance>>,
    headers: HeaderMap,
    Path(event): Path<EventId>,
) -> Result<Response, ApiError> {
    let now = clock::now();
    let sale = reads.visible(event, now)?;
    let view = view(&reads, &entrance, &sale, now).await;
    let tag = tag(&view);
    Ok(unless_known(&headers, tag, Json(view)))
}

/// Names what an answer says, whenever it is said.
fn tag(said: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    said.hash(&mut hasher);
    format!("W/\"{:016x}\"", hasher.finish())
}

/// The answer; or, for who has it already, that there is nothing new.
fn unless_known(headers: &HeaderMap, tag: String, answer: impl IntoResponse) -> Response {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag));
    let about = [(header::CACHE_CONTROL, CACHEABLE.to_owned())];
    match is_known {
        true => (StatusCode::NOT_MODIFIED, about, [(header::ETAG, tag)]).into_response(),
        false => (about, [(header::ETAG, tag)], answer).into_response(),
    }
}

async fn view(reads: &Reads, entrance: &Entrance, sale: &Sale, now: UnixMs) -> SaleView {
    let rules = &sale.rules;
    let counts = counts(reads, entrance, rules.event).await;
    let status = rules.status(now);
    let status_reason = match status {
        Status::Paused => sale.pause_reason.clone(),
        Status::Stopped => sale.stop_reason.clone(),
        _ => None,
    };
    let items = rules.items.iter().zip(&sale.products).enumerate().map(|(index, (item, product))| {
        let unknown = ItemCounts { allocated: item.allocation, ..ItemCounts::default() };
        let counts = counts.as_ref().and_then(|counts| counts.items.get(index)).unwrap_or(&unknown);
        let (sale_minor, tier) = item.discount.next_unit(item.list_minor, &counts.tiers_out);
        ItemView {
            sku: item.sku.clone(),
            name: product.name.clone(),
            description: product.description.clone(),
            image_url: product.image_url.clone(),
            list_minor: item.list_minor,
            sale_minor,
            tier: tier.map(|index| index + 1),
            tiers: TierView::all(&item.discount, item.list_minor),
            allocated: counts.allocated,
            left: counts.left(),
            held: counts.held,
            sold: counts.sold,
            standby_len: counts.standby_len,
            sold_out: counts.nothing_to_have(rules.standby_max) && counts.allocated >= item.allocation,
        }
    });
    let lobby = match &rules.lobby {
        Some(lobby) => {
            let entered = reads.heads.of(rules.event).await.map(|head| head.lobby.entered);
            Some(LobbyView {
                opens_at_ms: lobby.opens_at.0,
                closes_at_ms: lobby.closes_at.0,
                commitment: lobby.commitment.to_string(),
                entered,
                beacon: sale.beacon.map(|beacon| {
                    let round = beacon.round();
                    RoundView { round, at_ms: beacon.chain.time_of(round).0 }
                }),
                waits_for: draw_waits::for_what(sale, entered, now),
            })
        }
        None => None,
    };
    SaleView {
        event_id: rules.event.0,
        name: sale.name.clone(),
        description: sale.description.clone(),
        status: status.word(),
        status_reason,
        server_time_ms: Time::said(now.0),
        opens_at_ms: rules.opens_at.0,
        closes_at_ms: Time { ms: rules.ends_at(now).0, moves: status == Status::Paused },
        lobby,
        currency: rules.currency.to_string(),
        currency_digits: rules.currency.digits(),
        checkout: rules.checkout.word(),
        gateway: reads.gateways.shown(sale.gateway, rules.currency),
        hold_ms: rules.hold_ms,
        per_shopper_max: rules.per_shopper_max,
        series: rules
            .series
            .as_ref()
            .map(|series| SeriesView { name: series.name.clone(), per_shopper_max: series.per_shopper_max }),
        quantity_max: rules.quantity_max,
        standby_max: rules.standby_max,
        access_code_needed: !sale.access_codes.is_empty(),
        has_coupons: !rules.coupons.is_empty(),
        hoarding: rules.hoarding.map(|limits| LimitsView { rest_ms: limits.rest_ms }),
        participation: sale.participation.word(),
        sign_in: reads.sign_ins.admitted_by(sale.participation),
        invited_only: sale.invitations.is_some(),
        machine_check: reads.checks.asked(sale.check).word(),
        hosted_check: reads.checks.view(sale.check),
        served: counts.as_ref().map(|counts| counts.served),
        progress_at_ms: counts.as_ref().and_then(|counts| counts.at).map(|at| Time::said(at.0)),
        items: items.collect(),
        buyer_fields: Some(sale.buyer_fields.clone()).filter(Fields::ask),
    }
}

/// What was heard just now; else what Redis has; else what was heard last, however old.
async fn counts(reads: &Reads, entrance: &Entrance, event: EventId) -> Option<EventCounts> {
    let standing = entrance.standing(event);
    if !standing.is_fresh()
        && let Some(head) = reads.heads.of(event).await
    {
        return Some(EventCounts { at: None, served: head.tally.served, items: head.items.clone() });
    }
    let progress = &standing.last?.progress;
    Some(EventCounts { at: Some(progress.at), served: progress.served, items: progress.items.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_new_when_it_says_something_new_and_not_because_time_has_passed() {
        let at = |time, served: u64| (Time::said(time), Time { ms: served, moves: false });
        assert_eq!(tag(&at(1, 7)), tag(&at(2, 7)));
        assert_ne!(tag(&at(1, 7)), tag(&at(1, 8)));
        let answered = |known: &str| {
            let headers =
                HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::try_from(known).expect("a header"))]);
            unless_known(&headers, tag(&at(1, 7)), "the sales").status()
        };
        let known = tag(&at(1, 7));
        assert_eq!(answered(&known), StatusCode::NOT_MODIFIED);
        assert_eq!(answered(&format!("\"other\", {known}")), StatusCode::NOT_MODIFIED);
        assert_eq!(answered("\"other\""), StatusCode::OK);
    }
}
