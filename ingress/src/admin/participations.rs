//! What a sale can demand of those who take part: for whoever creates one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::events::ParticipationSchema;
use crate::auth::MayRead;
use crate::control::Control;
use crate::problems::AdminReadProblems;

/// What can be demanded here.
#[derive(Serialize, ToSchema)]
pub(crate) struct ParticipationList {
    #[schema(value_type = Vec<ParticipationSchema>)]
    participations: Vec<&'static str>,
}

/// Who can be let take part
///
/// As far as shoppers have a way here to say that they are one of those.
#[utoipa::path(get, path = "/api/v1/admin/participations", tag = "admin: sales", security(("api_token" = [])),
    responses((status = 200, body = ParticipationList), AdminReadProblems))]
pub(crate) async fn list(State(control): State<Arc<Control>>, _: MayRead) -> Json<ParticipationList> {
    Json(ParticipationList { participations: control.sign_ins.offered() })
}
