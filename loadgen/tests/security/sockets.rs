//! The notifier's door against clients that mean harm: each on a raw socket, all at once.

use std::time::Duration;

use loadgen::stack::{Replicas, Stack};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::Shopper;
use crate::support::Scene;

/// The bounds on a handshake and on a hello are five seconds.
const ENDED_WITHIN: Duration = Duration::from_secs(9);
/// Of a flood, before it is cut off; most of it lies in the buffers of the kernel.
const FLOOD_BYTES_MAX: usize = 32 * 1024 * 1024;

const UPGRADE: &str = "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[tokio::test]
async fn no_client_holds_or_floods_a_socket() {
    let scene = Scene::start(Replicas::default()).await;
    let door = scene.stack.socket_urls[0].trim_start_matches("ws://").trim_end_matches("/ws").to_owned();
    let shopper = Shopper::arrive(&scene.stack.base_urls[0]).await;

    let refused = async |bytes: String| {
        let mut stream = TcpStream::connect(&door).await.expect("connected");
        let _ = stream.write_all(bytes.as_bytes()).await;
        ended(&mut stream).await
    };
    let nothing = refused(String::new());
    let half = refused(UPGRADE.to_owned());
    let endless = refused(format!("{UPGRADE}{}", "X-Y: z\r\n".repeat(20_000)));
    let foreign = refused(format!("{UPGRADE}Origin: https://evil.example\r\n\r\n"));
    let elsewhere = refused(UPGRADE.replace("/ws", "/other") + "\r\n");
    let plain = refused("GET /ws HTTP/1.1\r\nHost: x\r\n\r\n".to_owned());
    let (nothing, half, endless, foreign, elsewhere, plain) =
        tokio::join!(nothing, half, endless, foreign, elsewhere, plain);
    for (what, answer) in
        [("nothing", &nothing), ("half a handshake", &half), ("endless headers", &endless), ("no upgrade", &plain)]
    {
        assert!(!answer.contains(" 101 "), "{what}: {answer}");
    }
    assert!(foreign.contains(" 403 ") && elsewhere.contains(" 404 "), "{foreign} {elsewhere}");

    let (silent, huge, unmasked, binary, nonsense) = tokio::join!(
        after_handshake(&door, Vec::new()),
        after_handshake(&door, announced(0x81, 1 << 62)),
        after_handshake(&door, b"\x81\x05hello".to_vec()),
        after_handshake(&door, frame(0x82, b"binary")),
        after_handshake(&door, frame(0x81, b"{\"type\":\"dance\"}")),
    );
    assert!(silent.contains("no hello in time"), "{silent}");
    for (what, told) in [
        ("a frame of four exabytes", huge),
        ("an unmasked frame", unmasked),
        ("binary", binary),
        ("nonsense", nonsense),
    ] {
        assert!(!told.contains("welcome"), "{what}: {told}");
    }

    // Those who said hello: the flood is cut off, the neighbour is served.
    let (tickets, mut sockets) = (6, Vec::new());
    for _ in 0..tickets {
        sockets.push(welcomed(&door, &shopper).await);
    }
    let mut neighbour = sockets.pop().expect("a socket");
    let [large, fragments, empty, pings, messages] = sockets.try_into().expect("five sockets");
    let part = frame(0x00, &[b'x'; 100]);
    let (large, fragments, empty, pings, messages) = tokio::join!(
        flood(large, frame(0x81, &[b'x'; 5_000]), Vec::new()),
        flood(fragments, frame(0x01, b"x"), part),
        flood(empty, frame(0x01, b""), frame(0x00, b"")),
        flood(pings, Vec::new(), frame(0x89, b"")),
        flood(messages, Vec::new(), frame(0x81, br#"{"type":"ping"}"#)),
    );
    for (what, sent) in [
        ("one large message", large),
        ("fragments", fragments),
        ("empty fragments", empty),
        ("pings", pings),
        ("messages", messages),
    ] {
        assert!(sent < FLOOD_BYTES_MAX, "{what}: {sent} bytes were taken");
    }
    neighbour.write_all(&frame(0x81, br#"{"type":"ping"}"#)).await.expect("sent");
    assert!(until(&mut neighbour, "pong").await);
    scene.end().await;
}

/// With every place taken by clients who say nothing, some of those who come are told so, the rest are not even
/// told: none of them costs more than a moment.
#[tokio::test]
async fn a_full_door_turns_away_at_once() {
    const PLACES: &str = "40";
    const TOLD_AT_ONCE: usize = 256;
    let settings = [("FLASHLINE_SOCKETS_MAX", PLACES)];
    let mut stack = Stack::start_with("test", Replicas::default(), &settings).await.expect("the system starts");
    let door = stack.socket_urls[0].trim_start_matches("ws://").trim_end_matches("/ws").to_owned();
    let connect = async || TcpStream::connect(&door).await.expect("connected");
    let mut silent = Vec::new();
    for _ in 0..PLACES.parse().expect("a number") {
        silent.push(connect().await);
    }
    let mut told = connect().await;
    told.write_all(format!("{UPGRADE}\r\n").as_bytes()).await.expect("written");
    assert!(ended(&mut told).await.contains(" 503 "));
    for _ in 0..TOLD_AT_ONCE {
        silent.push(connect().await);
    }
    let began = Instant::now();
    assert_eq!(ended(&mut connect().await).await, "");
    assert!(began.elapsed() < Duration::from_secs(2), "without waiting for what it says");
    drop(silent);
    stack.stop().await.expect("stops in good order");
}

/// A client's frame, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = match u8::try_from(payload.len()) {
        Ok(length @ 0..126) => vec![first, 0x80 | length],
        _ => [&[first, 0x80 | 126][..], &u16::try_from(payload.len()).expect("short").to_be_bytes()].concat(),
    };
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

/// The beginning of a frame that is said to be so long.
fn announced(first: u8, length: u64) -> Vec<u8> {
    [&[first, 0x80 | 127][..], &length.to_be_bytes(), &[0; 4], b"some"].concat()
}

async fn after_handshake(door: &str, bytes: Vec<u8>) -> String {
    let mut stream = TcpStream::connect(door).await.expect("connected");
    stream.write_all(format!("{UPGRADE}\r\n").as_bytes()).await.expect("written");
    assert!(until(&mut stream, " 101 ").await);
    let _ = stream.write_all(&bytes).await;
    ended(&mut stream).await
}

async fn welcomed(door: &str, shopper: &Shopper) -> TcpStream {
    let mut stream = TcpStream::connect(door).await.expect("connected");
    stream.write_all(format!("{UPGRADE}\r\n").as_bytes()).await.expect("written");
    assert!(until(&mut stream, " 101 ").await);
    let (token, _) = shopper.ticket().await;
    let hello = json!({ "type": "hello", "token": token, "events": [] }).to_string();
    stream.write_all(&frame(0x81, hello.as_bytes())).await.expect("written");
    assert!(until(&mut stream, "welcome").await);
    stream
}

/// What is said until the server closes.
async fn ended(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let closed = timeout(ENDED_WITHIN, stream.read_to_end(&mut said)).await;
    assert!(closed.is_ok(), "the notifier never closes; it said {}", String::from_utf8_lossy(&said));
    String::from_utf8_lossy(&said).into_owned()
}

async fn until(stream: &mut TcpStream, word: &str) -> bool {
    let mut said = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&said).contains(word) {
            let mut some = [0; 1024];
            match stream.read(&mut some).await {
                Ok(0) | Err(_) => return false,
                Ok(count) => said.extend_from_slice(&some[..count]),
            }
        }
        true
    };
    timeout(ENDED_WITHIN, reading).await.unwrap_or(false)
}

/// How many bytes of a flood are taken before the server closes, or [`FLOOD_BYTES_MAX`].
async fn flood(mut stream: TcpStream, first: Vec<u8>, again: Vec<u8>) -> usize {
    let (mut reading, mut writing) = stream.split();
    let write = async {
        let mut sent = first.len();
        if writing.write_all(&first).await.is_err() {
            return sent;
        }
        let many = again.repeat(64);
        let began = Instant::now();
        while sent < FLOOD_BYTES_MAX && began.elapsed() < ENDED_WITHIN {
            if many.is_empty() {
                tokio::time::sleep(ENDED_WITHIN).await;
            } else if writing.write_all(&many).await.is_err() {
                return sent;
            }
            sent += many.len();
        }
        FLOOD_BYTES_MAX
    };
    // The server may close without our writing noticing.
    let read = async {
        let mut some = [0; 4096];
        while reading.read(&mut some).await.is_ok_and(|count| count > 0) {}
    };
    tokio::select! {
        sent = write => sent,
        () = read => 0,
    }
}
