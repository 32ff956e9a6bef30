//! Times in the admin API: RFC 3339 to the millisecond, the one precision that API, rules and line share.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::problems::{ApiError, Kind};

/// A time without a part finer than a millisecond. What comes finer is cut, before anything is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub(crate) struct Moment(DateTime<Utc>);

impl Moment {
    /// For the database and for calculations.
    pub(crate) fn utc(self) -> DateTime<Utc> {
        self.0
    }
}

/// The same two times for the database, once it is known that something can lie between them.
///
/// # Errors
/// When the second does not come after the first.
pub(crate) fn between(from: Option<Moment>, until: Option<Moment>) -> Result<[Option<DateTime<Utc>>; 2], ApiError> {
    if from.zip(until).is_some_and(|(from, until)| from >= until) {
        return Err(Kind::Invalid.because("until: after from"));
    }
    Ok([from, until].map(|end| end.map(Moment::utc)))
}

impl From<DateTime<Utc>> for Moment {
    fn from(at: DateTime<Utc>) -> Self {
        Self(DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        // By its name: what chrono says of a time without a zone is that the text ends too early.
        let why = |_| {
            D::Error::custom(format_args!(
                "{text:?} is no time; one reads 2030-01-31T12:00:00Z, with its zone (RFC 3339)"
            ))
        };
        text.parse::<DateTime<Utc>>().map(Self::from).map_err(why)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(format))
            .description(Some("RFC 3339, to the millisecond: what is finer is cut"))
            .into()
    }
}

impl ToSchema for Moment {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Moment {
        serde_json::from_str(&format!("\"{text}\"")).expect("a time")
    }

    #[test]
    fn what_is_finer_than_a_millisecond_is_cut() {
        assert_eq!(read("2030-01-01T00:00:00.123456100Z"), read("2030-01-01T00:00:00.123456900Z"));
        assert_eq!(read("2030-01-01T00:00:00.1234Z"), read("2030-01-01T00:00:00.123999999Z"));
        assert!(read("2030-01-01T00:00:00.123Z") < read("2030-01-01T00:00:00.124Z"));
    }

    #[test]
    fn what_is_no_time_is_told_what_would_be() {
        for wrong in ["2030-01-01T00:00:00", "2030-01-01", "tomorrow", "", "2030-01-01T24:00:00Z"] {
            let why = serde_json::from_str::<Moment>(&format!("\"{wrong}\"")).expect_err("no time").to_string();
            assert!(why.contains("with its zone"), "{wrong}: {why}");
        }
        assert_eq!(read("2030-01-01T02:00:00+02:00"), read("2030-01-01T00:00:00Z"));
    }

    proptest! {
        /// What is written, read, and counted in the rules' milliseconds is the same time.
        #[test]
        fn a_moment_survives_the_api_and_the_rules(micros in 0i64..4_102_444_800_000_000) {
            let moment = Moment::from(DateTime::from_timestamp_micros(micros).expect("a time"));
            let written = serde_json::to_string(&moment).expect("written");
            prop_assert_eq!(serde_json::from_str::<Moment>(&written).expect("read"), moment);
            prop_assert_eq!(clock::to_utc(clock::from_utc(moment.utc())), moment.utc());
        }
    }
}
