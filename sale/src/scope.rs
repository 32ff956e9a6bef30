//! How much somebody may: all that their role may, or some of it; in all sales, or in one.

use serde::{Serialize, Serializer};

use crate::ids::EventId;
use crate::role::{Right, Role};

/// Rights, each once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Rights(u8);

/// What somebody may, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The role that it is of: no right is beyond it.
    pub role: Role,
    rights: Rights,
    /// The one sale that it is for; all of them, if none.
    pub event: Option<EventId>,
}

impl Rights {
    fn all_of(role: Role) -> Self {
        role.rights().collect()
    }

    /// Whether a right is among them.
    pub const fn has(self, right: Right) -> bool {
        self.0 & bit(right) != 0
    }

    /// Whether all of them are among others.
    pub const fn are_among(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |right| self.has(*right))
    }
}

const fn bit(right: Right) -> u8 {
    1 << right as u8
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().fold(0, |all, right| all | bit(right)))
    }
}

impl std::fmt::Debug for Rights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Rights {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl Scope {
    /// All that a role may, in all sales.
    pub fn of(role: Role) -> Self {
        Self { role, rights: Rights::all_of(role), event: None }
    }

    /// Some of what a role may, in all sales or in one; none, if something of it is beyond the role, or there is nothing.
    pub fn narrowed(role: Role, rights: Option<Rights>, event: Option<EventId>) -> Option<Self> {
        let all = Rights::all_of(role);
        let rights = rights.unwrap_or(all);
        (!rights.is_empty() && rights.are_among(all)).then_some(Self { role, rights, event })
    }

    /// The same of what was kept once: what is beyond the role by now is left out.
    pub fn kept(role: Role, rights: Option<Rights>, event: Option<EventId>) -> Self {
        let all = Rights::all_of(role);
        Self { role, rights: rights.map_or(all, |rights| Rights(rights.0 & all.0)), event }
    }

    /// What somebody may.
    pub fn rights(&self) -> Rights {
        self.rights
    }

    /// Whether somebody has a right, in the sales that they are for.
    pub fn may(&self, right: Right) -> bool {
        self.rights.has(right)
    }

    /// Whether it is all that its role may.
    pub fn is_whole(&self) -> bool {
        *self == Self::of(self.role)
    }

    /// Whether somebody may let others have so much: never more than they have. Who may do all that organisers may can also name the shop's
    /// server, whose right is no organiser's.
    pub fn covers(&self, other: &Self) -> bool {
        let is_in_reach = self.event.is_none() || self.event == other.event;
        let is_owners = self.role == Role::Owner && self.is_whole();
        is_owners || (is_in_reach && other.rights.are_among(self.rights))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn some(role: Role, rights: &[Right]) -> Option<Scope> {
        Scope::narrowed(role, Some(rights.iter().copied().collect()), None)
    }

    #[test]
    fn nothing_is_beyond_the_role_and_nothing_at_all_is_none() {
        for role in Role::ALL {
            for right in Right::ALL {
                assert_eq!(some(*role, &[*right]).is_some(), role.may(*right), "{role} {right}");
                assert_eq!(Scope::of(*role).may(*right), role.may(*right), "{role} {right}");
            }
        }
        assert_eq!(some(Role::Owner, &[]), None);
        assert!(Scope::narrowed(Role::Owner, None, None).is_some_and(|scope| scope.is_whole()));
        assert!(some(Role::Viewer, &[Right::Read]).is_some_and(|scope| scope.is_whole()), "all that there is");
        assert!(some(Role::Owner, &[Right::Own]).is_some_and(|scope| !scope.is_whole() && !scope.may(Right::Read)));
    }

    #[test]
    fn nobody_lets_others_have_more_than_they_have() {
        let owner = Scope::of(Role::Owner);
        let keeper = some(Role::Owner, &[Right::Read, Right::Own]).expect("some");
        let [here, there] = [1, 2].map(|id| Some(EventId(Uuid::from_u128(id))));
        let at = |event| Scope::narrowed(Role::Manager, None, event).expect("a manager");
        for role in Role::ALL {
            assert!(owner.covers(&Scope::of(*role)), "{role}");
            assert_eq!(keeper.covers(&Scope::of(*role)), *role == Role::Viewer, "{role}");
        }
        assert!(keeper.covers(&keeper) && owner.covers(&at(here)));
        assert!(at(here).covers(&at(here)) && !at(here).covers(&at(there)) && !at(here).covers(&at(None)));
        assert!(at(None).covers(&at(here)) && !at(None).covers(&owner));
    }
}
