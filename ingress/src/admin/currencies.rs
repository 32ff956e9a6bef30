//! The currencies that prices can be in, with their minor units: for whoever writes or shows amounts.

use axum::Json;
use sale::money::Currency;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::MayRead;
use crate::problems::AdminReadProblems;

/// A currency.
#[derive(Serialize, ToSchema)]
pub(crate) struct CurrencyView {
    /// ISO 4217.
    code: String,
    /// Digits of the minor unit after the point: amounts are integers of 10⁻ᵈⁱᵍⁱᵗˢ.
    digits: u8,
}

/// Currencies.
#[derive(Serialize, ToSchema)]
pub(crate) struct CurrencyList {
    /// In the order of their codes.
    currencies: Vec<CurrencyView>,
}

/// Currencies
#[utoipa::path(get, path = "/api/v1/admin/currencies", tag = "admin: sales", security(("api_token" = [])),
    responses((status = 200, body = CurrencyList), AdminReadProblems))]
pub(crate) async fn list(_: MayRead) -> Json<CurrencyList> {
    let view = |currency: Currency| CurrencyView { code: currency.to_string(), digits: currency.digits() };
    Json(CurrencyList { currencies: Currency::all().into_iter().map(view).collect() })
}
