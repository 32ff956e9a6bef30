//! Whose a session is, and by what that is known.

use std::fmt;

use sale::check::Shown;
use sale::ids::ShopperId;
use sale::participation::Identity;

/// Whose a session is.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who they are here.
    pub shopper: ShopperId,
    /// By what that is known.
    pub proof: Proof,
}

/// By what it is known whose a session is.
#[derive(Clone, PartialEq, Eq)]
pub enum Proof {
    /// By nothing: it is a guest's.
    Nothing,
    /// By nothing, and it began where many others did.
    Pressed,
    /// By nothing, but its guest's browser has done some work for it.
    Work,
    /// By nothing, but the provider of a hosted check takes its guest for a person.
    Hosted,
    /// They have confirmed an e-mail address. Which, no token says.
    Email,
    /// The shop has said so: what it calls its customer. Theirs alone: it is not for logs, and not shown by `Debug`.
    Customer(String),
}

impl Holder {
    /// Somebody new.
    pub fn guest(shopper: ShopperId) -> Self {
        Self { shopper, proof: Proof::Nothing }
    }

    /// What the shop calls its customer, if they are one.
    pub fn customer(&self) -> Option<&str> {
        match &self.proof {
            Proof::Customer(reference) => Some(reference),
            Proof::Nothing | Proof::Pressed | Proof::Work | Proof::Hosted | Proof::Email => None,
        }
    }
}

impl Proof {
    /// Its kind.
    pub fn identity(&self) -> Identity {
        match self {
            Self::Nothing | Self::Pressed | Self::Work | Self::Hosted => Identity::Guest,
            Self::Email => Identity::Email,
            Self::Customer(_) => Identity::Customer,
        }
    }

    /// What it has to show where a sale asks that of guests.
    pub fn shown(&self) -> Shown {
        match self {
            Self::Pressed => Shown::NothingPressed,
            Self::Work => Shown::Work,
            Self::Hosted => Shown::Hosted,
            Self::Nothing | Self::Email | Self::Customer(_) => Shown::Nothing,
        }
    }
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(self.proof.identity().word()).field(&self.shopper).finish()
    }
}
