//! What the service can do: one function per deed, whether a program, a page or the former service's client
//! asks for it.

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
