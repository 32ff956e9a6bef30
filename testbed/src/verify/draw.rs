//! The draw, checked: all that were in the lobby were decided, once, in the order that follows from the published seed, and
//! before anybody who came later.

use record::beacons::Beacon;
use record::draws::{Draw, Order, Sealed};
use sale::draw::{Entries, EntryDigest, Seed};
use sale::ids::AttemptId;
use sale::rules::SaleRules;

use super::journal::Journal;

/// What is wrong with the draw of a sale that is over, or has been open for long enough.
pub(super) fn check(journal: &Journal, rules: &SaleRules, draw: Option<&Draw>) -> Vec<String> {
    let lobby = &journal.lobby;
    if lobby.entered.is_empty() {
        return Vec::new();
    }
    let mut violations: Vec<String> =
        lobby.between.iter().map(|id| format!("{id} was answered before all entries were drawn")).collect();
    if !lobby.left.is_empty() {
        violations.push(format!("{} entries were not drawn", lobby.left.len()));
    }
    if rules.stopped_at.is_some() {
        return violations; // all were told the same
    }
    let Some(Draw { secret, beacon, sealed: Some(sealed @ Sealed { order: Some(order), .. }), .. }) = draw else {
        violations.push("the lobby was not sealed, or its order never known".to_owned());
        return violations;
    };
    let entries: Vec<AttemptId> = lobby.drawn.iter().chain(&lobby.left).copied().collect();
    let digests = Entries::closed(entries.iter().map(|id| EntryDigest::of(rules.event, *id)));
    if (sealed.root, sealed.entries) != (digests.root(), digests.count()) {
        violations.push(format!("sealed are {} entries, in the lobby were {}", sealed.entries, digests.count()));
    }
    violations.extend(beacon.and_then(|beacon| of_the_round(&beacon, sealed, order)));
    let randomness = order.signature.map(|signature| signature.randomness());
    if order.seed != Seed::of(rules.event, secret, digests.root(), digests.count(), randomness) {
        violations.push("the seed does not follow from secret, entries and beacon".to_owned());
    }
    if order.seed.order_of(rules.event, entries) != lobby.drawn {
        violations.push("the entries were not decided in the order of the draw".to_owned());
    }
    violations
}

/// What is wrong with the beacon's part: the round follows from the lobby's end and from when the entries were published; and the
/// chain has to have signed it.
fn of_the_round(beacon: &Beacon, sealed: &Sealed, order: &Order) -> Option<String> {
    let (Some(round), Some(signature)) = (beacon.counting, order.signature) else {
        return Some("it was drawn without the beacon that was announced".to_owned());
    };
    let expected = beacon.chain.counting(beacon.lobby_closes_at, clock::from_utc(sealed.at));
    if round != expected {
        return Some(format!("round {round} counted, and {expected} should have"));
    }
    let is_signed = beacon::has_signed(&beacon.chain.public_key, round, &signature);
    (!is_signed).then(|| format!("the chain has not signed round {round}"))
}
