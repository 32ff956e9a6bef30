//! Whose calls and sessions those of organisers are: an API token's, or a person's.

use sale::role::Role;
use sqlx::PgConnection;
use uuid::Uuid;

/// Who an organiser is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Organiser {
    /// A program, or a person without an account: an API token.
    Token(Uuid),
    /// A person with an account.
    Person(Uuid),
}

impl Organiser {
    /// The token, if it is one.
    pub fn token(self) -> Option<Uuid> {
        match self {
            Self::Token(id) => Some(id),
            Self::Person(_) => None,
        }
    }

    /// The person, if it is one.
    pub fn person(self) -> Option<Uuid> {
        match self {
            Self::Person(id) => Some(id),
            Self::Token(_) => None,
        }
    }
}

/// Whether an organiser still is one of this role; and keeps it so until the transaction ends.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn hold(transaction: &mut PgConnection, organiser: Organiser, role: Role) -> sqlx::Result<bool> {
    let held = match organiser {
        Organiser::Token(id) => {
            sqlx::query_scalar!(
                "SELECT id FROM api_tokens
                 WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) FOR SHARE",
                id
            )
            .fetch_optional(transaction)
            .await?
        }
        Organiser::Person(id) => {
            sqlx::query_scalar!(
                "SELECT id FROM people
                 WHERE id = $1 AND joined_at IS NOT NULL AND disabled_at IS NULL AND role = $2 FOR SHARE",
                id,
                role.word()
            )
            .fetch_optional(transaction)
            .await?
        }
    };
    Ok(held.is_some())
}
