//! What organisers and the shop may do.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// Who somebody is among organisers; or the server of a shop's own checkout, which stands apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees sales, figures, orders: nobody's name or address.
    Viewer,
    /// Helps shoppers: also sees who they are, and pays back.
    Support,
    /// Runs sales, and sees who bought.
    Manager,
    /// May do all that organisers may.
    Owner,
    /// The server of a shop's own checkout: it says what became of what was handed over to it, and nothing else.
    Shop,
}

words!(Role: "role" { Viewer = "viewer", Support = "support", Manager = "manager", Owner = "owner", Shop = "shop" });

/// What a call takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// To see sales, figures and orders.
    Read,
    /// To see what buyers gave to be sent the goods, and to look for orders by it.
    ReadBuyers,
    /// To pay back, and to put units of orders back into sale.
    Refund,
    /// To make sales, and to run them.
    Run,
    /// To say who else may do what, whom webhooks tell, and to delete what buyers gave.
    Own,
    /// To say what became of what was handed over to a shop's own checkout.
    HandOver,
}

words!(Right: "right" {
    Read = "read", ReadBuyers = "read_buyers", Refund = "refund", Run = "run", Own = "own", HandOver = "hand_over"
});

impl Role {
    /// Whether somebody of this role has a right.
    pub const fn may(self, right: Right) -> bool {
        match (self, right) {
            (Role::Shop, right) => matches!(right, Right::HandOver),
            (_, Right::HandOver) => false,
            (Role::Viewer, right) => matches!(right, Right::Read),
            (Role::Support, right) => matches!(right, Right::Read | Right::ReadBuyers | Right::Refund),
            (Role::Manager, right) => matches!(right, Right::Read | Right::ReadBuyers | Right::Run),
            (Role::Owner, _) => true,
        }
    }

    /// All that somebody of this role may.
    pub fn rights(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |right| self.may(*right))
    }
}

impl Right {
    /// The words of those who have it.
    pub fn of(self) -> Vec<&'static str> {
        Role::ALL.iter().filter(|role| role.may(self)).map(|role| role.word()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Right;

    #[test]
    fn each_right_is_of_these_roles_and_none_of_the_shops_is_an_organisers() {
        let of = |right: Right| right.of().join(" ");
        assert_eq!(of(Right::Read), "viewer support manager owner");
        assert_eq!(of(Right::ReadBuyers), "support manager owner");
        assert_eq!(of(Right::Refund), "support owner");
        assert_eq!(of(Right::Run), "manager owner");
        assert_eq!(of(Right::Own), "owner");
        assert_eq!(of(Right::HandOver), "shop");
    }
}
