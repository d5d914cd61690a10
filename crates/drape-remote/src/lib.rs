//! Everything that leaves the machine: queues, models and services of others, each behind a port or a
//! plain client. Knows nothing of SQL; what a person's request needs is handed over by the caller.

mod call;
pub mod gemini;
mod key;
pub mod lens;
pub mod sagemaker;
pub mod sqs;

pub use call::SetUpError;
pub use key::Key;
