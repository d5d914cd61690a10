//! SageMaker, both ends against each other.
//!
//! AWS itself cannot be had where this is tested. In its place stands [`front`]: a server on loopback that
//! checks every request's signature (AWS Signature Version 4) with an implementation of its own, answers
//! mistakes in the documented shapes, and hands the rest on to a real container, with the engines `still`
//! and `retouch` in it; asynchronous requests it reads from, and answers into, an object store in memory.
//! The container and the client are the ones that run in production.

mod client;
mod container;
mod failing;
mod front;
mod queued;
mod signature;
mod stage;
