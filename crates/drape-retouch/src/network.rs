//! The parser network: our own small weights, run by tract.
//!
//! Input 1 x 3 x H x W, RGB in -1..=1, H and W multiples of 32. Outputs: label logits
//! 1 x 11 x H/2 x W/2 and keypoint heatmap logits 1 x 15 x H/4 x W/4. `models/README.md` is its card.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tract_onnx::pb::ModelProto;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal;

use crate::plane::Plane;

static WEIGHTS: &[u8] = include_bytes!("../../../models/parser.onnx");

type Runnable = Arc<TypedSimplePlan>;

/// The network, ready for any input size; a size is prepared when it is first asked for.
pub(crate) struct Network {
    proto: ModelProto,
    /// Prepared sizes. Photos come in few aspect ratios, so this stays small; it is emptied when not.
    ready: Mutex<HashMap<(usize, usize), Runnable>>,
}

/// Raw outputs for one input.
pub(crate) struct Output {
    /// Logits per label, at half the input size.
    pub(crate) labels: Vec<Plane>,
    /// Logits per keypoint, at a quarter of the input size.
    pub(crate) keypoints: Vec<Plane>,
}

impl Network {
    /// Reads the embedded weights and widens them from half to single precision.
    pub(crate) fn load() -> TractResult<Self> {
        let mut proto = onnx().proto_model_for_read(&mut &*WEIGHTS)?;
        for tensor in proto.graph.iter_mut().flat_map(|g| &mut g.initializer) {
            if tensor.data_type == DataType::Float16 as i32 {
                let half = tensor.raw_data.chunks_exact(2);
                let wide = half.map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32().to_le_bytes());
                tensor.raw_data = wide.flatten().collect();
                tensor.data_type = DataType::Float as i32;
            }
        }
        Ok(Self { proto, ready: Mutex::default() })
    }

    fn sized(&self, height: usize, width: usize) -> TractResult<Runnable> {
        let lock = || self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = lock().get(&(height, width)) {
            return Ok(plan.clone());
        }
        let plan = onnx()
            .model_for_proto_model(&self.proto)?
            .with_input_fact(0, f32::fact([1, 3, height, width]).into())?
            .into_optimized()?
            .into_runnable()?;
        let mut ready = lock();
        if ready.len() >= 8 {
            ready.clear();
        }
        ready.insert((height, width), plan.clone());
        Ok(plan)
    }

    /// Runs the network on three planes (R, G, B in -1..=1) and on their mirror image, each on a
    /// thread of its own, and returns the mean of both.
    ///
    /// `mirror_keypoints`: for each keypoint, its counterpart in a mirrored person.
    pub(crate) fn run(&self, rgb: &[Plane; 3], mirror_keypoints: &[usize]) -> TractResult<Output> {
        let (h, w) = (rgb[0].height, rgb[0].width);
        let plan = self.sized(h, w)?;
        let pass = |mirrored: bool| -> TractResult<[Vec<Plane>; 2]> {
            let mut input = Vec::with_capacity(3 * h * w);
            for row in rgb.iter().flat_map(|p| p.data.chunks(w)) {
                if mirrored {
                    input.extend(row.iter().rev());
                } else {
                    input.extend_from_slice(row);
                }
            }
            let input = Tensor::from_shape(&[1, 3, h, w], &input)?;
            let outputs = plan.run(tvec!(input.into_tvalue()))?;
            let mut planes = [Vec::new(), Vec::new()];
            for (planes, output) in planes.iter_mut().zip(&outputs) {
                let view = output.to_plain_array_view::<f32>()?;
                let &[_, n, h, w] = view.shape() else { internal::bail!("four axes") };
                let values = view.as_slice().ok_or_else(|| internal::format_err!("contiguous output"))?;
                for data in values.chunks_exact(h * w).take(n) {
                    let mut data = data.to_vec();
                    if mirrored {
                        data.chunks_exact_mut(w).for_each(<[f32]>::reverse);
                    }
                    planes.push(Plane { width: w, height: h, data });
                }
            }
            Ok(planes)
        };
        let (straight, mirrored) = rayon::join(|| pass(false), || pass(true));
        let ([labels, keypoints], [labels_m, keypoints_m]) = (straight?, mirrored?);
        let mean = |a: &Plane, b: &Plane| a.zip(b, |a, b| (a + b) / 2.0);
        let keypoints = keypoints.iter().zip(mirror_keypoints).map(|(a, &i)| mean(a, &keypoints_m[i]));
        Ok(Output {
            labels: labels.iter().zip(&labels_m).map(|(a, b)| mean(a, b)).collect(),
            keypoints: keypoints.collect(),
        })
    }
}
