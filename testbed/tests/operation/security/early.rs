//! An answer that comes before the body was read: the next request on that connection is answered as it should be, or
//! the connection says that it ends. On raw sockets, at every door.

use std::time::Duration;

use testbed::Testbed;
use testbed::by_hand::Shopper;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

const WITHIN: Duration = Duration::from_secs(10);
/// The body follows when the answer is long decided.
const BETWEEN: Duration = Duration::from_millis(150);

#[tokio::test]
async fn an_early_answer_never_breaks_the_next_request() {
    let described = Testbed::builder().setting("FLASHLINE_LIMIT_SHOPPER", "1/5");
    let testbed = described.start().await.expect("the system starts");
    let base = &testbed.base_urls[0];
    let ingress = base.trim_start_matches("http://");
    let webhooks = testbed.webhook_url.trim_start_matches("http://").split('/').next().expect("an address");
    let sockets = testbed.socket_urls[0].trim_start_matches("ws://").trim_end_matches("/ws");
    let shopper = Shopper::arrive(base).await;
    let attempts = format!("/api/v1/sales/{}/attempts", uuid::Uuid::nil());
    let token = format!("Authorization: Bearer {}\r\nContent-Type: application/json\r\n", shopper.token);
    let cases = [
        (429, ingress, format!("POST {attempts}"), token.as_str()),
        (401, ingress, format!("POST {attempts}"), ""),
        (401, ingress, "POST /api/v1/socket-tickets".to_owned(), ""),
        (401, ingress, "PUT /api/v1/admin/events/x".to_owned(), ""),
        (405, ingress, "DELETE /api/v1/sales".to_owned(), ""),
        (405, ingress, "POST /".to_owned(), ""),
        (404, ingress, "POST /nothing".to_owned(), ""),
        (401, webhooks, "POST /webhooks/sandbox".to_owned(), ""),
        (405, webhooks, "PUT /webhooks/sandbox".to_owned(), ""),
        (404, webhooks, "POST /nothing".to_owned(), ""),
        (405, sockets, "POST /ws".to_owned(), ""),
    ];
    for (status, door, ask, headers) in cases {
        for length in [40, 3_000, 900_000] {
            if status == 429 {
                // All that the bucket has: what drips into it meanwhile may let a request through on a busy machine.
                let reads = (0..12).map(|_| shopper.read("/me/orders"));
                let emptied = futures_util::future::join_all(reads).await;
                assert!(emptied.iter().any(|(status, _)| status.as_u16() == 429));
            }
            let mut stream = TcpStream::connect(door).await.expect("connected");
            let head = format!("{ask} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.expect("written");
            // Part of the story: the answer is there, and the client has not noticed.
            sleep(BETWEEN).await;
            // What a body may look like to a server that has lost its place.
            let body = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n".repeat(length / 30 + 1);
            // Fails when the connection was ended, which the answer says.
            let _ = stream.write_all(&body.as_bytes()[..length]).await;
            let answer = one_answer(&mut stream).await;
            let seen = answer.get(9..12).unwrap_or_default();
            let dripped = status == 429 && ["400", "422"].contains(&seen);
            assert!(dripped || seen == status.to_string(), "{ask}, {length} bytes: {answer}");
            if answer.to_lowercase().contains("connection: close") {
                continue;
            }
            let next = "GET /api/v1/sales HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            stream.write_all(next.as_bytes()).await.expect("it is open");
            let mut said = Vec::new();
            timeout(WITHIN, stream.read_to_end(&mut said)).await.expect("answered").expect("answered");
            let said = String::from_utf8_lossy(&said);
            let expected = if door == ingress { "HTTP/1.1 200" } else { "HTTP/1.1 404" };
            assert!(said.starts_with(expected), "{ask}, {length} bytes: then {said}");
            assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{ask}, {length} bytes: then {said}");
        }
    }
    testbed.end().await;
}

/// A header and the body that it announces.
async fn one_answer(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let reading = async {
        loop {
            let text = String::from_utf8_lossy(&said).to_lowercase();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
                if body.len() >= length.unwrap_or(0) {
                    return;
                }
            }
            let mut some = [0; 4096];
            match stream.read(&mut some).await {
                Ok(count) if count > 0 => said.extend_from_slice(&some[..count]),
                _ => return,
            }
        }
    };
    timeout(WITHIN, reading).await.expect("answered");
    String::from_utf8_lossy(&said).into_owned()
}
