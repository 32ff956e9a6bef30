//! The description of the API, generated from the code, and a page to browse it.

use std::collections::BTreeMap;
use std::io::Write;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use flate2::Compression;
use flate2::write::GzEncoder;
use service::problem::Problem;
use sha2::{Digest, Sha256};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApi, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::admin::describe_webhooks;
use crate::pages::{ASK_AGAIN, FOR_AN_HOUR, is_known, takes};
use crate::problems::Kind;

const PATH: &str = "/api/openapi.json";

const ABOUT: &str = "Sells a limited stock to a huge crowd in a short time, fairly.\n\n\
Every error is `application/problem+json` (RFC 9457) with a stable `type` of `/problems/<kind>`. Times are Unix \
milliseconds (`…_ms`), in the admin API RFC 3339; money is integer minor units with an ISO 4217 currency.";

/// The page of the description sets styles as it runs.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// Serves the description at `/api/openapi.json` and the page at `/api/docs`.
///
/// # Errors
/// When the description cannot be written down.
pub(crate) fn router(api: OpenApi) -> anyhow::Result<Router> {
    let page: Router = SwaggerUi::new("/api/docs").config(Config::from(PATH)).into();
    let page = page.layer(middleware::map_response(async |response: Response| match response.status() {
        StatusCode::NOT_FOUND => Kind::NotFound.because("no such file of the page").into_response(),
        _ => ([(header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, FOR_AN_HOUR)], response)
            .into_response(),
    }));
    let description = Description::of(&complete(api))?;
    Ok(page.route(PATH, get(async move |headers: HeaderMap| description.answer(&headers))))
}

/// The description as it is sent: written down and packed once.
#[derive(Clone)]
struct Description {
    plain: Bytes,
    packed: Bytes,
    etag: String,
}

impl Description {
    fn of(api: &OpenApi) -> anyhow::Result<Self> {
        let plain = serde_json::to_vec(api)?;
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&plain)?;
        let etag = hex::encode(&Sha256::digest(&plain)[..12]);
        Ok(Self { plain: plain.into(), packed: packed.finish()?.into(), etag })
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let (encoding, body) = if takes(headers, "gzip") { ("gzip", &self.packed) } else { ("identity", &self.plain) };
        // Each form has a tag of its own.
        let etag = format!("\"{}-{encoding}\"", self.etag);
        let known = is_known(headers, &etag);
        let about = [
            (header::ETAG, etag),
            (header::CACHE_CONTROL, ASK_AGAIN.to_owned()),
            (header::VARY, header::ACCEPT_ENCODING.to_string()),
        ];
        if known {
            return (StatusCode::NOT_MODIFIED, about).into_response();
        }
        let kind = [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_ENCODING, encoding)];
        (about, kind, body.clone()).into_response()
    }
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
    let cookie = ApiKeyValue::with_description(
        "flashline-admin",
        "An organiser's session, from POST /api/v1/admin/session or /api/v1/admin/sign-in: every call of the admin API takes it in place of an API \
         token. Over TLS it is called __Secure-flashline-admin",
    );
    components.add_security_scheme("admin_session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    components.schemas.insert("Problem".to_owned(), Problem::schema());
    let mut referenced: Vec<(String, RefOr<Schema>)> = Vec::new();
    <Problem as ToSchema>::schemas(&mut referenced);
    components.schemas.extend(referenced);
    describe_webhooks(&mut api);
    let components = api.components.get_or_insert_default();
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

#[cfg(test)]
mod tests {
    use std::io::Read;

    use utoipa::openapi::path::ParameterIn;

    use super::*;
    use crate::{admin, shop, shopper};

    fn asked(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().expect("a header"))])
    }

    #[tokio::test]
    async fn the_description_is_packed_once_and_not_sent_again() {
        let description = Description::of(&complete(OpenApi::default())).expect("written");
        let packed = description.answer(&asked(header::ACCEPT_ENCODING, "gzip, br"));
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        let etag = packed.headers()[header::ETAG].to_str().expect("text").to_owned();
        let body = axum::body::to_bytes(packed.into_body(), usize::MAX).await.expect("a body");
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut unpacked).expect("gzip");
        let plain = description.answer(&HeaderMap::new());
        assert_ne!(plain.headers()[header::ETAG].to_str().expect("text"), etag);
        assert_eq!(axum::body::to_bytes(plain.into_body(), usize::MAX).await.expect("a body"), unpacked);
        let mut again = asked(header::ACCEPT_ENCODING, "gzip");
        again.extend(asked(header::IF_NONE_MATCH, &etag));
        assert_eq!(description.answer(&again).status(), StatusCode::NOT_MODIFIED);
    }

    /// What is read before anything else is refused as wrong in the same ways everywhere.
    #[test]
    fn who_reads_a_body_or_a_query_says_how_it_is_refused() {
        let (_, mut api) = shopper::router().merge(shop::router()).merge(admin::router()).split_for_parts();
        api.merge(shopper::attempts_router().split_for_parts().1);
        let mut seen = 0;
        for (path, item) in &api.paths.paths {
            for operation in [&item.get, &item.post, &item.put, &item.patch, &item.delete].into_iter().flatten() {
                let mut parameters = operation.parameters.iter().flatten();
                let queried = parameters.any(
                    |parameter| matches!(parameter, RefOr::T(known) if matches!(known.parameter_in, ParameterIn::Query)),
                );
                let refusals: &[&str] = match (&operation.request_body, queried) {
                    (Some(_), _) => &["400", "408", "413", "415", "422"],
                    (None, true) => &["422"],
                    (None, false) => &[],
                };
                for status in refusals {
                    assert!(operation.responses.responses.contains_key(*status), "{path}: {status}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 50, "the whole API is looked at, not {seen}");
    }
}
