//! The API tokens that are valid, in memory: nobody's guess costs a query.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use record::tokens::LiveToken;
use sale::role::Role;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::moment::Moment;
use crate::problems::{ApiError, Kind};

/// How long what was read is believed, and so how long a token may still work that another process revoked.
const BELIEVED_FOR: Duration = Duration::from_secs(10);
/// Tokens that are not known may have just been made elsewhere: so often they are looked for, however many ask.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A token that was not revoked. It may have expired.
#[derive(Clone, Debug)]
pub(crate) struct KnownToken {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) expires_at: Option<Moment>,
}

/// What was read last. A role that this version does not know makes its token an error, and no other.
struct Table {
    /// How often tokens were made or revoked here before it was read.
    changes: u64,
    read_at: Option<Instant>,
    tokens: HashMap<[u8; 32], Result<KnownToken, ApiError>>,
}

impl Table {
    fn is_younger_than(&self, age: Duration) -> bool {
        self.read_at.is_some_and(|at| at.elapsed() < age)
    }

    /// Whether it can say what there is to say of a token.
    fn knows(&self, digest: &[u8; 32]) -> bool {
        self.is_younger_than(READ_AGAIN_AFTER)
            || (self.is_younger_than(BELIEVED_FOR) && self.tokens.contains_key(digest))
    }
}

/// All API tokens that were not revoked: as many as the API lets be made.
pub(crate) struct AdminTokens {
    postgres: PgPool,
    table: RwLock<Arc<Table>>,
    /// Held while reading, so that one reads for all who wait. When it last failed.
    reading: Mutex<Option<Instant>>,
}

impl AdminTokens {
    pub(crate) fn new(postgres: PgPool) -> Self {
        let nothing = Table { changes: 0, read_at: None, tokens: HashMap::new() };
        Self { postgres, table: RwLock::new(Arc::new(nothing)), reading: Mutex::new(None) }
    }

    /// The token that somebody sent, if it is one.
    pub(super) async fn find(&self, token: &str) -> Result<Option<KnownToken>, ApiError> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let mut table = self.table();
        if !table.knows(&digest) {
            table = self.read_for(&digest).await?;
        }
        table.tokens.get(&digest).cloned().transpose()
    }

    /// Has the table read before it is believed again: a token was made or revoked here, or turned out to be revoked.
    pub(crate) fn forget(&self) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        *table = Arc::new(Table { changes: table.changes + 1, read_at: None, tokens: HashMap::new() });
    }

    fn table(&self) -> Arc<Table> {
        Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn read_for(&self, digest: &[u8; 32]) -> Result<Arc<Table>, ApiError> {
        let mut failed_at = self.reading.lock().await;
        let table = self.table();
        if table.knows(digest) {
            return Ok(table); // somebody else has read it meanwhile
        }
        if failed_at.is_some_and(|at| at.elapsed() < READ_AGAIN_AFTER) {
            return Err(Kind::Unavailable.because("the database does not say whose token this is").retry_after_s(2));
        }
        match self.read(table.changes).await {
            Ok(read) => {
                let read = Arc::new(read);
                let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
                if table.changes == read.changes {
                    *table = Arc::clone(&read);
                }
                *failed_at = None;
                Ok(read)
            }
            Err(error) => {
                *failed_at = Some(Instant::now());
                Err(error.into())
            }
        }
    }

    async fn read(&self, changes: u64) -> sqlx::Result<Table> {
        // Before the question: it is no younger than that.
        let read_at = Some(Instant::now());
        let live = record::tokens::live(&self.postgres).await?;
        let tokens = live.into_iter().map(|live| (live.digest, known(live)));
        Ok(Table { changes, read_at, tokens: tokens.collect() })
    }
}

fn known(live: LiveToken) -> Result<KnownToken, ApiError> {
    let LiveToken { id, name, expires_at, .. } = live;
    let role = live.role.map_err(|error| ApiError::internal(format!("api token {name:?}: {error}")))?;
    Ok(KnownToken { id, name, role, expires_at: expires_at.map(Moment::from) })
}
