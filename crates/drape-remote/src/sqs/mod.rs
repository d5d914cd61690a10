//! Queues on SQS or a compatible service. This is a plain client: senders and receivers know the meaning of
//! the messages, and [`Queues`] only names the four queues of one service.
//!
//! Without the feature `aws` the same types exist, and opening a queue is an error.

#[cfg(not(feature = "aws"))]
mod absent;
#[cfg(feature = "aws")]
mod client;
mod message;
mod prefix;

#[cfg(not(feature = "aws"))]
pub use absent::{Queue, Queues};
#[cfg(feature = "aws")]
pub use client::{Queue, Queues};
pub use message::{MAX_MESSAGE, QueueError, Received};
pub use prefix::{BadPrefix, Prefix};
