//! The audit log: who did what.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use record::PgPool;
use record::audit::{self, Deed, Filter, Written};
use sale::ids::EventId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::text;
use crate::auth::{Admin, MayRead};
use crate::extract::Query;
use crate::moment::{self, Moment};
use crate::problems::{AdminReadProblems, ApiError, Kind};

/// Entries in one answer.
const PAGE_MAX: i64 = 200;
const PAGE: i64 = 50;

/// Writes what an admin does, within the transaction that does it.
pub(crate) async fn record(
    transaction: &mut PgConnection,
    admin: &Admin,
    action: &str,
    subject: impl std::fmt::Display,
    detail: Value,
) -> sqlx::Result<()> {
    let (actor, role, address) = (&*admin.name, admin.scope.role.word(), Some(admin.address));
    audit::write(transaction, Deed { actor, role, address, action, subject: &subject.to_string(), detail }).await
}

/// One entry.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEntry {
    /// Also the place in the list: for `before`.
    id: Uuid,
    at: Moment,
    /// The token's or the person's name; empty for somebody without a valid one, `configuration` for what stands in the settings.
    actor: String,
    role: String,
    /// Of the client; absent for what the ingress did by itself, and for what was done before addresses were kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Such as `event.restock`, `orders.export`, `sign_in.failed`, `call.refused`.
    action: String,
    subject: String,
    /// What the subject is called today: the name of a sale, a series, a token or a person, the number of an order, a product, the address of
    /// an endpoint; absent for what is there no longer, and for what has no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_name: Option<String>,
    /// The sale that it is about: also of what was done to its orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<Uuid>,
    /// What that is called today.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_name: Option<String>,
    /// What the products are called today whose SKUs stand in `detail`.
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    product_names: HashMap<String, String>,
    /// What was changed; `version` is that of the subject since then. `changes` has each field that was changed, `before` and `after`. Of
    /// refusals, how many and when.
    #[schema(value_type = Object)]
    detail: Value,
}

/// The latest entries.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// The latest first.
    entries: Vec<AuditEntry>,
}

/// Where a page of a list begins, and how long it is.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// Only what comes after this id in the list: the last of the page before.
    pub(super) before: Option<Uuid>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<i64>,
}

impl PageParams {
    pub(super) fn limit(&self) -> Result<i64, ApiError> {
        page_length(self.limit)
    }
}

/// How many a page of a list has.
pub(super) fn page_length(asked: Option<i64>) -> Result<i64, ApiError> {
    let length = asked.unwrap_or(PAGE);
    if (1..=PAGE_MAX).contains(&length) {
        return Ok(length);
    }
    Err(Kind::Invalid.because(format!("limit: from 1 to {PAGE_MAX}")))
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// Only what was done to this: an id, as in `subject`.
    subject: Option<String>,
    /// Only by API tokens whose name begins so, in whatever letters.
    actor: Option<String>,
    /// Only this: an action, such as `order.refund`, or the kind of several, such as `order`.
    action: Option<String>,
    /// Only what is about this sale, its orders included.
    event: Option<Uuid>,
    /// At this moment or later.
    #[param(value_type = Option<Moment>)]
    from: Option<Moment>,
    /// Before this moment.
    #[param(value_type = Option<Moment>)]
    until: Option<Moment>,
    /// Only what comes after this id in the list: the last of the page before.
    before: Option<Uuid>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Who did what
///
/// Every change, every export, and every refusal: failed sign-ins and calls that a role does not allow, gathered by
/// who and from where, and never more than a few entries a minute.
#[utoipa::path(get, path = "/api/v1/admin/audit", tag = "admin: access", security(("api_token" = [])),
    params(AuditParams), responses((status = 200, body = AuditPage), AdminReadProblems))]
pub(crate) async fn list(
    State(pool): State<PgPool>,
    _: MayRead,
    Query(asked): Query<AuditParams>,
) -> Result<Json<AuditPage>, ApiError> {
    let AuditParams { subject, actor, action, event, from, until, before, limit } = &asked;
    for (name, text) in [("subject", subject), ("actor", actor), ("action", action)] {
        text.as_ref().map_or(Ok(()), |text| text::check(name, text, 1, 200))?;
    }
    let [from, until] = moment::between(*from, *until)?;
    let filter = Filter {
        subject: subject.as_deref(),
        actor: actor.as_deref(),
        action: action.as_deref(),
        event: event.map(EventId),
        from,
        until,
    };
    let written = audit::list(&pool, &filter, *before, page_length(*limit)?).await?;
    let ids = written.iter().flat_map(|entry| [Uuid::try_parse(&entry.subject).ok(), entry.event_id]);
    let names = audit::names(&pool, &ids.flatten().collect::<Vec<_>>()).await?;
    let skus: Vec<String> = written.iter().flat_map(|entry| skus_of(&entry.detail)).collect();
    let products = audit::product_names(&pool, &skus).await?;
    let entries = written.into_iter().map(|entry| AuditEntry::of(entry, &names, &products));
    Ok(Json(AuditPage { entries: entries.collect() }))
}

impl AuditEntry {
    fn of(written: Written, names: &HashMap<Uuid, String>, products: &HashMap<String, String>) -> Self {
        let Written { id, at, actor, role, address, action, subject, event_id, detail } = written;
        let name = |id: Uuid| names.get(&id).cloned();
        let (subject_name, event_name) = (Uuid::try_parse(&subject).ok().and_then(name), event_id.and_then(name));
        let at = at.into();
        let called = skus_of(&detail).into_iter().filter_map(|sku| products.get(&sku).map(|name| (sku, name.clone())));
        let product_names = called.collect();
        Self {
            id,
            at,
            actor,
            role,
            address,
            action,
            subject,
            subject_name,
            event_id,
            event_name,
            product_names,
            detail,
        }
    }
}

/// The SKUs that an entry speaks of: as `sku`, and as `items[…]` in the names of fields that were changed.
fn skus_of(detail: &Value) -> Vec<String> {
    let fields = detail["changes"].as_array().into_iter().flatten().filter_map(|change| change["field"].as_str());
    let of_fields = fields.filter_map(|field| field.strip_prefix("items[")?.rsplit_once(']').map(|(sku, _)| sku));
    of_fields.chain(detail["sku"].as_str()).map(str::to_owned).collect()
}
