//! Panels: the pieces into which the operands of a product are packed.

/// Which part of an operand a panel holds.
#[derive(Clone, Copy)]
pub(crate) struct Panel {
    /// Number of the picture, for operands that differ by picture.
    pub(crate) image: usize,
    /// First vector.
    pub(crate) first: usize,
    /// Vectors.
    pub(crate) count: usize,
    /// First value of each vector.
    pub(crate) from: usize,
    /// Values of each vector.
    pub(crate) depth: usize,
    /// Vectors of the panel, those beyond `count` being zero.
    pub(crate) width: usize,
}
