//! What a message carries of traces: a header with the places of those of its attempts that are sampled. The body
//! stays as it is, and a message without a sampled attempt has no such header: so whoever does not trace need not
//! know, and messages of before are read as ever.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use sale::wire;

use super::{Place, is_on};
use crate::meters;

/// Sampled attempts in one message at most; the traces of further ones end there. An AMQP header must fit into one
/// frame (128 KiB, unless the broker is told otherwise); this many take 28 KB.
pub const CARRIED_MAX: usize = 1_024;
const HEADER: &str = "flashline-traces";

/// The places of the sampled among what a message holds, by their index in it, which rises. Mostly empty, and then it
/// takes no memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried(Vec<(u32, Place)>);

impl Carried {
    /// Adds the next, if it is sampled and there is room.
    pub fn add(&mut self, index: usize, place: Option<Place>) {
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
    pub fn at(&self, index: usize) -> Option<Place> {
        if self.0.is_empty() {
            return None;
        }
        let found = self.0.binary_search_by_key(&index, |(at, _)| *at as usize).ok()?;
        self.0.get(found).map(|(_, place)| *place)
    }

    /// All, with their indexes, in order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, Place)> + '_ {
        self.0.iter().map(|(index, place)| (*index as usize, *place))
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Place> + '_ {
        self.0.iter().map(|(_, place)| *place)
    }

    /// Into a message; none of a header when nothing is sampled.
    pub(crate) fn write(&self, properties: BasicProperties) -> BasicProperties {
        if self.is_empty() {
            return properties;
        }
        let Ok(bytes) = wire::encode(&self.0) else { return properties };
        let mut headers = FieldTable::default();
        headers.insert(HEADER.into(), AMQPValue::ByteArray(bytes.into()));
        properties.with_headers(headers)
    }

    /// From a message. What cannot be read is as if it were not there.
    pub(crate) fn read(properties: &BasicProperties) -> Self {
        if !is_on() {
            return Self::default();
        }
        Self::parse(properties)
    }

    fn parse(properties: &BasicProperties) -> Self {
        let header = properties.headers().as_ref().and_then(|headers| headers.inner().get(HEADER));
        let Some(AMQPValue::ByteArray(bytes)) = header else { return Self::default() };
        match wire::decode::<Vec<(u32, Place)>>(bytes.as_slice()) {
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

    fn place(n: u8) -> Place {
        Place { trace: [n; 16], span: [n; 8] }
    }

    fn message(header: AMQPValue) -> BasicProperties {
        let mut headers = FieldTable::default();
        headers.insert(HEADER.into(), header);
        BasicProperties::default().with_headers(headers)
    }

    #[test]
    fn a_message_carries_the_sampled_and_no_other() {
        let mut carried = Carried::default();
        for index in 0..600 {
            carried.add(index, (index % 100 == 7).then(|| place(u8::try_from(index / 100).expect("small"))));
        }
        let read = Carried::parse(&carried.write(BasicProperties::default()));
        assert_eq!(read, carried);
        assert_eq!((read.iter().count(), read.at(307), read.at(308)), (6, Some(place(3)), None));
    }

    #[test]
    fn without_a_sampled_attempt_a_message_is_what_it_always_was() {
        let properties = BasicProperties::default().with_delivery_mode(2);
        assert_eq!(Carried::default().write(properties.clone()), properties);
        assert!(Carried::parse(&properties).is_empty());
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
        let values = [vec![], vec![9], vec![wire::VERSION, 0xff, 0xff, 0xff], unordered].map(|bytes| bytes.into());
        for value in values.map(AMQPValue::ByteArray).into_iter().chain([AMQPValue::LongString("x".into())]) {
            assert!(Carried::parse(&message(value.clone())).is_empty(), "{value:?}");
        }
    }
}
