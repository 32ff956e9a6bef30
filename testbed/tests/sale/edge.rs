//! Everything through nginx, with the site that `compose/nginx` has for it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::stream;
use futures_util::{SinkExt, StreamExt};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use sale::ids::ShopperId;
use serde_json::{Value, json};
use session::{Audience, SessionKeys};
use testbed::{Crowd, Kind, NewSale, Testbed, Then, wait};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

const SOON: Duration = Duration::from_secs(20);
/// The listing is kept for a second.
const PAST_ITS_SECOND: Duration = Duration::from_millis(2_100);
/// As in `site.conf`.
const SOCKETS_MAX: usize = 1_000;

#[tokio::test]
async fn a_sale_is_sold_through_the_edge_and_pages_outlive_the_ingress() {
    let mut testbed = Testbed::builder().of_each(2).behind_edge().start().await.expect("the system starts");
    let (edge, door) = (testbed.edge_url(), testbed.base_urls[0].clone());
    let sale = NewSale::of_one(40);
    let event = testbed.admin.create(&sale).await.expect("created");
    let outcome =
        Crowd::buying(&sale, 250, 3.0, Then::mixed).run(std::slice::from_ref(&edge), event).await.expect("ran");
    testbed.judge(event, &outcome).await.expect("the verifier can look").assert_good();
    assert!(outcome.paid() > 20, "most of the stock is paid for: {}", outcome.paid());
    for index in 0..2 {
        let news = testbed.process(Kind::Notifier, index).metric("flashline_notifier_news_total").await;
        assert!(news > 50.0, "notifier {index} told {news} through the edge");
        let webhooks = testbed.process(Kind::OrderWorker, index).metric("flashline_order_worker_webhooks_total");
        assert!(webhooks.await > 0.0, "order-worker {index} got webhooks through the edge");
    }
    assert_eq!(upgrade(&edge, &edge).await, 101, "its own page may connect");
    assert_eq!(upgrade(&edge, "https://elsewhere.example").await, 403, "another's may not");

    let client = Client::new();
    pages_are_kept_as_they_are(&client, &edge, &door).await;
    sales_are_kept_and_attempts_are_not(&client, &edge, &sale, &event.to_string()).await;

    for index in 0..2 {
        testbed.process(Kind::Ingress, index).kill();
    }
    let look = async || {
        let page = get(client.get(&edge)).await;
        assert_eq!(page.status(), StatusCode::OK, "all the while");
        word(&page, "x-cache").to_owned()
    };
    wait::until("the page is shown past its time", SOON, look, |cached| cached == "STALE").await;
    let listing = format!("{edge}/api/v1/sales");
    let look = async || get(client.get(&listing)).await.status();
    wait::until("the listing is not", SOON, look, |status| *status != StatusCode::OK).await;
    let sales = get(client.get(&listing)).await;
    assert_is_problem(sales, StatusCode::SERVICE_UNAVAILABLE, "/problems/unavailable").await;
    testbed.end().await;
}

#[tokio::test]
async fn no_log_has_the_secrets_of_an_address() {
    let mut testbed = Testbed::builder().behind_edge().start().await.expect("the system starts");
    let (client, edge) = (Client::new(), testbed.plain_edge_url());
    let (code, proof) = (testbed::unique("code"), testbed::unique("proof"));
    let paths = [
        format!("/sign-in?state=x&code={code}"),
        format!("/notifications/off/{proof}?language=en"),
        format!("/sales/0197a0a0-0000-7000-8000-000000000000?payment_intent_client_secret={code}"),
    ];
    for path in &paths {
        get(client.get(format!("{edge}{path}"))).await;
    }
    testbed.process(Kind::Ingress, 0).kill();
    for path in &paths {
        get(client.get(format!("{edge}{path}&again=1"))).await;
    }
    let logs = testbed.edge_logs().expect("logs");
    assert!(logs.contains("/notifications/off/-\"") && logs.contains("\"/sign-in\""), "they are logged: {logs}");
    assert!(!logs.contains(&code) && !logs.contains(&proof), "{logs}");
    testbed.end().await;
}

async fn pages_are_kept_as_they_are(client: &Client, edge: &str, door: &str) {
    // To the ingress a sale's page, to nginx the admin's, which nobody has asked for yet: kept under the name it came with,
    // or it would be shown to the admin.
    get(client.get(format!("{edge}/sales/..%2fadmin"))).await;
    for path in ["/", "/admin", "/sales/0197a0a0-0000-7000-8000-000000000000"] {
        for encoding in ["br", "gzip", "identity"] {
            let ask = async |at: &str| get(client.get(format!("{at}{path}")).header("accept-encoding", encoding)).await;
            ask(edge).await;
            let (kept, own) = (ask(edge).await, ask(door).await);
            assert!(
                ["HIT", "STALE", "UPDATING"].contains(&word(&kept, "x-cache")),
                "{path}: {}",
                word(&kept, "x-cache")
            );
            for header in [
                "content-security-policy",
                "x-content-type-options",
                "referrer-policy",
                "etag",
                "cache-control",
                "content-type",
                "content-encoding",
                "content-length",
            ] {
                assert_eq!(word(&kept, header), word(&own, header), "{header} of {path} as {encoding}");
            }
        }
    }
    let page = get(client.get(edge)).await;
    let etag = word(&page, "etag").to_owned();
    let unchanged = get(client.get(edge).header("if-none-match", etag)).await;
    assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED);
    let html = page.text().await.expect("a page");
    let asset = html.split('"').find(|text| text.starts_with("/assets/")).expect("it has parts").to_owned();
    get(client.get(format!("{edge}{asset}"))).await;
    let kept = get(client.get(format!("{edge}{asset}"))).await;
    assert_eq!(word(&kept, "x-cache"), "HIT");
    assert!(word(&kept, "cache-control").contains("immutable"));
}

async fn sales_are_kept_and_attempts_are_not(client: &Client, edge: &str, sale: &NewSale, event: &str) {
    let listing = format!("{edge}/api/v1/sales");
    get(client.get(&listing)).await;
    let kept = get(client.get(&listing)).await;
    assert_eq!((word(&kept, "x-cache"), word(&kept, "cache-control")), ("HIT", "public, max-age=1"));
    // To look earlier would keep it anew.
    tokio::time::sleep(PAST_ITS_SECOND).await;
    assert_eq!(word(&get(client.get(&listing)).await, "x-cache"), "EXPIRED", "for a second, not for long");

    let token = session(client, edge).await;
    let click = client.post(format!("{edge}/api/v1/sales/{event}/attempts")).bearer_auth(&token);
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let answer = get(click.header("idempotency-key", "k").json(&wish)).await;
    // Everything was sold; whatever the answer, it is this shopper's own.
    assert_eq!((word(&answer, "x-cache"), word(&answer, "cache-control")), ("", "no-store"));
    for path in ["/api/v1/me/reservations", "/api/openapi.json"] {
        let own = get(client.get(format!("{edge}{path}")).bearer_auth(&token)).await;
        assert_eq!((own.status(), word(&own, "x-cache")), (StatusCode::OK, ""), "{path}");
    }
    let too_large = client.post(format!("{edge}/api/v1/sales/{event}/attempts")).bearer_auth(&token);
    let too_large = too_large.header("content-type", "application/json").body("x".repeat(20_000));
    assert_is_problem(get(too_large).await, StatusCode::PAYLOAD_TOO_LARGE, "/problems/too_large").await;
}

#[tokio::test]
async fn floods_are_stopped_and_only_the_edge_is_believed_about_addresses() {
    let testbed = Testbed::builder()
        .setting("FLASHLINE_LIMIT_ADDRESS", "20/600")
        .behind_edge()
        .start()
        .await
        .expect("the system starts");
    let (edge, door) = (testbed.edge_url(), testbed.base_urls[0].clone());
    // More than the ingress lets an address do, less than the edge does.
    let (sessions, edge_sessions) = (format!("{door}/api/v1/sessions"), format!("{edge}/api/v1/sessions"));
    for (address, url) in [(21, &edge_sessions), (22, &sessions)] {
        let client = from(address);
        // Each says that it speaks for somebody else.
        let limited =
            flood(950, |n| client.post(url).header("x-forwarded-for", format!("203.0.113.{}", n % 250))).await;
        let problem = limited.expect("refused at last");
        assert_eq!(problem["detail"], "too many requests of this address", "{url}: by the ingress");
        let neighbour = from(address + 10).post(url);
        assert_eq!(get(neighbour).await.status(), StatusCode::CREATED, "{url}: others are not concerned");
    }
    let client = from(23);
    let problem = flood(2_500, |_| client.get(&edge)).await.expect("refused at last");
    assert_eq!(problem["detail"], "too many requests from this network", "by the edge");

    let keys = SessionKeys::parse(&testbed.session_key.clone().into()).expect("keys");
    let mut held = Vec::new();
    for _ in 0..SOCKETS_MAX {
        let mut socket = open(&edge, 24).await;
        assert_eq!(status(&mut socket, &edge).await, 101);
        held.push(socket_of_a_shopper(socket, &keys).await);
    }
    assert_eq!(status(&mut open(&edge, 24).await, &edge).await, 503, "one too many");
    assert_eq!(status(&mut open(&edge, 25).await, &edge).await, 101, "others are not concerned");
    drop(held);
    testbed.end().await;
}

/// Many requests, 50 at a time: the problem of one that was refused with 429, if any was.
async fn flood(count: usize, request: impl Fn(usize) -> RequestBuilder) -> Option<Value> {
    let answers = stream::iter((0..count).map(|n| request(n).send())).buffer_unordered(50);
    let answers: Vec<Response> = answers.map(|answer| answer.expect("answered")).collect().await;
    let mut limited: Vec<Response> =
        answers.into_iter().filter(|answer| answer.status() == StatusCode::TOO_MANY_REQUESTS).collect();
    let one = limited.pop()?;
    assert!(one.headers().contains_key("retry-after"));
    assert_eq!(word(&one, "content-type"), "application/problem+json");
    Some(one.json().await.expect("JSON"))
}

/// A client with an address of its own: all of 127.0.0.0/8 is this machine.
fn from(address: u8) -> Client {
    let local = IpAddr::from(Ipv4Addr::new(127, 0, 0, address));
    Client::builder().local_address(local).build().expect("a client")
}

async fn open(edge: &str, address: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from(([127, 0, 0, address], 0))).expect("bound");
    let at = edge.trim_start_matches("http://").parse().expect("an address");
    socket.connect(at).await.expect("connected")
}

async fn upgrade(edge: &str, origin: &str) -> u16 {
    status(&mut open(edge, 1).await, origin).await
}

/// Asks for a WebSocket; the status of the answer.
async fn status(socket: &mut TcpStream, origin: &str) -> u16 {
    let host = socket.peer_addr().expect("connected");
    let ask = format!(
        "GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(ask.as_bytes()).await.expect("asked");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(socket.read_u8().await.expect("answered"));
    }
    std::str::from_utf8(&answer[9..12]).ok().and_then(|code| code.parse().ok()).expect("a status")
}

/// Says hello, as somebody new: who says nothing is not kept.
async fn socket_of_a_shopper(socket: TcpStream, keys: &SessionKeys) -> WebSocketStream<TcpStream> {
    let mut socket = WebSocketStream::from_raw_socket(socket, Role::Client, None).await;
    let shopper = ShopperId(uuid::Uuid::now_v7());
    let token = keys.issue(shopper, Audience::Socket, clock::now(), 60).expect("issued");
    socket.send(Message::text(json!({ "type": "hello", "token": token }).to_string())).await.expect("sent");
    socket
}

async fn get(request: RequestBuilder) -> Response {
    request.send().await.expect("answered")
}

fn word<'a>(answer: &'a Response, header: &str) -> &'a str {
    answer.headers().get(header).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn assert_is_problem(answer: Response, status: StatusCode, kind: &str) {
    assert_eq!((answer.status(), word(&answer, "content-type")), (status, "application/problem+json"));
    assert_eq!(answer.json::<Value>().await.expect("JSON")["type"], kind);
}

async fn session(client: &Client, base: &str) -> String {
    let session = get(client.post(format!("{base}/api/v1/sessions"))).await;
    session.json::<Value>().await.expect("JSON")["token"].as_str().expect("a token").to_owned()
}
