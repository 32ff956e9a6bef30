//! JSON bodies: bounded in size and time, and read strictly.

use std::time::Duration;

use axum::BoxError;
use axum::body::{Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

use crate::problems::{ApiError, Kind};

/// How long a body may take to arrive.
const ARRIVES_WITHIN: Duration = Duration::from_secs(5);
/// And how long a file.
const FILE_ARRIVES_WITHIN: Duration = Duration::from_secs(8);
/// And how long a picture: eight megabytes over a slow line.
const PICTURE_ARRIVES_WITHIN: Duration = Duration::from_secs(60);
/// Bytes of an admin's body.
const ADMIN_BYTES_MAX: usize = 256 * 1024;

/// An admin's JSON body, and its bytes (for the comparison of repeated requests).
pub(crate) struct Json<T> {
    pub(crate) value: T,
    pub(crate) bytes: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body, ADMIN_BYTES_MAX).await?;
        Ok(Self { value: parse(&bytes)?, bytes })
    }
}

/// A JSON body of at most `bytes_max` bytes.
pub(crate) async fn read_json<T, B>(headers: &HeaderMap, body: B, bytes_max: usize) -> Result<(T, Bytes), ApiError>
where
    T: DeserializeOwned,
    B: HttpBody<Error: Into<BoxError>>,
{
    let bytes = read(headers, body, bytes_max).await?;
    Ok((parse(&bytes)?, bytes))
}

/// The same, or nothing: no body at all, or `null`.
pub(crate) async fn read_json_if_any<T, B>(
    headers: &HeaderMap,
    body: B,
    bytes_max: usize,
) -> Result<Option<T>, ApiError>
where
    T: DeserializeOwned,
    B: HttpBody<Error: Into<BoxError>>,
{
    if body.is_end_stream() {
        return Ok(None);
    }
    match read(headers, body, bytes_max).await?.trim_ascii() {
        b"null" => Ok(None),
        bytes => parse(bytes).map(Some),
    }
}

async fn read<B>(headers: &HeaderMap, body: B, bytes_max: usize) -> Result<Bytes, ApiError>
where
    B: HttpBody<Error: Into<BoxError>>,
{
    if !is_json(headers) {
        return Err(Kind::UnsupportedMediaType.because("send Content-Type: application/json"));
    }
    whole(headers, body, bytes_max, ARRIVES_WITHIN).await
}

/// A CSV of at most `bytes_max` bytes, which may take longer.
pub(crate) async fn read_csv<B>(headers: &HeaderMap, body: B, bytes_max: usize) -> Result<Bytes, ApiError>
where
    B: HttpBody<Error: Into<BoxError>>,
{
    if essence(headers).is_none_or(|essence| !essence.eq_ignore_ascii_case("text/csv")) {
        return Err(Kind::UnsupportedMediaType.because("send Content-Type: text/csv"));
    }
    whole(headers, body, bytes_max, FILE_ARRIVES_WITHIN).await
}

/// A picture of at most `bytes_max` bytes. What it is said to be is not looked at: what it is stands in it.
pub(crate) async fn read_picture<B>(headers: &HeaderMap, body: B, bytes_max: usize) -> Result<Bytes, ApiError>
where
    B: HttpBody<Error: Into<BoxError>>,
{
    whole(headers, body, bytes_max, PICTURE_ARRIVES_WITHIN).await
}

async fn whole<B>(headers: &HeaderMap, body: B, bytes_max: usize, within: Duration) -> Result<Bytes, ApiError>
where
    B: HttpBody<Error: Into<BoxError>>,
{
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > bytes_max as u64) {
        return Err(too_large(bytes_max));
    }
    match tokio::time::timeout(within, Limited::new(body, bytes_max).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(bytes_max)),
        Ok(Err(_)) => Err(Kind::Malformed.because("the body ended before its end")),
        Err(_) => {
            let within = within.as_secs();
            Err(Kind::RequestTimeout.because(format!("the body did not arrive within {within} s")))
        }
    }
}

fn too_large(bytes_max: usize) -> ApiError {
    Kind::TooLarge.because(format!("at most {bytes_max} bytes"))
}

/// What a body is said to be.
fn essence(headers: &HeaderMap) -> Option<&str> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())?;
    content_type.split(';').next().map(str::trim)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(essence) = essence(headers) else { return false };
    essence.eq_ignore_ascii_case("application/json")
        || (essence.len() > 17
            && essence[..12].eq_ignore_ascii_case("application/")
            && essence[essence.len() - 5..].eq_ignore_ascii_case("+json"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    match serde_json::from_slice(bytes) {
        // A list of the fields' values would do for the reader as well; the API's description knows none.
        Ok(_) if !bytes.trim_ascii_start().starts_with(b"{") => Err(Kind::Invalid.because("body: send an object")),
        Ok(value) => Ok(value),
        Err(error) => Err(match serde_json::from_slice::<IgnoredAny>(bytes) {
            Ok(_) => Kind::Invalid.because(place_and_problem::<T>(bytes, &error)),
            Err(error) => Kind::Malformed.because(format!("not JSON: {error}")),
        }),
    }
}

/// Which field of a JSON text is not what it should be, and why. Read once more, keeping count of where: only
/// refusals pay for that.
fn place_and_problem<T: DeserializeOwned>(bytes: &[u8], error: &serde_json::Error) -> String {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let path = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(placed) if placed.path().iter().next().is_some() => placed.path().to_string(),
        _ => "body".to_owned(),
    };
    match error.classify() {
        Category::Data => format!("{path}: {}", without_place(error)),
        // The reader takes for broken JSON what is JSON of another shape than the one it follows.
        Category::Syntax | Category::Eof | Category::Io => {
            let at = format!("at line {} column {}", error.line(), error.column());
            format!("{path}: not a value as described, {at}; where one of several fields is asked for, send only one")
        }
    }
}

/// What is wrong, without line and column: its field is named.
fn without_place(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    said.strip_suffix(&place).unwrap_or(&said).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    /// A shape with one of everything that bodies are made of.
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Anything {
        #[serde(default)]
        sku: String,
        #[serde(default)]
        quantity: u32,
        #[serde(default)]
        at: Option<chrono::DateTime<chrono::Utc>>,
        #[serde(default)]
        discount: sale::pricing::Discount,
        #[serde(default)]
        list: Vec<i64>,
    }

    proptest! {
        #[test]
        fn no_body_panics(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            json in r#"[\{\}\[\]":,0-9eE.+-]{0,80}"#,
            field in "sku|quantity|at|discount|list|other",
            value in r#"-?[0-9]{1,40}(e[0-9]{1,4})?|"[^"\\]{0,20}"|\{"tiers":\[\]\}|null"#,
        ) {
            let field = format!("{{\"{field}\":{value}}}");
            for body in [bytes.as_slice(), json.as_bytes(), field.as_bytes()] {
                if let Err(error) = parse::<Anything>(body) {
                    prop_assert!([Kind::Malformed, Kind::Invalid].contains(&error.kind));
                }
            }
        }
    }

    /// Its data is wrong, and its JSON right: 422, and the field is named.
    #[test]
    fn json_of_the_wrong_shape_is_invalid_and_names_its_field() {
        let cases = [
            (r#"{"discount":{"flat":{"percent_off":1,"amount_off":2}}}"#, "discount.flat"),
            (r#"{"discount":{"tiers":[{"units":1,"cut":{"percent_off":1,"amount_off":2}}]}}"#, "discount.tiers[0].cut"),
            (r#"{"discount":{"flat":{"percent_off":1},"tiers":[]}}"#, "discount"),
            (r#"{"discount":{"tiers":[{"units":1,"cut":{"amount_off":2},"note":""}]}}"#, "discount.tiers[0]"),
            (r#"{"discount":{"flat":{}}}"#, "discount.flat"),
            (r#"{"discount":{"none":1}}"#, "discount"),
            (r#"{"quantity":1e999}"#, "quantity"),
            (r#"{"sku":"\ud800"}"#, "sku"),
            (r#"{"list":[1,2,"3"]}"#, "list[2]"),
            (r#"{"quantity":-1}"#, "quantity"),
            (r#"{"quantity":1,"quantity":2}"#, "body"),
            ("[]", "body"),
            (r#"["lamp",1]"#, "body"),
        ];
        for (body, field) in cases {
            let error = parse::<Anything>(body.as_bytes()).expect_err(body);
            let detail = format!("{error:?}");
            assert_eq!(error.kind, Kind::Invalid, "{body}: {detail}");
            assert!(detail.contains(&format!("\"{field}")), "{body}: {detail}");
            assert!(!detail.contains("column") || detail.contains("not a value as described"), "{body}: {detail}");
        }
        for broken in ["{\"sku\":", "{\"sku\":\"a\"", "{'sku':1}", "", "{} {}", "nul"] {
            assert_eq!(parse::<Anything>(broken.as_bytes()).expect_err(broken).kind, Kind::Malformed, "{broken}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(100_000);
        assert_eq!(parse::<serde_json::Value>(deep.as_bytes()).expect_err("refused").kind, Kind::Malformed);
    }

    #[test]
    fn only_json_is_json() {
        let cases = [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("+json", false),
            ("", false),
        ];
        for (content_type, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            assert_eq!(is_json(&headers), expected, "{content_type}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
