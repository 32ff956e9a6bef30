//! What buyers gave to be sent what they bought: shown at their orders, and deleted.

use axum::Json;
use axum::extract::State;
use record::PgPool;
use record::buyers;
use sale::buyer::Fields;
use sale::ids::{EventId, OrderId};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit;
use crate::auth::{MayOwn, MayReadBuyers};
use crate::buyers::BuyerDetails;
use crate::extract::Path;
use crate::moment::Moment;
use crate::problems::{AdminProblems, ApiError, Kind, OwnerReadProblems};

/// What the buyer of an order gave.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderBuyer {
    #[serde(flatten)]
    details: BuyerDetails,
    /// The questions that `answers` are to.
    questions: Vec<String>,
    /// When it was given last; absent when nothing is kept: nothing was given, or it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    given_at: Option<Moment>,
}

/// What was deleted.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeletedBuyers {
    /// Of how many buyers.
    deleted: u64,
}

/// What the buyer of an order gave
#[utoipa::path(get, path = "/api/v1/admin/orders/{order}/buyer", tag = "admin: orders", security(("api_token" = [])),
    params(("order" = Uuid, Path, description = "The order")),
    responses((status = 200, body = OrderBuyer), OwnerReadProblems))]
pub(crate) async fn show(
    State(pool): State<PgPool>,
    _: MayReadBuyers,
    Path(order): Path<Uuid>,
) -> Result<Json<OrderBuyer>, ApiError> {
    let mut db = pool.acquire().await?;
    let Some((event, attempt)) = buyers::of_order(&mut db, OrderId(order)).await? else { return Err(no_order()) };
    let Fields { questions, .. } = buyers::fields(&mut db, event).await?;
    let known = buyers::of_attempts(&mut db, &[attempt]).await?.remove(&attempt);
    let given_at = known.as_ref().map(|known| known.given_at.into());
    let details = known.map(|known| known.buyer).unwrap_or_default().into();
    Ok(Json(OrderBuyer { details, questions: questions.into_iter().map(|question| question.text).collect(), given_at }))
}

/// Delete what the buyer of an order gave
///
/// For good. The order stays.
#[utoipa::path(delete, path = "/api/v1/admin/orders/{order}/buyer", tag = "admin: orders",
    security(("api_token" = [])), params(("order" = Uuid, Path, description = "The order")),
    responses((status = 200, body = DeletedBuyers), AdminProblems))]
pub(crate) async fn delete(
    State(pool): State<PgPool>,
    MayOwn(admin): MayOwn,
    Path(order): Path<Uuid>,
) -> Result<Json<DeletedBuyers>, ApiError> {
    let mut transaction = pool.begin().await?;
    let Some((_, attempt)) = buyers::of_order(&mut transaction, OrderId(order)).await? else { return Err(no_order()) };
    let deleted = u64::from(buyers::delete(&mut transaction, attempt).await?);
    audit::record(&mut transaction, &admin, "order.delete_buyer", order, json!({ "deleted": deleted })).await?;
    transaction.commit().await?;
    Ok(Json(DeletedBuyers { deleted }))
}

/// Delete what the buyers of a sale gave
///
/// For good, and of all of them: also of reservations that are not paid yet, whose shoppers are asked again. The orders stay.
#[utoipa::path(delete, path = "/api/v1/admin/events/{event}/buyers", tag = "admin: sales",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")),
    responses((status = 200, body = DeletedBuyers), AdminProblems))]
pub(crate) async fn delete_of_sale(
    State(pool): State<PgPool>,
    MayOwn(admin): MayOwn,
    Path(event): Path<EventId>,
) -> Result<Json<DeletedBuyers>, ApiError> {
    let mut transaction = pool.begin().await?;
    if !buyers::is_sale(&mut transaction, event).await? {
        return Err(Kind::NotFound.because("no such event"));
    }
    let deleted = buyers::delete_of_sale(&mut transaction, event).await?;
    audit::record(&mut transaction, &admin, "event.delete_buyers", event, json!({ "deleted": deleted })).await?;
    transaction.commit().await?;
    Ok(Json(DeletedBuyers { deleted }))
}

fn no_order() -> ApiError {
    Kind::NotFound.because("no such order")
}
