//! What organisers and the shop may do.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// What an API token allows. Of the organisers' roles, each may do all that the one before it may; the shop's stands apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Also runs sales.
    Manager,
    /// Also refunds and manages tokens.
    Owner,
    /// The server of a shop's own checkout: it says what became of what was handed over to it, and nothing else.
    Shop,
}

words!(Role: "role" { Viewer = "viewer", Manager = "manager", Owner = "owner", Shop = "shop" });

impl Role {
    /// Whether a token of this role may do what takes `needed`.
    pub const fn may(self, needed: Role) -> bool {
        match needed {
            Role::Viewer => matches!(self, Role::Viewer | Role::Manager | Role::Owner),
            Role::Manager => matches!(self, Role::Manager | Role::Owner),
            Role::Owner => matches!(self, Role::Owner),
            Role::Shop => matches!(self, Role::Shop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Role::{self, Manager, Owner, Shop, Viewer};

    #[test]
    fn organisers_may_do_what_the_role_before_theirs_may_and_the_shop_only_what_is_the_shops() {
        let may = |role: Role| Role::ALL.iter().copied().filter(|needed| role.may(*needed)).collect::<Vec<_>>();
        assert_eq!(may(Viewer), [Viewer]);
        assert_eq!(may(Manager), [Viewer, Manager]);
        assert_eq!(may(Owner), [Viewer, Manager, Owner]);
        assert_eq!(may(Shop), [Shop]);
    }
}
