//! Where a model computes, and how its weights get there.

use candle_core::{DType, Device, Tensor};

use super::{Conv2d, Embedding, GroupNorm, LayerNorm, Linear};
use crate::error::{Error, Result};
use crate::weights::{Kind, Scope, View};

/// Where a model computes.
#[derive(Debug, Clone)]
pub struct Place {
    /// The device.
    pub device: Device,
    /// The type of activations there; single precision on the CPU.
    pub dtype: DType,
    /// The type in which weights are kept; as they are in the file when nothing is said.
    pub stored: Option<Kind>,
}

impl Place {
    /// The processor: single precision, weights as they are in the file.
    pub fn cpu() -> Self {
        Self { device: Device::Cpu, dtype: DType::F32, stored: None }
    }

    /// Whether our own kernels run here.
    fn is_host(&self) -> bool {
        has_kernels(&self.device, self.dtype)
    }

    /// A weight in the form in which layers use it here.
    pub(super) fn stored(&self, view: &View) -> Result<Stored> {
        if !self.is_host() {
            return Ok(Stored::Device(self.tensor(view)?));
        }
        Ok(Stored::Host(match self.stored {
            // Where the file is narrower, nothing is gained by storing it wider.
            Some(kind) if kind.bytes() < view.kind().bytes() => view.stored_as(kind),
            Some(kind) if kind != Kind::F32 => view.stored_as(kind),
            _ => view.clone(),
        }))
    }

    /// A bias or the weight of a norm: small, and always in the type of activations.
    pub(super) fn vector(&self, view: &View) -> Result<Vector> {
        if self.is_host() {
            let numbers = if view.is_absent() { vec![0.0; view.len()] } else { view.to_f32() };
            return Ok(Vector::Host(numbers));
        }
        Ok(Vector::Device(self.tensor(view)?))
    }

    /// A view as a tensor of this place's type.
    ///
    /// # Errors
    /// The device's.
    pub fn tensor(&self, view: &View) -> Result<Tensor> {
        if view.is_absent() {
            // The loader names it later; until then a tensor of the right shape takes its place.
            return Ok(Tensor::zeros(view.shape(), self.dtype, &Device::Cpu)?);
        }
        let rounded = match self.stored {
            Some(kind) => view.stored_as(kind),
            None => view.clone(),
        };
        let tensor = Tensor::from_vec(rounded.to_f32(), rounded.shape(), &Device::Cpu)?;
        Ok(tensor.to_dtype(self.dtype)?.to_device(&self.device)?)
    }
}

/// Whether our own kernels compute with activations of this type on this device: single precision on the
/// processor, unless tests and benches compare with candle.
pub(super) fn has_kernels(device: &Device, dtype: DType) -> bool {
    #[cfg(feature = "compare-with-candle")]
    if super::candle::is_on() {
        return false;
    }
    device.is_cpu() && dtype == DType::F32
}

/// A weight: where the file keeps it, or on a device.
#[derive(Debug)]
pub(super) enum Stored {
    /// For kernels of our own.
    Host(View),
    /// For candle's operations.
    Device(Tensor),
}

/// A bias or the weight of a norm.
#[derive(Debug)]
pub(super) enum Vector {
    /// For kernels of our own.
    Host(Vec<f32>),
    /// For candle's operations.
    Device(Tensor),
}

impl Vector {
    /// The numbers; none of one on a device.
    pub(super) fn numbers(&self) -> &[f32] {
        match self {
            Self::Host(numbers) => numbers,
            Self::Device(_) => &[],
        }
    }

    /// The tensor of one on a device.
    ///
    /// # Panics
    /// For one that is not: a layer has all its parts in one place.
    pub(super) fn tensor(&self) -> &Tensor {
        match self {
            Self::Device(tensor) => tensor,
            Self::Host(_) => panic!("a layer has all its parts in one place"),
        }
    }
}

/// A place among a component's tensors, from which layers are made.
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

    /// The place `name` below this one.
    pub fn at(&self, name: impl std::fmt::Display) -> Self {
        Self { scope: self.scope.at(name), place: self.place }
    }

    /// Where the layers compute.
    pub fn place(&self) -> &'a Place {
        self.place
    }

    /// The names themselves.
    pub fn scope(&self) -> &Scope<'a> {
        &self.scope
    }

    /// `name.weight` `[output, input]` and `name.bias`.
    ///
    /// # Errors
    /// The device's.
    pub fn linear(&self, name: &str, input: usize, output: usize) -> Result<Linear> {
        let at = self.scope.at(name);
        let weight = matrix(&at, input, output);
        Linear::new(self.place, &weight, Some(&at.get("bias", &[output])))
    }

    /// `name.weight` `[output, input]`.
    ///
    /// # Errors
    /// The device's.
    pub fn linear_no_bias(&self, name: &str, input: usize, output: usize) -> Result<Linear> {
        Linear::new(self.place, &matrix(&self.scope.at(name), input, output), None)
    }

    /// `name.weight` `[output, input, kernel, kernel]` and `name.bias`, padded by half the kernel.
    ///
    /// # Errors
    /// The device's.
    pub fn conv(&self, name: &str, input: usize, output: usize, kernel: usize) -> Result<Conv2d> {
        self.conv_with(name, [input, output, kernel], (1, kernel / 2), true)
    }

    /// As [`Weights::conv`], with `[input, output, kernel]`, `(stride, padding)` and whether there is a bias.
    ///
    /// # Errors
    /// The device's.
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
    /// The device's.
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
    /// The device's.
    pub fn embedding(&self, name: &str, rows: usize, width: usize) -> Result<Embedding> {
        Embedding::new(self.place, &self.scope.at(name).get("weight", &[rows, width]))
    }

    /// The tensor `name` itself.
    ///
    /// # Errors
    /// The device's.
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
