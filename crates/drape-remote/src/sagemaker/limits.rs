//! The bounds within which a container accepts requests.

use std::time::Duration;

/// Bounds of a container.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most bytes of a request, and of an answer. SageMaker passes on at most 25 MB.
    pub body: usize,
    /// Most photos of a request.
    pub photos: usize,
    /// Most looks of a request.
    pub images: usize,
    /// Most requests at the same time, from their first byte to their answer; further ones get 429.
    pub waiting: usize,
    /// Most requests that go to the engine together.
    pub batch: usize,
    /// How long a request may take, including its time in the queue. SageMaker gives up after 60 seconds, or
    /// after the time that an asynchronous request names.
    pub timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 25 << 20, photos: 8, images: 8, waiting: 16, batch: 4, timeout: Duration::from_secs(60) }
    }
}
