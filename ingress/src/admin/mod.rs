//! The admin API, `/api/v1/admin`: every change in one transaction with its line in the audit log.

pub(crate) mod audit;
mod buyers;
mod changes;
mod currencies;
mod events;
mod export;
mod figures;
mod gateways;
mod health;
mod invitations;
pub(crate) mod looks;
mod machine_checks;
mod orders;
mod participations;
mod people;
mod pictures;
mod products;
mod refunds;
mod repeat;
mod replay;
mod report;
mod series;
mod sessions;
mod shop_look;
mod spreadsheet;
pub(crate) mod text;
mod tokens;
mod webhooks;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use tokens::bootstrap as bootstrap_token;
pub(crate) use webhooks::describe as describe_webhooks;

use crate::state::App;

/// Routes that take files, which take longer to arrive than a call.
pub(crate) fn uploads_router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(pictures::upload))
}

/// All other admin routes.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(products::list, products::create))
        .routes(routes!(products::show, products::update))
        .routes(routes!(products::export::all, products::import::sheet))
        .routes(routes!(shop_look::show, shop_look::replace))
        .routes(routes!(shop_look::colours))
        .routes(routes!(series::list, series::create))
        .routes(routes!(series::show, series::update))
        .routes(routes!(events::list, events::create))
        .routes(routes!(events::show, events::replace, events::drafts::delete))
        .routes(routes!(events::run::schedule))
        .routes(routes!(events::drafts::back_to_draft))
        .routes(routes!(events::editing::put))
        .routes(routes!(events::run::pause))
        .routes(routes!(events::run::resume))
        .routes(routes!(events::run::stop))
        .routes(routes!(events::run::restock))
        .routes(routes!(events::holders::show))
        .routes(routes!(events::holders::put))
        .routes(routes!(events::holders::end))
        .routes(routes!(figures::show))
        .routes(routes!(figures::history::show))
        .routes(routes!(replay::show))
        .routes(routes!(report::show))
        .routes(routes!(report::show_csv))
        .routes(routes!(orders::list))
        .routes(routes!(orders::show))
        .routes(routes!(export::orders_csv))
        .routes(routes!(refunds::refund))
        .routes(routes!(refunds::list))
        .routes(routes!(refunds::retry))
        .routes(routes!(refunds::put_back))
        .routes(routes!(audit::list))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(tokens::me))
        .routes(routes!(sessions::begin, sessions::end))
        .routes(routes!(people::list, people::invite))
        .routes(routes!(people::change))
        .routes(routes!(people::invite_again, people::withdraw))
        .routes(routes!(people::look))
        .routes(routes!(people::join))
        .routes(routes!(people::sign_in))
        .routes(routes!(people::password))
        .routes(routes!(people::look_at_factor))
        .routes(routes!(people::factor))
        .routes(routes!(people::new_recovery_codes))
        .routes(routes!(webhooks::endpoints::list, webhooks::endpoints::create))
        .routes(routes!(webhooks::endpoints::show, webhooks::endpoints::update, webhooks::endpoints::remove))
        .routes(routes!(webhooks::endpoints::test))
        .routes(routes!(webhooks::secret::rotate))
        .routes(routes!(webhooks::resend::range))
        .routes(routes!(webhooks::deliveries::list))
        .routes(routes!(webhooks::deliveries::show))
        .routes(routes!(webhooks::resend::one))
        .routes(routes!(currencies::list))
        .routes(routes!(gateways::list))
        .routes(routes!(participations::list))
        .routes(routes!(machine_checks::list))
        .routes(routes!(invitations::put, invitations::remove))
        .routes(routes!(health::show))
        .routes(routes!(buyers::show, buyers::delete))
        .routes(routes!(buyers::delete_of_sale))
}
