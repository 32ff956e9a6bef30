//! Who is invited to a sale: organisers upload a list, replace it, and take it away. Nobody can read it.

mod heading;
mod list;

use std::sync::Arc;

use axum::extract::{Request, State};
use record::events::{self, Present};
use record::{PgConnection, invitations};
use sale::ids::EventId;
use sale::participation::Participation;
use serde::Serialize;
use serde_json::json;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use self::list::{Listed, Names};
use super::events::EventView;
use super::events::run::{Binds, finish};
use crate::auth::MayRun;
use crate::callers::Callers;
use crate::control::Control;
use crate::entrance::Entrance;
use crate::extract::{Path, Version, Versioned, read_csv};
use crate::problems::{AdminProblems, ApiError, Kind};

/// Bytes of a list.
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// Digests of all lists together: doors keep them in memory, 16 bytes each.
const DIGESTS_MAX: i64 = 4_000_000;
/// Lists that are read at once at this door: each takes memory, and a processor.
static READING: Semaphore = Semaphore::const_new(1);

/// An event, and what its list was read as.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitedView {
    #[serde(flatten)]
    event: EventView,
    /// People whom the list names by an e-mail address.
    invited_by_address: usize,
    /// Those whom it names as the shop or the OpenID provider does: whatever has no `@`, so also an address with a typo.
    invited_as_customer: usize,
}

impl Version for InvitedView {
    fn version(&self) -> i64 {
        self.event.version()
    }
}

/// Say who is invited
///
/// In place of whoever was. A CSV of one column, UTF-8, with a heading (`email`, `Kunde`, …) or without: e-mail addresses, where the sale takes them, and what the
/// shop or the OpenID provider calls its customers (`subject:…`, if it has an `@`); 200,000 people at most. Keyed digests are kept, and
/// nothing else. Until the sale is over; it must ask who its shoppers are. What is in its line already stays there.
#[utoipa::path(put, path = "/api/v1/admin/events/{event}/invitations", tag = "admin: sales",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = InvitedView), AdminProblems))]
pub(crate) async fn put(
    State(control): State<Arc<Control>>,
    State(callers): State<Arc<Callers>>,
    State(entrance): State<Arc<Entrance>>,
    MayRun(admin): MayRun,
    Path(event): Path<EventId>,
    request: Request,
) -> Result<Versioned<InvitedView>, ApiError> {
    let busy = || Kind::Unavailable.because("another list is being read here; try again").retry_after_s(5);
    let _reading = READING.try_acquire().map_err(|_| busy())?;
    let (parts, body) = request.into_parts();
    let csv = read_csv(&parts.headers, body, BYTES_MAX).await?;
    let mut before = control.postgres.begin().await?;
    let participation = may_change(&events::lock(&mut before, event).await?.ok_or_else(no_event)?)?;
    before.rollback().await?;
    // A second or so for a long list: nobody waits for the event meanwhile.
    let read = tokio::task::spawn_blocking(move || {
        let mut listed = list::read(&csv, &names(&callers, participation))?;
        let shoppers = std::mem::take(&mut listed.shoppers);
        Ok((listed, entrance.invited.digests(event, shoppers)))
    });
    let (listed, digests) = read.await.map_err(ApiError::internal)?.map_err(|problems| {
        Kind::Invalid.because("lines of the list name nobody who could come").at_fields(problems)
    })?;
    let mut transaction = control.postgres.begin().await?;
    if may_change(&events::lock(&mut transaction, event).await?.ok_or_else(no_event)?)? != participation {
        return Err(Kind::Conflict.because("participation: it was changed meanwhile; upload the list again"));
    }
    has_room(&mut transaction, event, digests.len()).await?;
    let entries = listed.entries();
    invitations::put(&mut transaction, event, i32::try_from(entries).unwrap_or(i32::MAX), &digests).await?;
    let Listed { addresses, customers, .. } = listed;
    let detail = json!({ "entries": entries, "addresses": addresses, "customers": customers });
    let Versioned(event) =
        finish(&control, transaction, &admin, event, "event.invite", detail, Binds::InTime, None).await?;
    Ok(Versioned(InvitedView { event, invited_by_address: addresses, invited_as_customer: customers }))
}

/// Invite everybody again
///
/// Takes the list away: whoever the sale admits may take part.
#[utoipa::path(delete, path = "/api/v1/admin/events/{event}/invitations", tag = "admin: sales",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")),
    responses((status = 200, body = EventView), AdminProblems))]
pub(crate) async fn remove(
    State(control): State<Arc<Control>>,
    MayRun(admin): MayRun,
    Path(event): Path<EventId>,
) -> Result<Versioned<EventView>, ApiError> {
    let mut transaction = control.postgres.begin().await?;
    may_change(&events::lock(&mut transaction, event).await?.ok_or_else(no_event)?)?;
    let Some(entries) = invitations::remove(&mut transaction, event).await? else {
        return Err(Kind::NotFound.because("the event has no list"));
    };
    let detail = json!({ "entries": entries });
    finish(&control, transaction, &admin, event, "event.uninvite", detail, Binds::InTime, None).await
}

fn no_event() -> ApiError {
    Kind::NotFound.because("no such event")
}

/// Whom the sale takes, if it may have a list.
fn may_change(present: &Present) -> Result<Participation, ApiError> {
    if present.over {
        return Err(Kind::Conflict.because("the sale is over"));
    }
    match Participation::of_word(&present.participation).map_err(ApiError::internal)? {
        Participation::Anyone => {
            Err(Kind::Conflict.because("participation: anyone may take part; a list needs email or account"))
        }
        asks => Ok(asks),
    }
}

fn names(callers: &Callers, participation: Participation) -> Names<'_> {
    let issuers =
        [callers.customers.as_ref().map(|known| known.issuer()), callers.accounts.as_ref().map(|known| known.issuer())];
    Names { emails: callers.emails.as_ref(), issuers: issuers.into_iter().flatten().collect(), participation }
}

async fn has_room(transaction: &mut PgConnection, event: EventId, bytes: usize) -> Result<(), ApiError> {
    let digests = i64::try_from(bytes / invitations::DIGEST_BYTES).unwrap_or(i64::MAX);
    if invitations::digests_of_others(transaction, event).await? + digests > DIGESTS_MAX {
        let detail = format!("the lists of all sales would have more than {DIGESTS_MAX} entries; remove one first");
        return Err(Kind::Conflict.because(detail));
    }
    Ok(())
}
