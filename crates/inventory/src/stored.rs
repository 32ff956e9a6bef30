//! Records and counts as Redis keeps them.

use sale::Counted;
use sale::provenance::{Party, Provenance};
use sale::record::Record;
use sale::wire::{self, WireError};

/// A record as it is kept: as it is told, and behind it where the attempt came from, if that is known.
pub(crate) fn encode(record: &Record) -> Result<Vec<u8>, WireError> {
    let mut bytes = wire::encode(record)?;
    if !record.provenance.is_unknown() {
        bytes.extend(wire::encode(&record.provenance)?);
    }
    Ok(bytes)
}

/// The record that is kept in some bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<Record, WireError> {
    let (record, rest) = wire::decode_first::<Record>(bytes)?;
    let provenance = if rest.is_empty() { Provenance::default() } else { wire::decode(rest)? };
    Ok(Record { provenance, ..record })
}

/// The field of a count, none of which is a shopper's: those are of 16 bytes.
pub(crate) fn count_field(counted: Counted) -> Vec<u8> {
    match counted {
        Counted::UnpaidFrom(origin, item) => [&b"u"[..], &origin.0, &item.0.to_be_bytes()].concat(),
        Counted::BehindFrom(origin, item) => [&b"b"[..], &origin.0, &item.0.to_be_bytes()].concat(),
        Counted::RunOuts(party) => [&b"r"[..], &party_member(party)].concat(),
        Counted::CodeUses(code) => [&b"c"[..], &code.0.to_be_bytes()].concat(),
    }
}

/// A party, where it is told when its reservations came to nothing.
pub(crate) fn party_member(party: Party) -> Vec<u8> {
    match party {
        Party::Shopper(shopper) => [&b"s"[..], shopper.0.as_bytes()].concat(),
        Party::Origin(origin) => [&b"o"[..], &origin.0].concat(),
    }
}
