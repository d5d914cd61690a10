//! The second network turns an aligned face into its embedding (ArcFace; Deng et al. 2019).

use image::RgbImage;

use super::align::ALIGNED;
use super::network::{Network, Plan};
use crate::error::{Error, Result};

/// Numbers in a face embedding.
pub const EMBEDDING: usize = 512;

#[derive(Debug)]
pub(super) struct Recogniser {
    plan: Plan,
    /// Subtracted from each channel, and the divisor of the difference.
    normal: (f32, f32),
}

impl Recogniser {
    pub(super) fn new(network: &Network) -> Result<Self> {
        let side = ALIGNED as usize;
        let fits = |found: Option<usize>| found.is_none_or(|found| found == side);
        if !network.input_sides().is_some_and(|(height, width)| fits(height) && fits(width)) {
            return Err(network.malformed(format!(
                "a face recogniser takes one picture [1, 3, {side}, {side}], this network takes {}",
                network.input_text()
            )));
        }
        let plan = network.plan(side)?;
        let shapes = plan.output_shapes();
        let width = match shapes {
            [shape] => shape.last().copied().filter(|last| shape.iter().product::<usize>() == *last),
            _ => None,
        };
        if width != Some(EMBEDDING) {
            return Err(network.malformed(format!(
                "a face recogniser gives one embedding [1, {EMBEDDING}], this network gives {shapes:?}"
            )));
        }
        // Networks that came from MXNet subtract and scale in their first operations; all others expect
        // values from -1 to 1.
        let normal = if network.normalises() { (0.0, 1.0) } else { (127.5, 127.5) };
        Ok(Self { plan, normal })
    }

    /// The embedding of a face of [`ALIGNED`] pixels, not normalised.
    pub(super) fn embed(&self, face: &RgbImage) -> Result<Vec<f32>> {
        let outputs = self.plan.run(face, self.normal)?;
        let embedding = outputs.into_iter().next().map(|output| output.values).unwrap_or_default();
        if embedding.len() != EMBEDDING || !embedding.iter().all(|v| v.is_finite()) {
            return Err(Error::Compute("the face embedding is not 512 finite numbers".to_owned()));
        }
        Ok(embedding)
    }
}
