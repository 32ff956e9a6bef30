//! The description of the API, generated from the code, and a page to browse it.

use std::collections::BTreeMap;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApi, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use utoipa_swagger_ui::SwaggerUi;
use wiring::problem::Problem;

use crate::problems::Kind;

const ABOUT: &str = "Sells a limited stock to a huge crowd in a short time, fairly.\n\n\
Every error is `application/problem+json` (RFC 9457) with a stable `type` of `/problems/<kind>`. Times are Unix \
milliseconds (`…_ms`), in the admin API RFC 3339; money is integer minor units with an ISO 4217 currency.";

/// The page of the description sets styles as it runs.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// Serves the description at `/api/openapi.json` and the page at `/api/docs`.
pub(crate) fn router(api: OpenApi) -> Router {
    let page: Router = SwaggerUi::new("/api/docs").url("/api/openapi.json", complete(api)).into();
    page.layer(middleware::map_response(async |response: Response| match response.status() {
        StatusCode::NOT_FOUND => Kind::NotFound.because("no such file of the page").into_response(),
        _ => ([(header::CONTENT_SECURITY_POLICY, POLICY)], response).into_response(),
    }))
}

/// Adds what no single handler knows: what it is about, how to authenticate, what a problem looks like.
fn complete(mut api: OpenApi) -> OpenApi {
    api.info =
        InfoBuilder::new().title("Flashline").version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT)).build();
    let bearer = |about: &str| {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some(about.to_owned());
        SecurityScheme::Http(scheme)
    };
    let components = api.components.get_or_insert_default();
    components.add_security_scheme("session", bearer("A shopper's token, from POST /api/v1/sessions"));
    components.add_security_scheme("api_token", bearer("An admin's API token"));
    components.schemas.insert("Problem".to_owned(), Problem::schema());
    let mut referenced: Vec<(String, RefOr<Schema>)> = Vec::new();
    <Problem as ToSchema>::schemas(&mut referenced);
    components.schemas.extend(referenced);
    open_what_is_extended(&mut components.schemas);
    name_operations(&mut api);
    // Unless an operation says otherwise.
    api.security = Some(vec![SecurityRequirement::new("session", Vec::<String>::new())]);
    api
}

/// A body is described as closed: it may have no field that is not named. An answer that has all of it and more
/// would break that description, so what another schema extends is described as open.
fn open_what_is_extended(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let composed = schemas.values().filter_map(|schema| match schema {
        RefOr::T(Schema::AllOf(all)) => Some(&all.items),
        _ => None,
    });
    let extended: Vec<String> = composed
        .flatten()
        .filter_map(|part| match part {
            RefOr::Ref(part) => part.ref_location.rsplit('/').next().map(str::to_owned),
            RefOr::T(_) => None,
        })
        .collect();
    for name in extended {
        if let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(&name) {
            object.additional_properties = None;
        }
    }
}

/// Gives each operation a name of its own, for generated clients: handlers in different modules share names.
fn name_operations(api: &mut OpenApi) {
    for (path, item) in &mut api.paths.paths {
        let place = path.trim_start_matches("/api/v1/").replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let place = place.replace("__", "_");
        let operations = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("put", &mut item.put),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(format!("{method}_{}", place.trim_matches('_')));
            }
        }
    }
}
