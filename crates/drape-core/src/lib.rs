//! The words of Drape as types, before any engine or service: what a photo, a colour and a
//! language are, and how a sentence becomes a style.
//!
//! This crate knows nothing of HTTP, SQL, vendors or tensors.

pub mod colour;
pub mod language;
pub mod lexicon;
pub mod photo;
pub mod sentence;
pub mod style;
