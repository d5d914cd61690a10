//! Making layers from the tensors of a component.

use candle_core::Tensor;

use super::layers::{Conv2d, Embedding, GroupNorm, LayerNorm, Linear};
use super::place::Place;
use crate::error::{Error, Result};
use crate::weights::{Scope, View};

/// A scope of a component's tensors, and the place where layers made from it compute.
#[derive(Debug, Clone)]
pub struct Weights<'a> {
    scope: Scope<'a>,
    place: &'a Place,
}

impl<'a> Weights<'a> {
    /// Layers from `scope`, computing at `place`.
    pub fn new(scope: Scope<'a>, place: &'a Place) -> Self {
        Self { scope, place }
    }

    /// The scope `name` below this one.
    pub fn at(&self, name: impl std::fmt::Display) -> Self {
        Self { scope: self.scope.at(name), place: self.place }
    }

    /// Where the layers compute.
    pub fn place(&self) -> &'a Place {
        self.place
    }

    /// The scope whose tensors the layers are made from.
    pub fn scope(&self) -> &Scope<'a> {
        &self.scope
    }

    /// `name.weight` `[output, input]` and `name.bias`.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn linear(&self, name: &str, input: usize, output: usize) -> Result<Linear> {
        let at = self.scope.at(name);
        let weight = matrix(&at, input, output);
        Linear::new(self.place, &weight, Some(&at.get("bias", &[output])))
    }

    /// `name.weight` `[output, input]`.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn linear_no_bias(&self, name: &str, input: usize, output: usize) -> Result<Linear> {
        Linear::new(self.place, &matrix(&self.scope.at(name), input, output), None)
    }

    /// `name.weight` `[output, input, kernel, kernel]` and `name.bias`, padded by half the kernel.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn conv(&self, name: &str, input: usize, output: usize, kernel: usize) -> Result<Conv2d> {
        self.conv_with(name, [input, output, kernel], (1, kernel / 2), true)
    }

    /// As [`Weights::conv`], with `[input, output, kernel]`, `(stride, padding)` and whether there is a bias.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn conv_with(
        &self,
        name: &str,
        [input, output, kernel]: [usize; 3],
        stride_padding: (usize, usize),
        bias: bool,
    ) -> Result<Conv2d> {
        let at = self.scope.at(name);
        let weight = at.get("weight", &[output, input, kernel, kernel]);
        let bias = bias.then(|| at.get("bias", &[output]));
        Conv2d::new(self.place, &weight, bias.as_ref(), stride_padding)
    }

    /// `name.weight` and `name.bias` `[size]`.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn layer_norm(&self, name: &str, size: usize, eps: f64) -> Result<LayerNorm> {
        let at = self.scope.at(name);
        LayerNorm::new(self.place, &at.get("weight", &[size]), &at.get("bias", &[size]), eps)
    }

    /// `name.weight` and `name.bias` `[channels]`, with `(groups, eps)`.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the groups do not divide the channels.
    pub fn group_norm(&self, name: &str, channels: usize, norm: (usize, f64)) -> Result<GroupNorm> {
        if norm.0 == 0 || !channels.is_multiple_of(norm.0) {
            return Err(Error::unsupported(name, format!("{} groups of {channels} channels", norm.0)));
        }
        let at = self.scope.at(name);
        GroupNorm::new(self.place, &at.get("weight", &[channels]), &at.get("bias", &[channels]), norm)
    }

    /// The table `name.weight` `[rows, width]`.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn embedding(&self, name: &str, rows: usize, width: usize) -> Result<Embedding> {
        Embedding::new(self.place, &self.scope.at(name).get("weight", &[rows, width]))
    }

    /// The tensor `name` itself.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.place.tensor(&self.scope.get(name, shape))
    }
}

/// A matrix, also where the file keeps it as a convolution of one pixel.
fn matrix(at: &Scope<'_>, input: usize, output: usize) -> View {
    if at.shape("weight") == Some(&[output, input, 1, 1]) {
        let view = at.get("weight", &[output, input, 1, 1]);
        return view.reshaped(&[output, input]).unwrap_or(view);
    }
    at.get("weight", &[output, input])
}
