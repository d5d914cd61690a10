//! Finds products like the garments of a look: the products of shops (`product`), a built-in catalogue of
//! demo goods ([`demo`]), the index that finds the products most like one garment (`index`, `query`), and the
//! reasons for each match (`reason`).
//!
//! This crate knows nothing of HTTP or SQL: the server hands it products as values. `drape-drawings` draws
//! products without a picture.
//!
//! ```
//! use drape_catalogue::{Index, Query, demo};
//! use drape_core::{lexicon, sentence::Sentence};
//!
//! let index = Index::build(demo::products());
//! let style = lexicon::read(&Sentence::parse("navy wool blazer")?);
//! let matches = index.search(&Query::of(&style.garments[0], None), 3);
//! assert_eq!(matches[0].product.colour.name, drape_core::style::ColourName::Navy);
//! # Ok::<(), drape_core::sentence::SentenceError>(())
//! ```

pub mod demo;
mod filters;
mod index;
mod kinship;
mod product;
mod query;
mod reason;
mod recommend;

pub use self::filters::Filters;
pub use self::index::browse::{Page, Shelf, Sort};
pub use self::index::{Index, Match};
pub use self::kinship::kinship;
pub use self::product::{Availability, Currency, Gender, Picture, Price, Product, Rating, UnknownCode};
pub use self::query::Query;
pub use self::reason::Reason;
pub use self::recommend::CATALOGUE;
