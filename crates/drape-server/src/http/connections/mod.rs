//! Accepts connections and serves their requests, so that silent and slow clients keep neither the server nor
//! other clients waiting.
//!
//! Each wait for a client has a limit of its own ([`ConnectionLimits`]): headers and answers in `stream`,
//! request bodies in `body`. The limits are on time without progress; a body or an answer as a whole may
//! take as long as it needs. When every place is taken, the connection that has been idle for longest
//! (`state`) is closed for the next one.

mod body;
mod limits;
mod state;
mod stream;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use drape_core::language::Language;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::Problem;
use body::{AnswerBody, RequestBody};
pub use limits::ConnectionLimits;
use state::{Connection, Registry};
use stream::{LINGER, TimedStream};

/// Most bytes of a request's first line and headers together; beyond it hyper ends the connection with a bare
/// 431. [`crate::http::render`] refuses less than that with a message.
const MAX_HEAD: usize = 64 << 10;
/// Connections that are refused with a message at the same time; more are closed without one.
const REFUSALS_AT_ONCE: usize = 64;

/// Accepts connections until `stop` turns true, then waits until the open ones have ended: idle ones at
/// once, the others with their answer.
pub(crate) async fn accept(
    router: Router,
    limits: ConnectionLimits,
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(limits.connections.max(1)));
    let refusals = Arc::new(Semaphore::new(REFUSALS_AT_ONCE));
    let registry = Arc::new(Registry::new(limits));
    let mut tasks = JoinSet::new();
    while !*stop.borrow() {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = tasks.join_next() => continue,
            _ = stop.changed() => break,
        };
        match accepted {
            Ok((stream, peer)) => match take_place(&places, &registry).await {
                Some(place) => {
                    let connection = Connection::new(&registry);
                    let served = serve(router.clone(), connection, stream, peer, stop.clone());
                    tasks.spawn(hold(place, served));
                }
                None => {
                    metrics::counter!("drape_connections_cut_total", "why" => "full").increment(1);
                    if let Ok(place) = Arc::clone(&refusals).try_acquire_owned() {
                        tasks.spawn(hold(place, refuse(stream)));
                    }
                }
            },
            // The client has gone again already.
            Err(e)
                if matches!(e.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted; are there enough file descriptors?");
                registry.close_longest_idle();
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}

/// Takes a place for one more connection. If none is free, the connection that has been idle longest is
/// closed for it.
async fn take_place(places: &Arc<Semaphore>, registry: &Registry) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        return Some(place);
    }
    if !registry.close_longest_idle() {
        return None;
    }
    tokio::time::timeout(Duration::from_secs(1), Arc::clone(places).acquire_owned()).await.ok()?.ok()
}

/// Keeps a place taken while the work is done.
async fn hold(place: OwnedSemaphorePermit, work: impl Future<Output = ()>) {
    work.await;
    drop(place);
}

/// Serves the requests of one connection.
async fn serve(
    router: Router,
    connection: Arc<Connection>,
    stream: TcpStream,
    peer: SocketAddr,
    mut stop: watch::Receiver<bool>,
) {
    let stream = TimedStream::new(stream, Arc::clone(&connection));
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let guard = connection.begin_request();
        let mut request = request.map(|body| Body::new(RequestBody::new(body, Arc::clone(&connection))));
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(Arc::clone(&connection));
        let connection = Arc::clone(&connection);
        let answer = router.clone().oneshot(request);
        async move {
            let mut answer = answer.await?;
            if connection.body_is_unread() {
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(answer.map(|body| AnswerBody::new(body, guard)))
        }
    });
    let mut served = pin!(
        http1::Builder::new()
            // `TimedStream` has a limit for headers, and another between requests.
            .header_read_timeout(None)
            .max_header_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service)
    );
    let mut stopping = false;
    loop {
        tokio::select! {
            // An error means that the client broke the connection off.
            _ = served.as_mut() => return,
            _ = stop.changed(), if !stopping => {
                stopping = true;
                served.as_mut().graceful_shutdown();
            }
            () = connection.asked_to_close() => {
                metrics::counter!("drape_connections_cut_total", "why" => "room").increment(1);
                return;
            }
        }
    }
}

/// Answers in both languages that every place is taken: the request, which names its language, is not read.
async fn refuse(mut stream: TcpStream) {
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
        "HTTP/1.1 {}\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\n\
         retry-after: 5\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        problem.status(),
        body.len()
    );
    let answered = async {
        // Wait for the first bytes of the request: clients reject a response that arrives before it.
        let mut rest = [0; 4096];
        if stream.read(&mut rest).await? == 0 {
            return Ok(());
        }
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        // The kernel resets a socket that is closed with unread bytes, and its peer may lose the answer.
        while stream.read(&mut rest).await? > 0 {}
        Ok::<_, io::Error>(())
    };
    // A client that does not read misses the answer.
    let _ = tokio::time::timeout(LINGER, answered).await;
}

/// Answers 408 to a request whose body was late, in place of the handler's answer.
pub(crate) async fn refuse_late_bodies(request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<Arc<Connection>>().cloned();
    let response = next.run(request).await;
    match connection {
        Some(connection) if connection.body_is_late() => Problem::TooSlow.into_response(),
        _ => response,
    }
}
