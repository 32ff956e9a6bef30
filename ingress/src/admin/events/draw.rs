//! What a draw will follow from: fixed when a sale is made, before its lobby opens.

use record::{PgConnection, beacons, draws};
use sale::definition::LobbyDefinition;
use sale::draw::Secret;
use sale::ids::EventId;
use sale::time::UnixMs;

use crate::problems::{ApiError, Kind};

/// Keeps a secret for the draw of a sale, unless it has one, and which beacon takes part, if one is wanted.
pub(super) async fn put(
    transaction: &mut PgConnection,
    event: EventId,
    lobby: LobbyDefinition,
    opens_at: UnixMs,
) -> Result<(), ApiError> {
    draws::make(transaction, event, &Secret(rand::random())).await?;
    if !lobby.beacon {
        return Ok(beacons::put(transaction, event, None).await?);
    }
    let chain = match beacons::of(transaction, event, lobby.closes_at).await? {
        Some(beacon) => beacon.chain,
        None => beacons::usable(transaction).await?.ok_or_else(no_beacon)?,
    };
    let earliest = chain.opening_from(lobby.closes_at);
    if opens_at < earliest {
        let seconds = earliest.ms_since(lobby.closes_at).div_ceil(1_000);
        let detail =
            format!("lobby.closes_at: with a beacon, {seconds} seconds before the sale opens: its round is awaited");
        return Err(Kind::Invalid.because(detail));
    }
    Ok(beacons::put(transaction, event, Some(&chain)).await?)
}

fn no_beacon() -> ApiError {
    let detail = "lobby.beacon: no randomness beacon was heard in the last ten minutes; its relays are FLASHLINE_DRAND_URL of the \
                  order-workers";
    Kind::Invalid.because(detail)
}
