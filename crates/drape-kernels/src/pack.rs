//! Packing copies operands into panels, in the order in which the tiles read them, and converts them to
//! `f32`.

use crate::{panel::Panel, transposition, weights::Weights};

/// One side of a matrix product: vectors (rows of the left side, columns of the right one) along the
/// depth that is summed over.
pub(crate) trait Operand: Sync {
    /// Writes the panel of the `count` vectors from `first` on, `depth` values each from `from` on: `into`
    /// is depth x `width`, zero beyond `count`.
    fn pack(&self, which: Panel, into: &mut [f32]);
}

/// Vectors that lie one after the other, each contiguous.
pub(crate) struct Rows<'a> {
    pub(crate) values: Weights<'a>,
    /// From the start of one vector to the start of the next.
    pub(crate) stride: usize,
    /// Start of the first one.
    pub(crate) start: usize,
}

impl Operand for Rows<'_> {
    fn pack(&self, which: Panel, into: &mut [f32]) {
        let start = self.start + which.first * self.stride + which.from;
        transposition::gather(self.values, start, self.stride, which, into);
    }
}
