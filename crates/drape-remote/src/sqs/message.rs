//! Received messages and errors, the same for every build.

/// Most bytes of a message that every region of SQS accepts.
pub const MAX_MESSAGE: usize = 256 << 10;

/// A received message: invisible to other receivers until its visibility timeout is over.
#[derive(Debug, Clone)]
pub struct Received {
    /// The text.
    pub body: String,
    /// The receipt handle, for deleting or extending it.
    pub receipt: String,
    /// How often it was delivered, this time included.
    pub deliveries: u32,
}

/// Why a request to a queue failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{action}: {why}")]
pub struct QueueError {
    pub(super) action: &'static str,
    pub(super) why: String,
}
