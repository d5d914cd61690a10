//! The pages. Each module has the handlers of one page; its texts, in both languages, are in the template
//! of the same name.
//!
//! Everything works without scripts: the server answers posted forms with a redirect (303). Scripts add what
//! a form cannot do: the reading while the visitor types, uploads with progress, the slider.

pub(super) mod account;
pub(super) mod assets;
pub(super) mod compose;
pub(super) mod docs;
pub(super) mod enter;
mod errors;
mod frame;
pub(super) mod history;
pub(super) mod jobs;
pub(super) mod landing;
pub(super) mod photos;
pub(super) mod plain;
pub(super) mod products;
mod reading;
pub(super) mod result;
pub(super) mod shares;
pub(super) mod tiles;

pub(crate) use errors::as_page;
pub(super) use frame::Page;
