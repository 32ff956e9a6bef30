//! The opening of a sale, and of its lobby, as a calendar (RFC 5545).

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use catalogue::Sale;
use chrono::{DateTime, TimeDelta, Utc};
use email::Language;
use icalendar::{Alarm, Calendar, Component, Event, EventLike, EventStatus};
use sale::ids::EventId;
use sale::time::UnixMs;
use serde::Deserialize;

use super::email::LanguageSchema;
use crate::extract::{Path, Query};
use crate::notifications::Notifications;
use crate::problems::{ApiError, PublicQueryProblems};
use crate::reads::Reads;

/// How long before an opening a calendar rings.
const RINGS_BEFORE_MIN: i64 = 10;
const KIND: &str = "text/calendar; charset=utf-8";

/// How it is written.
#[derive(Deserialize)]
pub(crate) struct Written {
    language: Option<Language>,
}

/// The opening as a calendar file
///
/// Of a sale that starts by draw, also when its lobby is open. Read again, it has the same ids, and a greater sequence where
/// something was changed.
#[utoipa::path(get, path = "/api/v1/sales/{event}/calendar.ics", tag = "sales", security(()),
    params(("event" = Uuid, Path, description = "The sale event"),
           ("language" = Option<LanguageSchema>, Query, description = "What it is written in; English, if left out")),
    responses((status = 200, body = String, content_type = "text/calendar"), PublicQueryProblems))]
pub(crate) async fn show(
    State(here): State<Arc<Notifications>>,
    State(reads): State<Arc<Reads>>,
    Path(event): Path<EventId>,
    Query(Written { language }): Query<Written>,
) -> Result<Response, ApiError> {
    let now = clock::now();
    let sale = reads.visible(event, now)?;
    let text = written(&here, &sale, language.unwrap_or_default(), now);
    let disposition = format!("attachment; filename=\"sale-{event}.ics\"");
    Ok(([(header::CONTENT_TYPE, KIND), (header::CONTENT_DISPOSITION, &disposition)], text).into_response())
}

fn written(here: &Notifications, sale: &Sale, language: Language, now: UnixMs) -> String {
    let rules = &sale.rules;
    let url = format!("{}/sales/{}", here.pages, rules.event);
    let entry = |id: &str, name: &str, from: UnixMs, until: UnixMs| {
        let mut entry = Event::new()
            .uid(&format!("{}{id}@{}", rules.event, here.host))
            .sequence(u32::try_from(rules.version).unwrap_or_default())
            .timestamp(clock::to_utc(now))
            .summary(name)
            .description(format!("{}\n\n{url}", sale.description).trim_start())
            .url(&url)
            .starts(whole(from))
            .ends(whole(until))
            .done();
        if rules.stopped_at.is_some() {
            entry.status(EventStatus::Cancelled);
        } else {
            entry.alarm(Alarm::display(name, -TimeDelta::minutes(RINGS_BEFORE_MIN)));
        }
        entry
    };
    let mut calendar = Calendar::new();
    if let Some(lobby) = &rules.lobby {
        calendar.push(entry("-lobby", &lobby_of(language, &sale.name), lobby.opens_at, lobby.closes_at));
    }
    calendar.push(entry("", &sale.name, rules.opens_at, rules.ends_at(now)));
    calendar.done().to_string()
}

/// Calendars know seconds.
fn whole(at: UnixMs) -> DateTime<Utc> {
    clock::to_utc(UnixMs(at.0 / 1_000 * 1_000))
}

fn lobby_of(language: Language, name: &str) -> String {
    match language {
        Language::En | Language::De => format!("{name}: Lobby"),
        Language::Zh => format!("{name}:候场"),
        Language::Ar => format!("قاعة الانتظار: {name}"),
    }
}
