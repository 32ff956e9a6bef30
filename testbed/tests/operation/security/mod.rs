//! What nobody may do, tried against the running system. `docs/security.md` has the list of threats.

mod account;
mod console;
mod crowds;
mod early;
mod headers;
mod hoarding;
mod isolation;
mod organisers;
mod people;
mod roles;
mod scopes;
mod secrets;
mod slow;
mod sockets;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a socket and says hello, or something like it.
async fn open(url: &str, hello: &Value) -> Socket {
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.expect("connected");
    socket.send(Message::text(hello.to_string())).await.expect("sent");
    socket
}

/// What a socket is told until something in it, as text, is as wanted; all of it when it ends before that.
async fn heard_until(socket: &mut Socket, within: Duration, is_so: impl Fn(&str) -> bool) -> String {
    let (mut all, until) = (String::new(), Instant::now() + within);
    while !is_so(&all)
        && let Ok(Some(Ok(message))) = tokio::time::timeout_at(until, socket.next()).await
    {
        if let Message::Text(text) = message {
            all.push_str(&text);
            all.push('\n');
        }
    }
    all
}

/// Everything a socket is told for a while, or until it ends.
async fn heard(socket: &mut Socket, so_long: Duration) -> Vec<Value> {
    let (mut all, until) = (Vec::new(), Instant::now() + so_long);
    while let Ok(Some(Ok(message))) = tokio::time::timeout_at(until, socket.next()).await {
        if let Message::Text(text) = message {
            all.push(serde_json::from_str(&text).expect("JSON"));
        }
    }
    all
}
