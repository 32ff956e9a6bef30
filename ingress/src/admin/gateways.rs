//! The gateways that a sale can be paid through: for whoever creates one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use sale::gateway::GatewayKind;
use serde::Serialize;
use utoipa::ToSchema;

use super::events::GatewaySchema;
use crate::auth::MayRead;
use crate::control::Control;
use crate::problems::AdminReadProblems;

/// Payment gateways.
#[derive(Serialize, ToSchema)]
pub(crate) struct GatewayList {
    /// The first is that of a sale which names none.
    #[schema(value_type = Vec<GatewaySchema>)]
    gateways: Vec<GatewayKind>,
}

/// Payment gateways
#[utoipa::path(get, path = "/api/v1/admin/gateways", tag = "admin: sales", security(("api_token" = [])),
    responses((status = 200, body = GatewayList), AdminReadProblems))]
pub(crate) async fn list(State(control): State<Arc<Control>>, _: MayRead) -> Json<GatewayList> {
    Json(GatewayList { gateways: control.gateways.offered().to_vec() })
}
