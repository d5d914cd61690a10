//! The embedded engine of Drape: other clothes on the person's own body, in the person's own
//! photo, on a processor, without a network connection.
//!
//! The flow, one folder a station; `engine` runs it:
//!
//! 1. `parse`: which pixel is hair, skin, top, trousers, ..., and where the joints are.
//! 2. `plan`: what the sentence asks for against what the photo shows.
//! 3. `garment`: garments with a new shape, where one is asked for and the photo is clear enough.
//! 4. `recolour`: new colours, patterns and materials under the light of the photo.
//! 5. `scene`: another place behind the person.
//! 6. `report`: what became of every wish.
//!
//! `raster` holds the operations on pixels that all of them share. Beside the flow: `quality` says whether a
//! photo will do, `cutout` shows one garment of a picture alone and `portrait` the head, and `port` is the
//! engine as services call it.
//!
//! Invariants: hair and head are never written, and other skin only by a garment of a new shape; the size of
//! the photo is kept; the same photo, style and seed give the same bytes on the same kind of processor.

mod cutout;
mod engine;
mod error;
mod garment;
mod parse;
mod plan;
mod port;
mod portrait;
mod quality;
mod raster;
mod recolour;
mod report;
mod scene;
mod stages;

pub use cutout::{PLAIN, cut_out};
pub use engine::{ENGINE, Engine, Look, Options, Step, nearest};
pub use error::EngineError;
pub use parse::joint::{Joint, Keypoint};
pub use parse::label::{Label, PerLabel};
pub use parse::labelled::{Parse, WORKING_PIXELS};
pub use portrait::portrait;
pub use quality::{Advice, Body, Quality, suitable};
pub use raster::window::Bounds;
pub use stages::Stages;
