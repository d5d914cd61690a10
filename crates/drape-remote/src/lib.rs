//! Everything that leaves the machine: queues, models and services of other providers, each behind a port or
//! as a plain client. This crate has no access to the database: callers pass the data that a request needs.

pub mod gemini;
mod http;
mod key;
pub mod lens;
pub mod sagemaker;
pub mod sqs;

pub use http::SetUpError;
pub use key::Key;
