//! `/api/v1`: JSON for programs, and for the scripts of the pages.

pub(super) mod accounts;
pub(super) mod catalogue;
pub(super) mod document;
pub(super) mod elsewhere;
pub(super) mod engines;
pub(super) mod events;
mod export;
pub(super) mod jobs;
pub(super) mod looks;
pub(super) mod photos;
mod types;
pub(super) mod webhooks;
