//! Whether a sale that has opened waits for the order of its draw: until then nothing is decided in it.

use catalogue::Sale;
use sale::rules::Status;
use sale::time::UnixMs;

/// What it waits for: that its entries are published, or the round of its beacon. Where nobody is in the lobby, nothing is waited for.
pub(crate) fn for_what(sale: &Sale, entered: Option<u32>, now: UnixMs) -> Option<&'static str> {
    let is_ordered = sale.rules.lobby.as_ref()?.seed.is_some();
    if is_ordered || entered == Some(0) || sale.rules.status(now) != Status::Active {
        return None;
    }
    let is_sealed = sale.beacon.is_some_and(|beacon| beacon.counting.is_some());
    Some(if is_sealed { "beacon" } else { "sealing" })
}
