//! Attempts: the hot path. In memory until the command is in the line; 202 only after the broker's confirm, 200 once the
//! line has answered.

use std::sync::Arc;
use std::time::Duration;

use axum::BoxError;
use axum::body::HttpBody as Body;
use axum::extract::{FromRef, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalogue::Sale;
use futures_util::future::OptionFuture;
use sale::admission::{self, Barred};
use sale::answer::{Answer, Refusal};
use sale::command::{Attempt, Command};
use sale::ids::{AttemptId, EventId, ItemNo, ShopperId};
use sale::provenance::Provenance;
use sale::record::Record;
use sale::rules::SaleRules;
use sale::time::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use view::{AttemptState, AttemptView};

use super::BYTES_MAX;
use super::answers::{self, Known};
use crate::attempt_id::{Wish, body_part};
use crate::auth;
use crate::awaited::{Arrived, Expected};
use crate::callers::Callers;
use crate::entrance::{Entrance, LineStanding};
use crate::extract::{self, IdempotencyKey, Path, read_json};
use crate::line::{Entering, Room};
use crate::meters::{self, Code, DoorAnswer};
use crate::problems::{ApiError, AttemptProblems, Kind};
use crate::reads::Reads;
use crate::traced::Click;

/// The next look, for those who poll: sooner in a short line.
const POLL_AFTER_MS: [(u64, u64); 3] = [(500, 1_000), (10_000, 2_000), (u64::MAX, 5_000)];
/// After the end of a sale, by the line's time: what was on its way into the line has entered by then.
const UNDER_WAY_MS: u64 = 2_000;
/// How long to look for an earlier answer before an attempt is refused.
const LOOK_WITHIN: Duration = Duration::from_millis(300);

/// A wish to buy.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttemptRequest {
    /// Which item of the sale.
    sku: String,
    /// How many units.
    quantity: u32,
    /// A coupon of the sale.
    #[serde(default)]
    coupon: Option<String>,
    /// Needed when the sale says so.
    #[serde(default)]
    access_code: Option<String>,
}

/// The parts that an attempt needs.
#[derive(Clone)]
pub(crate) struct AttemptParts {
    callers: Arc<Callers>,
    entrance: Arc<Entrance>,
    reads: Arc<Reads>,
}

impl<S> FromRef<S> for AttemptParts
where
    Arc<Callers>: FromRef<S>,
    Arc<Entrance>: FromRef<S>,
    Arc<Reads>: FromRef<S>,
{
    fn from_ref(state: &S) -> Self {
        Self { callers: FromRef::from_ref(state), entrance: FromRef::from_ref(state), reads: FromRef::from_ref(state) }
    }
}

/// An attempt that is in the line, for good.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accepted {
    attempt_id: Uuid,
    event_id: Uuid,
    /// Always `in_line`.
    state: AttemptState,
    /// About how many attempts are in the line before this one; absent while this door has heard nothing of the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    ahead: Option<u64>,
    /// How many had been answered when `ahead` was estimated.
    #[serde(skip_serializing_if = "Option::is_none")]
    served: Option<u64>,
    /// This server's clock, Unix ms.
    server_time_ms: u64,
    /// For those who poll: not before.
    poll_after_ms: u64,
    /// Where answers are pushed.
    socket_url: String,
}

/// Attempt a purchase
///
/// 202 means that the attempt is in the line for good and gets exactly one answer: pushed over the
/// WebSocket, and at `Location`. With `Prefer: wait=N` (RFC 7240) the response is that answer, as a 200, if the line gives it
/// within so many seconds; else it is the 202. The same `Idempotency-Key` with the same body is the same attempt, however
/// often it is sent.
#[utoipa::path(post, path = "/api/v1/sales/{event}/attempts", tag = "attempts",
    params(("event" = Uuid, Path, description = "The sale event"),
           ("Idempotency-Key" = String, Header, description = "The client's name for this click"),
           ("Prefer" = Option<String>, Header, description = "`wait=N`: wait so many seconds for the answer, or as many as the server allows")),
    request_body = AttemptRequest,
    responses((status = 200, body = AttemptView, description = "The line has answered",
               headers(("Location" = String, description = "The attempt"),
                       ("Preference-Applied" = String, description = "How long it would have waited"))),
              (status = 202, body = Accepted, description = "It is in the line for good",
               headers(("Location" = String, description = "The attempt"),
                       ("Preference-Applied" = String, description = "How long it would have waited, if it has waited"))),
              AttemptProblems))]
pub(crate) async fn attempt(
    State(door): State<AttemptParts>,
    Path(event): Path<EventId>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    // It came through the router, which has counted it.
    respond(&door, event, &head, body, Ok(())).await
}

/// As the router knows it.
pub(crate) const PATH: &str = "/api/v1/sales/{event}/attempts";

/// The event of a request that is for an attempt, and written as usual.
pub(crate) fn event_of_attempt(method: &Method, path: &str) -> Option<EventId> {
    let event = path.strip_prefix("/api/v1/sales/")?.strip_suffix("/attempts")?;
    let event = Uuid::try_parse_ascii(event.as_bytes()).ok()?;
    (method == Method::POST).then_some(EventId(event))
}

/// The response to an attempt, once it was counted for its address.
pub(crate) async fn respond<B>(
    door: &AttemptParts,
    event: EventId,
    head: &Parts,
    body: B,
    counted: Result<(), ApiError>,
) -> Response
where
    B: Body<Error: Into<BoxError>>,
{
    let mut click = Click::begin(&head.headers);
    let mut result = match counted {
        Ok(()) => take(door, event, head, body, &mut click).await,
        Err(refused) => Err(refused),
    };
    meters::ATTEMPTS.one(match &result {
        Ok(response) if response.status() == StatusCode::OK => DoorAnswer::Answered,
        Ok(_) => DoorAnswer::Accepted,
        Err(error) => DoorAnswer::Refused(error.kind),
    });
    click.answer(&mut result);
    result.into_response()
}

async fn take<B>(
    door: &AttemptParts,
    event: EventId,
    head: &Parts,
    body: B,
    click: &mut Click,
) -> Result<Response, ApiError>
where
    B: Body<Error: Into<BoxError>>,
{
    let AttemptParts { callers, entrance, reads } = door;
    let session = auth::session(callers, &head.headers)?;
    let shopper = session.shopper;
    let key = IdempotencyKey::read(&head.headers)?;
    let (asked, _) = read_json::<AttemptRequest, _>(&head.headers, body, BYTES_MAX).await?;
    let coupon = asked.coupon.as_deref().map(str::trim).filter(|code| !code.is_empty());

    let now = clock::now();
    let sale = reads.visible(event, now)?;
    let rules = &sale.rules;
    admission::check_identity(sale.participation, session.identity)?;
    admission::check_shown(callers.checks.asked(sale.check), session.identity, session.shown)?;
    let address = || callers.address(&head.extensions, &head.headers);
    if coupon.is_some() || !sale.access_codes.is_empty() {
        callers.guesses.may_answer(address(), shopper)?;
    }
    let code = admission::check_access_code(&sale.access_codes, asked.access_code.as_deref())
        .inspect_err(|_| callers.guesses.wrong(address(), shopper, Code::Access))?;
    let item = admission::check_request(rules, &asked.sku, asked.quantity)?;
    let wish = Wish { sku: &asked.sku, quantity: asked.quantity, coupon };
    let id = entrance.ids.derive(event, shopper, key, wish);
    let standing = entrance.standing(event);
    let chance = match admission::has_opened(rules, now) {
        // Who has entered may ask again.
        Err(closed @ Barred::LobbyClosed { .. }) => Err(closed),
        opened => opened.map(|()| has_a_chance(&sale, &standing, item, now))?,
    };
    may_enter(door, event, id, chance, entrance.invited.check(&sale, shopper)).await?;
    let coupon = coupon
        .map(|code| admission::check_coupon(rules, code))
        .transpose()
        .inspect_err(|_| callers.guesses.wrong(address(), shopper, Code::Coupon))?;
    callers.rates.event(event)?;

    let wait = extract::wait(&head.headers).and_then(|asked| entrance.wait(rules, asked));
    // Before it is on its way, and before it is looked whether it is there: no answer comes unheard.
    let expected = wait.map(|wait| entrance.answers.expect(event, id, wait));
    let submitted = match entrance.lines.check_room(event, shopper, id, rules.per_shopper_max)? {
        // Unless its answer has not been heard here: then the line repeats it.
        Room::Taken if look_up(reads, &sale, id, shopper).await.is_none() => None,
        Room::Taken | Room::Free => {
            entrance.clicks.put(id.key(), body_part(id));
            let attempt = Attempt { id, shopper, item, quantity: asked.quantity, coupon };
            let origin = rules.hoarding.map(|_| entrance.origins.seal(event, address()));
            let code = code.filter(|code| code.uses_max.is_some()).map(|code| code.number);
            let command = Command::of_attempt(attempt, Provenance { origin, code });
            let span = click.admit(event, id);
            let entering = Entering { command, admitted_at: now, awaited: expected.is_some(), span };
            Some(entrance.lines.submit(event, entering)?)
        }
    };
    let arrived = OptionFuture::from(expected.map(Expected::arrives)).await;
    let forget = || entrance.lines.forget(event, shopper, id);
    match (submitted, &arrived) {
        // An answer says that it is in the line; nothing else does.
        (Some(_), Some(Arrived::InTime(_))) => forget(),
        (Some(submitted), _) => submitted.confirmed().await.inspect_err(|_| forget())?,
        (None, _) => {}
    }
    let answered = match arrived {
        Some(Arrived::InTime(record)) => Some(record),
        Some(Arrived::Missed) => look_up(reads, &sale, id, shopper).await,
        Some(Arrived::TooLate) | None => None,
    };
    let mut response = match answered {
        Some(record) => answer(rules, &record),
        None => accepted(event, id, &standing, callers.socket_url(shopper)),
    };
    // Whether it waited, and for how long at most.
    if let Some(wait) = wait
        && let Ok(applied) = HeaderValue::try_from(format!("wait={}", wait.as_secs()))
    {
        response.headers_mut().insert("preference-applied", applied);
    }
    Ok(response)
}

/// The record of an attempt, if it is decided by now.
async fn look_up(reads: &Reads, sale: &Sale, id: AttemptId, shopper: ShopperId) -> Option<Record> {
    match answers::find(reads, sale, id, shopper).await {
        Ok(Known::Decided(record)) => Some(record),
        Ok(Known::InLine | Known::Closed) | Err(_) => None,
    }
}

/// Whether there is anything to be had, as far as this door knows.
fn has_a_chance(sale: &Sale, standing: &LineStanding, item: ItemNo, now: UnixMs) -> Result<(), Barred> {
    let rules = &sale.rules;
    // Who enters the lobby has what is there by the opening.
    if rules.lobby.as_ref().is_some_and(|lobby| lobby.is_open(now)) {
        return admission::is_not_over(rules, now);
    }
    let has_passed = || standing.has_passed(rules.pauses.line_time(rules.closes_at).plus_ms(UNDER_WAY_MS));
    match admission::is_not_over(rules, now) {
        // What came before the end may be in the line and not decided: until the line has passed the end, only the line can
        // tell it from what comes too late.
        Err(Barred::SaleEnded) if !sale.settled && !has_passed() => return Ok(()),
        over => over?,
    }
    match standing.last.as_ref().filter(|seen| seen.is_fresh()) {
        Some(seen) => admission::can_be_had(rules, &seen.progress.items, item),
        None => Ok(()),
    }
}

/// Whether an attempt may enter the line. One that has its answer already may, whatever the sale does by now: the line
/// repeats its answer. One whose key was answered for a different request may not. Two requests under way with one key are
/// left to the line: this door may have seen only the second.
async fn may_enter(
    door: &AttemptParts,
    event: EventId,
    id: AttemptId,
    chance: Result<(), Barred>,
    invited: Result<(), ApiError>,
) -> Result<(), ApiError> {
    let known = door.entrance.clicks.get(&id.key());
    if known == Some(body_part(id)) || (known.is_none() && chance.is_ok() && invited.is_ok()) {
        return Ok(());
    }
    match answered(&door.reads, event, id).await {
        Answered::NotYet => {
            chance?;
            invited
        }
        Answered::ThisWish => Ok(()),
        // The line looks again whether there is a chance; who is invited is known here alone.
        Answered::Unknown => invited,
        Answered::AnotherWish => Err(Kind::KeyReused.because("each new wish needs an Idempotency-Key of its own")),
    }
}

/// What has been answered for a key.
enum Answered {
    NotYet,
    ThisWish,
    AnotherWish,
    /// Nobody can say at the moment.
    Unknown,
}

async fn answered(reads: &Reads, event: EventId, id: AttemptId) -> Answered {
    let mut redis = reads.redis.clone();
    let of = [id];
    let look = inventory::read_records(&mut redis, event, &of, reads.heard.of(event));
    let Ok(Ok(records)) = tokio::time::timeout(LOOK_WITHIN, look).await else {
        return Answered::Unknown;
    };
    match records.and_then(|records| records.into_iter().flatten().next()).map(|record| record.answer) {
        None => Answered::NotYet,
        Some(Answer::Refused(Refusal::KeyReused)) => Answered::AnotherWish,
        Some(_) => Answered::ThisWish,
    }
}

/// The line has answered.
fn answer(rules: &SaleRules, record: &Record) -> Response {
    at_location(StatusCode::OK, rules.event, record.id, AttemptView::of_record(rules, record, clock::now()))
}

fn accepted(event: EventId, id: AttemptId, standing: &LineStanding, socket_url: &str) -> Response {
    let ahead = standing.length();
    let poll_after_ms =
        POLL_AFTER_MS.iter().find(|(line_max, _)| ahead <= *line_max).map_or(1_000, |(_, after_ms)| *after_ms);
    let accepted = Accepted {
        attempt_id: id.0,
        event_id: event.0,
        state: AttemptState::InLine,
        // A door that has heard nothing of the line knows its own attempts alone.
        ahead: standing.last.as_ref().map(|_| ahead),
        served: standing.last.as_ref().map(|seen| seen.progress.served),
        server_time_ms: clock::now().0,
        poll_after_ms,
        socket_url: socket_url.to_owned(),
    };
    at_location(StatusCode::ACCEPTED, event, id, accepted)
}

fn at_location(status: StatusCode, event: EventId, id: AttemptId, body: impl Serialize) -> Response {
    let mut response = (status, axum::Json(body)).into_response();
    if let Ok(location) = HeaderValue::try_from(format!("/api/v1/sales/{event}/attempts/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_known_by_its_address_and_anything_else_is_the_routers() {
        let event = Uuid::from_u128(7);
        let is_wanted = |method: Method, path: String| event_of_attempt(&method, &path);
        assert_eq!(is_wanted(Method::POST, format!("/api/v1/sales/{event}/attempts")), Some(EventId(event)));
        assert_eq!(is_wanted(Method::GET, format!("/api/v1/sales/{event}/attempts")), None);
        assert_eq!(is_wanted(Method::POST, format!("/api/v1/sales/{event}/attempts/")), None);
        assert_eq!(is_wanted(Method::POST, format!("/api/v1/sales/{event}/attempts/{event}")), None);
        assert_eq!(is_wanted(Method::POST, "/api/v1/sales/mug/attempts".to_owned()), None);
        assert_eq!(is_wanted(Method::POST, "/api/v1/sales//attempts".to_owned()), None);
    }
}
