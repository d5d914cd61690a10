//! For tests and tasks only: real servers (MariaDB, an S3-compatible store, an SQS-compatible queue) in
//! private folders on free ports, (feature `stores`) a separate store on them for each test, (feature
//! `engines`) engines that need no weights, and small diffusion models with pseudo-random weights.
//!
//! `cargo xtask servers`, `test` and `chaos` start them; tests find their addresses in the environment
//! ([`DATABASE`], [`S3`], [`SQS`]).

mod all;
mod answers;
mod model;
#[cfg(feature = "engines")]
mod null;
#[cfg(feature = "stores")]
mod place;
mod servers;
#[cfg(feature = "engines")]
mod still;
mod tools;

pub use all::{Servers, keys};
pub use answers::steady;
pub use model::{SmallModel, pseudo_random};
#[cfg(feature = "engines")]
pub use null::Null;
#[cfg(feature = "stores")]
pub use place::{Place, blob_keys, has_servers};
pub use servers::{MariaDb, Queue, Running, Weed, free_port};
#[cfg(feature = "engines")]
pub use still::Still;
pub use tools::{Tools, found, install};

/// Variable with the address of a MariaDB server on which each test creates its own database.
pub const DATABASE: &str = "DRAPE_TEST_DATABASE";
/// Variable with the address of an S3-compatible store that has the bucket [`BUCKET`].
pub const S3: &str = "DRAPE_TEST_S3";
/// Variable with the address of an SQS-compatible queue.
pub const SQS: &str = "DRAPE_TEST_SQS";
/// The bucket of tests.
pub const BUCKET: &str = "drape-test";
/// Access key of the store and the queue; it protects nothing, since both live as long as the tests.
pub const ACCESS_KEY: &str = "drape";
/// The secret of [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "for-tests-only";
