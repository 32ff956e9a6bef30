//! Products: what can be put into sales.

pub(super) mod export;
pub(super) mod import;
mod sheet;

use axum::Json as Reply;
use axum::extract::State;
use axum::http::StatusCode;
use record::products::{self, NewProduct, Product, ProductChange};
use record::{PgConnection, PgPool};
use sale::definition::{DESCRIPTION_LENGTH_MAX, NAME_LENGTH_MAX, SKU_LENGTH_MAX, line_problem, text_problem};
use sale::money::{AMOUNT_MINOR_MAX, Currency};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::audit;
use super::repeat::{self, Repeat};
use super::{changes, text};
use crate::auth::{Admin, MayRead, MayRun};
use crate::extract::{IfMatch, Json, MaybeIdempotencyKey, Path, Query, Version, Versioned};
use crate::moment::Moment;
use crate::problems::{AdminProblems, AdminReadProblems, ApiError, Kind, ReplaceProblems};

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

impl From<Product> for ProductView {
    fn from(product: Product) -> Self {
        let Product { id, sku, name, description, image_url, list_minor, currency, version, created_at, updated_at } =
            product;
        let (created_at, updated_at) = (created_at.into(), updated_at.into());
        Self { id, sku, name, description, image_url, list_minor, currency, version, created_at, updated_at }
    }
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

/// Which products, and where a page of the list begins.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductParams {
    /// Part of the name or the beginning of the SKU, in whatever letters.
    q: Option<String>,
    /// Only what comes after this id in the list: the last of the page before.
    before: Option<Uuid>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Products
#[utoipa::path(get, path = "/api/v1/admin/products", tag = "admin: sales", security(("api_token" = [])),
    params(ProductParams), responses((status = 200, body = ProductList), AdminReadProblems))]
pub(crate) async fn list(
    State(pool): State<PgPool>,
    _: MayRead,
    Query(ProductParams { q, before, limit }): Query<ProductParams>,
) -> Result<Reply<ProductList>, ApiError> {
    q.as_ref().map_or(Ok(()), |text| text::check("q", text, 1, NAME_LENGTH_MAX))?;
    let products = products::list(&pool, q.as_deref(), before, audit::page_length(limit)?).await?;
    Ok(Reply(ProductList { products: products.into_iter().map(ProductView::from).collect() }))
}

/// One product
#[utoipa::path(get, path = "/api/v1/admin/products/{id}", tag = "admin: sales", security(("api_token" = [])),
    params(("id" = Uuid, Path, description = "The product")),
    responses((status = 200, body = ProductView, headers(("ETag" = String, description = "Its version"))),
              AdminReadProblems))]
pub(crate) async fn show(
    State(pool): State<PgPool>,
    _: MayRead,
    Path(id): Path<Uuid>,
) -> Result<Versioned<ProductView>, ApiError> {
    find(&pool, id).await.map(Versioned)
}

/// Create a product
#[utoipa::path(post, path = "/api/v1/admin/products", tag = "admin: sales", security(("api_token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating it creates nothing more")),
    request_body = ProductSpec, responses((status = 201, body = ProductView), AdminProblems))]
pub(crate) async fn create(
    State(pool): State<PgPool>,
    MayRun(admin): MayRun,
    key: MaybeIdempotencyKey,
    body: Json<ProductSpec>,
) -> Result<(StatusCode, Versioned<ProductView>), ApiError> {
    let spec = &body.value;
    spec_problem(spec).map_or(Ok(()), |problem| Err(Kind::Invalid.because(problem)))?;

    let id = Uuid::now_v7();
    let mut transaction = pool.begin().await?;
    if let Repeat::Of(id) = repeat::claim(&mut transaction, &admin, &key, "products", &body.bytes, id).await? {
        transaction.rollback().await?;
        return Ok((StatusCode::CREATED, Versioned(find(&pool, id).await?)));
    }
    insert(&mut transaction, &admin, id, spec).await?;
    transaction.commit().await?;
    Ok((StatusCode::CREATED, Versioned(find(&pool, id).await?)))
}

/// Change a product
///
/// What is left out stays. Name, description and picture are shown by sales that are not over as soon as their pages hear of it, also while they run; prices stay what
/// they are there. `If-Match` says which version was read: what somebody else has changed since is not undone.
#[utoipa::path(patch, path = "/api/v1/admin/products/{id}", tag = "admin: sales", security(("api_token" = [])),
    params(("id" = Uuid, Path, description = "The product"),
           ("If-Match" = String, Header, description = "The `ETag` of what was read; `*` for whatever is there")),
    request_body = ProductPatch,
    responses((status = 200, body = ProductView, headers(("ETag" = String, description = "Its version"))),
              ReplaceProblems))]
pub(crate) async fn update(
    State(pool): State<PgPool>,
    MayRun(admin): MayRun,
    Path(id): Path<Uuid>,
    read: IfMatch,
    body: Json<ProductPatch>,
) -> Result<Versioned<ProductView>, ApiError> {
    let patch = &body.value;
    patch_problem(patch).map_or(Ok(()), |problem| Err(Kind::Invalid.because(problem)))?;
    let mut transaction = pool.begin().await?;
    let present = products::lock(&mut transaction, id).await?;
    let present = present.ok_or_else(|| Kind::NotFound.because("no such product"))?;
    read.check(present.version)?;
    apply(&mut transaction, &admin, &present.into(), patch).await?;
    transaction.commit().await?;
    find(&pool, id).await.map(Versioned)
}

/// Makes a product, with its line in the audit log.
async fn insert(transaction: &mut PgConnection, admin: &Admin, id: Uuid, spec: &ProductSpec) -> Result<(), ApiError> {
    let new = NewProduct {
        id,
        sku: &spec.sku,
        name: &spec.name,
        description: &spec.description,
        image_url: spec.image_url.as_deref(),
        list_minor: spec.list_minor,
        currency: &spec.currency,
    };
    if !products::insert(transaction, &new).await? {
        return Err(Kind::Conflict.because(format!("sku: another product has it ({})", spec.sku)));
    }
    audit::record(transaction, admin, "product.create", id, json!({ "sku": spec.sku })).await?;
    Ok(())
}

/// Changes a product that is locked, with its lines in the audit log: its own, and one for each sale that shows it.
async fn apply(
    transaction: &mut PgConnection,
    admin: &Admin,
    before: &ProductView,
    patch: &ProductPatch,
) -> Result<(), ApiError> {
    let changed = changes::by(before, patch).map_err(ApiError::internal)?;
    let change = ProductChange {
        name: patch.name.as_deref(),
        description: patch.description.as_deref(),
        image_url: patch.image_url.as_ref().map(Option::as_deref),
        list_minor: patch.list_minor,
    };
    let id = before.id;
    let (sku, version) = products::update(transaction, id, &change).await?;
    for (event, version) in products::touch_sales(transaction, id).await? {
        let detail = json!({ "sku": sku, "product_id": id, "changes": changed, "currency": before.currency, "version": version });
        audit::record(transaction, admin, "event.product", event, detail).await?;
    }
    let detail = json!({ "changed": patch, "changes": changed, "currency": before.currency, "version": version });
    audit::record(transaction, admin, "product.update", id, detail).await?;
    Ok(())
}

/// What is wrong with a new product, if anything is.
fn spec_problem(spec: &ProductSpec) -> Option<String> {
    let is_plain = spec.sku.bytes().all(|byte| byte.is_ascii_graphic());
    line_problem("sku", &spec.sku, 1, SKU_LENGTH_MAX)
        .or_else(|| (!is_plain).then(|| "sku: visible ASCII characters without spaces".to_owned()))
        .or_else(|| {
            let (name, description) = (Some(&*spec.name), Some(&*spec.description));
            problem(name, description, spec.image_url.as_deref(), Some(spec.list_minor))
        })
        .or_else(|| spec.currency.parse::<Currency>().err().map(|error| format!("currency: {error}")))
}

/// What is wrong with a change, if anything is.
fn patch_problem(patch: &ProductPatch) -> Option<String> {
    let picture = patch.image_url.as_ref().and_then(Option::as_deref);
    problem(patch.name.as_deref(), patch.description.as_deref(), picture, patch.list_minor)
}

fn problem(
    name: Option<&str>,
    description: Option<&str>,
    image_url: Option<&str>,
    list_minor: Option<i64>,
) -> Option<String> {
    name.and_then(|name| line_problem("name", name, 1, NAME_LENGTH_MAX))
        .or_else(|| {
            description.and_then(|description| text_problem("description", description, 0, DESCRIPTION_LENGTH_MAX))
        })
        .or_else(|| image_url.and_then(|url| text::url_problem("image_url", url)))
        .or_else(|| {
            let out_of_bounds = list_minor.is_some_and(|minor| !(0..=AMOUNT_MINOR_MAX).contains(&minor));
            out_of_bounds.then(|| format!("list_minor: from 0 to {AMOUNT_MINOR_MAX}"))
        })
}

async fn find(pool: &PgPool, id: Uuid) -> Result<ProductView, ApiError> {
    let product = products::find(pool, id).await?;
    product.map(ProductView::from).ok_or_else(|| Kind::NotFound.because("no such product"))
}
