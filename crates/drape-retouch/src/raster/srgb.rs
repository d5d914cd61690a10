//! Bytes of sRGB to linear light and back, by table.

use drape_core::colour::{from_linear, to_linear};

/// Linear light (0..=1) of every sRGB byte.
pub(crate) fn linear_table() -> [f32; 256] {
    let mut table = [0.0; 256];
    for (i, v) in table.iter_mut().enumerate() {
        *v = to_linear(i as f32 / 255.0);
    }
    table
}

/// Linear light to sRGB byte by table. The table has 4,096 entries, at least ten for each byte.
pub(crate) struct Encoder(Vec<u8>);

impl Encoder {
    pub(crate) fn new() -> Self {
        // Indexed by the square root of light, in which bytes of sRGB are about evenly spaced.
        Self((0..4096).map(|i| (from_linear((i as f32 / 4095.0).powi(2)) * 255.0).round() as u8).collect())
    }

    #[inline]
    pub(crate) fn byte(&self, linear: f32) -> u8 {
        self.0[(linear.clamp(0.0, 1.0).sqrt() * 4095.0 + 0.5) as usize]
    }
}
