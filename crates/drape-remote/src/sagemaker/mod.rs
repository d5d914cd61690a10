//! SageMaker, both ends: a container that paints for an endpoint, and the engine that asks an endpoint.
//!
//! The flow: worker -> [`Remote`] (the engine port) -> signed `InvokeEndpoint` or `InvokeEndpointAsync` ->
//! SageMaker -> [`Container`] (`POST /invocations`) -> engine -> the same way back. Both ends speak
//! [`wire`]; what is too large for a message lies in an object store meanwhile ([`Exchange`]).

mod call;
mod client;
mod container;
mod desk;
mod exchange;
mod order;
mod refusal;
mod target;
mod verdict;
pub mod wire;

pub use client::{Access, ENGINE, Patience, Remote};
pub use container::{Container, Limits};
pub use exchange::{BadKey, Exchange, Key};
pub use target::{BadTarget, Target};
