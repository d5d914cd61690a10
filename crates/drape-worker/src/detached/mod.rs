//! Workers without a database: each gets the whole request in a message, and answers progress and end in
//! messages. Pictures go through the blob store.
//!
//! The flow: [`hand_over`] claims, promises keys ([`drape_store::Store::dispatch`]) and sends -> [`work`]
//! takes the message, keeps it invisible while the engine runs, writes the looks and answers -> [`collect`]
//! turns answers into progress and ends, fenced like those of any worker. Messages may come twice, late, in
//! any order, or never: the attempt's lease and its promised keys make all of that harmless.

mod engine_thread;
mod latest;
mod message;
mod server;
mod worker;

pub use server::{Handing, collect, hand_over};
pub use worker::{Detached, work};
