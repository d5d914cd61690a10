//! The actions of the service: one function each, shared by the API, the pages and the former service's
//! routes.

pub(crate) mod accounts;
pub(crate) mod crop_cache;
pub(crate) mod crops;
pub(crate) mod engines;
pub(crate) mod examples;
pub(crate) mod lens;
pub(crate) mod password;
pub(crate) mod photos;
pub(crate) mod products;
pub(crate) mod styling;
pub(crate) mod webhooks;
