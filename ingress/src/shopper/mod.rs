//! The shopper API, `/api/v1`.

mod account;
mod answers;
pub(crate) mod attempts;
mod buyer;
mod calendar;
mod cancel;
mod card;
mod draw;
mod email;
mod handover;
mod mine;
mod notifications;
mod orders;
mod payments;
mod sale_view;
mod sales;
mod sessions;
mod sign_in;
mod sign_out;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::App;

/// Bytes of a shopper's body.
const BYTES_MAX: usize = 16 * 1024;

/// Everything but attempts.
pub(crate) fn router() -> OpenApiRouter<App> {
    sales::router()
        .routes(routes!(draw::show))
        .routes(routes!(draw::entries))
        .routes(routes!(draw::decided))
        .routes(routes!(sessions::start, sign_out::all))
        .routes(routes!(sign_out::current))
        .routes(routes!(sessions::renew))
        .routes(routes!(sessions::challenge))
        .routes(routes!(sessions::socket_ticket))
        .routes(routes!(account::begin))
        .routes(routes!(account::confirm))
        .routes(routes!(email::ask))
        .routes(routes!(email::confirm))
        .routes(routes!(answers::show))
        .routes(routes!(cancel::cancel))
        .routes(routes!(payments::pay))
        .routes(routes!(handover::hand_over))
        .routes(routes!(mine::reservations))
        .routes(routes!(orders::list))
        .routes(routes!(orders::show))
        .routes(routes!(buyer::show, buyer::give))
        .routes(routes!(calendar::show))
        .routes(routes!(notifications::show))
        .routes(routes!(notifications::put_mail, notifications::remove_mail))
        .routes(routes!(notifications::put_push))
        .routes(routes!(notifications::remove_push))
}

/// Attempts: the hot path.
pub(crate) fn attempts_router() -> OpenApiRouter<App> {
    let router: OpenApiRouter<App> = OpenApiRouter::from(Router::new());
    router.routes(routes!(attempts::attempt))
}
