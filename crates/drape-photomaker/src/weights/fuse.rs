//! Adds LoRAs to the weights when a model is loaded, so that they cost nothing per picture.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::checkpoint::Checkpoint;
use super::lora::{Component, Module};
use super::view::{Kind, View};
use crate::error::{Error, Problem, Result};

/// The result of [`fuse`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fused {
    /// Weights that changed.
    pub modules: usize,
}

/// Weights that are computed before they replace the old ones.
const AT_ONCE: usize = 32;
/// Numbers of a weight that are changed at a time.
const AT_A_TIME: usize = 1 << 18;

/// Adds modules to the weights: `W + scale * alpha / rank * up * down`, computed in single precision and
/// stored in the type of the weight. Several modules of one weight are all added. Weights are changed a few
/// at a time, so little more memory is needed than the changed weights take.
///
/// # Errors
/// [`Error::Tensors`] (component `lora`) with every module whose weight is missing or of another shape; then
/// nothing was changed.
pub fn fuse(modules: &[Module], scale: f32, checkpoint: &mut Checkpoint) -> Result<Fused> {
    let mut targets: BTreeMap<(Component, String), Vec<&Module>> = BTreeMap::new();
    for module in modules {
        targets.entry((module.component, module.weight())).or_default().push(module);
    }
    let lacks = |(component, name): &&(Component, String)| {
        component
            .tensors(checkpoint)
            .entries()
            .get(name)
            .is_none_or(|w| w.is_absent() || w.kind() == Kind::I64)
    };
    let mut problems: Vec<Problem> =
        targets.keys().filter(lacks).map(|(_, name)| Problem::Missing(name.clone())).collect();
    problems.extend(modules.iter().filter_map(|m| m.unfit(checkpoint)));
    if !problems.is_empty() {
        return Err(Error::Tensors { component: "lora".to_owned(), problems });
    }
    let targets: Vec<_> = targets.into_iter().collect();
    for some in targets.chunks(AT_ONCE) {
        let work: Vec<(&(Component, String), &[&Module], View)> = some
            .iter()
            .filter_map(|(key, modules)| {
                let weight = key.0.tensors(checkpoint).entries().get(&key.1)?;
                Some((key, modules.as_slice(), weight.clone()))
            })
            .collect();
        let changed: Vec<(&(Component, String), View)> = work
            .into_par_iter()
            .map(|(key, modules, weight)| Ok((key, changed(&weight, modules, scale)?)))
            .collect::<Result<_>>()?;
        for ((component, name), view) in changed {
            let before = component.tensors_mut(checkpoint).entries_mut().insert(name.clone(), view);
            // The old weight is never read again.
            before.iter().for_each(View::rest);
        }
    }
    Ok(Fused { modules: targets.len() })
}

/// The weight with all modules added, some rows at a time, so that the sums stay in the processor's cache.
fn changed(weight: &View, modules: &[&Module], scale: f32) -> Result<View> {
    let factors: Vec<(Tensor, Tensor)> = modules.iter().map(|m| factors(m, scale)).collect::<Result<_>>()?;
    let Some(columns) = weight.shape().first().and_then(|rows| weight.len().checked_div(*rows)) else {
        return Ok(weight.clone());
    };
    let rows = (AT_A_TIME / columns.max(1)).max(1);
    weight.changed(rows * columns, |start, values| {
        for (up, down) in &factors {
            let some = up.narrow(0, start / columns, values.len() / columns)?;
            let add = some.matmul(down)?.flatten_all()?.to_vec1::<f32>()?;
            values.iter_mut().zip(&add).for_each(|(value, add)| *value += add);
        }
        Ok(())
    })
}

/// Two matrices `[out, rank]` and `[rank, columns]` whose product is added, the columns in the order of the
/// weight's numbers.
fn factors(module: &Module, scale: f32) -> Result<(Tensor, Tensor)> {
    let (rank, out) = (module.rank(), module.up.shape()[0]);
    let factor = scale * module.alpha.map_or(1.0, |alpha| alpha / rank as f32);
    let matrix = |view: &View, rows: usize| {
        let columns = view.len() / rows;
        Tensor::from_vec(view.to_f32(), (rows, columns), &Device::Cpu)
    };
    let down = matrix(&module.down, rank)?;
    let up = matrix(&module.up, out)?.affine(f64::from(factor), 0.0)?;
    let Some(mid) = &module.mid else { return Ok((up, down)) };
    // [p, q, kernel] x [q, in] over q gives [p, in, kernel], and up sums over p.
    let kernel = mid.len() / (rank * rank);
    let input = down.dim(1)?;
    let mid = Tensor::from_vec(mid.to_f32(), (rank, rank, kernel), &Device::Cpu)?;
    let mid = mid.transpose(1, 2)?.contiguous()?.reshape((rank * kernel, rank))?;
    let inner = mid.matmul(&down)?.reshape((rank, kernel, input))?.transpose(1, 2)?.contiguous()?;
    Ok((up, inner.reshape((rank, input * kernel))?))
}
