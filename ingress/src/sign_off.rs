//! Ending mail by the link in it, without a session. Looking at the page ends nothing (mail programs look at links); its button
//! does, and so does the mail program's own (RFC 8058), which posts to the same address.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use email::{Language, SignOff};
use html::escape;
use record::notifications;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::callers::Callers;
use crate::extract::{Path, Query};
use crate::problems::ApiError;
use crate::reads::Reads;
use crate::state::App;

const PATH: &str = "/notifications/off/{proof}";
const STYLE: &str = ":root{color-scheme:light dark}\
                     body{font-family:system-ui,sans-serif;line-height:1.5;max-width:32rem;margin:4rem auto;padding:0 1rem;\
                     background:light-dark(#f7f7f5,#121217);color:light-dark(#1a1a1f,#f1f1f4)}\
                     main{padding:1.5rem;border:1px solid light-dark(#d9d9de,#3a3a46);border-radius:14px;\
                     background:light-dark(#fff,#1c1c24)}\
                     h1{margin:0 0 1rem;font-size:1.4rem;line-height:1.2}\
                     button{font:inherit;font-weight:600;min-height:44px;padding:.5rem 1.1rem;border:0;border-radius:10px;\
                     background:light-dark(#4338ca,#a5a0ff);color:light-dark(#fff,#14121f)}";
/// The page has a style of its own and a button, and nothing else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// How the page is written.
#[derive(Deserialize)]
struct Written {
    language: Option<String>,
}

/// The words of one language.
struct Words {
    question: &'static str,
    done: &'static str,
    /// What it ends, and how it begins again.
    more: &'static str,
    button: &'static str,
    unknown: &'static str,
}

pub(crate) fn router() -> Router<App> {
    Router::new().route(PATH, get(ask).post(end))
}

async fn ask(
    State(callers): State<Arc<Callers>>,
    State(reads): State<Arc<Reads>>,
    Path(proof): Path<String>,
    Query(written): Query<Written>,
) -> Response {
    let language = language(written);
    let words = words(language);
    let Some(what) = read(&callers, &proof) else { return unknown(language) };
    let button = format!("<form method=\"post\"><button>{}</button></form>", words.button);
    page(language, words.question, &of_sale(&reads, &what, words), &button, StatusCode::OK)
}

async fn end(
    State(callers): State<Arc<Callers>>,
    State(reads): State<Arc<Reads>>,
    Path(proof): Path<String>,
    Query(written): Query<Written>,
) -> Result<Response, ApiError> {
    let language = language(written);
    let words = words(language);
    let Some(what) = read(&callers, &proof) else { return Ok(unknown(language)) };
    notifications::refuse_mail(&reads.postgres, what.event, &what.address).await?;
    Ok(page(language, words.done, &of_sale(&reads, &what, words), "", StatusCode::OK))
}

fn read(callers: &Callers, proof: &str) -> Option<SignOff> {
    callers.emails.as_ref()?.read_sign_off(proof)
}

fn language(written: Written) -> Language {
    written.language.and_then(|word| Language::of_word(&word)).unwrap_or_default()
}

fn unknown(language: Language) -> Response {
    page(language, words(language).unknown, "", "", StatusCode::NOT_FOUND)
}

/// Which sale it is about, where this door knows it, and what all of it is.
fn of_sale(reads: &Reads, what: &SignOff, words: &Words) -> String {
    let sale = reads.catalogue.get(what.event);
    let name =
        sale.map(|sale| format!("<p><strong><bdi>{}</bdi></strong></p>", escape(&sale.name))).unwrap_or_default();
    format!("{name}<p>{}</p>", words.more)
}

/// Both `more` and `button` are HTML.
fn page(language: Language, text: &str, more: &str, button: &str, status: StatusCode) -> Response {
    let dir = if language == Language::Ar { "rtl" } else { "ltr" };
    let html = format!(
        "<!doctype html><html lang=\"{}\" dir=\"{dir}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>Flashline</title><style>{STYLE}</style></head><body><main><h1>{text}</h1>{more}{button}</main></body></html>",
        language.word()
    );
    (status, [(header::CONTENT_SECURITY_POLICY, POLICY.clone())], Html(html)).into_response()
}

fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &Words {
            question: "Do you want no more mail about this sale at this address?",
            done: "No more mail about this sale goes to this address.",
            more: "That holds for all of the sale: news, receipts and refunds, also of further orders. Whoever signs in with this \
                   address can ask for mail again at the page of the sale.",
            button: "No more mail",
            unknown: "This link is not one of ours, or not whole.",
        },
        Language::De => &Words {
            question: "Möchten Sie an diese Adresse keine Mails mehr zu diesem Verkauf?",
            done: "An diese Adresse gehen keine Mails mehr zu diesem Verkauf.",
            more: "Das gilt für alles zu diesem Verkauf: Neuigkeiten, Belege und Erstattungen, auch bei weiteren Bestellungen. Wer \
                   sich mit dieser Adresse anmeldet, kann auf der Seite des Verkaufs wieder um Mails bitten.",
            button: "Keine Mails mehr",
            unknown: "Dieser Link ist nicht von uns oder nicht vollständig.",
        },
        Language::Zh => &Words {
            question: "不再向此地址发送有关此活动的邮件?",
            done: "将不再向此地址发送有关此活动的邮件。",
            more: "这适用于此活动的所有邮件:通知、收据和退款,包括今后的订单。用此地址登录后,可在活动页面重新要求接收邮件。",
            button: "不再接收",
            unknown: "此链接不是我们的,或不完整。",
        },
        Language::Ar => &Words {
            question: "هل تريد إيقاف الرسائل عن هذا العرض إلى هذا العنوان؟",
            done: "لن تصل رسائل أخرى عن هذا العرض إلى هذا العنوان.",
            more: "يشمل ذلك كل ما يخص هذا العرض: الأخبار والإيصالات ورد المبالغ، وكذلك الطلبات اللاحقة. ومن يسجل الدخول بهذا العنوان \
                   يمكنه أن يطلب الرسائل من جديد في صفحة العرض.",
            button: "إيقاف الرسائل",
            unknown: "هذا الرابط ليس من عندنا أو غير كامل.",
        },
    }
}
