//! The HTTP server against clients that mean harm: each on a real socket, with short times.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::routing::{any, get};
use futures_util::stream;
use service::Readiness;
use service::http::{Crowding, Limits, serve_crowd};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Times as they are used here.
const HEADER: Duration = Duration::from_millis(400);
const WRITE: Duration = Duration::from_millis(400);
/// What a machine that is busy elsewhere may add.
const GRACE: Duration = Duration::from_secs(5);

async fn server(connections_max: usize, crowding: Crowding) -> SocketAddr {
    let limits = Limits { connections_max, header_timeout: HEADER, write_timeout: WRITE, ..Limits::default() };
    serving(Limits { first_header_timeout: HEADER, ..limits }, crowding, Readiness::default()).await
}

async fn serving(limits: Limits, crowding: Crowding, readiness: Readiness) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let endless = || async {
        let chunk = Bytes::from_static(&[b'x'; 64 * 1024]);
        Body::from_stream(stream::repeat_with(move || std::io::Result::Ok(chunk.clone())))
    };
    let echo = |body: Bytes| async move { format!("{}\n", body.len()) };
    let early = || async { (StatusCode::TOO_MANY_REQUESTS, "too many\n") };
    let router = Router::new().route("/", any(echo)).route("/endless", get(endless)).route("/early", any(early));
    tokio::spawn(serve_crowd(listener, router, limits, crowding, readiness, CancellationToken::new()));
    address
}

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("connected")
}

/// Everything the server says until it closes, and how long that took.
async fn until_closed(stream: &mut TcpStream) -> (String, Duration) {
    let began = Instant::now();
    let mut said = Vec::new();
    let reading = timeout(HEADER + GRACE, stream.read_to_end(&mut said));
    let _ = reading.await.expect("the server closes");
    (String::from_utf8_lossy(&said).into_owned(), began.elapsed())
}

/// What comes of some bytes on a fresh connection that ends with them.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(address).await;
    stream.write_all(bytes).await.expect("written");
    until_closed(&mut stream).await.0
}

fn answers(said: &str) -> Vec<&str> {
    said.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect()
}

#[tokio::test]
async fn silence_and_half_a_header_are_ended() {
    let address = server(100, Crowding::off()).await;
    let mut silent = connect(address).await;
    assert!(until_closed(&mut silent).await.1 >= HEADER / 2, "not at once");
    let mut half = connect(address).await;
    half.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await.expect("written");
    until_closed(&mut half).await;
    let mut idle = connect(address).await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("written");
    assert_eq!(answers(&until_closed(&mut idle).await.0), ["200"], "a connection that is not used again");
}

#[tokio::test]
async fn a_header_that_drips_is_ended() {
    let mut stream = connect(server(100, Crowding::off()).await).await;
    let began = Instant::now();
    stream.write_all(b"GET / HTTP/1.1\r\n").await.expect("written");
    while began.elapsed() < HEADER + GRACE {
        // Fails once the server has closed.
        if stream.write_all(b"a: b\r\n").await.is_err() {
            return;
        }
        sleep(HEADER / 8).await;
    }
    panic!("a byte now and then keeps the connection open");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_ended() {
    let address = server(1, Crowding::off()).await;
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4 * 1024).expect("small");
    let mut lazy = socket.connect(address).await.expect("connected");
    lazy.write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("written");
    // The only place becomes free, though the lazy client never lets go.
    let next = timeout(WRITE + GRACE, exchange(address, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    assert_eq!(answers(&next.await.expect("served")), ["200"]);
    drop(lazy);
}

#[tokio::test]
async fn one_address_does_not_fill_the_door() {
    let address = server(100, Crowding::new(3, Vec::new())).await;
    let mut held: Vec<TcpStream> = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(address).await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("written");
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.expect("answered");
        held.push(stream);
    }
    let mut one_more = connect(address).await;
    let _ = one_more.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let (said, took) = until_closed(&mut one_more).await;
    assert!(said.is_empty() && took < HEADER, "turned away at once: {said}");
    drop(held);
    let request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let deadline = Instant::now() + GRACE;
    while answers(&exchange(address, request).await) != ["200"] {
        assert!(Instant::now() < deadline, "a place that was left is free again");
        sleep(HEADER / 8).await;
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let address = server(1, Crowding::off()).await;
    let first = connect(address).await;
    sleep(HEADER / 8).await;
    let began = Instant::now();
    let said = exchange(address, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert_eq!(answers(&said), ["200"]);
    assert!(began.elapsed() >= HEADER / 2, "served once the first was ended for its silence");
    drop(first);
}

#[tokio::test]
async fn headers_are_bounded_in_size_and_number() {
    let address = server(100, Crowding::off()).await;
    let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    let long = format!("x: {}\r\n", "y".repeat(40 * 1024));
    for headers in [many, long] {
        let said = exchange(address, format!("GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n").as_bytes()).await;
        assert!(said.is_empty() || answers(&said) == ["431"], "{said:.100}");
    }
    let url = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "y".repeat(70_000));
    let said = exchange(address, url.as_bytes()).await;
    assert!(said.is_empty() || ["414", "431"].contains(&answers(&said)[0]), "{said:.100}");
}

#[tokio::test]
async fn http_2_is_not_offered() {
    let address = server(100, Crowding::off()).await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let said = exchange(address, preface).await;
    assert!(said.is_empty() || answers(&said) == ["400"], "{said:?}");
    let upgrade = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
        HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
    assert_eq!(answers(&exchange(address, upgrade).await), ["200"], "answered in HTTP/1.1, not upgraded");
}

/// A request hidden in what another server would take for the body of the one before it is never answered.
#[tokio::test]
async fn no_request_is_smuggled() {
    let address = server(100, Crowding::off()).await;
    let hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
    let post = |headers: &str, body: &str| format!("POST / HTTP/1.1\r\nHost: x\r\n{headers}\r\n{body}");
    let both = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n";
    let reversed = "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n";
    let cases = [
        ("both lengths", post(both, &format!("0\r\n\r\n{hidden}")), vec!["200"]),
        ("both lengths, reversed", post(reversed, &format!("0\r\n\r\n{hidden}")), vec!["200"]),
        ("two lengths", post("Content-Length: 0\r\nContent-Length: 30\r\n", hidden), vec!["400"]),
        ("a list of lengths", post("Content-Length: 0, 30\r\n", hidden), vec!["400"]),
        ("a length with a sign", post("Content-Length: +0\r\n", hidden), vec!["400"]),
        ("a negative length", post("Content-Length: -1\r\n", hidden), vec!["400"]),
        ("a length beyond bounds", post("Content-Length: 99999999999999999999999\r\n", hidden), vec!["400"]),
        ("another encoding", post("Transfer-Encoding: xchunked\r\n", hidden), vec!["400"]),
        ("chunked, not last", post("Transfer-Encoding: chunked, identity\r\n", hidden), vec!["400"]),
        ("a space before the colon", post("Transfer-Encoding : chunked\r\n", hidden), vec!["400"]),
        ("a folded header", post("X: y\r\n Transfer-Encoding: chunked\r\n", hidden), vec!["400"]),
        (
            "chunked in HTTP/1.0",
            post("Transfer-Encoding: chunked\r\n", hidden).replace("1.1\r\nHost: x\r\nT", "1.0\r\nHost: x\r\nT"),
            vec!["400"],
        ),
        ("a chunk of negative size", post("Transfer-Encoding: chunked\r\n", &format!("-1\r\n{hidden}")), vec!["400"]),
        (
            "a chunk beyond bounds",
            post("Transfer-Encoding: chunked\r\n", &format!("fffffffffffffffff\r\n{hidden}")),
            vec!["400"],
        ),
    ];
    for (what, bytes, expected) in cases {
        let said = exchange(address, bytes.as_bytes()).await;
        let statuses: Vec<&str> =
            answers(&said).iter().map(|status| if *status == "413" { "400" } else { status }).collect();
        assert!(said.is_empty() || statuses == expected, "{what}: {said}");
    }
    let two = format!("{}{hidden}", post("Content-Length: 4\r\n", "body"));
    assert_eq!(answers(&exchange(address, two.as_bytes()).await), ["200", "404"], "what is not hidden is answered");
}

/// A body that was not read before the answer is not taken for the next request, nor does it break that.
#[tokio::test]
async fn an_early_answer_leaves_a_connection_that_works_or_says_that_it_ends() {
    let address = server(100, Crowding::off()).await;
    let post = |headers: &str| format!("POST /early HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    let next = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let small = (post("Content-Length: 3000\r\n"), "x".repeat(3_000));
    let chunked = (post("Transfer-Encoding: chunked\r\n"), "5\r\nhello\r\n0\r\n\r\n".to_owned());
    for (head, body) in [small, chunked] {
        let mut stream = connect(address).await;
        stream.write_all(head.as_bytes()).await.expect("written");
        // The answer is decided before the body is under way.
        sleep(HEADER / 4).await;
        stream.write_all(body.as_bytes()).await.expect("written");
        let said = until_answered(&mut stream).await;
        assert_eq!(answers(&said), ["429"], "{said}");
        assert!(!said.to_lowercase().contains("connection: close"), "it may be used again: {said}");
        stream.write_all(next.as_bytes()).await.expect("still open");
        assert_eq!(answers(&until_closed(&mut stream).await.0), ["200"], "{head}");
    }
    let large = post("Content-Length: 9999999\r\n");
    let never = post("Content-Length: 3000\r\n");
    let asked = post("Content-Length: 3000\r\nExpect: 100-continue\r\n");
    for head in [large, never, asked] {
        let said = exchange(address, head.as_bytes()).await;
        assert_eq!(answers(&said), ["429"], "{said}");
        assert!(said.to_lowercase().contains("connection: close"), "{said}");
    }
}

/// One answer, on a connection that may stay open.
async fn until_answered(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    while !said.ends_with(b"too many\n") {
        let mut some = [0; 1024];
        match timeout(GRACE, stream.read(&mut some)).await.expect("answered") {
            Ok(count) if count > 0 => said.extend_from_slice(&some[..count]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}

/// With every place taken by connections that say nothing, stop in the middle or may ask again, a newcomer gets in.
#[tokio::test]
async fn those_who_wait_for_their_client_make_room() {
    const PLACES: usize = 30;
    let limits = Limits { connections_max: PLACES, ..Limits::default() };
    let readiness = Readiness::default();
    let address = serving(limits, Crowding::off(), readiness.clone()).await;
    let mut held = Vec::new();
    for number in 0..PLACES {
        let mut stream = connect(address).await;
        let said: &[u8] = match number % 3 {
            0 => b"",
            1 => b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx",
            _ => b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        };
        stream.write_all(said).await.expect("written");
        held.push(stream);
    }
    sleep(HEADER).await;
    for _ in 0..PLACES {
        let began = Instant::now();
        let mut newcomer = connect(address).await;
        newcomer.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("written");
        let mut first = [0; 12];
        timeout(GRACE, newcomer.read_exact(&mut first)).await.expect("answered soon").expect("answered");
        assert_eq!(&first, b"HTTP/1.1 200");
        assert!(began.elapsed() < GRACE);
        held.push(newcomer);
    }
    assert!(readiness.holds("room"), "nobody waits");
}

/// While nobody can get in, the process says so, and that it is over.
#[tokio::test]
async fn a_full_door_is_not_ready() {
    let limits = Limits { connections_max: 1, ..Limits::default() };
    let readiness = Readiness::default();
    let address = serving(limits, Crowding::off(), readiness.clone()).await;
    let mut busy = connect(address).await;
    busy.write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("written");
    let mut reading = [0; 1024];
    busy.read_exact(&mut reading).await.expect("served");
    assert!(readiness.holds("room"));
    let _waits = connect(address).await;
    let began = Instant::now();
    while readiness.holds("room") {
        assert!(began.elapsed() < GRACE, "somebody waits, and it says that it is ready");
        busy.read_exact(&mut reading).await.expect("served");
    }
    drop(busy);
    while !readiness.holds("room") {
        assert!(began.elapsed() < GRACE * 2, "there is room again");
        sleep(HEADER / 8).await;
    }
}
