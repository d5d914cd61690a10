//! The service through its front door: HTTP, and a real browser, against a whole server in the test's
//! process.

mod api;
mod browser;
mod common;
mod driver;
mod engines;
mod safety;
mod seed;
