//! The switch by which tests and benches run candle's own operations on the processor.

use std::sync::atomic::{AtomicBool, Ordering};

static ON: AtomicBool = AtomicBool::new(false);

/// Makes models that are loaded from now on compute with candle's operations where our own kernels would
/// run otherwise. Holds for the whole process.
pub fn compare_with_candle(on: bool) {
    ON.store(on, Ordering::Relaxed);
}

/// Whether [`compare_with_candle`] was switched on.
pub(super) fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}
