//! The shopper API, `/api/v1`.

mod answers;
pub(crate) mod attempts;
mod cancel;
mod card;
mod handover;
mod mine;
mod payments;
mod sales;
mod sessions;
mod sign_in;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::App;

/// Bytes of a shopper's body.
const BYTES_MAX: usize = 16 * 1024;

/// Everything but attempts.
pub(crate) fn router() -> OpenApiRouter<App> {
    sales::router()
        .routes(routes!(sessions::start))
        .routes(routes!(sessions::renew))
        .routes(routes!(sessions::socket_ticket))
        .routes(routes!(answers::show))
        .routes(routes!(cancel::cancel))
        .routes(routes!(payments::pay))
        .routes(routes!(handover::hand_over))
        .routes(routes!(mine::reservations))
        .routes(routes!(mine::orders))
}

/// Attempts: the hot path.
pub(crate) fn attempts_router() -> OpenApiRouter<App> {
    let router: OpenApiRouter<App> = OpenApiRouter::from(Router::new());
    router.routes(routes!(attempts::attempt))
}
