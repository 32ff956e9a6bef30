//! What a message carries of traces: in a header, the places of those of its attempts that are sampled. The body
//! stays as it is, and a message without a sampled attempt has no such header: so whoever does not trace need not
//! know, and messages of before are read as ever.

use sale::wire;

use crate::meters;
use crate::{SpanRef, is_on};

/// Sampled attempts in one message at most; the traces of further ones end there. A header of AMQP must fit into one
/// frame (128 KiB, unless the broker is told otherwise); this many take 28 KB.
pub const CARRIED_MAX: usize = 1_024;

/// The places of the sampled among what a message holds, by their index in it, which rises. Mostly empty, and then it
/// takes no memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried(Vec<(u32, SpanRef)>);

impl Carried {
    /// Adds the next, if it is sampled and there is room.
    pub fn add(&mut self, index: usize, place: Option<SpanRef>) {
        let Some(place) = place else { return };
        match u32::try_from(index) {
            Ok(index) if self.0.len() < CARRIED_MAX => self.0.push((index, place)),
            _ => meters::TRACE_PLACES_LEFT_BEHIND.one(),
        }
    }

    /// Whether nothing is sampled.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of what is at an index.
    pub fn at(&self, index: usize) -> Option<SpanRef> {
        if self.0.is_empty() {
            return None;
        }
        let found = self.0.binary_search_by_key(&index, |(at, _)| *at as usize).ok()?;
        self.0.get(found).map(|(_, place)| *place)
    }

    /// All, with their indexes, in order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, SpanRef)> + '_ {
        self.0.iter().map(|(index, place)| (*index as usize, *place))
    }

    pub(crate) fn places(&self) -> impl Iterator<Item = SpanRef> + '_ {
        self.0.iter().map(|(_, place)| *place)
    }

    /// For a message's header; none when nothing is sampled.
    pub fn to_header(&self) -> Option<Vec<u8>> {
        if self.is_empty() { None } else { wire::encode(&self.0).ok() }
    }

    /// From a message's header. What cannot be read is as if it were not there.
    pub fn from_header(header: &[u8]) -> Self {
        if is_on() { Self::parse(header) } else { Self::default() }
    }

    fn parse(header: &[u8]) -> Self {
        match wire::decode::<Vec<(u32, SpanRef)>>(header) {
            Ok(places) if places.len() <= CARRIED_MAX && places.is_sorted_by(|one, next| one.0 < next.0) => {
                Self(places)
            }
            Ok(_) | Err(_) => {
                meters::TRACE_HEADERS_UNREADABLE.one();
                Self::default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(n: u8) -> SpanRef {
        SpanRef { trace: [n; 16], span: [n; 8] }
    }

    #[test]
    fn a_message_carries_the_sampled_and_no_other() {
        let mut carried = Carried::default();
        for index in 0..600 {
            carried.add(index, (index % 100 == 7).then(|| place(u8::try_from(index / 100).expect("small"))));
        }
        let read = Carried::parse(&carried.to_header().expect("sampled"));
        assert_eq!(read, carried);
        assert_eq!((read.iter().count(), read.at(307), read.at(308)), (6, Some(place(3)), None));
    }

    #[test]
    fn no_more_are_carried_than_fit_into_a_frame() {
        let mut carried = Carried::default();
        (0..2 * CARRIED_MAX).for_each(|index| carried.add(index, Some(place(1))));
        assert_eq!(carried.iter().count(), CARRIED_MAX);
        assert!(wire::encode(&carried.0).expect("encodes").len() < 30_000);
    }

    #[test]
    fn a_header_that_is_not_ours_is_as_if_it_were_not_there() {
        let unordered = wire::encode(&vec![(2_u32, place(1)), (1, place(2))]).expect("encodes");
        for header in [vec![], vec![9], vec![wire::VERSION, 0xff, 0xff, 0xff], unordered] {
            assert!(Carried::parse(&header).is_empty(), "{header:?}");
        }
    }
}
