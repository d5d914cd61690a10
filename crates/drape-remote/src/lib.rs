//! Everything that leaves the machine: queues, models and services of other providers, each behind a port or
//! a plain client. It knows nothing of SQL: callers pass what a request needs.

pub mod gemini;
mod http;
mod key;
pub mod lens;
pub mod sagemaker;
pub mod sqs;

pub use http::SetUpError;
pub use key::Key;
