//! Tiles that SVG repeats over a piece of cloth.

/// A tile of a pattern or weave.
pub(crate) struct Tile {
    /// Width and height.
    pub(crate) size: (f32, f32),
    /// Degrees, clockwise.
    pub(crate) turn: f32,
    /// SVG elements.
    pub(crate) content: String,
}

impl Tile {
    pub(crate) fn new(width: f32, height: f32, content: String) -> Self {
        Self { size: (width, height), turn: 0.0, content }
    }

    pub(crate) fn turned(self, turn: f32) -> Self {
        Self { turn, ..self }
    }
}
