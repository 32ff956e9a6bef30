//! What guests of a sale have to show of themselves before they take part: that a browser of theirs has done some work (what costs a
//! person a second costs somebody with thousands of sessions hours), or that a provider of such checks takes them for a person.

use serde::{Deserialize, Serialize};

use crate::participation::Identity;
use crate::words::words;

/// What a sale asks of its guests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Nothing.
    #[default]
    Off,
    /// Work, of those whose session began where many others did.
    WhenPressed,
    /// Work, of every guest.
    Always,
    /// The provider's check, of every guest.
    Hosted,
}

words!(Check: "machine check" { Off = "off", WhenPressed = "when_pressed", Always = "always", Hosted = "hosted" });

/// What a session has to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing, and it began where few did.
    Nothing,
    /// Nothing, though it began where many did.
    NothingPressed,
    /// Work.
    Work,
    /// That it has passed the provider's check.
    Hosted,
}

/// What a guest has to show first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// Work, or what counts for more.
    Work,
    /// That they have passed the provider's check, and nothing less.
    Hosted,
}

impl Check {
    /// What a shopper lacks to be admitted by a sale that asks so. Who has signed in is never asked. The provider's check counts as
    /// work, too, and work never as that check.
    pub fn lacks(self, identity: Identity, shown: Shown) -> Option<Needed> {
        let needed = match self {
            _ if identity != Identity::Guest => None,
            Self::Off => None,
            Self::WhenPressed => (shown == Shown::NothingPressed).then_some(Needed::Work),
            Self::Always => Some(Needed::Work),
            Self::Hosted => Some(Needed::Hosted),
        };
        needed.filter(|needed| match needed {
            Needed::Work => !matches!(shown, Shown::Work | Shown::Hosted),
            Needed::Hosted => shown != Shown::Hosted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_alone_are_asked_and_as_the_sale_says() {
        let lacks = |check: Check| {
            [Shown::Nothing, Shown::NothingPressed, Shown::Work, Shown::Hosted]
                .map(|shown| check.lacks(Identity::Guest, shown))
        };
        let (work, hosted) = (Some(Needed::Work), Some(Needed::Hosted));
        assert_eq!(lacks(Check::Off), [None, None, None, None]);
        assert_eq!(lacks(Check::WhenPressed), [None, work, None, None]);
        assert_eq!(lacks(Check::Always), [work, work, None, None]);
        assert_eq!(lacks(Check::Hosted), [hosted, hosted, hosted, None]);
        for identity in [Identity::Email, Identity::Customer] {
            for check in [Check::Always, Check::Hosted] {
                assert_eq!(check.lacks(identity, Shown::NothingPressed), None, "{identity:?}");
            }
        }
    }
}
