//! The service through its public interface: HTTP and a real browser, against a whole server in the test's
//! process.

mod answers;
mod api;
mod browser;
mod common;
mod cookies;
mod driver;
mod engines;
mod floods;
mod former;
mod hostile;
mod inward;
#[path = "../../../drape-remote/tests/outside/mod.rs"]
mod outside;
mod paths;
mod safety;
mod slow;
mod traces;
mod words;
