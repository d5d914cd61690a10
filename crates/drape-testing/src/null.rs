//! An engine that does nothing, to measure everything around an engine.

use drape_core::engine::{Engine, Generated, Progress, Request};

/// Makes no looks, at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Null;

impl Engine for Null {
    fn name(&self) -> &'static str {
        "null"
    }

    fn generate(&self, _: Request<'_>, _: &mut dyn FnMut(Progress) -> bool) -> Generated {
        Ok(Vec::new())
    }
}
