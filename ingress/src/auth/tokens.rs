//! The API tokens that are valid, the people who may sign in, and the sessions of both, in memory: nobody's guess costs a query.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex as ShortMutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use record::admin_sessions::{self, LiveSession};
use record::organisers::{self, Organiser};
use record::people::{self, LivePerson};
use record::tokens::LiveToken;
use sale::scope::Scope;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::identity::PersonOfCall;
use crate::moment::Moment;
use crate::problems::{ApiError, Kind};

/// How long what was read is believed, and so how long a token may still work that another process revoked.
const BELIEVED_FOR: Duration = Duration::from_secs(10);
/// Tokens that are not known may have just been made elsewhere: so often they are looked for, however many ask.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How often it is written down which sessions were used, and those that are over are deleted.
const KEPT_EVERY: Duration = Duration::from_secs(30);
/// How long that may take when the process ends.
const LAST_WITHIN: Duration = Duration::from_secs(2);
/// Sessions that are deleted at once.
const FORGOTTEN_MAX: i64 = 1_000;

/// A token that was not revoked, though it may have expired; or a person who may sign in.
#[derive(Clone, Debug)]
pub(crate) struct KnownAdmin {
    pub(super) of: Organiser,
    pub(super) person: Option<PersonOfCall>,
    pub(super) name: String,
    pub(super) scope: Scope,
    pub(super) expires_at: Option<Moment>,
}

/// A session that goes on.
#[derive(Clone, Debug)]
pub(crate) struct KnownSession {
    pub(super) id: Uuid,
    /// When it is over, unless it was used since.
    over_at: Moment,
    whose: Result<KnownAdmin, ApiError>,
}

/// What was read last. A role that this version does not know makes its token or person an error, and no other.
struct Table {
    /// How often tokens were made or revoked here before it was read.
    changes: u64,
    read_at: Option<Instant>,
    tokens: HashMap<[u8; 32], Result<KnownAdmin, ApiError>>,
    sessions: HashMap<[u8; 32], KnownSession>,
}

impl Table {
    fn empty(changes: u64) -> Self {
        Self { changes, read_at: None, tokens: HashMap::new(), sessions: HashMap::new() }
    }

    fn is_younger_than(&self, age: Duration) -> bool {
        self.read_at.is_some_and(|at| at.elapsed() < age)
    }

    /// Whether it can say what there is to say of a token, or of a session.
    fn knows(&self, digest: &[u8; 32]) -> bool {
        self.is_younger_than(READ_AGAIN_AFTER)
            || (self.is_younger_than(BELIEVED_FOR)
                && (self.tokens.contains_key(digest) || self.sessions.contains_key(digest)))
    }
}

/// All API tokens that were not revoked, all people who may sign in, and the sessions of each: as many as the API lets be made.
pub(crate) struct AdminTokens {
    postgres: PgPool,
    table: RwLock<Arc<Table>>,
    /// Held while reading, so that one reads for all who wait. When it last failed.
    reading: Mutex<Option<Instant>>,
    /// Sessions that were used, and it is not written down yet: known ones alone, so that it stays small.
    used: ShortMutex<HashSet<Uuid>>,
}

impl AdminTokens {
    pub(crate) fn new(postgres: PgPool) -> Self {
        let nothing = RwLock::new(Arc::new(Table::empty(0)));
        Self { postgres, table: nothing, reading: Mutex::new(None), used: ShortMutex::default() }
    }

    /// The token that somebody sent, if it is one.
    pub(super) async fn find(&self, token: &str) -> Result<Option<KnownAdmin>, ApiError> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let mut table = self.table();
        if !table.knows(&digest) {
            table = self.read_for(&digest).await?;
        }
        table.tokens.get(&digest).cloned().transpose()
    }

    /// The session that a browser has the secret of, with whose it is, if it goes on. One that is not known may have begun
    /// a moment ago at another door, and its browser comes here at once: then this waits until it may read again.
    pub(super) async fn find_session(&self, secret: &str) -> Result<Option<(Uuid, KnownAdmin)>, ApiError> {
        let digest: [u8; 32] = Sha256::digest(secret).into();
        let mut table = self.table();
        if !table.is_younger_than(BELIEVED_FOR) || !table.sessions.contains_key(&digest) {
            if let Some(read_at) = table.read_at {
                tokio::time::sleep(READ_AGAIN_AFTER.saturating_sub(read_at.elapsed())).await;
            }
            table = self.read_for(&digest).await?;
        }
        let now = Moment::from(clock::to_utc(clock::now()));
        let Some(session) = table.sessions.get(&digest).filter(|session| now < session.over_at) else {
            return Ok(None);
        };
        let whose = session.whose.clone()?;
        lock(&self.used).insert(session.id);
        Ok(Some((session.id, whose)))
    }

    /// Writes down which sessions were used, and deletes those that are over, until `stop` and once more.
    pub(crate) async fn keep_used(&self, stop: CancellationToken) {
        while tokio::time::timeout(KEPT_EVERY, stop.cancelled()).await.is_err() {
            self.write_used().await;
        }
        let _ = tokio::time::timeout(LAST_WITHIN, self.write_used()).await;
    }

    async fn write_used(&self) {
        let ids: Vec<Uuid> = lock(&self.used).drain().collect();
        let written = async {
            if !ids.is_empty() {
                admin_sessions::used(&self.postgres, &ids).await?;
            }
            people::forget_old_failures(&self.postgres, FORGOTTEN_MAX).await?;
            organisers::forget_paces(&self.postgres, FORGOTTEN_MAX).await?;
            admin_sessions::forget_over(&self.postgres, FORGOTTEN_MAX).await
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, "when organisers' sessions were used is not written down yet");
            lock(&self.used).extend(ids);
        }
    }

    /// Where it is read.
    pub(super) fn postgres(&self) -> &PgPool {
        &self.postgres
    }

    /// Has the table read before it is believed again: a token or a session was made or ended here, or turned out to be.
    pub(crate) fn forget(&self) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        *table = Arc::new(Table::empty(table.changes + 1));
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
            return Err(Kind::Unavailable
                .because("the database does not say whose token or session this is")
                .retry_after_s(2));
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
        let tokens: HashMap<_, _> = live.into_iter().map(|live| (live.digest, known_token(live))).collect();
        let people = people::live(&self.postgres).await?.into_iter().map(known_person);
        let of_token = tokens.values().map(|(of, known)| (*of, known.clone()));
        let everybody: HashMap<Organiser, _> = of_token.chain(people).collect();
        let tokens = tokens.into_iter().map(|(digest, (_, known))| (digest, known)).collect();
        let sessions = admin_sessions::live(&self.postgres).await?.into_iter();
        // Whoever came or went between the questions has no session here, or none any more.
        let sessions = sessions.filter_map(|LiveSession { digest, id, of, over_at }| {
            Some((digest, KnownSession { id, over_at: over_at.into(), whose: everybody.get(&of)?.clone() }))
        });
        let sessions = sessions.collect();
        Ok(Table { changes, read_at, tokens, sessions })
    }
}

fn lock(used: &ShortMutex<HashSet<Uuid>>) -> MutexGuard<'_, HashSet<Uuid>> {
    used.lock().unwrap_or_else(PoisonError::into_inner)
}

fn known_token(live: LiveToken) -> (Organiser, Result<KnownAdmin, ApiError>) {
    let LiveToken { id, name, expires_at, .. } = live;
    let of = Organiser::Token(id);
    let known = match live.scope {
        Ok(scope) => Ok(KnownAdmin { of, person: None, name, scope, expires_at: expires_at.map(Moment::from) }),
        Err(error) => Err(ApiError::internal(format!("api token {name:?}: {error}"))),
    };
    (of, known)
}

fn known_person(live: LivePerson) -> (Organiser, Result<KnownAdmin, ApiError>) {
    let LivePerson { id, name, email, role } = live;
    let of = Organiser::Person(id);
    let known = match role {
        Ok(role) => {
            let person = Some(PersonOfCall { id, email });
            Ok(KnownAdmin { of, person, name, scope: Scope::of(role), expires_at: None })
        }
        Err(error) => Err(ApiError::internal(format!("person {id}: {error}"))),
    };
    (of, known)
}
