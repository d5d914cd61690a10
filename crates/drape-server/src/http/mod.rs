//! What every request and answer passes, whatever its route: the connection, the trace, the caller, limits,
//! figures, and the form in which a refusal is written.

pub(crate) mod connections;
pub(crate) mod limit;
pub(crate) mod metrics;
pub(crate) mod policy;
pub(crate) mod problem;
pub(crate) mod render;
pub(crate) mod trace;
pub(crate) mod upload;
pub(crate) mod visitor;
