//! How the shop looks, for organisers: what pages, receipts and mails show of whose shop it is.

use axum::Json as Reply;
use axum::extract::State;
use look::{CONTRAST_MIN, Colour, Look, Shades, Theme};
use record::{PgPool, looks};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::{audit, changes};
use crate::auth::{MayRead, MayRun};
use crate::extract::{IfMatch, Json, Query, Version, Versioned};
use crate::problems::{AdminReadProblems, ApiError, Kind, ReplaceProblems};

/// What the audit log calls it.
const SUBJECT: &str = "shop";

/// How the shop looks.
#[derive(Serialize, ToSchema)]
pub(crate) struct LookView {
    look: Look,
    /// Raised by every change, 0 before the first; as `ETag`, and for `If-Match`.
    version: i64,
}

impl Version for LookView {
    fn version(&self) -> i64 {
        self.version
    }
}

/// The look of the shop
#[utoipa::path(get, path = "/api/v1/admin/look", tag = "admin: sales", security(("api_token" = [])),
    responses((status = 200, body = LookView, headers(("ETag" = String, description = "Its version"))),
              AdminReadProblems))]
pub(crate) async fn show(State(pool): State<PgPool>, _: MayRead) -> Result<Versioned<LookView>, ApiError> {
    let Some(row) = looks::other_than(&pool, 0).await? else {
        return Ok(Versioned(LookView { look: Look::default(), version: 0 }));
    };
    let look = serde_json::from_value(row.look).map_err(ApiError::internal)?;
    Ok(Versioned(LookView { look, version: row.version }))
}

/// Set the look of the shop
///
/// Name, logo, colour and texts, all at once: what is left out is as Flashline has it. Pages that are loaded from now on have it within seconds, and so have mails. A colour whose text
/// nobody could read is refused.
#[utoipa::path(put, path = "/api/v1/admin/look", tag = "admin: sales", security(("api_token" = [])),
    params(("If-Match" = String, Header, description = "The `ETag` of what was read; `*` for whatever is there")),
    request_body = Look,
    responses((status = 200, body = LookView, headers(("ETag" = String, description = "Its version"))),
              ReplaceProblems))]
pub(crate) async fn replace(
    State(pool): State<PgPool>,
    MayRun(admin): MayRun,
    read: IfMatch,
    body: Json<Look>,
) -> Result<Versioned<LookView>, ApiError> {
    let look = body.value;
    let problems = look.problems();
    if !problems.is_empty() {
        return Err(Kind::Invalid.because(problems.join("; ")));
    }
    let mut transaction = pool.begin().await?;
    let present = looks::lock(&mut transaction).await?;
    read.check(present.version)?;
    let value = serde_json::to_value(&look).map_err(ApiError::internal)?;
    let changed = changes::between(&present.look, &value).map_err(ApiError::internal)?;
    let version = looks::replace(&mut transaction, &value).await?;
    let detail = json!({ "changes": changed, "version": version });
    audit::record(&mut transaction, &admin, "look.change", SUBJECT, detail).await?;
    transaction.commit().await?;
    Ok(Versioned(LookView { look, version }))
}

/// Which colours are asked about.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ColourParams {
    /// Like `#0b6b3a`.
    accent: String,
    /// Of dark pages; it follows from `accent` where it is left out.
    accent_dark: Option<String>,
}

/// What follows from a colour.
#[derive(Serialize, ToSchema)]
pub(crate) struct ColoursView {
    /// On light pages.
    light: ShadesView,
    /// On dark pages.
    dark: ShadesView,
    /// What the least contrast must be.
    contrast_min: f64,
}

/// What follows from a colour where the reader's system is light, or dark.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShadesView {
    /// Links and buttons.
    accent: String,
    /// What is chosen, behind text in that colour.
    accent_ground: String,
    /// Text on a button.
    on_accent: String,
    /// The least that a text has, from 1 to 21, rounded down.
    contrast: f64,
    /// Whether that is enough.
    readable: bool,
    /// The readable colour that is least different.
    nearest: String,
}

impl ShadesView {
    fn of(accent: Colour, theme: Theme) -> Self {
        let shades = Shades::of(accent, theme);
        Self {
            accent: shades.accent.to_string(),
            accent_ground: shades.accent_ground.to_string(),
            on_accent: shades.on_accent.to_string(),
            contrast: (shades.contrast() * 100.0).floor() / 100.0,
            readable: shades.is_readable(),
            nearest: Shades::nearest(accent, theme).to_string(),
        }
    }
}

/// What follows from a colour
///
/// For a preview: the shades that pages would have, and whether their text can be read. Nothing is changed.
#[utoipa::path(get, path = "/api/v1/admin/look/colours", tag = "admin: sales", security(("api_token" = [])),
    params(ColourParams), responses((status = 200, body = ColoursView), AdminReadProblems))]
pub(crate) async fn colours(_: MayRead, Query(asked): Query<ColourParams>) -> Result<Reply<ColoursView>, ApiError> {
    let colour = |field: &str, text: &str| {
        text.parse::<Colour>().map_err(|()| Kind::Invalid.because(format!("{field}: a colour like #0b6b3a")))
    };
    let light = colour("accent", &asked.accent)?;
    let dark = asked.accent_dark.as_deref().map(|dark| colour("accent_dark", dark)).transpose()?;
    let dark = dark.unwrap_or_else(|| Shades::nearest(light, Theme::Dark));
    Ok(Reply(ColoursView {
        light: ShadesView::of(light, Theme::Light),
        dark: ShadesView::of(dark, Theme::Dark),
        contrast_min: CONTRAST_MIN,
    }))
}
