//! Products: what can be put into sales.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use sale::money::{AMOUNT_MINOR_MAX, Currency};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit::{self, PageParams};
use super::repeat::{self, Repeat};
use super::text;
use crate::auth::{Manager, Viewer};
use crate::extract::{IfMatch, Json, MaybeIdempotencyKey, Path, Query, Version, Versioned};
use crate::moment::Moment;
use crate::problems::{AdminProblems, AdminReadProblems, ApiError, Kind, ReplaceProblems};
use crate::state::App;

const UNIQUE_VIOLATION: &str = "23505";

/// A product.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductView {
    id: Uuid,
    sku: String,
    name: String,
    description: String,
    image_url: Option<String>,
    /// In minor units.
    list_minor: i64,
    /// ISO 4217.
    currency: String,
    /// Raised by every change; as `ETag`, and for `If-Match`.
    version: i64,
    created_at: Moment,
    updated_at: Moment,
}

impl Version for ProductView {
    fn version(&self) -> i64 {
        self.version
    }
}

/// Products.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductList {
    /// The latest first.
    products: Vec<ProductView>,
}

/// A new product.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductSpec {
    /// 1 to 64 characters; unique, and never changed.
    sku: String,
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    image_url: Option<String>,
    /// In minor units.
    list_minor: i64,
    /// ISO 4217.
    currency: String,
}

/// What changes of a product.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductPatch {
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    description: Option<String>,
    /// `null` removes it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    image_url: Option<Option<String>>,
    /// In minor units. Sales keep the price they were created with.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64)]
    list_minor: Option<i64>,
}

/// A field that is there: `null` is a value like any other, and not the same as leaving it out.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Products
#[utoipa::path(get, path = "/api/v1/admin/products", tag = "admin: sales", security(("api_token" = [])),
    params(PageParams), responses((status = 200, body = ProductList), AdminReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Viewer,
    Query(page): Query<PageParams>,
) -> Result<Answer<ProductList>, ApiError> {
    let products = sqlx::query_as!(
        ProductView,
        r#"SELECT id, sku, name, description, image_url, list_minor, currency, version,
                  created_at AS "created_at: Moment", updated_at AS "updated_at: Moment"
           FROM products WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2"#,
        page.before,
        page.limit()?
    )
    .fetch_all(&app.postgres)
    .await?;
    Ok(Answer(ProductList { products }))
}

/// One product
#[utoipa::path(get, path = "/api/v1/admin/products/{id}", tag = "admin: sales", security(("api_token" = [])),
    params(("id" = Uuid, Path, description = "The product")),
    responses((status = 200, body = ProductView, headers(("ETag" = String, description = "Its version"))),
              AdminReadProblems))]
pub(crate) async fn show(
    State(app): State<App>,
    _: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Versioned<ProductView>, ApiError> {
    find(&app, id).await.map(Versioned)
}

/// Create a product
#[utoipa::path(post, path = "/api/v1/admin/products", tag = "admin: sales", security(("api_token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating it creates nothing more")),
    request_body = ProductSpec, responses((status = 201, body = ProductView), AdminProblems))]
pub(crate) async fn create(
    State(app): State<App>,
    Manager(admin): Manager,
    key: MaybeIdempotencyKey,
    body: Json<ProductSpec>,
) -> Result<(StatusCode, Versioned<ProductView>), ApiError> {
    let spec = &body.value;
    text::check("sku", &spec.sku, 1, 64)?;
    let sku_is_plain = spec.sku.bytes().all(|byte| byte.is_ascii_graphic());
    if !sku_is_plain {
        return Err(Kind::Invalid.because("sku: visible ASCII characters without spaces"));
    }
    check(Some(&spec.name), Some(&spec.description), spec.image_url.as_deref(), Some(spec.list_minor))?;
    spec.currency.parse::<Currency>().map_err(|error| Kind::Invalid.because(format!("currency: {error}")))?;

    let id = Uuid::now_v7();
    let mut transaction = app.postgres.begin().await?;
    if let Repeat::Of(id) = repeat::claim(&mut transaction, &admin, &key, "products", &body.bytes, id).await? {
        transaction.rollback().await?;
        return Ok((StatusCode::CREATED, Versioned(find(&app, id).await?)));
    }
    sqlx::query!(
        "INSERT INTO products (id, sku, name, description, image_url, list_minor, currency)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        spec.sku,
        spec.name,
        spec.description,
        spec.image_url,
        spec.list_minor,
        spec.currency
    )
    .execute(&mut *transaction)
    .await
    .map_err(|error| match error.as_database_error().and_then(|refused| refused.code()) {
        Some(code) if code == UNIQUE_VIOLATION => Kind::Conflict.because("sku: another product has it"),
        _ => error.into(),
    })?;
    audit::record(&mut transaction, &admin, "product.create", id, json!({ "sku": spec.sku })).await?;
    transaction.commit().await?;
    Ok((StatusCode::CREATED, Versioned(find(&app, id).await?)))
}

/// Change a product
///
/// What is left out stays. `If-Match` says which version was read: what somebody else has changed since is not undone.
#[utoipa::path(patch, path = "/api/v1/admin/products/{id}", tag = "admin: sales", security(("api_token" = [])),
    params(("id" = Uuid, Path, description = "The product"),
           ("If-Match" = String, Header, description = "The `ETag` of what was read; `*` for whatever is there")),
    request_body = ProductPatch,
    responses((status = 200, body = ProductView, headers(("ETag" = String, description = "Its version"))),
              ReplaceProblems))]
pub(crate) async fn update(
    State(app): State<App>,
    Manager(admin): Manager,
    Path(id): Path<Uuid>,
    read: IfMatch,
    body: Json<ProductPatch>,
) -> Result<Versioned<ProductView>, ApiError> {
    let patch = &body.value;
    let picture = patch.image_url.as_ref().and_then(Option::as_deref);
    check(patch.name.as_deref(), patch.description.as_deref(), picture, patch.list_minor)?;
    let mut transaction = app.postgres.begin().await?;
    // Not its key: whoever replaces a sale that has it refers to that, and locks the sale first.
    let present = sqlx::query_scalar!("SELECT version FROM products WHERE id = $1 FOR NO KEY UPDATE", id)
        .fetch_optional(&mut *transaction)
        .await?;
    read.check(present.ok_or_else(|| Kind::NotFound.because("no such product"))?)?;
    let product = sqlx::query!(
        "UPDATE products SET name = coalesce($2, name), description = coalesce($3, description),
                image_url = CASE WHEN $6 THEN $4 ELSE image_url END, list_minor = coalesce($5, list_minor),
                version = version + 1, updated_at = now()
         WHERE id = $1 RETURNING sku, version",
        id,
        patch.name,
        patch.description,
        picture,
        patch.list_minor,
        patch.image_url.is_some()
    )
    .fetch_one(&mut *transaction)
    .await?;
    // What people read about it is part of every sale that has it.
    let sales = sqlx::query!(
        "UPDATE sale_events e SET version = version + 1, updated_at = now()
         WHERE id IN (SELECT event_id FROM sale_items WHERE product_id = $1)
           AND (closes_at > now()
                OR EXISTS (SELECT FROM event_pauses p WHERE p.event_id = e.id AND p.resumed_at IS NULL))
         RETURNING id, version",
        id
    )
    .fetch_all(&mut *transaction)
    .await?;
    for sale in sales {
        let detail = json!({ "sku": product.sku, "product_id": id, "version": sale.version });
        audit::record(&mut transaction, &admin, "event.product", sale.id, detail).await?;
    }
    let detail = json!({ "changed": patch, "version": product.version });
    audit::record(&mut transaction, &admin, "product.update", id, detail).await?;
    transaction.commit().await?;
    find(&app, id).await.map(Versioned)
}

fn check(
    name: Option<&str>,
    description: Option<&str>,
    image_url: Option<&str>,
    list_minor: Option<i64>,
) -> Result<(), ApiError> {
    let problem = name
        .and_then(|name| text::problem("name", name, 1, 200))
        .or_else(|| description.and_then(|description| text::problem("description", description, 0, 10_000)))
        .or_else(|| image_url.and_then(|url| text::url_problem("image_url", url)))
        .or_else(|| {
            let out_of_bounds = list_minor.is_some_and(|minor| !(0..=AMOUNT_MINOR_MAX).contains(&minor));
            out_of_bounds.then(|| format!("list_minor: from 0 to {AMOUNT_MINOR_MAX}"))
        });
    problem.map_or(Ok(()), |problem| Err(Kind::Invalid.because(problem)))
}

async fn find(app: &App, id: Uuid) -> Result<ProductView, ApiError> {
    let product = sqlx::query_as!(
        ProductView,
        r#"SELECT id, sku, name, description, image_url, list_minor, currency, version,
                  created_at AS "created_at: Moment", updated_at AS "updated_at: Moment"
           FROM products WHERE id = $1"#,
        id
    )
    .fetch_optional(&app.postgres)
    .await?;
    product.ok_or_else(|| Kind::NotFound.because("no such product"))
}
