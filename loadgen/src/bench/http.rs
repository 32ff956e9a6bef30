//! A keep-alive connection as cheap as a client can be: prepared bytes out, one parsed answer in.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

const HEADERS_MAX: usize = 32;
const READ_BYTES: usize = 4 * 1024;
const ID_FIELD: &[u8] = b"\"attempt_id\":\"";
const ID_BYTES: usize = 36;

/// How a click is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contract {
    /// With any success: whoever knows no other way, or does not look for the answer.
    Success,
    /// With a 200, in the response that the client would rather wait for. A 202 is too late to count.
    Response,
    /// Over the shopper's socket, after a 202.
    Push,
}

/// A connection to a door.
pub(super) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

/// What the bench wants to know of a response.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) attempt: Option<Uuid>,
}

impl Connection {
    pub(super) async fn open(door: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(door).await.with_context(|| format!("cannot connect to {door}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(READ_BYTES) })
    }

    pub(super) async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Reply> {
        self.stream.write_all(request).await?;
        self.read.clear();
        loop {
            ensure!(self.stream.read_buf(&mut self.read).await? > 0, "the door closed the connection");
            if let Some(reply) = parse(&self.read)? {
                return Ok(reply);
            }
        }
    }
}

/// The reply, once all of it is there.
fn parse(bytes: &[u8]) -> anyhow::Result<Option<Reply>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(body_at) = response.parse(bytes)? else { return Ok(None) };
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.map_or(Ok(0), |header| std::str::from_utf8(header.value).unwrap_or("").parse())?;
    let Some(body) = bytes.get(body_at..body_at + length) else { return Ok(None) };
    Ok(Some(Reply { status: response.code.unwrap_or(0), attempt: attempt_id(body) }))
}

/// The attempt that some JSON of Flashline is about.
pub(super) fn attempt_id(json: &[u8]) -> Option<Uuid> {
    let at = json.windows(ID_FIELD.len()).position(|window| window == ID_FIELD)? + ID_FIELD.len();
    Uuid::try_parse_ascii(json.get(at..at + ID_BYTES)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_read_when_it_is_whole() {
        let id = Uuid::from_u128(7);
        let body = format!("{{\"attempt_id\":\"{id}\"}}");
        let whole = format!("HTTP/1.1 202 Accepted\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        for end in 0..whole.len() {
            assert!(parse(&whole.as_bytes()[..end]).expect("no nonsense").is_none(), "{end}");
        }
        let reply = parse(whole.as_bytes()).expect("parses").expect("whole");
        assert_eq!((reply.status, reply.attempt), (202, Some(id)));
    }
}
