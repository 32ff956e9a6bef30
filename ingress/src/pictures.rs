//! Pictures of products that organisers uploaded: kept in a folder, served for ever.
//!
//! A file is named by the SHA-256 of what is in it, so it never changes, and the same picture is kept once. All doors need the same folder.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use moka::sync::Cache;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use picture::{Kind as PictureKind, Shown};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::pages::{FOR_EVER, is_known};
use crate::problems::Kind;

/// Where pictures are in the addresses of this server.
const PLACE: &str = "/pictures";
/// How long the folder may take: it may be another machine's.
const WITHIN: Duration = Duration::from_secs(5);
/// Bytes of pictures that are kept in memory: everybody in a sale wants the same few.
const CACHED_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The pictures there are.
pub(crate) struct Pictures {
    folder: PathBuf,
    store: OnceCell<LocalFileSystem>,
    cached: Cache<Name, Bytes>,
}

/// What a picture is called: nothing that could lead out of the folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    /// In lower case.
    sha256: String,
    kind: PictureKind,
}

impl Name {
    fn of(shown: &Shown) -> Self {
        Self { sha256: hex::encode(Sha256::digest(&shown.bytes)), kind: shown.kind }
    }

    /// The name that a text is, if it is one.
    fn read(text: &str) -> Option<Self> {
        let (sha256, extension) = text.split_once('.')?;
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let kind = PictureKind::of_extension(extension).filter(|_| is_hash)?;
        Some(Self { sha256: sha256.to_owned(), kind })
    }

    fn file(&self) -> String {
        format!("{}.{}", self.sha256, self.kind.extension())
    }

    /// Where it is on this server.
    pub(crate) fn url(&self) -> String {
        format!("{PLACE}/{}", self.file())
    }
}

impl Pictures {
    /// Those in a folder. It is made when the first one is kept.
    pub(crate) fn new(folder: PathBuf) -> Self {
        let cached = Cache::builder()
            .weigher(|_: &Name, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX))
            .max_capacity(CACHED_BYTES_MAX)
            .build();
        Self { folder, store: OnceCell::new(), cached }
    }

    /// Keeps a picture, and returns what it is called. It is on the disk then.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub(crate) async fn keep(&self, shown: Shown) -> anyhow::Result<Name> {
        let name = Name::of(&shown);
        let kept = async {
            let place = object_store::path::Path::from(name.file());
            self.store().await?.put(&place, PutPayload::from(shown.bytes)).await?;
            anyhow::Ok(())
        };
        let folder = self.folder.display();
        tokio::time::timeout(WITHIN, kept).await.with_context(|| format!("{folder} does not answer"))??;
        Ok(name)
    }

    /// A picture; `None` when there is none of this name.
    async fn read(&self, name: &Name) -> anyhow::Result<Option<Bytes>> {
        if let Some(bytes) = self.cached.get(name) {
            return Ok(Some(bytes));
        }
        let read = async {
            if self.store.get().is_none() && !tokio::fs::try_exists(&self.folder).await? {
                return Ok(None);
            }
            let place = object_store::path::Path::from(name.file());
            match self.store().await?.get(&place).await {
                Ok(found) => anyhow::Ok(Some(found.bytes().await?)),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            }
        };
        let bytes = tokio::time::timeout(WITHIN, read).await.context("the folder does not answer")??;
        if let Some(bytes) = &bytes {
            self.cached.insert(name.clone(), bytes.clone());
        }
        Ok(bytes)
    }

    async fn store(&self) -> anyhow::Result<&impl ObjectStore> {
        self.store
            .get_or_try_init(async || {
                tokio::fs::create_dir_all(&self.folder).await.map_err(|error| self.at_folder(error))?;
                Ok(LocalFileSystem::new_with_prefix(&self.folder)?.with_fsync(true))
            })
            .await
    }

    fn at_folder(&self, error: io::Error) -> anyhow::Error {
        anyhow::Error::new(error).context(format!("FLASHLINE_PICTURES_FOLDER {}", self.folder.display()))
    }
}

/// The route that pictures are served by.
pub(crate) fn router(pictures: Arc<Pictures>) -> Router {
    Router::new().route(&format!("{PLACE}/{{name}}"), get(show)).with_state(pictures)
}

async fn show(State(pictures): State<Arc<Pictures>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let unknown = || Kind::NotFound.because("no such picture").into_response();
    let Some(name) = Name::read(&name) else { return unknown() };
    match pictures.read(&name).await {
        Ok(Some(bytes)) => {
            let etag = format!("\"{}\"", name.sha256);
            let unchanged = is_known(&headers, &etag);
            let about = [(header::ETAG, etag), (header::CACHE_CONTROL, FOR_EVER.to_owned())];
            if unchanged {
                return (StatusCode::NOT_MODIFIED, about).into_response();
            }
            (about, [(header::CONTENT_TYPE, name.kind.media_type())], bytes).into_response()
        }
        Ok(None) => unknown(),
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "a picture cannot be read");
            Kind::Unavailable.because("the pictures cannot be read at the moment").retry_after_s(5).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let hash = "0123456789abcdef".repeat(4);
        assert!(Name::read(&format!("{hash}.jpg")).is_some() && Name::read(&format!("{hash}.png")).is_some());
        let upper = hash.to_uppercase();
        for name in [
            "",
            ".jpg",
            "../x.jpg",
            "..",
            "/etc/passwd",
            &hash,
            &format!("{hash}.svg"),
            &format!("{hash}.jpg.png"),
            &format!("{upper}.jpg"),
            &format!("../{}.jpg", &hash[3..]),
            &format!("{hash}0.jpg"),
            &format!("{hash}.jpg#1"),
        ] {
            assert!(Name::read(name).is_none(), "{name}");
        }
    }
}
