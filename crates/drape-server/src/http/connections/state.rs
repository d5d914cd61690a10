//! The state that the parts of a connection share: whether it is idle or serves a request, and whether the
//! request's body was late or left unread. The [`Registry`] knows which connections are idle, and closes the
//! one that has been idle longest when its place is needed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::limits::ConnectionLimits;

/// The state that all connections share.
pub(super) struct Registry {
    pub(super) limits: ConnectionLimits,
    idle: Mutex<Idle>,
}

/// Connections without a request, in the order in which they became idle.
#[derive(Default)]
struct Idle {
    next: u64,
    /// Wakes each idle connection to close it.
    close: BTreeMap<u64, Arc<Notify>>,
}

impl Registry {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self { limits, idle: Mutex::default() }
    }

    /// Tells the connection that has been idle for longest to close; false if none is idle.
    pub(super) fn close_longest_idle(&self) -> bool {
        let longest = self.idle().close.pop_first();
        longest.is_some_and(|(_, close)| {
            close.notify_one();
            true
        })
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a connection waits for.
#[derive(Clone, Copy)]
enum Phase {
    /// The first byte of a request, until `until`. `turn` is the connection's place among the idle ones.
    Idle { until: Instant, turn: u64 },
    /// The end of a request's headers, until `until`. The connection may still be closed like an idle one.
    Headers { until: Instant, turn: u64 },
    /// The request's body or its answer, which have limits of their own.
    Request,
}

/// The state of one connection.
pub(crate) struct Connection {
    registry: Arc<Registry>,
    phase: Mutex<Phase>,
    /// The body of the current request did not arrive in time.
    body_late: AtomicBool,
    /// A request's body was not read to its end, so the bytes that follow cannot be read as a request.
    body_unread: AtomicBool,
    /// Notified when another connection needs the place of this one.
    close: Arc<Notify>,
}

impl Connection {
    /// A new connection. It counts as idle, with the time limit of headers.
    pub(super) fn new(registry: &Arc<Registry>) -> Arc<Self> {
        let connection = Arc::new(Self {
            registry: Arc::clone(registry),
            phase: Mutex::new(Phase::Request),
            body_late: AtomicBool::new(false),
            body_unread: AtomicBool::new(false),
            close: Arc::default(),
        });
        connection.become_idle(registry.limits.header);
        connection
    }

    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.registry.limits
    }

    /// Notes that bytes arrived: an idle connection has begun a request.
    pub(super) fn received(&self) {
        let mut phase = self.phase();
        if let Phase::Idle { turn, .. } = *phase {
            *phase = Phase::Headers { until: Instant::now() + self.limits().header, turn };
        }
    }

    /// Begins a request whose headers have arrived. It ends when the guard is dropped.
    pub(super) fn begin_request(self: &Arc<Self>) -> RequestGuard {
        self.leave_idle();
        self.body_late.store(false, Ordering::Relaxed);
        RequestGuard(Arc::clone(self))
    }

    /// When the next bytes of headers must arrive; none while a request is served.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match *self.phase() {
            Phase::Idle { until, .. } | Phase::Headers { until, .. } => Some(until),
            Phase::Request => None,
        }
    }

    /// Waits until another connection needs the place of this one. A request that arrives at the same moment
    /// is still served.
    pub(super) async fn asked_to_close(&self) {
        loop {
            self.close.notified().await;
            if !matches!(*self.phase(), Phase::Request) {
                return;
            }
        }
    }

    pub(super) fn body_is_late(&self) -> bool {
        self.body_late.load(Ordering::Relaxed)
    }

    pub(super) fn set_body_late(&self) {
        self.body_late.store(true, Ordering::Relaxed);
    }

    pub(super) fn body_is_unread(&self) -> bool {
        self.body_unread.load(Ordering::Relaxed)
    }

    pub(super) fn set_body_unread(&self) {
        self.body_unread.store(true, Ordering::Relaxed);
    }

    fn become_idle(&self, time: Duration) {
        let mut idle = self.registry.idle();
        let turn = idle.next;
        idle.next += 1;
        idle.close.insert(turn, Arc::clone(&self.close));
        *self.phase() = Phase::Idle { until: Instant::now() + time, turn };
    }

    fn leave_idle(&self) {
        let before = std::mem::replace(&mut *self.phase(), Phase::Request);
        if let Phase::Idle { turn, .. } | Phase::Headers { turn, .. } = before {
            self.registry.idle().close.remove(&turn);
        }
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.leave_idle();
    }
}

/// Held from the end of a request's headers to the end of its answer; then the connection is idle.
pub(super) struct RequestGuard(Arc<Connection>);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.become_idle(self.0.limits().idle);
    }
}
