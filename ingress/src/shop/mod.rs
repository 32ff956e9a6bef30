//! The API of a shop's own checkout, `/api/v1/shop`: what it says of reservations that were handed over to it, and what the
//! line decides of that. Each call may be made again: it answers how the reservation stands.
//!
//! | call | asks the line to |
//! | --- | --- |
//! | [`confirm`] | convert the reservation: the shop has been, or is about to be, paid |
//! | [`release`] | take the units back, unpaid |
//! | [`extend`] | hold them longer, within the sale's grace |
//! | [`give_back`] | take the units of a converted reservation back |

mod confirm;
mod decided;
mod extend;
mod give_back;
mod keys;
mod release;
mod reservation;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::App;

/// All routes of the shop.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(reservation::show))
        .routes(routes!(confirm::confirm))
        .routes(routes!(release::release))
        .routes(routes!(extend::extend))
        .routes(routes!(give_back::give_back))
        .routes(routes!(keys::show))
}
