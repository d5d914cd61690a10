//! LoRAs that make a model paint in a few steps, and the sampler that each was trained for.

use std::collections::BTreeMap;
use std::path::Path;

/// How to sample with a few-step LoRA.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FewStep {
    /// The sampler.
    pub sampler: Sampler,
    /// Steps that it was made for.
    pub steps: usize,
    /// The guidance scale: 1, which is none. The model cards say 0, which diffusers treats alike.
    pub guidance: f32,
}

/// The samplers of few-step LoRAs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampler {
    /// Latent consistency.
    Lcm,
    /// Euler with trailing timesteps.
    EulerTrailing,
}

/// Recognises an LCM or SDXL-Lightning LoRA by the name of its file or folder, or by the metadata of the file
/// (`ss_output_name`, `modelspec.title`).
///
/// Sources: the model card of `ByteDance/SDXL-Lightning` (`sdxl_lightning_Nstep_lora.safetensors` for 2, 4
/// and 8 steps; Euler, `timestep_spacing` trailing, guidance 0; the steps must be those of the file) and of
/// `latent-consistency/lcm-lora-sdxl` (`pytorch_lora_weights.safetensors`; LCM, 2 to 8 steps with 4 in its
/// example, guidance 0). A Lightning file that tells no steps is taken for the four-step one.
pub fn scheduler_for(path: &Path, metadata: &BTreeMap<String, String>) -> Option<FewStep> {
    let said = ["ss_output_name", "modelspec.title"].map(|key| metadata.get(key).map(String::as_str));
    let file = path.file_stem().and_then(|n| n.to_str());
    let folder = path.parent().and_then(Path::file_name).and_then(|n| n.to_str());
    // The folder counts last: a folder `lcm` may hold other files, too, but their names tell them apart.
    [file, said[0], said[1], folder].into_iter().flatten().find_map(recognise)
}

fn recognise(name: &str) -> Option<FewStep> {
    let name = name.to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    if words.contains(&"lightning") {
        let steps = steps(&words).unwrap_or(4);
        return Some(FewStep { sampler: Sampler::EulerTrailing, steps, guidance: 1.0 });
    }
    let lcm = words.iter().any(|w| *w == "lcm" || *w == "lcmlora");
    lcm.then(|| FewStep { sampler: Sampler::Lcm, steps: steps(&words).unwrap_or(4), guidance: 1.0 })
}

/// The number in `4step`, `4steps`, `4_step` or `4-steps`.
fn steps(words: &[&str]) -> Option<usize> {
    let steps = words.iter().enumerate().find_map(|(i, word)| {
        let before = word.strip_suffix("steps").or_else(|| word.strip_suffix("step"))?;
        if before.is_empty() { words[i.checked_sub(1)?].parse().ok() } else { before.parse().ok() }
    })?;
    (1..=16).contains(&steps).then_some(steps)
}
