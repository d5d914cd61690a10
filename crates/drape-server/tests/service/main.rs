//! The service through its front door: HTTP against a whole server in the test's process.

mod api;
mod common;
mod safety;
mod seed;
