//! Bodies as they come in, and what becomes of those that nobody reads.
//!
//! An answer may be given before the body was read: 401, 404, 413, 429. What is left of the body would then be
//! taken for the next request, so the server must read it to its end, or say that the connection ends.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::sync::oneshot;

use super::room::{Doing, Seat};

/// What is read of a body that nobody wants, in bytes; with more, the connection ends.
const UNWANTED_BYTES_MAX: u64 = 64 * 1024;
/// How long that may take.
const UNWANTED_WITHIN: Duration = Duration::from_secs(1);

/// The body of a request. What is not read of it goes back to the server.
pub struct Inbound {
    body: Option<Incoming>,
    seat: Arc<Seat>,
    awaited_since_ms: Option<u64>,
    back: Option<oneshot::Sender<Inbound>>,
}

/// Where the rest of a body comes back to.
pub(super) struct Rest(oneshot::Receiver<Inbound>);

impl Inbound {
    pub(super) fn new(body: Incoming, seat: Arc<Seat>) -> (Self, Option<Rest>) {
        let (back, rest) = if body.is_end_stream() {
            (None, None)
        } else {
            let (back, rest) = oneshot::channel();
            (Some(back), Some(Rest(rest)))
        };
        (Self { body: Some(body), seat, awaited_since_ms: None, back }, rest)
    }
}

impl HttpBody for Inbound {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        let frame = Pin::new(body).poll_frame(cx);
        if frame.is_pending() {
            this.seat.awaits_rest(&mut this.awaited_since_ms);
        }
        let frame = ready!(frame);
        this.seat.does(Doing::Busy);
        if !matches!(frame, Some(Ok(_))) {
            this.back = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or(SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Inbound {
    fn drop(&mut self) {
        if let Some(back) = self.back.take().filter(|_| !self.is_end_stream()) {
            let rest = Self {
                body: self.body.take(),
                seat: Arc::clone(&self.seat),
                awaited_since_ms: self.awaited_since_ms,
                back: None,
            };
            // Nobody waits for it when the connection has ended.
            let _ = back.send(rest);
        }
    }
}

impl Rest {
    /// Reads what is left, within bounds. Says whether that is all of it: then another request may follow. A body that
    /// is `sent_when_asked` for is not asked for now.
    pub(super) async fn read_to_end(mut self, sent_when_asked: bool) -> bool {
        match self.0.try_recv() {
            Ok(_) if sent_when_asked => false,
            Ok(rest) => tokio::time::timeout(UNWANTED_WITHIN, discard(rest)).await.unwrap_or(false),
            Err(oneshot::error::TryRecvError::Closed) => true,
            // Somebody has it still, a call that was given up.
            Err(oneshot::error::TryRecvError::Empty) => false,
        }
    }
}

async fn discard(mut rest: Inbound) -> bool {
    let mut left = UNWANTED_BYTES_MAX;
    loop {
        if rest.is_end_stream() {
            return true;
        }
        if rest.size_hint().lower() > left {
            return false;
        }
        match std::future::poll_fn(|cx| Pin::new(&mut rest).poll_frame(cx)).await {
            None => return true,
            Some(Err(_)) => return false,
            Some(Ok(frame)) => {
                let read = frame.data_ref().map_or(0, |data| data.len() as u64);
                match left.checked_sub(read) {
                    Some(fewer) => left = fewer,
                    None => return false,
                }
            }
        }
    }
}

/// The body of an answer: when it has ended, the connection waits for its client again.
pub(super) struct Outbound {
    body: axum::body::Body,
    seat: Arc<Seat>,
}

impl Outbound {
    pub(super) fn new(body: axum::body::Body, seat: Arc<Seat>) -> Self {
        Self { body, seat }
    }
}

impl HttpBody for Outbound {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Outbound {
    fn drop(&mut self) {
        self.seat.does(Doing::Idle);
    }
}
