//! Products from CSV: all of a sheet, or nothing of it.

use std::collections::HashMap;

use axum::Json as Reply;
use axum::extract::{Request, State};
use record::products::{self, Product};
use record::{PgConnection, PgPool};
use sale::money::Currency;
use serde::Serialize;
use serde_json::json;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::sheet::{self, Line, PROBLEMS_MAX};
use super::{ProductPatch, ProductSpec, ProductView};
use crate::admin::audit;
use crate::auth::{Admin, MayRun};
use crate::extract::read_csv;
use crate::problems::{AdminProblems, ApiError, Kind};

/// Bytes of a sheet.
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// Sheets that are read at once at this door.
static READING: Semaphore = Semaphore::const_new(1);

/// What became of a sheet.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct ImportView {
    /// Products that were made.
    made: usize,
    /// Products that were changed.
    changed: usize,
    /// Products that are what the sheet says already.
    unchanged: usize,
}

/// Import products from CSV
///
/// UTF-8, the first line with the heads `sku,name,description,list_price,currency,version`, in any order, apart by commas, semicolons or tabs; at most 1,000 products. What
/// there is by its SKU is changed, in the columns that the sheet has; what there is not is made. Prices are decimal numbers. Currencies of what there is
/// never change. With `version` as it was exported, a product that somebody has changed since is not changed back. All of it is done, or nothing: then `errors` has each line that is wrong, by its number.
#[utoipa::path(post, path = "/api/v1/admin/products.csv", tag = "admin: sales", security(("api_token" = [])),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = ImportView), AdminProblems))]
pub(crate) async fn sheet(
    State(pool): State<PgPool>,
    MayRun(admin): MayRun,
    request: Request,
) -> Result<Reply<ImportView>, ApiError> {
    let busy = || Kind::Unavailable.because("another sheet is being read here; try again").retry_after_s(5);
    let _reading = READING.try_acquire().map_err(|_| busy())?;
    let (parts, body) = request.into_parts();
    let csv = read_csv(&parts.headers, body, BYTES_MAX).await?;
    let wrong =
        |problems| Kind::Invalid.because("lines of the sheet are wrong; nothing was changed").at_fields(problems);
    let lines = sheet::read(&csv).map_err(wrong)?;

    let mut transaction = pool.begin().await?;
    let skus: Vec<String> = lines.iter().map(|line| line.sku.clone()).collect();
    let present = products::lock_with_skus(&mut transaction, &skus).await?;
    let present: HashMap<String, Product> = present.into_iter().map(|product| (product.sku.clone(), product)).collect();
    let (mut deeds, mut problems) = (Vec::new(), Vec::new());
    for line in &lines {
        match deed(line, present.get(&line.sku)) {
            Ok(deed) => deeds.push(deed),
            Err(detail) => problems.push(line.problem(detail)),
        }
        if problems.len() == PROBLEMS_MAX {
            break;
        }
    }
    if !problems.is_empty() {
        return Err(wrong(problems));
    }
    let done = carry_out(&mut transaction, &admin, deeds, present).await?;
    let detail = json!({ "made": done.made, "changed": done.changed, "unchanged": done.unchanged });
    audit::record(&mut transaction, &admin, "products.import", "products", detail).await?;
    transaction.commit().await?;
    Ok(Reply(done))
}

/// What a line asks for.
enum Deed {
    Make(ProductSpec),
    Change(String, ProductPatch),
    Leave,
}

fn deed(line: &Line, present: Option<&Product>) -> Result<Deed, String> {
    let deed = match present {
        Some(present) => change(line, present)?,
        None => make(line)?,
    };
    let problem = match &deed {
        Deed::Make(spec) => super::spec_problem(spec),
        Deed::Change(_, patch) => super::patch_problem(patch),
        Deed::Leave => None,
    };
    problem.map_or(Ok(deed), Err)
}

fn make(line: &Line) -> Result<Deed, String> {
    let sku = &line.sku;
    let missing = |head: &str| format!("{head}: missing, and there is no product {sku} yet");
    let given =
        |cell: &Option<String>, head: &str| cell.clone().filter(|it| !it.is_empty()).ok_or_else(|| missing(head));
    let code = given(&line.currency, "currency")?;
    let currency: Currency = code.parse().map_err(|error| format!("currency: {error}"))?;
    Ok(Deed::Make(ProductSpec {
        sku: sku.clone(),
        name: sheet::plain(&given(&line.name, "name")?),
        description: line.description.as_deref().map(sheet::plain).unwrap_or_default(),
        image_url: None,
        list_minor: sheet::minor(&given(&line.list_price, "list_price")?, currency)?,
        currency: code,
    }))
}

fn change(line: &Line, present: &Product) -> Result<Deed, String> {
    if line.currency.as_ref().is_some_and(|code| *code != present.currency) {
        return Err(format!("currency: that of {} is {}, and never changes", present.sku, present.currency));
    }
    let currency: Currency = present.currency.parse().map_err(|error| format!("currency: {error}"))?;
    let as_exported = sheet::written(present).map_err(|_| "cannot be compared with what is there".to_owned())?;
    // What stands there as it was exported is no change, whatever apostrophes are in it; the reader leaves out spaces around it.
    let other = |cell: &Option<String>, exported: &str| {
        cell.as_ref().filter(|cell| *cell != exported.trim()).map(|cell| sheet::plain(cell))
    };
    let list_minor = line.list_price.as_ref().map(|cell| sheet::minor(cell, currency)).transpose()?;
    let patch = ProductPatch {
        name: other(&line.name, &as_exported[1]).filter(|name| *name != present.name),
        description: other(&line.description, &as_exported[2]).filter(|text| *text != present.description),
        image_url: None,
        list_minor: list_minor.filter(|minor| *minor != present.list_minor),
    };
    let changes = patch.name.is_some() || patch.description.is_some() || patch.list_minor.is_some();
    if !changes {
        return Ok(Deed::Leave);
    }
    if line.version.as_ref().is_some_and(|version| !version.is_empty() && *version != as_exported[5]) {
        let version = present.version;
        return Err(format!(
            "version: somebody has changed it since it was exported, it is at {version}; export it anew, or leave the cell blank"
        ));
    }
    Ok(Deed::Change(present.sku.clone(), patch))
}

async fn carry_out(
    transaction: &mut PgConnection,
    admin: &Admin,
    deeds: Vec<Deed>,
    mut present: HashMap<String, Product>,
) -> Result<ImportView, ApiError> {
    let changed = deeds.iter().filter_map(|deed| match deed {
        Deed::Change(sku, _) => present.get(sku).map(|product| product.id),
        _ => None,
    });
    products::lock_sales(transaction, &changed.collect::<Vec<_>>()).await?;
    let mut done = ImportView::default();
    for deed in deeds {
        match deed {
            Deed::Make(spec) => {
                super::insert(transaction, admin, uuid::Uuid::now_v7(), &spec).await?;
                done.made += 1;
            }
            Deed::Change(sku, patch) => {
                let before = present.remove(&sku).map(ProductView::from);
                let before = before.ok_or_else(|| ApiError::internal("a product that was locked is gone"))?;
                super::apply(transaction, admin, &before, &patch).await?;
                done.changed += 1;
            }
            Deed::Leave => done.unchanged += 1,
        }
    }
    Ok(done)
}
