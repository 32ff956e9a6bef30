//! Giving a reservation or a place on standby back.

use std::sync::Arc;

use crate::line::Entering;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use catalogue::Sale;
use sale::command::{CancelCause, Command};
use sale::ids::{AttemptId, EventId};
use sale::record::State as AttemptState;
use sale::time::UnixMs;
use view::AttemptView;

use super::answers::{Known, find, sealed};
use crate::auth::Shopper;
use crate::entrance::Entrance;
use crate::extract::Path;
use crate::problems::{ApiError, CancelProblems, Kind};
use crate::reads::Reads;

fn is_after_lobby(sale: &Sale, now: UnixMs) -> bool {
    sale.rules.lobby.as_ref().is_some_and(|lobby| (lobby.closes_at..sale.rules.opens_at).contains(&now))
}

/// Cancel a reservation
///
/// Also gives up a place on standby, an entry in a lobby that is still open, or an attempt that is still in the line. Cancelling what is over
/// already changes nothing.
#[utoipa::path(post, path = "/api/v1/sales/{event}/reservations/{attempt}/cancel", tag = "attempts",
    params(("event" = Uuid, Path, description = "The sale event"),
           ("attempt" = Uuid, Path, description = "The attempt")),
    responses((status = 202, body = AttemptView, description = "As it stood; the outcome is pushed"), CancelProblems))]
pub(crate) async fn cancel(
    State(entrance): State<Arc<Entrance>>,
    State(reads): State<Arc<Reads>>,
    Shopper(shopper): Shopper,
    Path((event, attempt)): Path<(EventId, AttemptId)>,
) -> Result<(StatusCode, Json<AttemptView>), ApiError> {
    let sale = sealed(&entrance, &reads, event, attempt, shopper).await?;
    let found = find(&reads, &sale, attempt, shopper).await?;
    let standing = match &found {
        Known::InLine => None,
        Known::Decided(record) => Some(&record.state),
        Known::Closed => Some(&AttemptState::Closed),
    };
    let is_over = match standing {
        Some(AttemptState::Sold(..) | AttemptState::Settled(..)) => {
            return Err(Kind::NotCancellable.because("it is paid; ask the shop for a refund"));
        }
        Some(
            AttemptState::Closed | AttemptState::Expired | AttemptState::Cancelled(_) | AttemptState::StandbyEnded(_),
        ) => true,
        // What is in the line before the opening is an entry, too.
        Some(AttemptState::Entered) | None if is_after_lobby(&sale, clock::now()) => {
            return Err(Kind::LobbyClosed.because("the lobby has closed: this entry will be drawn"));
        }
        Some(AttemptState::Entered) => false,
        Some(AttemptState::Held(_) | AttemptState::HeldOn(..) | AttemptState::Waiting) | None => false,
    };
    if !is_over {
        let command = Command::Cancel { attempt, cause: CancelCause::Shopper };
        entrance.lines.submit(event, Entering::now(command))?.confirmed().await?;
    }
    Ok((StatusCode::ACCEPTED, Json(found.view(&sale.rules, attempt))))
}
