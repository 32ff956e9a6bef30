//! The beginning of a socket: one HTTP request, within bounds, and either an upgrade or a problem that says why not.
//! The connection of a refused one ends: what may come of a body would be taken for another request.

use std::time::Duration;

use service::problem::Problem;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::machine::TryParse;
use tokio_tungstenite::tungstenite::handshake::server::{Request, create_response, write_response};
use tokio_tungstenite::tungstenite::http::StatusCode;

use crate::meters::NoSocket;

/// Bytes of a request's header.
const HEAD_BYTES_MAX: usize = 8 * 1024;
const HEAD_END: &[u8] = b"\r\n\r\n";
/// What is read of a refused request's body, so that its client gets to read the answer, and for how long.
const UNWANTED_BYTES_MAX: u64 = 64 * 1024;
const UNWANTED_WITHIN: Duration = Duration::from_secs(1);
/// When to try again, in seconds.
const AGAIN_AFTER_S: u32 = 5;

/// Why a request does not become a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeRefusal {
    /// There are as many sockets as there may be.
    Full,
    /// There are as many of this address.
    Crowded,
    /// From another's page.
    Origin,
    /// For something that is not here.
    Path,
    /// Not with GET.
    Method,
    /// No request for a socket.
    NoUpgrade,
    /// No request.
    Malformed,
    /// A header without end.
    TooLarge,
}

impl HandshakeRefusal {
    /// For metrics.
    pub(crate) fn label(self) -> NoSocket {
        match self {
            Self::Full => NoSocket::Full,
            Self::Crowded => NoSocket::Crowded,
            Self::Origin => NoSocket::Origin,
            Self::Path => NoSocket::Path,
            Self::Method | Self::NoUpgrade | Self::Malformed | Self::TooLarge => NoSocket::Handshake,
        }
    }

    fn problem(self) -> Problem {
        use StatusCode as S;
        let (status, kind, title, detail) = match self {
            Self::Full => {
                (S::SERVICE_UNAVAILABLE, "unavailable", "Not available at the moment", "every place is taken")
            }
            Self::Crowded => {
                (S::TOO_MANY_REQUESTS, "rate_limited", "Too many requests", "too many sockets of this address")
            }
            Self::Origin => (S::FORBIDDEN, "forbidden", "Not from this page", "the page's origin is not allowed here"),
            Self::Path => (S::NOT_FOUND, "not_found", "There is no such thing", "sockets are at /ws"),
            Self::Method => (S::METHOD_NOT_ALLOWED, "method_not_allowed", "Not with this method", "send GET"),
            Self::NoUpgrade => {
                (S::UPGRADE_REQUIRED, "upgrade_required", "This is a WebSocket", "upgrade to WebSocket 13")
            }
            Self::Malformed => {
                (S::BAD_REQUEST, "malformed", "The request cannot be read", "send a request for a WebSocket")
            }
            Self::TooLarge => {
                (S::REQUEST_HEADER_FIELDS_TOO_LARGE, "too_large", "The header is too large", "send at most 8 KiB")
            }
        };
        let problem = Problem::new(status, kind, title).detail(detail);
        match self {
            Self::Full | Self::Crowded => problem.retry_after_s(AGAIN_AFTER_S),
            _ => problem,
        }
    }

    fn text(self) -> String {
        let problem = self.problem();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = serde_json::to_string(&problem).unwrap_or_default();
        let more = match self {
            Self::Method => "allow: GET\r\n".to_owned(),
            Self::NoUpgrade => "upgrade: websocket\r\n".to_owned(),
            _ => problem.retry_after_s.map(|seconds| format!("retry-after: {seconds}\r\n")).unwrap_or_default(),
        };
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nconnection: close\r\n\
             cache-control: no-store\r\nx-content-type-options: nosniff\r\n{more}\r\n{body}",
            body.len()
        )
    }
}

/// Reads the header of a request. `None` when the client has left.
pub(crate) async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> Option<Result<Request, HandshakeRefusal>> {
    let mut bytes = Vec::with_capacity(1024);
    let mut reading = stream.take(HEAD_BYTES_MAX as u64);
    loop {
        let before = bytes.len();
        match reading.read_buf(&mut bytes).await {
            Ok(0) if reading.limit() == 0 => return Some(Err(HandshakeRefusal::TooLarge)),
            Ok(0) | Err(_) => return None,
            Ok(_) => {}
        }
        // Read once, however slowly it drips.
        let fresh = before.saturating_sub(HEAD_END.len() - 1);
        if bytes[fresh..].windows(HEAD_END.len()).any(|end| end == HEAD_END) {
            return Some(match Request::try_parse(&bytes) {
                Ok(Some((length, request))) if length == bytes.len() => Ok(request),
                Err(Error::Protocol(ProtocolError::WrongHttpMethod)) => Err(HandshakeRefusal::Method),
                // Nobody may say anything before the answer.
                _ => Err(HandshakeRefusal::Malformed),
            });
        }
    }
}

/// Answers with the upgrade.
pub(crate) async fn upgrade<S: AsyncWrite + Unpin>(stream: &mut S, request: &Request) -> Result<(), HandshakeRefusal> {
    let response = create_response(request).map_err(|_| HandshakeRefusal::NoUpgrade)?;
    let mut bytes = Vec::new();
    write_response(&mut bytes, &response).map_err(|_| HandshakeRefusal::NoUpgrade)?;
    // Whether it arrives shows in the hello.
    let _ = stream.write_all(&bytes).await;
    Ok(())
}

/// Answers with a problem, and ends the connection so that the client can read it.
pub(crate) async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, refusal: HandshakeRefusal) {
    let goodbye = async {
        stream.write_all(refusal.text().as_bytes()).await?;
        stream.shutdown().await?;
        tokio::io::copy(&mut stream.take(UNWANTED_BYTES_MAX), &mut tokio::io::sink()).await.map(drop)
    };
    let _ = timeout(UNWANTED_WITHIN, goodbye).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn head(bytes: &[u8]) -> Option<Result<(), HandshakeRefusal>> {
        let mut stream = bytes;
        read_head(&mut stream).await.map(|read| read.and_then(|request| create_checked(&request)))
    }

    fn create_checked(request: &Request) -> Result<(), HandshakeRefusal> {
        create_response(request).map(drop).map_err(|_| HandshakeRefusal::NoUpgrade)
    }

    #[tokio::test]
    async fn what_is_no_request_for_a_socket_is_told_so() {
        let upgrade = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        assert_eq!(head(upgrade.as_bytes()).await, Some(Ok(())));
        assert_eq!(head(format!("{upgrade}more").as_bytes()).await, Some(Err(HandshakeRefusal::Malformed)));
        assert_eq!(head(b"GET /ws HTTP/1.1\r\nHost: x\r\n\r\n").await, Some(Err(HandshakeRefusal::NoUpgrade)));
        assert_eq!(head(b"POST /ws HTTP/1.1\r\nHost: x\r\n\r\n").await, Some(Err(HandshakeRefusal::Method)));
        assert_eq!(head(b"hello\r\n\r\n").await, Some(Err(HandshakeRefusal::Malformed)));
        assert_eq!(head(&[b'x'; HEAD_BYTES_MAX + 1]).await, Some(Err(HandshakeRefusal::TooLarge)));
        assert_eq!(head(b"GET /ws HTTP/1.1\r\n").await, None);
    }

    #[test]
    fn a_refusal_is_a_problem_on_a_connection_that_ends() {
        let text = HandshakeRefusal::Full.text();
        let (head, body) = text.split_once("\r\n\r\n").expect("a header and a body");
        assert!(
            head.starts_with("HTTP/1.1 503 Service Unavailable\r\n") && head.contains("connection: close"),
            "{head}"
        );
        assert!(head.contains(&format!("content-length: {}", body.len())) && head.contains("retry-after: 5"), "{head}");
        assert!(body.contains("/problems/unavailable"), "{body}");
    }
}
