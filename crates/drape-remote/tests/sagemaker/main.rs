//! SageMaker, both ends against each other.
//!
//! AWS itself is not available to the tests. Its stand-in is [`front`]: a local server that checks every
//! request's signature (AWS Signature Version 4) with its own implementation, answers mistakes in the
//! documented forms, and passes other requests on to a real container with the engine `still` or `retouch`.
//! Asynchronous requests and their answers go through an object store in memory. The container and the client
//! are those of production.

mod client;
mod container;
mod failing;
mod front;
mod queued;
mod signature;
mod stage;
