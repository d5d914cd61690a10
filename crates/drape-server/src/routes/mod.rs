//! The routes by reader: programs (`api`), people (`pages`), and the client of the service that Drape replaces
//! (`former`).

pub(crate) mod api;
pub(crate) mod crops;
pub(crate) mod former;
pub(crate) mod pages;
pub(crate) mod pictures;
