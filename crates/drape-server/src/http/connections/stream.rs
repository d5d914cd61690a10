//! The bytes of a connection. Reads of headers and writes of answers fail when the client is too slow.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::state::Connection;

/// How long the rest of an unread body is read and discarded, so that the client gets to read the answer.
pub(super) const LINGER: Duration = Duration::from_secs(2);

/// A TCP stream with time limits.
pub(super) struct TimedStream {
    stream: TcpStream,
    connection: Arc<Connection>,
    /// For headers, and for [`LINGER`] once the stream is shut down.
    read_clock: Pin<Box<Sleep>>,
    write_clock: Pin<Box<Sleep>>,
    writing: Writing,
    shut_down: bool,
}

/// Whether the client takes the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// As far as is known, the client takes all that is written.
    Flows,
    /// The kernel took nothing, and the write clock runs.
    Blocked,
    /// A direct send found room after the clock had run out.
    SentDirectly,
}

impl TimedStream {
    pub(super) fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        let clock = || Box::pin(tokio::time::sleep(Duration::ZERO));
        let (read_clock, write_clock) = (clock(), clock());
        Self { stream, connection, read_clock, write_clock, writing: Writing::Flows, shut_down: false }
    }

    /// Continues after a write of bytes that begin with `first`.
    ///
    /// epoll reports a socket as writable only once a third of its send buffer is free (over 1 MB), so a slow
    /// reader looks stalled. When the clock has run out, a direct send decides: if the kernel takes bytes,
    /// the client has read some. Further direct sends then fill the remaining room, so the next one after a
    /// wait succeeds only if the client has read during that wait.
    fn after_write(
        &mut self,
        cx: &mut Context<'_>,
        first: &[u8],
        result: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(result) = result {
            if result.is_ok() {
                self.writing = Writing::Flows;
            }
            return Poll::Ready(result);
        }
        if self.writing != Writing::Blocked {
            if self.writing == Writing::SentDirectly
                && let Some(sent) = self.send_directly(first)
            {
                return Poll::Ready(Ok(sent));
            }
            self.writing = Writing::Blocked;
            self.write_clock.as_mut().reset(Instant::now() + self.connection.limits().answer);
        }
        ready!(self.write_clock.as_mut().poll(cx));
        match self.send_directly(first) {
            Some(sent) => {
                self.writing = Writing::SentDirectly;
                Poll::Ready(Ok(sent))
            }
            None => {
                self.writing = Writing::Flows;
                Poll::Ready(Err(cut("answer")))
            }
        }
    }

    /// Sends without asking epoll. Returns the number of bytes if the kernel took any.
    fn send_directly(&self, bytes: &[u8]) -> Option<usize> {
        SockRef::from(&self.stream).send(bytes).ok().filter(|sent| *sent > 0)
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        if result.is_ready() {
            if buf.filled().len() > before {
                self.connection.received();
            }
            return result;
        }
        // A request's body has its own clock.
        let Some(deadline) = self.connection.deadline() else { return Poll::Pending };
        if self.read_clock.deadline() != deadline {
            self.read_clock.as_mut().reset(deadline);
        }
        ready!(self.read_clock.as_mut().poll(cx));
        Poll::Ready(Err(cut("header")))
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.after_write(cx, buf, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        let first = bufs.iter().find(|b| !b.is_empty()).map_or([].as_slice(), |b| b);
        self.after_write(cx, first, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Shuts the stream down. The kernel resets a socket that is closed with unread bytes, and the peer may
    /// lose the answer; so the rest of an unread body is read and discarded for [`LINGER`].
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.shut_down {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            this.shut_down = true;
            this.read_clock.as_mut().reset(Instant::now() + LINGER);
        }
        if !this.connection.body_is_unread() {
            return Poll::Ready(Ok(()));
        }
        let mut rest = [0; 8192];
        while this.read_clock.as_mut().poll(cx).is_pending() {
            let mut buf = ReadBuf::new(&mut rest);
            match ready!(Pin::new(&mut this.stream).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => {}
                _ => return Poll::Ready(Ok(())),
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// The error of a connection that is cut off, counted by its reason.
fn cut(why: &'static str) -> io::Error {
    metrics::counter!("drape_connections_cut_total", "why" => why).increment(1);
    io::ErrorKind::TimedOut.into()
}
