//! Connections: how long a client may keep the server waiting, and how many may be there at once. Every
//! wait for a client has a bound of its own, and when there is no room the connection that has been
//! without a request for longest makes some, so that nobody's silence keeps others out.
//!
//! A body or an answer may take as long as it has to; what is bounded is the time in which some of it has to
//! move.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::{BoxError, Router};
use bytes::Bytes;
use drape_core::language::Language;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep};
use tower::ServiceExt as _;

use crate::Problem;

/// Bytes of a body that have to come within their time, unless it ends.
const LEAST: usize = 1 << 10;
/// Most bytes of a request's first line and headers together; beyond it the connection ends with a bare
/// 431. [`crate::http::render`] refuses less than that in words.
const MAX_HEAD: usize = 64 << 10;
/// How long the rest of a body that nobody wants is thrown away, so that its sender reads the answer.
const LINGER: Duration = Duration::from_secs(2);
/// Connections that are told at the same time that there is no room; more are closed without a word.
const TOLD_AT_ONCE: usize = 64;

/// How long clients are waited for, and how many there may be.
#[derive(Debug, Clone)]
pub struct Patience {
    /// Connections at once; an open page with live progress is one.
    pub connections: usize,
    /// From the first byte of a request to the end of its headers, and from the beginning of a connection
    /// to its first byte.
    pub header: Duration,
    /// Between the requests of one connection; longer than that of a proxy before the server, so that
    /// the proxy is the one that closes.
    pub idle: Duration,
    /// In which a kilobyte of a body has to come.
    pub body: Duration,
    /// In which something of an answer has to be taken; the kernel's buffers may double it.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connections: 800,
            header: Duration::from_secs(15),
            idle: Duration::from_secs(75),
            body: Duration::from_secs(30),
            answer: Duration::from_secs(30),
        }
    }
}

/// Accepts connections until `stop` turns true, then waits until those that there are have ended:
/// those without a request end at once, the others with their answer.
pub(crate) async fn accept(
    router: Router,
    patience: Patience,
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(patience.connections.max(1)));
    let doorstep = Arc::new(Semaphore::new(TOLD_AT_ONCE));
    let hall = Arc::new(Hall { router, patience, resting: Mutex::default() });
    let mut tasks = JoinSet::new();
    while !*stop.borrow() {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = tasks.join_next() => continue,
            _ = stop.changed() => break,
        };
        match accepted {
            Ok((stream, peer)) => match make_room(&room, &hall).await {
                Some(place) => {
                    tasks.spawn(converse(Arc::clone(&hall), stream, peer, stop.clone(), place));
                }
                None => {
                    metrics::counter!("drape_connections_cut_total", "why" => "full").increment(1);
                    if let Ok(place) = Arc::clone(&doorstep).try_acquire_owned() {
                        tasks.spawn(turn_away(stream, place));
                    }
                }
            },
            // The client has gone again already.
            Err(e)
                if matches!(e.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted; are there enough file descriptors?");
                hall.dismiss_longest();
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}

/// A place for one more; where there is none, that of whoever has been without a request for longest.
async fn make_room(room: &Arc<Semaphore>, hall: &Hall) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = Arc::clone(room).try_acquire_owned() {
        return Some(place);
    }
    if !hall.dismiss_longest() {
        return None;
    }
    tokio::time::timeout(Duration::from_secs(1), Arc::clone(room).acquire_owned()).await.ok()?.ok()
}

/// Says that there is no room, in both languages, for the request is not looked at.
async fn turn_away(mut stream: TcpStream, _place: OwnedSemaphorePermit) {
    let problem = Problem::Crowded { retry_after: 5 };
    let [korean, english] = [Language::Korean, Language::English].map(|l| problem.message(l));
    let body = json!({
        "type": format!("/api/docs#problem-{}", problem.code()),
        "title": problem.code(),
        "status": problem.status().as_u16(),
        "detail": format!("{korean} {english}"),
        "field": null,
    });
    let body = body.to_string();
    let answer = format!(
        "HTTP/1.1 {}\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        problem.status(),
        body.len()
    );
    let told = async {
        // Clients take an answer that comes before the question for a mistake.
        let mut rest = [0; 4096];
        if stream.read(&mut rest).await? == 0 {
            return Ok(());
        }
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        // What is closed with something unread is reset, and the answer is lost.
        while stream.read(&mut rest).await? > 0 {}
        Ok::<_, io::Error>(())
    };
    // Who does not listen has missed it.
    let _ = tokio::time::timeout(LINGER, told).await;
}

/// Serves one connection.
async fn converse(
    hall: Arc<Hall>,
    stream: TcpStream,
    peer: SocketAddr,
    mut stop: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    let talk = Talk::new(&hall);
    let wire = Wire::new(stream, Arc::clone(&talk));
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let busy = Busy::new(&talk);
        let mut request = request.map(|body| Body::new(Coming::new(body, Arc::clone(&talk))));
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(Arc::clone(&talk));
        let answer = hall.router.clone().oneshot(request);
        async move {
            let mut answer = answer.await?;
            if busy.0.unread.load(Ordering::Relaxed) {
                // The next request would be taken for the rest of this one.
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(answer.map(|body| Going { body, _busy: busy }))
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            // The wire has bounds of its own, which tell a header from a rest between requests.
            .header_read_timeout(None)
            .max_header_size(MAX_HEAD)
            .serve_connection(TokioIo::new(wire), service)
    );
    let mut stopping = false;
    loop {
        tokio::select! {
            // A client that breaks off is no error of ours.
            _ = connection.as_mut() => return,
            _ = stop.changed(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = talk.leave.notified() => {
                // A request may have come in this moment; then it is answered.
                if matches!(*talk.phase(), Phase::Busy) {
                    continue;
                }
                metrics::counter!("drape_connections_cut_total", "why" => "room").increment(1);
                return;
            }
        }
    }
}

/// Turns the answer to a body that did not come in time into what it is: 408.
pub(crate) async fn tell_the_slow(request: Request, next: Next) -> Response {
    let talk = request.extensions().get::<Arc<Talk>>().cloned();
    let response = next.run(request).await;
    match talk {
        Some(talk) if talk.slow.load(Ordering::Relaxed) => Problem::TooSlow.into_response(),
        _ => response,
    }
}

/// What connections share.
struct Hall {
    router: Router,
    patience: Patience,
    /// Connections without a request, by when that began.
    resting: Mutex<Resting>,
}

#[derive(Default)]
struct Resting {
    next: u64,
    talks: BTreeMap<u64, Arc<Notify>>,
}

impl Hall {
    fn resting(&self) -> std::sync::MutexGuard<'_, Resting> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the connection that has been without a request for longest; whether there was one.
    fn dismiss_longest(&self) -> bool {
        let longest = self.resting().talks.pop_first();
        longest.is_some_and(|(_, leave)| {
            leave.notify_one();
            true
        })
    }
}

/// Where a connection is.
#[derive(Clone, Copy)]
enum Phase {
    /// Without a request; its first byte has to come by then.
    Resting { until: Instant, turn: u64 },
    /// Headers are coming in; they have to end by then.
    Head { until: Instant, turn: u64 },
    /// A request is being read or answered.
    Busy,
}

/// One connection, as its parts know it.
pub(crate) struct Talk {
    hall: Arc<Hall>,
    phase: Mutex<Phase>,
    /// The body of the present request did not come in time.
    slow: AtomicBool,
    /// A body was not read to its end: nothing can be read behind it.
    unread: AtomicBool,
    /// Somebody else needs the room.
    leave: Arc<Notify>,
}

impl Talk {
    fn new(hall: &Arc<Hall>) -> Arc<Self> {
        let talk = Arc::new(Self {
            hall: Arc::clone(hall),
            phase: Mutex::new(Phase::Busy),
            slow: AtomicBool::new(false),
            unread: AtomicBool::new(false),
            leave: Arc::default(),
        });
        // Whoever connects has something to say.
        talk.rest(hall.patience.header);
        talk
    }

    fn phase(&self) -> std::sync::MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Without a request from now on.
    fn rest(&self, time: Duration) {
        let mut resting = self.hall.resting();
        let turn = resting.next;
        resting.next += 1;
        resting.talks.insert(turn, Arc::clone(&self.leave));
        *self.phase() = Phase::Resting { until: Instant::now() + time, turn };
    }

    /// No longer one that can be dismissed.
    fn rise(&self) {
        let before = std::mem::replace(&mut *self.phase(), Phase::Busy);
        if let Phase::Resting { turn, .. } | Phase::Head { turn, .. } = before {
            self.hall.resting().talks.remove(&turn);
        }
    }

    /// Bytes came in.
    fn heard(&self) {
        let mut phase = self.phase();
        if let Phase::Resting { turn, .. } = *phase {
            *phase = Phase::Head { until: Instant::now() + self.hall.patience.header, turn };
        }
    }

    /// When the next bytes have to be there, if anything is waited for that the body does not time itself.
    fn deadline(&self) -> Option<Instant> {
        match *self.phase() {
            Phase::Resting { until, .. } | Phase::Head { until, .. } => Some(until),
            Phase::Busy => None,
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.rise();
    }
}

/// From the end of a request's headers to the end of its answer.
struct Busy(Arc<Talk>);

impl Busy {
    fn new(talk: &Arc<Talk>) -> Self {
        talk.rise();
        talk.slow.store(false, Ordering::Relaxed);
        Self(Arc::clone(talk))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.rest(self.0.hall.patience.idle);
    }
}

/// A request's body as it comes in.
struct Coming {
    body: Incoming,
    talk: Arc<Talk>,
    /// Runs while nothing comes.
    clock: Option<Pin<Box<Sleep>>>,
    /// Bytes since it runs.
    came: usize,
    ended: bool,
}

impl Coming {
    fn new(body: Incoming, talk: Arc<Talk>) -> Self {
        Self { body, talk, clock: None, came: 0, ended: false }
    }
}

impl hyper::body::Body for Coming {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                this.came += frame.data_ref().map_or(0, Bytes::len);
                if this.came >= LEAST {
                    (this.clock, this.came) = (None, 0);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(e))) => Poll::Ready(Some(Err(e.into()))),
            Poll::Ready(None) => {
                this.ended = true;
                Poll::Ready(None)
            }
            Poll::Pending => {
                let time = this.talk.hall.patience.body;
                let clock = this.clock.get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
                ready!(clock.as_mut().poll(cx));
                this.talk.slow.store(true, Ordering::Relaxed);
                metrics::counter!("drape_connections_cut_total", "why" => "body").increment(1);
                Poll::Ready(Some(Err("the body did not come in time".into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        if !self.ended && !self.body.is_end_stream() {
            self.talk.unread.store(true, Ordering::Relaxed);
        }
    }
}

/// An answer's body; when it ends, the connection rests.
struct Going {
    body: Body,
    _busy: Busy,
}

impl hyper::body::Body for Going {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection's bytes, each wait for them bounded.
struct Wire {
    stream: TcpStream,
    talk: Arc<Talk>,
    reading: Pin<Box<Sleep>>,
    writing: Pin<Box<Sleep>>,
    /// Whether the client is not ready for more, so that the clock runs.
    full: bool,
    /// Whether room was found that the kernel had not spoken of.
    helped: bool,
    closed: bool,
}

impl Wire {
    fn new(stream: TcpStream, talk: Arc<Talk>) -> Self {
        let clock = || Box::pin(tokio::time::sleep(Duration::ZERO));
        Self { stream, talk, reading: clock(), writing: clock(), full: false, helped: false, closed: false }
    }

    /// What came of writing these bytes, and maybe more.
    fn written(
        &mut self,
        cx: &mut Context<'_>,
        first: &[u8],
        came: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match came {
            Poll::Ready(Ok(n)) => {
                (self.full, self.helped) = (false, false);
                Poll::Ready(Ok(n))
            }
            Poll::Ready(Err(e)) => Poll::Ready(Err(e)),
            Poll::Pending => {
                if !self.full {
                    if self.helped
                        && let Ok(n @ 1..) = SockRef::from(&self.stream).send(first)
                    {
                        return Poll::Ready(Ok(n));
                    }
                    (self.full, self.helped) = (true, false);
                    self.writing.as_mut().reset(Instant::now() + self.talk.hall.patience.answer);
                }
                ready!(self.writing.as_mut().poll(cx));
                self.full = false;
                // The kernel speaks up when a third of its buffer is empty, which is a megabyte and more: a
                // slow client has to be looked after. What it has taken, however little, has made room, which is
                // filled up now; if there is none the next time either, it has taken nothing.
                match SockRef::from(&self.stream).send(first) {
                    Ok(n @ 1..) => {
                        self.helped = true;
                        Poll::Ready(Ok(n))
                    }
                    _ => Poll::Ready(Err(cut("answer"))),
                }
            }
        }
    }
}

fn cut(why: &'static str) -> io::Error {
    metrics::counter!("drape_connections_cut_total", "why" => why).increment(1);
    io::ErrorKind::TimedOut.into()
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let came = Pin::new(&mut self.stream).poll_read(cx, buf);
        if came.is_ready() {
            if buf.filled().len() > before {
                self.talk.heard();
            }
            return came;
        }
        let Some(deadline) = self.talk.deadline() else { return Poll::Pending };
        if self.reading.deadline() != deadline {
            self.reading.as_mut().reset(deadline);
        }
        ready!(self.reading.as_mut().poll(cx));
        Poll::Ready(Err(cut("header")))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let came = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.written(cx, buf, came)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let came = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        let first = bufs.iter().find(|b| !b.is_empty()).map_or([].as_slice(), |b| b);
        self.written(cx, first, came)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Closes. Where a body was left unread, its sender would be cut off before it reads the answer; so the
    /// rest is thrown away for a while.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.closed {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            this.closed = true;
            this.reading.as_mut().reset(Instant::now() + LINGER);
        }
        if !this.talk.unread.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        let mut rest = [0; 8192];
        while this.reading.as_mut().poll(cx).is_pending() {
            let mut buf = ReadBuf::new(&mut rest);
            match ready!(Pin::new(&mut this.stream).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => {}
                _ => return Poll::Ready(Ok(())),
            }
        }
        Poll::Ready(Ok(()))
    }
}
