//! The door against requests that never end, never fit, or are two in one: on raw sockets.

use std::time::Duration;

use testbed::Testbed;
use testbed::by_hand::Shopper;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// The bound on a body is five seconds.
const BODY_WITHIN: Duration = Duration::from_secs(9);

#[tokio::test]
async fn no_request_holds_the_door() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = testbed.base_urls[0].trim_start_matches("http://").to_owned();
    let shopper = Shopper::arrive(&testbed.base_urls[0]).await;
    let event = uuid::Uuid::nil();
    let head = |more: &str| {
        format!(
            "POST /api/v1/sales/{event}/attempts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nIdempotency-Key: k\r\n{more}\r\n",
            shopper.token
        )
    };
    // A body that stops, a body that drips: answered, then closed.
    let (stopped, dripping) = tokio::join!(
        said(&door, head("Content-Length: 100\r\n") + "{", Duration::MAX),
        said(&door, head("Transfer-Encoding: chunked\r\n"), Duration::from_millis(300)),
    );
    assert_eq!((status(&stopped), status(&dripping)), (408, 408), "{stopped}\n{dripping}");
    // Too large, announced or not: not read to its end.
    let announced = said(&door, head("Content-Length: 999999999\r\n"), Duration::MAX).await;
    assert_eq!(status(&announced), 413, "{announced}");
    let chunk = format!("{:x}\r\n{}\r\n", 64 * 1024, "x".repeat(64 * 1024));
    let unannounced = said(&door, head("Transfer-Encoding: chunked\r\n") + &chunk, Duration::MAX).await;
    assert_eq!(status(&unannounced), 413, "{unannounced}");
    // A body that is packed is not unpacked.
    let packed = "Content-Encoding: gzip\r\nConnection: close\r\nContent-Length: 4\r\n";
    let packed = said(&door, head(packed) + "\x1f\u{b}\x08\0", Duration::MAX).await;
    assert_eq!(status(&packed), 400, "{packed}");

    let preface = said(&door, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_owned(), Duration::MAX).await;
    assert!(preface.is_empty() || status(&preface) == 400, "{preface}");
    let hidden = "GET /api/v1/sales HTTP/1.1\r\nHost: x\r\n\r\n";
    for lengths in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 0\r\nContent-Length: 44\r\n",
        "Content-Length: 0, 44\r\n",
    ] {
        let answer = said(&door, head(lengths) + "0\r\n\r\n" + hidden, Duration::MAX).await;
        assert!(answer.matches("HTTP/1.1 ").count() <= 1 && !answer.contains("\"sales\""), "{lengths}: {answer}");
    }
    // And it still serves.
    assert_eq!(shopper.read("/sales").await.0, 200);
    testbed.end().await;
}

/// Writes, drips on as often as told, and reads until the door closes.
async fn said(door: &str, bytes: String, drip_every: Duration) -> String {
    let mut stream = TcpStream::connect(door).await.expect("connected");
    let _ = stream.write_all(bytes.as_bytes()).await;
    let began = Instant::now();
    let mut answer = Vec::new();
    loop {
        assert!(began.elapsed() < BODY_WITHIN + Duration::from_secs(40), "the door never closes");
        let mut some = [0; 4096];
        tokio::select! {
            read = timeout(BODY_WITHIN, stream.read(&mut some)) => match read {
                Ok(Ok(0) | Err(_)) => break,
                Ok(Ok(count)) => answer.extend_from_slice(&some[..count]),
                // An answered connection may be kept for a next request.
                Err(_) => { assert!(!answer.is_empty(), "no answer in time"); break; }
            },
            // Part of the story: a client that is slow on purpose.
            () = sleep(drip_every) => { let _ = stream.write_all(b"1\r\nx\r\n").await; }
        }
        if drip_every == Duration::MAX && !answer.is_empty() && answer.ends_with(b"}") {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0)
}
