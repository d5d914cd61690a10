//! Where a model computes, and the form in which layers keep their weights there.

use candle_core::{DType, Device, Tensor};

use crate::error::Result;
use crate::weights::{Kind, View};

/// Where a model computes.
#[derive(Debug, Clone)]
pub struct Place {
    /// The device.
    pub device: Device,
    /// The type of activations there; single precision on the CPU.
    pub dtype: DType,
    /// The type in which weights are kept; `None` keeps the type of the file.
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
            // Storing a narrow file in a wider type would gain nothing.
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
    /// Errors of the device.
    pub fn tensor(&self, view: &View) -> Result<Tensor> {
        if view.is_absent() {
            // The loader reports it later; until then a tensor of the right shape takes its place.
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
    /// For our own kernels.
    Host(View),
    /// For candle's operations.
    Device(Tensor),
}

/// A bias or the weight of a norm.
#[derive(Debug)]
pub(super) enum Vector {
    /// For our own kernels.
    Host(Vec<f32>),
    /// For candle's operations.
    Device(Tensor),
}

impl Vector {
    /// The numbers; empty for a vector on a device.
    pub(super) fn numbers(&self) -> &[f32] {
        match self {
            Self::Host(numbers) => numbers,
            Self::Device(_) => &[],
        }
    }

    /// The tensor of a vector on a device.
    ///
    /// # Panics
    /// For a vector in this machine's memory: all parts of a layer are in one place.
    pub(super) fn tensor(&self) -> &Tensor {
        match self {
            Self::Device(tensor) => tensor,
            Self::Host(_) => panic!("a layer has all its parts in one place"),
        }
    }
}
