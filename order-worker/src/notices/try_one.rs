//! One try: call the endpoint, and note how it ended.

use std::time::{Duration, Instant};

use outbound::{Answer, CallError};
use record::deliveries::{self, Due, Said};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use super::Teller;
use super::sign::signatures;
use crate::meters::{self, TryEnd};

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
/// What an endpoint answers that wants to be told nothing any more.
const GONE: u16 = 410;
/// Between tries of a delivery.
const RETRY_FIRST: Duration = Duration::from_secs(2);
const RETRY_LONGEST: Duration = Duration::from_secs(3_600);

/// Tries a delivery, and notes how that ended. When it cannot be noted, the lease runs out, and it is tried again.
pub(super) async fn try_one(teller: &Teller, due: Due) {
    let (at, began) = (clock::now(), Instant::now());
    let id = due.notice.to_string();
    let seconds = at.0 / 1_000;
    let secrets = std::iter::once(&due.secret).chain(&due.old_secrets);
    let signature = signatures(secrets, &id, seconds, &due.body);
    let mut headers = HeaderMap::new();
    for (name, value) in [(ID, id), (TIMESTAMP, seconds.to_string()), (SIGNATURE, signature)] {
        // All of them are visible ASCII.
        headers.extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
    }
    let answer = teller.caller.post(&due.url, headers, due.body.clone()).await;
    let took = began.elapsed();
    meters::TRY.took(took);
    meters::TRIES.one(end_of(&answer));
    let said = Said { at: clock::to_utc(at), took, ..said(&answer) };
    if let Err(error) = note(teller, &due, &answer, &said).await {
        retry::again("delivery");
        tracing::warn!(delivery = %due.id, %error, "how a try ended is not noted: its lease will run out");
    }
}

async fn note(teller: &Teller, due: &Due, answer: &Result<Answer, CallError>, said: &Said) -> anyhow::Result<()> {
    let _noting = teller.noting.acquire().await?;
    if end_of(answer) == TryEnd::Accepted {
        return Ok(deliveries::accepted(&teller.pool, due, said).await?);
    }
    let is_gone = said.status == Some(GONE);
    let asked_for = answer.as_ref().ok().and_then(|answer| retry_after(&answer.headers));
    let again_after = pause(due.tries).max(asked_for.unwrap_or_default());
    let fate = deliveries::failed(&teller.pool, due, said, is_gone, again_after, teller.patience).await?;
    if fate.given_up {
        meters::GIVEN_UP.one();
        tracing::warn!(delivery = %due.id, endpoint = %due.endpoint, "a delivery is given up");
    }
    if let Some(why) = fate.paused {
        tracing::error!(endpoint = %due.endpoint, why = why.word(), "an endpoint is paused");
    }
    Ok(())
}

fn end_of(answer: &Result<Answer, CallError>) -> TryEnd {
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) => TryEnd::Accepted,
        Ok(_) => TryEnd::Refused,
        Err(CallError::TimedOut) => TryEnd::TimedOut,
        Err(CallError::Unreachable(_)) => TryEnd::Unreachable,
        Err(CallError::Forbidden(_)) => TryEnd::Forbidden,
    }
}

fn said(answer: &Result<Answer, CallError>) -> Said {
    match answer {
        Ok(answer) => {
            let error = match answer.status {
                200..300 => None,
                300..400 => Some("a redirect is not followed".to_owned()),
                GONE => Some("the endpoint says that it is gone".to_owned()),
                status => Some(format!("answered with {status}")),
            };
            Said { status: Some(answer.status), answer: Some(answer.text.clone()), error, ..Said::default() }
        }
        Err(error) => Said { error: Some(error.to_string()), ..Said::default() },
    }
}

/// How long to wait after so many tries; with jitter, so that deliveries that failed together do not come together again.
fn pause(tries: i32) -> Duration {
    crate::pause::after(tries, RETRY_FIRST, RETRY_LONGEST, 0.75..1.25)
}

/// How long the endpoint asks to be left alone, within bounds: in seconds, or until a time.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = clock::from_utc(chrono::DateTime::parse_from_rfc2822(value).ok()?.to_utc());
            Duration::from_millis(until.ms_since(clock::now()))
        }
    };
    Some(asked.min(RETRY_LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_with_the_tries_to_the_longest() {
        for (tries, middle_s) in
            [(0, 2.0), (1, 2.0), (2, 4.0), (6, 64.0), (11, 2_048.0), (12, 3_600.0), (i32::MAX, 3_600.0)]
        {
            let pause_s = pause(tries).as_secs_f64();
            assert!((middle_s * 0.75..=middle_s * 1.25).contains(&pause_s), "{tries}: {pause_s}");
        }
    }

    #[test]
    fn an_endpoint_may_ask_to_be_left_alone_within_bounds() {
        let asked = |value: &str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value.parse().expect("a header"))]));
        assert_eq!(asked("120"), Some(Duration::from_secs(120)));
        assert_eq!(asked("86400"), Some(RETRY_LONGEST));
        assert_eq!(asked("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("Wed, 21 Oct 2099 07:28:00 GMT"), Some(RETRY_LONGEST));
        for none in ["", "soon", "-1", "99999999999999999999"] {
            assert_eq!(asked(none), None, "{none}");
        }
    }
}
