//! Who is invited to the sales that have a list: keyed digests in memory, read again when a sale names another list. So a click costs no
//! query, and every door that has heard of a list goes by that list.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use catalogue::{Catalogue, Sale};
use record::PgPool;
use record::invitations::{self, DIGEST_BYTES};
use sale::ids::{EventId, ShopperId};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::attempt_id::AttemptIds;
use crate::problems::{ApiError, Kind};

/// Before a list that could not be read is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Stands in every list, so that a door with another key can tell.
const NOBODY: ShopperId = ShopperId(Uuid::nil());

/// What is kept of one who is invited.
pub(crate) type Digest = [u8; DIGEST_BYTES];

/// The lists of all sales that have one.
pub(crate) struct Invited {
    ids: AttemptIds,
    lists: RwLock<HashMap<EventId, Arc<List>>>,
}

/// A list that was read.
struct List {
    id: Uuid,
    /// Sorted. None where they were made with another key.
    digests: Option<Vec<Digest>>,
}

impl Invited {
    /// None is known yet.
    pub(crate) fn new(ids: AttemptIds) -> Self {
        Self { ids, lists: RwLock::default() }
    }

    /// The digests of those who are invited to a sale, as they are kept.
    pub(crate) fn digests(&self, event: EventId, invited: impl IntoIterator<Item = ShopperId>) -> Vec<u8> {
        let all = invited.into_iter().chain([NOBODY]);
        let mut digests: Vec<Digest> = all.map(|shopper| self.ids.invitation(event, shopper)).collect();
        digests.sort_unstable();
        digests.dedup();
        digests.concat()
    }

    /// Checks that a shopper is invited to a sale, if it has a list.
    ///
    /// # Errors
    /// When they are not, or nobody here can say.
    pub(crate) fn check(&self, sale: &Sale, shopper: ShopperId) -> Result<(), ApiError> {
        let (Some(named), event) = (sale.invitations, sale.rules.event) else { return Ok(()) };
        let list = self.known(event).filter(|list| list.id == named.id);
        let unknown = || Kind::Unavailable.because("the list of who is invited is being read").retry_after_s(1);
        let list = list.ok_or_else(unknown)?;
        let made_elsewhere = || {
            let detail =
                "the list of who is invited was made with another FLASHLINE_ATTEMPT_KEY: it must be uploaded again";
            Kind::Unavailable.because(detail).retry_after_s(60)
        };
        let digests = list.digests.as_ref().ok_or_else(made_elsewhere)?;
        match digests.binary_search(&self.ids.invitation(event, shopper)) {
            Ok(_) => Ok(()),
            Err(_) => {
                Err(Kind::NotInvited.because("the organiser has invited others: sign in as who you were invited as"))
            }
        }
    }

    /// Reads the lists that sales name, until shutdown.
    pub(crate) async fn keep_current(&self, mut catalogue: Catalogue, pool: PgPool, shutdown: CancellationToken) {
        loop {
            let is_complete = self.read_missing(&catalogue, &pool).await;
            let again = async {
                match is_complete {
                    true => std::future::pending().await,
                    false => tokio::time::sleep(AGAIN_AFTER).await,
                }
            };
            tokio::select! {
                () = catalogue.changed() => {}
                () = again => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    /// Whether all of them are here now.
    async fn read_missing(&self, catalogue: &Catalogue, pool: &PgPool) -> bool {
        let sales = catalogue.all();
        let of = |event: &EventId| sales.get(event).and_then(|sale| sale.invitations);
        self.lists.write().unwrap_or_else(PoisonError::into_inner).retain(|event, _| of(event).is_some());
        let mut is_complete = true;
        for (event, named) in sales.keys().filter_map(|event| Some((*event, of(event)?))) {
            if self.known(event).is_some_and(|list| list.id == named.id) {
                continue;
            }
            match invitations::digests(pool, named.id).await {
                Ok(Some(digests)) => self.put(event, named.id, &digests),
                // There is another by now, of which the catalogue hears.
                Ok(None) => {}
                Err(error) => {
                    retry::again("invitations");
                    tracing::warn!(%event, %error, "who is invited cannot be read");
                    is_complete = false;
                }
            }
        }
        is_complete
    }

    fn put(&self, event: EventId, id: Uuid, digests: &[u8]) {
        let digests: Vec<Digest> = digests.as_chunks().0.to_vec();
        let is_ours = digests.binary_search(&self.ids.invitation(event, NOBODY)).is_ok();
        if !is_ours {
            tracing::error!(%event, "who is invited was written down with another FLASHLINE_ATTEMPT_KEY: upload the list again");
        }
        let list = Arc::new(List { id, digests: is_ours.then_some(digests) });
        self.lists.write().unwrap_or_else(PoisonError::into_inner).insert(event, list);
    }

    fn known(&self, event: EventId) -> Option<Arc<List>> {
        self.lists.read().unwrap_or_else(PoisonError::into_inner).get(&event).cloned()
    }
}
