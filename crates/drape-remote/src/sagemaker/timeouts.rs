//! Time limits and pauses of a call to an endpoint.

use std::time::Duration;

use rand::Rng as _;

/// Time limits and pauses of a call.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// For the looks, including all tries.
    pub total: Duration,
    /// For one answer of the service. Real-time endpoints answer within 60 seconds.
    pub attempt: Duration,
    /// Pause between two checks for an asynchronous answer.
    pub poll: Duration,
    /// Longest pause before the second try; the pause before each further try may be twice as long.
    pub first_pause: Duration,
    /// Longest pause before any try.
    pub longest_pause: Duration,
    /// Bytes beyond which photos go through the object store. The service's own limits apply as well.
    pub inline: usize,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(900),
            // The API reference recommends this for models that take nearly 60 seconds.
            attempt: Duration::from_secs(70),
            poll: Duration::from_secs(1),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(20),
            inline: usize::MAX,
        }
    }
}

impl Timeouts {
    /// The pause before try `tries + 1`: exponential with random jitter, so that many workers do not return
    /// at once.
    pub(super) fn pause(&self, tries: u32) -> Duration {
        let most = self.first_pause.saturating_mul(1 << tries.min(10)).min(self.longest_pause);
        most.mul_f64(rand::rng().random_range(0.3..=1.0))
    }
}
