//! The pages: files of `FLASHLINE_WEB_DIR`, read once at start, or else one plain page. A request never
//! touches the file system, so no path can lead out of the folder.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

const FILES_MAX: usize = 512;
const BYTES_MAX: usize = 32 * 1024 * 1024;
const FOLDERS_DEEP_MAX: usize = 8;
/// Browsers ask again with the ETag: a new version shows at once.
const CACHED: HeaderValue = HeaderValue::from_static("no-cache");

struct File {
    content_type: HeaderValue,
    etag: HeaderValue,
    bytes: Bytes,
}

/// What is served outside `/api`.
#[derive(Clone)]
pub(crate) struct Pages(Arc<HashMap<String, File>>);

impl Pages {
    /// The files of a folder, or the plain page.
    ///
    /// # Errors
    /// When the folder cannot be read, has no `index.html` or holds too much.
    pub(crate) fn load(folder: Option<&Path>) -> anyhow::Result<Self> {
        let mut files = HashMap::new();
        match folder {
            None => drop(files.insert("/".to_owned(), file("index.html", include_bytes!("index.html").to_vec())?)),
            Some(folder) => {
                read_folder(folder, "", 0, &mut files)
                    .with_context(|| format!("FLASHLINE_WEB_DIR: cannot serve {}", folder.display()))?;
                if !files.contains_key("/") {
                    bail!("FLASHLINE_WEB_DIR: {} has no index.html", folder.display());
                }
            }
        }
        Ok(Self(Arc::new(files)))
    }

    pub(crate) fn router(self) -> Router {
        let mut router = Router::new();
        for path in self.0.keys() {
            // A file name could look like a parameter of the router.
            if path.contains(['{', '}', '*', ':']) || path.starts_with("/api/") {
                continue;
            }
            let (pages, key) = (self.clone(), path.clone());
            router =
                router.route(path, get(move |request: Request| async move { pages.serve(&key, request.headers()) }));
        }
        router
    }

    fn serve(&self, path: &str, headers: &HeaderMap) -> Response {
        let Some(file) = self.0.get(path) else { return StatusCode::NOT_FOUND.into_response() };
        let unchanged = headers.get(header::IF_NONE_MATCH).is_some_and(|etag| etag == file.etag);
        let about = [(header::ETAG, file.etag.clone()), (header::CACHE_CONTROL, CACHED)];
        if unchanged {
            return (StatusCode::NOT_MODIFIED, about).into_response();
        }
        (about, [(header::CONTENT_TYPE, file.content_type.clone())], file.bytes.clone()).into_response()
    }
}

fn read_folder(folder: &Path, prefix: &str, depth: usize, files: &mut HashMap<String, File>) -> anyhow::Result<()> {
    if depth > FOLDERS_DEEP_MAX {
        bail!("folders nest too deeply");
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // Not what links point to, and nothing hidden.
        let kind = entry.file_type()?;
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            read_folder(&entry.path(), &format!("{prefix}/{name}"), depth + 1, files)?;
        } else if kind.is_file() {
            let path = page_path(prefix, &name);
            files.insert(path, file(&name, std::fs::read(entry.path())?)?);
            let bytes: usize = files.values().map(|file| file.bytes.len()).sum();
            if files.len() > FILES_MAX || bytes > BYTES_MAX {
                bail!("more than {FILES_MAX} files or {BYTES_MAX} bytes");
            }
        }
    }
    Ok(())
}

/// `index.html` is its folder, `admin.html` is also `/admin`.
fn page_path(prefix: &str, name: &str) -> String {
    match name.strip_suffix(".html") {
        Some("index") if prefix.is_empty() => "/".to_owned(),
        Some("index") => prefix.to_owned(),
        Some(page) => format!("{prefix}/{page}"),
        None => format!("{prefix}/{name}"),
    }
}

fn file(name: &str, bytes: Vec<u8>) -> anyhow::Result<File> {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let content_type = match extension {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    let etag = format!("\"{}\"", hex::encode(&Sha256::digest(&bytes)[..12]));
    Ok(File {
        content_type: HeaderValue::from_static(content_type),
        etag: HeaderValue::try_from(etag)?,
        bytes: bytes.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_plain_addresses() {
        assert_eq!(page_path("", "index.html"), "/");
        assert_eq!(page_path("", "admin.html"), "/admin");
        assert_eq!(page_path("/admin", "index.html"), "/admin");
        assert_eq!(page_path("/assets", "page.js"), "/assets/page.js");
    }
}
