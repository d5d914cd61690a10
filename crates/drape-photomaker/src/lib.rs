//! SDXL with PhotoMaker: photos of a person and a prompt become pictures of that person.
//!
//! Files are named as in the reference model, and weight paths equal the checkpoint's keys.

pub mod error;
pub mod weights;
