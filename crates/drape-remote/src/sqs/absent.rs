//! Queues in a build without the AWS SDK. They cannot be opened, so their methods are never called.

use std::convert::Infallible;
use std::time::Duration;

use super::message::{QueueError, Received};
use super::prefix::Prefix;

/// The queues of a service.
#[derive(Debug, Clone)]
pub struct Queues {
    /// Tells attached workers that there are jobs in the database.
    pub rings: Queue,
    /// Self-contained requests to detached workers.
    pub requests: Queue,
    /// Answers of detached workers.
    pub responses: Queue,
    /// Requests that no worker finished.
    pub dead: Queue,
}

/// One queue.
#[derive(Debug, Clone)]
pub struct Queue(Infallible);

impl Queues {
    /// # Errors
    /// Always: this build has no client.
    pub async fn open(
        _prefix: &Prefix,
        _endpoint: Option<&str>,
        _visibility: Duration,
    ) -> Result<Self, QueueError> {
        Err(QueueError {
            action: "open",
            why: "this build has no SQS; build with `--features cloud`".to_owned(),
        })
    }
}

impl Queue {
    /// # Errors
    /// Never called.
    pub async fn waiting(&self) -> Result<u64, QueueError> {
        match self.0 {}
    }

    /// # Errors
    /// Never called.
    pub async fn send(&self, _body: &str) -> Result<(), QueueError> {
        match self.0 {}
    }

    /// # Errors
    /// Never called.
    pub async fn receive(
        &self,
        _most: usize,
        _wait: Duration,
        _visibility: Option<Duration>,
    ) -> Result<Vec<Received>, QueueError> {
        match self.0 {}
    }

    /// # Errors
    /// Never called.
    pub async fn delete(&self, _message: &Received) -> Result<(), QueueError> {
        match self.0 {}
    }

    /// # Errors
    /// Never called.
    pub async fn extend(&self, _message: &Received, _visibility: Duration) -> Result<(), QueueError> {
        match self.0 {}
    }
}
