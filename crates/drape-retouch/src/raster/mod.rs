//! Pictures as numbers, with no knowledge of people or clothes.
//!
//! `plane`: one channel of `f32`; `copy`: a photo as planes; `window`: rectangles of pixels; `patch`: a
//! rectangle of a picture; `components`: connected pixels; `zoom`: how a reduced copy lies in its photo;
//! `geometry`: points and vectors; `noise`: chance by hashing; `srgb`: bytes and linear light.

pub(crate) mod components;
pub(crate) mod copy;
pub(crate) mod geometry;
pub(crate) mod noise;
pub(crate) mod patch;
pub(crate) mod plane;
pub(crate) mod srgb;
pub(crate) mod window;
pub(crate) mod zoom;
