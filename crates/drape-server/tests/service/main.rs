//! The service through its front door: HTTP, and a real browser, against a whole server in the test's
//! process.

mod api;
mod browser;
mod common;
mod driver;
mod engines;
#[path = "../../../drape-remote/tests/outside/mod.rs"]
mod outside;
mod safety;
mod seed;
mod traces;
mod words;
