//! What a sale can ask of its guests: for whoever creates one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::events::CheckSchema;
use crate::auth::MayRead;
use crate::control::Control;
use crate::problems::AdminReadProblems;

/// What can be asked here.
#[derive(Serialize, ToSchema)]
pub(crate) struct MachineCheckList {
    #[schema(value_type = Vec<CheckSchema>)]
    machine_checks: Vec<&'static str>,
}

/// What guests can be asked to show
///
/// As far as they can show it here: the hosted check needs a provider.
#[utoipa::path(get, path = "/api/v1/admin/machine-checks", tag = "admin: sales", security(("api_token" = [])),
    responses((status = 200, body = MachineCheckList), AdminReadProblems))]
pub(crate) async fn list(State(control): State<Arc<Control>>, _: MayRead) -> Json<MachineCheckList> {
    Json(MachineCheckList { machine_checks: control.checks.offered() })
}
