//! The bodies of requests and answers. A request's body has a time limit; the request ends when the answer's
//! body does.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::Sleep;

use super::state::{Connection, RequestGuard};

/// Bytes of a request's body that must arrive within the limit, unless the body ends first.
const LEAST: usize = 1 << 10;

/// A request's body. Reading it fails when less than [`LEAST`] bytes arrive within the limit.
pub(super) struct RequestBody {
    body: Incoming,
    connection: Arc<Connection>,
    /// Runs from the moment the body runs dry until [`LEAST`] bytes have arrived.
    clock: Option<Pin<Box<Sleep>>>,
    /// Bytes received since the clock was last stopped.
    came: usize,
    ended: bool,
}

impl RequestBody {
    pub(super) fn new(body: Incoming, connection: Arc<Connection>) -> Self {
        Self { body, connection, clock: None, came: 0, ended: false }
    }
}

impl HttpBody for RequestBody {
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
                let limit = this.connection.limits().body;
                let clock = this.clock.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
                ready!(clock.as_mut().poll(cx));
                this.connection.set_body_late();
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

impl Drop for RequestBody {
    fn drop(&mut self) {
        if !self.ended && !self.body.is_end_stream() {
            self.connection.set_body_unread();
        }
    }
}

/// An answer's body. It holds the request's guard, so the request ends when the body is dropped.
pub(super) struct AnswerBody {
    body: Body,
    _request: RequestGuard,
}

impl AnswerBody {
    pub(super) fn new(body: Body, request: RequestGuard) -> Self {
        Self { body, _request: request }
    }
}

impl HttpBody for AnswerBody {
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
