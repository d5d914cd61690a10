//! SageMaker, both ends: a container that makes looks for an endpoint, and the engine that calls an endpoint.
//!
//! The flow: worker -> [`EndpointEngine`] (the engine port) -> signed `InvokeEndpoint` or
//! `InvokeEndpointAsync` -> SageMaker -> [`Container`] (`POST /invocations`) -> engine -> the same way back.
//! Both ends speak [`wire`]. Data that is too large for a message goes through an object store
//! ([`PrefixedStore`]). The engine needs the feature `aws`; the container does not.

#[cfg(feature = "aws")]
mod call;
#[cfg(feature = "aws")]
mod call_error;
#[cfg(feature = "aws")]
mod client;
mod container;
mod engine_queue;
mod error;
mod invocation;
mod limits;
mod prefixed_store;
mod target;
#[cfg(feature = "aws")]
mod timeouts;
pub mod wire;

#[cfg(feature = "aws")]
pub use client::{Access, EndpointEngine};
pub use container::Container;
pub use limits::Limits;
pub use prefixed_store::{BadKey, ObjectKey, PrefixedStore};
pub use target::{BadTarget, ENGINE, Target};
#[cfg(feature = "aws")]
pub use timeouts::Timeouts;
