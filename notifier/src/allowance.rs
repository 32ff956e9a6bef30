//! A connection that may say only so much in a while.
//!
//! The library counts the bytes of a message, but a client can send empty fragments of one for ever: nothing
//! comes of them, so nobody above would notice.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection with an allowance of bytes to be read.
pub(crate) struct WithAllowance<S> {
    stream: S,
    allowance: usize,
    left: usize,
}

impl<S> WithAllowance<S> {
    /// So many bytes until the next [`renew`](Self::renew); with more, reading fails.
    pub(crate) fn new(stream: S, allowance: usize) -> Self {
        Self { stream, allowance, left: allowance }
    }

    /// The whole allowance again.
    pub(crate) fn renew(&mut self) {
        self.left = self.allowance;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WithAllowance<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Err(io::Error::other("the client says too much")));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.left = self.left.saturating_sub(buffer.filled().len() - before);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WithAllowance<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    #[tokio::test]
    async fn reading_ends_with_the_allowance_until_it_is_renewed() {
        let mut client = WithAllowance::new(&[7; 100][..], 10);
        let mut bytes = [0; 10];
        client.read_exact(&mut bytes).await.expect("within the allowance");
        assert!(client.read(&mut bytes).await.is_err());
        client.renew();
        assert_eq!(client.read(&mut bytes).await.expect("again"), 10);
    }
}
