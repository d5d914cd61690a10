//! How long clients are waited for, and how many may be connected.

use std::time::Duration;

/// Limits of every connection.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// Connections at once; an open page with live progress is one.
    pub connections: usize,
    /// From the first byte of a request to the end of its headers, and from the beginning of a connection
    /// to its first byte.
    pub header: Duration,
    /// Between the requests of one connection; longer than that of a proxy before the server, so that
    /// the proxy is the one that closes.
    pub idle: Duration,
    /// In which a kilobyte of a request's body has to come.
    pub body: Duration,
    /// In which the client has to take some of an answer; the kernel's buffers may double it.
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
