//! How long the server waits for clients, and how many may be connected.

use std::time::Duration;

/// Limits of every connection.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// Most simultaneous connections; an open page with live progress uses one.
    pub connections: usize,
    /// Time from the first byte of a request to the end of its headers; also from the start of a connection
    /// to its first byte.
    pub header: Duration,
    /// Time between the requests of one connection. Longer than the idle limit of a proxy in front of the
    /// server, so that the proxy closes first.
    pub idle: Duration,
    /// Time in which each kilobyte of a request's body must arrive.
    pub body: Duration,
    /// Time in which the client must take some of the answer; the kernel's buffers may double it.
    pub answer: Duration,
}

impl Default for ConnectionLimits {
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
