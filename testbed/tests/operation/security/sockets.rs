//! The notifier's door against clients that mean harm: each on a raw socket, all at once.

use std::time::Duration;

use sale::ids::ShopperId;
use serde_json::json;
use testbed::Testbed;
use testbed::by_hand::Shopper;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use session::{Audience, SessionKeys};

use super::crowds::{SOON, connect};

/// The bounds on a handshake and on a hello are five seconds.
const ENDED_WITHIN: Duration = Duration::from_secs(9);
/// Of a flood, before it is cut off; most of it lies in the buffers of the kernel.
const FLOOD_BYTES_MAX: usize = 32 * 1024 * 1024;

const UPGRADE: &str = "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[tokio::test]
async fn no_client_holds_or_floods_a_socket() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = testbed.socket_urls[0].trim_start_matches("ws://").trim_end_matches("/ws").to_owned();
    let shopper = Shopper::arrive(&testbed.base_urls[0]).await;

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
    assert!(plain.contains(" 426 ") && plain.contains("/problems/upgrade_required"), "{plain}");

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
    assert!(until(&mut neighbour, "pong").await.contains("pong"));
    testbed.end().await;
}

/// Those who say nothing take no shopper's place, and keep nobody out; with every place taken by shoppers, the next are
/// told so.
#[tokio::test]
async fn places_are_for_those_who_have_said_hello() {
    const PLACES: usize = 40;
    /// More than the room for those who have yet to say hello.
    const SILENT: usize = 900;
    let testbed = Testbed::builder().setting("FLASHLINE_SOCKETS_MAX", "40").start().await.expect("the system starts");
    let door = testbed.socket_urls[0].trim_start_matches("ws://").trim_end_matches("/ws").to_owned();
    let tickets = tickets(&testbed);
    let mut silent = Vec::new();
    for number in 0..SILENT {
        let mut stream = connect(&door, 2 + u8::try_from(number % 8).expect("small")).await;
        if number % 2 == 0 {
            let _ = stream.write_all(format!("{UPGRADE}\r\n").as_bytes()).await;
        }
        silent.push(stream);
    }
    let began = Instant::now();
    let mut sockets = Vec::new();
    for _ in 0..PLACES {
        sockets.push(welcomed_with(connect(&door, 99).await, &tickets()).await.expect("a place"));
    }
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    let mut told = connect(&door, 99).await;
    told.write_all(format!("{UPGRADE}\r\n").as_bytes()).await.expect("written");
    let told = ended(&mut told).await;
    assert!(told.contains(" 503 ") && told.contains("/problems/unavailable"), "{told}");
    sockets.pop();
    let deadline = Instant::now() + SOON;
    while welcomed_with(connect(&door, 99).await, &tickets()).await.is_none() {
        assert!(Instant::now() < deadline, "a place that was left is free again");
    }
    drop(silent);
    testbed.end().await;
}

/// By address: as the connection says, or the proxy that is believed; an IPv6 household is one.
#[tokio::test]
async fn one_address_has_its_share_of_sockets() {
    const EACH: usize = 5;
    let described =
        Testbed::builder().setting("FLASHLINE_ADDRESS_SOCKETS", "5").setting("FLASHLINE_TRUSTED_PROXIES", "127.0.0.9");
    let testbed = described.start().await.expect("the system starts");
    let door = testbed.socket_urls[0].trim_start_matches("ws://").trim_end_matches("/ws").to_owned();
    let tickets = tickets(&testbed);
    let come = async |from: u8, forwarded: &str| {
        let mut stream = connect(&door, from).await;
        stream.write_all(format!("{UPGRADE}X-Forwarded-For: {forwarded}\r\n\r\n").as_bytes()).await.expect("written");
        hello(stream, &tickets()).await
    };
    let mut held = Vec::new();
    let household = ["2001:db8:1:2::1", "2001:db8:1:2:3::4"];
    for number in 0..EACH {
        held.push(come(2, "198.51.100.7").await.expect("its share, whatever it claims"));
        held.push(come(9, household[number % 2]).await.expect("its share, through the proxy"));
    }
    assert!(come(2, "198.51.100.8").await.is_err_and(|told| told.contains(" 429 ")), "one too many");
    assert!(come(9, "2001:db8:1:2:9::9").await.is_err_and(|told| told.contains("/problems/rate_limited")));
    assert!(come(3, "-").await.is_ok() && come(9, "2001:db8:1:3::1").await.is_ok(), "others are not concerned");
    held.clear();
    let deadline = Instant::now() + SOON;
    while come(2, "-").await.is_err() {
        assert!(Instant::now() < deadline, "a place that was left is free again");
    }
    testbed.end().await;
}

#[tokio::test]
async fn a_ticket_opens_one_socket() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = testbed.socket_urls[0].trim_start_matches("ws://").trim_end_matches("/ws").to_owned();
    let shopper = Shopper::arrive(&testbed.base_urls[0]).await;
    let ((first, _), (second, _)) = (shopper.ticket().await, shopper.ticket().await);
    let come = async |ticket: &str| {
        let mut stream = connect(&door, 2).await;
        stream.write_all(format!("{UPGRADE}\r\n").as_bytes()).await.expect("written");
        hello(stream, ticket).await
    };
    let held = come(&first).await.expect("a socket");
    assert!(come(&first).await.is_err_and(|told| told.contains("ticket_used")), "while the first is open");
    drop(held);
    assert!(come(&first).await.is_err_and(|told| told.contains("ticket_used")), "and after it");
    assert!(come(&second).await.is_ok(), "a tab more is a ticket more");
    testbed.end().await;
}

/// Tickets of as many shoppers, as the doors would issue them.
fn tickets(testbed: &Testbed) -> impl Fn() -> String + use<> {
    let keys = SessionKeys::parse(&testbed.session_key.clone().into()).expect("keys");
    move || {
        let shopper = ShopperId(uuid::Uuid::now_v7());
        keys.issue(shopper, Audience::Socket, clock::now(), 60).expect("issued")
    }
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
    assert!(until(&mut stream, "\r\n\r\n").await.contains(" 101 "));
    let _ = stream.write_all(&bytes).await;
    ended(&mut stream).await
}

async fn welcomed(door: &str, shopper: &Shopper) -> TcpStream {
    let (token, _) = shopper.ticket().await;
    let stream = TcpStream::connect(door).await.expect("connected");
    welcomed_with(stream, &token).await.expect("welcomed")
}

async fn welcomed_with(mut stream: TcpStream, ticket: &str) -> Option<TcpStream> {
    stream.write_all(format!("{UPGRADE}\r\n").as_bytes()).await.expect("written");
    hello(stream, ticket).await.ok()
}

/// Says hello when the upgrade has come. A socket that is welcome, or what was said instead.
async fn hello(mut stream: TcpStream, ticket: &str) -> Result<TcpStream, String> {
    let upgraded = until(&mut stream, "\r\n\r\n").await;
    if upgraded.contains(" 101 ") {
        let hello = json!({ "type": "hello", "token": ticket, "events": [] }).to_string();
        stream.write_all(&frame(0x81, hello.as_bytes())).await.expect("written");
        let told = until(&mut stream, "}").await;
        return if told.contains("welcome") { Ok(stream) } else { Err(told) };
    }
    Err(upgraded + &ended(&mut stream).await)
}

/// What is said until the server closes.
async fn ended(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let closed = timeout(ENDED_WITHIN, stream.read_to_end(&mut said)).await;
    assert!(closed.is_ok(), "the notifier never closes; it said {}", String::from_utf8_lossy(&said));
    String::from_utf8_lossy(&said).into_owned()
}

/// What is said until a word comes, or the server closes, or for too long.
async fn until(stream: &mut TcpStream, word: &str) -> String {
    let mut said = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&said).contains(word) {
            let mut some = [0; 1024];
            match stream.read(&mut some).await {
                Ok(0) | Err(_) => return,
                Ok(count) => said.extend_from_slice(&some[..count]),
            }
        }
    };
    let _ = timeout(ENDED_WITHIN, reading).await;
    String::from_utf8_lossy(&said).into_owned()
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
                // Nothing more is sent: only the server can end this.
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
