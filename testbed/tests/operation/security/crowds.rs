//! The doors when somebody takes all the connections that can be had: a person comes in all the same.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use testbed::{Crowd, Kind, NewSale, Testbed, Then};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};

/// Soon, on a machine that is busy elsewhere. It used to be half a minute.
pub(crate) const SOON: Duration = Duration::from_secs(10);
const ADDRESSES: u8 = 16;
const OF_EACH: usize = 100;

#[tokio::test]
async fn silent_connections_keep_nobody_out() {
    let mut testbed =
        Testbed::builder().setting("FLASHLINE_INGRESS_CONNECTIONS", "1600").start().await.expect("the system starts");
    let base = testbed.base_urls[0].clone();
    let door = base.trim_start_matches("http://").to_owned();
    // Nothing, half a header, half a body.
    for said in ["", "GET / HTTP/1.1\r\nHost: x\r\n", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"] {
        // All at once, or the first are ended for their silence before the last are there.
        let of_one = async |address: u8| {
            let mut held = Vec::new();
            for _ in 0..OF_EACH {
                let mut stream = timeout(SOON, connect(&door, address)).await.expect("the kernel takes it");
                let _ = stream.write_all(said.as_bytes()).await;
                held.push(stream);
            }
            held
        };
        let held = futures_util::future::join_all((2..2 + ADDRESSES).map(of_one)).await;
        let began = Instant::now();
        for _ in 0..3 {
            // Each time anew: a connection that stands idle may be ended to make room, just when it is used again.
            let sales = from(99).get(format!("{base}/api/v1/sales")).timeout(SOON).send().await.expect("answered soon");
            assert_eq!(sales.status(), StatusCode::OK);
        }
        assert!(began.elapsed() < SOON, "{said:?}: {:?}", began.elapsed());
        drop(held);
    }
    let ingress = testbed.process(Kind::Ingress, 0);
    assert!(ingress.metric("flashline_process_made_room_total").await > 0.0, "it is counted");
    assert!(ingress.metric("flashline_process_connections_max").await >= 1_600.0);
    testbed.end().await;
}

/// What is no call of the API is counted too, and uses up nothing that calls need.
#[tokio::test]
async fn pages_and_what_is_not_there_have_a_bucket_of_their_own() {
    let described =
        Testbed::builder().setting("FLASHLINE_LIMIT_PAGES", "1/40").setting("FLASHLINE_LIMIT_ADDRESS", "1/40");
    let testbed = described.start().await.expect("the system starts");
    let base = &testbed.base_urls[0];
    let paths = ["/", "/admin", "/assets/nothing.js", "/api/openapi.json", "/api/docs/", "/nothing", "/api/v2/sales"];
    for (address, path) in (10u8..).zip(paths) {
        let client = from(address);
        assert!(limited(&client, &format!("{base}{path}")).await > 0, "{path} has no bucket");
        let call = client.get(format!("{base}/api/v1/sales")).send().await.expect("answered");
        assert_eq!(call.status(), StatusCode::OK, "{path}: calls go on");
    }
    // Of calls, those too that come to nothing.
    for (address, path) in (30u8..).zip(["/api/v1/nothing", "/api/v1/sales/x", "/api/v1/sales/x/attempts/y"]) {
        let client = from(address);
        assert!(limited(&client, &format!("{base}{path}")).await > 0, "{path} has no bucket");
        let page = client.get(base.as_str()).send().await.expect("answered");
        assert_eq!(page.status(), StatusCode::OK, "{path}: pages go on");
    }
    let client = from(60);
    let packed = client.get(format!("{base}/api/openapi.json")).header("accept-encoding", "gzip");
    let packed = packed.send().await.expect("answered");
    let etag = packed.headers()["etag"].clone();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.bytes().await.expect("a body").len() < 60_000, "it travels packed");
    let again = client.get(format!("{base}/api/openapi.json")).header("accept-encoding", "gzip");
    let again = again.header("if-none-match", etag).send().await.expect("answered");
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    testbed.end().await;
}

/// How many of some requests are refused for being too many.
async fn limited(client: &Client, url: &str) -> usize {
    let asks = (0..60).map(|_| client.get(url).send());
    let answers = futures_util::future::join_all(asks).await;
    let limited = answers.into_iter().map(|answer| answer.expect("answered").status());
    limited.filter(|status| *status == StatusCode::TOO_MANY_REQUESTS).count()
}

/// The webhooks' door taken by silence and by forgeries: payments do not need it.
#[tokio::test]
async fn payments_go_on_while_the_webhooks_door_is_taken() {
    let mut testbed = Testbed::builder().start().await.expect("the system starts");
    let url = testbed.webhook_url.clone();
    let door = url.trim_start_matches("http://").split('/').next().expect("an address").to_owned();
    let mut held = Vec::new();
    for address in 2..9 {
        for _ in 0..200 {
            held.push(timeout(SOON, connect(&door, address)).await.expect("the kernel takes it"));
        }
    }
    let now_s = clock::now().0 / 1_000;
    let forged = format!("t={now_s}{}", ",v1=".repeat(3_900));
    let forging = async {
        let forge = async |address: u8| {
            let client = from(address);
            loop {
                let forgery = client.post(&url).header("flashline-signature", &forged).body(vec![b'x'; 16_000]);
                let _ = forgery.send().await;
            }
        };
        let forgers = (20..28).map(forge);
        futures_util::future::join_all(forgers).await
    };
    let buying = async {
        let sale = NewSale { hold_seconds: 60, ..NewSale::of_one(20) };
        let event = testbed.admin.create(&sale).await.expect("created");
        let crowd = Crowd::buying(&sale, 20, 1.0, |_| Then::pays());
        let outcome = crowd.run(&testbed.base_urls, event).await.expect("ran");
        let states: Vec<&str> = outcome.diaries.iter().map(|diary| diary.seen.state.as_str()).collect();
        assert_eq!(outcome.paid(), 20, "everybody has paid: {states:?}");
        testbed.judge(event, &outcome).await.expect("the verifier can look").assert_good();
    };
    tokio::select! {
        () = buying => {}
        _ = forging => {}
    }
    let worker = testbed.process(Kind::OrderWorker, 0);
    let refused = worker.metric("flashline_order_worker_webhooks_total").await;
    assert!(refused > 20.0, "they were busy forging: {refused}");
    // A genuine one comes in, too.
    let body = json!({ "id": "evt_crowd", "reference": uuid::Uuid::now_v7() }).to_string();
    let genuine = || from(30).post(&url).header("flashline-signature", sign(&testbed.webhook_key, &body));
    let taken = genuine().body(body.clone()).timeout(SOON).send().await.expect("answered soon");
    assert_eq!(taken.status(), StatusCode::NO_CONTENT);
    drop(held);
    testbed.end().await;
}

#[tokio::test]
async fn webhooks_have_a_limit_by_address() {
    let testbed =
        Testbed::builder().setting("FLASHLINE_LIMIT_WEBHOOKS", "1/10").start().await.expect("the system starts");
    let (client, url) = (from(40), testbed.webhook_url.clone());
    let mut refused = None;
    for _ in 0..30 {
        let answer = client.post(&url).body("{}").send().await.expect("answered");
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
        }
    }
    let refused = refused.expect("refused at last");
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(refused.json::<Value>().await.expect("JSON")["type"], "/problems/rate_limited");
    let other = from(41).post(&url).body("{}").send().await.expect("answered");
    assert_eq!(other.status(), StatusCode::UNAUTHORIZED, "others are not concerned");
    testbed.end().await;
}

fn sign(key: &str, body: &str) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let now_s = clock::now().0 / 1_000;
    let mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).expect("any key fits");
    let mac = mac.chain_update(format!("{now_s}.{body}")).finalize().into_bytes();
    format!("t={now_s},v1={}", hex::encode(mac))
}

/// A client with an address of its own: all of 127.0.0.0/8 is this machine.
fn from(address: u8) -> Client {
    let local = IpAddr::from(Ipv4Addr::new(127, 0, 0, address));
    Client::builder().local_address(local).build().expect("a client")
}

/// A connection from an address of its own.
pub(crate) async fn connect(door: &str, address: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from(([127, 0, 0, address], 0))).expect("bound");
    let stream = socket.connect(door.parse().expect("an address")).await.expect("connected");
    // The backlog of a door is not made for hundreds in a moment.
    sleep(Duration::from_micros(200)).await;
    stream
}
