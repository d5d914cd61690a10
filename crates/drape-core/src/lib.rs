//! The words of Drape as types, before any engine or service: what a photo, a colour and a
//! language are, how a sentence becomes a style, what a job is, and what an engine has to do.
//!
//! This crate knows nothing of HTTP, SQL, vendors or tensors.

pub mod answer;
pub mod colour;
pub mod engine;
pub mod engine_id;
pub mod id;
pub mod job;
pub mod language;
pub mod lexicon;
pub mod photo;
pub mod recommender;
pub mod report;
pub mod runner;
pub mod sentence;
mod settings;
pub mod style;
pub mod stylist;
pub mod trace;
pub mod vocabulary;
