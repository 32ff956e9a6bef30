//! Pictures of products, uploaded.

use std::sync::Arc;
use std::time::Duration;

use axum::Json as Reply;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use picture::Refused;
use record::PgPool;
use serde::Serialize;
use serde_json::json;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::audit;
use crate::auth::MayRun;
use crate::extract::read_picture;
use crate::pictures::Pictures;
use crate::problems::{AdminProblems, ApiError, Kind};

/// Bytes of a file.
const BYTES_MAX: usize = 8 * 1024 * 1024;
/// Files that are taken at once at this door: each is in memory as a whole.
static ARRIVING: Semaphore = Semaphore::const_new(4);
/// Files that are made into pictures at once: each takes a processor, and much memory.
static DRAWING: Semaphore = Semaphore::const_new(1);
/// How long one waits for its turn at that.
const TURN_WITHIN: Duration = Duration::from_secs(15);

/// A picture that pages can show.
#[derive(Serialize, ToSchema)]
pub(crate) struct PictureView {
    /// For `image_url` of a product: a path on this server. What is there never changes.
    url: String,
}

/// Upload a picture
///
/// A PNG, JPEG or WebP as the body, of at most 8 MiB and 40 megapixels. What it is is read from the file, whatever `Content-Type` says. It is turned as the camera was held, made as small as
/// pages need it, and encoded anew: what else the file says, as where a photograph was taken, is dropped. The same file has the same address.
#[utoipa::path(post, path = "/api/v1/admin/pictures", tag = "admin: sales", security(("api_token" = [])),
    request_body(content((String = "image/jpeg"), (String = "image/png"), (String = "image/webp"))),
    responses((status = 201, body = PictureView), AdminProblems))]
pub(crate) async fn upload(
    State(pool): State<PgPool>,
    State(pictures): State<Arc<Pictures>>,
    MayRun(admin): MayRun,
    request: Request,
) -> Result<(StatusCode, Reply<PictureView>), ApiError> {
    let busy = || Kind::Unavailable.because("other pictures are being read here; try again").retry_after_s(5);
    let _place = ARRIVING.try_acquire().map_err(|_| busy())?;
    let (parts, body) = request.into_parts();
    let file = read_picture(&parts.headers, body, BYTES_MAX).await?;
    let turn = tokio::time::timeout(TURN_WITHIN, DRAWING.acquire()).await.map_err(|_| busy())?;
    let turn = turn.map_err(ApiError::internal)?;
    let drawn = tokio::task::spawn_blocking(move || {
        // It is over when this is, and not when somebody stops waiting for it.
        let _turn = turn;
        picture::shown(&file)
    });
    let shown = drawn.await.map_err(ApiError::internal)?.map_err(|refused| {
        let kind = if refused == Refused::OtherKind { Kind::UnsupportedMediaType } else { Kind::Invalid };
        kind.because(format!("picture: {refused}"))
    })?;
    let bytes = shown.bytes.len();
    let name = pictures.keep(shown).await.map_err(|error| {
        tracing::error!(error = format!("{error:#}"), "a picture cannot be kept");
        let detail = "the folder of pictures (FLASHLINE_PICTURES_FOLDER) cannot be written to; the door's log says why";
        Kind::Unavailable.because(detail)
    })?;
    let url = name.url();
    audit::record(&mut *pool.acquire().await?, &admin, "picture.upload", &url, json!({ "bytes": bytes })).await?;
    Ok((StatusCode::CREATED, Reply(PictureView { url })))
}
