//! Who may take part in a sale, and by what it is known who a shopper is.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// Who may take part in a sale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Participation {
    /// Whoever opens the page.
    #[default]
    Anyone,
    /// Shoppers who can be told apart: they have confirmed an e-mail address, or the shop vouches for them.
    Email,
    /// Shoppers with an account: at the OpenID provider, or the shop vouches for them.
    Account,
}

words!(Participation: "participation" { Anyone = "anyone", Email = "email", Account = "account" });

/// By what it is known who a shopper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// By nothing but their session: on another device they are somebody else.
    Guest,
    /// By an e-mail address that they have confirmed.
    Email,
    /// By the shop, whose customer they are, or by the OpenID provider where they have an account.
    Customer,
}

words!(Identity: "identity" { Guest = "guest", Email = "email", Customer = "customer" });

impl Participation {
    /// Whether a shopper who is known so may take part.
    pub fn admits(self, identity: Identity) -> bool {
        match (self, identity) {
            (Self::Anyone, _) => true,
            (Self::Email, identity) => identity != Identity::Guest,
            (Self::Account, identity) => identity == Identity::Customer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_admits_whom_it_asks_for() {
        let admitted = |participation: Participation| -> Vec<Identity> {
            Identity::ALL.iter().copied().filter(|identity| participation.admits(*identity)).collect()
        };
        assert_eq!(admitted(Participation::Anyone), Identity::ALL);
        assert_eq!(admitted(Participation::Email), [Identity::Email, Identity::Customer]);
        assert_eq!(admitted(Participation::Account), [Identity::Customer]);
    }
}
