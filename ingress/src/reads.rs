//! What can be read: sales from memory, how they stand from whoever knows best, everything else from the record.

use std::sync::Arc;

use broker::{Broker, HeardLines};
use catalogue::{Catalogue, Sale};
use inventory::Connection;
use record::PgPool;
use sale::ids::EventId;
use sale::rules::Status;
use sale::time::UnixMs;

use crate::checks::Checks;
use crate::gateways::Gateways;
use crate::head_cache::HeadCache;
use crate::problems::{ApiError, Kind};
use crate::sign_ins::SignIns;

/// Where it is read from.
pub(crate) struct Reads {
    pub(crate) catalogue: Catalogue,
    pub(crate) heads: HeadCache,
    pub(crate) redis: Connection,
    /// What was heard of the lines: an inventory that lacks some of it was put back.
    pub(crate) heard: HeardLines,
    pub(crate) postgres: PgPool,
    pub(crate) broker: Broker,
    pub(crate) gateways: Gateways,
    /// How shoppers can say who they are here.
    pub(crate) sign_ins: SignIns,
    /// What guests can be asked to show here.
    pub(crate) checks: Arc<Checks>,
}

impl Reads {
    /// A sale that shoppers may know of.
    pub(crate) fn visible(&self, event: EventId, now: UnixMs) -> Result<Arc<Sale>, ApiError> {
        let sale = self.catalogue.get(event).filter(|sale| sale.rules.status(now) != Status::Draft);
        sale.ok_or_else(|| match self.catalogue.is_loaded() {
            true => Kind::NotFound.because("no such sale"),
            false => Kind::Unavailable.because("the sales are not known yet").retry_after_s(1),
        })
    }

    /// A sale, also one that is no longer in the catalogue.
    pub(crate) async fn sale(&self, event: EventId) -> Result<Arc<Sale>, ApiError> {
        if let Some(sale) = self.catalogue.get(event) {
            return Ok(sale);
        }
        let (pool, away) = (self.postgres.clone(), || Kind::Unavailable.because("the database does not answer"));
        // As a task: the transaction in it must not be cancelled as it begins.
        let loading = tokio::spawn(async move { record::catalogue::load(&pool, event).await });
        match loading.await {
            Ok(Ok(Some(sale))) => Ok(Arc::new(sale)),
            Ok(Ok(None)) => Err(Kind::NotFound.because("no such sale")),
            Ok(Err(_)) | Err(_) => Err(away().retry_after_s(2)),
        }
    }
}
