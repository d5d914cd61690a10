//! The layers that every request and answer passes, whatever its route: connection, trace, caller, limits,
//! metrics, and the format of errors.

pub(crate) mod connections;
pub(crate) mod limit;
pub(crate) mod metrics;
pub(crate) mod policy;
pub(crate) mod problem;
pub(crate) mod render;
pub(crate) mod trace;
pub(crate) mod upload;
pub(crate) mod visitor;
