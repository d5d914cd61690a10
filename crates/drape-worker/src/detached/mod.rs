//! Workers without a database: a request goes to them whole, in a message, and its progress and end come back
//! in messages. Pictures go through the blob store.
//!
//! The flow: [`hand_over`] claims, promises keys ([`drape_store::Store::dispatch`]) and sends -> [`work`]
//! takes the message, keeps it invisible while the engine runs, writes the looks and answers -> [`collect`]
//! turns answers into progress and ends, fenced like any. Messages may come twice, late, in any order, or
//! never: the attempt's lease, and the keys that it was promised, make each of these harmless.

mod engine_thread;
mod latest;
mod message;
mod server;
mod worker;

pub use server::{Handing, collect, hand_over};
pub use worker::{Detached, work};
