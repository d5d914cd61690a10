//! Drape's domain types, without any engine or service: photos, colours and languages, the reading of a
//! sentence as a style, jobs, and the ports of engines, stylists and recommenders.
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
