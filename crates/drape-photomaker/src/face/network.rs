//! A network from a file, run by tract. No file, however damaged, may end the process: tract's errors and
//! panics both become errors that name the file.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::RgbImage;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dimension;
use tract_onnx::pb::type_proto::Value as Kind;
use tract_onnx::pb::{GraphProto, ModelProto, ValueInfoProto};
use tract_onnx::prelude::*;

use crate::error::{Error, Result};

/// A network that normalises its input does so within this many first operations.
const FIRST_OPERATIONS: usize = 8;

/// A network as it was read, with any input size; [`Network::plan`] makes it run at one.
#[derive(Debug)]
pub(super) struct Network {
    path: PathBuf,
    model: InferenceModel,
    input: Vec<Option<usize>>,
    normalises: bool,
}

/// A network prepared for pictures of one size.
#[derive(Debug)]
pub(super) struct Plan {
    runnable: Arc<TypedRunnableModel>,
    shapes: Vec<Vec<usize>>,
}

/// One output of a network.
pub(super) struct Output {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

impl Network {
    /// Reads a file and checks that it is a network with one input.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|error| Error::unreadable(path, &error))?;
        if metadata.len() == 0 {
            return Err(Error::malformed(path, "an empty file"));
        }
        let no_onnx = |detail: String| Error::malformed(path, format!("no ONNX network ({detail})"));
        let onnx = onnx().with_ignore_output_shapes(true).with_ignore_value_info(true);
        let proto: ModelProto = guarded(|| onnx.proto_model_for_path(path)).map_err(no_onnx)?;
        let graph = proto.graph.as_ref().ok_or_else(|| no_onnx("without a graph".to_owned()))?;
        let folder = path.parent().and_then(Path::to_str);
        let parsed = guarded(|| onnx.parse(&proto, folder)).map_err(no_onnx)?;
        if let Some(name) = parsed.unresolved_inputs.first() {
            return Err(no_onnx(format!("nothing gives `{name}`")));
        }
        // Older files list their weights among the inputs.
        let is_weight = |input: &ValueInfoProto| graph.initializer.iter().any(|w| w.name == input.name);
        let inputs: Vec<_> = graph.input.iter().filter(|input| !is_weight(input)).collect();
        let [input] = inputs.as_slice() else {
            return Err(no_onnx(format!("{} inputs, one is needed", inputs.len())));
        };
        Ok(Self {
            path: path.to_owned(),
            model: parsed.model,
            input: dimensions(input),
            normalises: normalises(graph),
        })
    }

    /// Height and width of the input, each `None` if the file leaves it open. `None` as a whole unless the
    /// input is one picture `[1, 3, height, width]`.
    pub(super) fn input_sides(&self) -> Option<(Option<usize>, Option<usize>)> {
        match self.input.as_slice() {
            [batch, Some(3), height, width] if batch.is_none_or(|n| n == 1) => Some((*height, *width)),
            _ => None,
        }
    }

    /// The input's shape for an error.
    pub(super) fn input_text(&self) -> String {
        let sides: Vec<_> =
            self.input.iter().map(|d| d.map_or("?".to_owned(), |size| size.to_string())).collect();
        format!("[{}]", sides.join(", "))
    }

    /// How many outputs it has.
    pub(super) fn outputs(&self) -> usize {
        self.model.outputs.len()
    }

    /// Whether it subtracts a mean and scales by itself, as networks from MXNet do.
    pub(super) fn normalises(&self) -> bool {
        self.normalises
    }

    /// An error that names the file.
    pub(super) fn malformed(&self, detail: impl Into<String>) -> Error {
        Error::malformed(&self.path, detail)
    }

    /// Prepares it for one picture of `side` pixels square.
    pub(super) fn plan(&self, side: usize) -> Result<Plan> {
        let prepared = guarded(|| {
            let fact = InferenceFact::dt_shape(f32::datum_type(), tvec!(1, 3, side, side));
            let model = self.model.clone().with_input_fact(0, fact)?.into_optimized()?;
            let shapes = (0..model.outputs.len())
                .map(|i| {
                    let fact = model.output_fact(i)?;
                    let shape = fact.shape.as_concrete().unwrap_or_default().to_vec();
                    Ok(if fact.datum_type == f32::datum_type() { shape } else { Vec::new() })
                })
                .collect::<TractResult<Vec<_>>>()?;
            Ok(Plan { runnable: model.into_runnable()?, shapes })
        });
        prepared.map_err(|detail| self.malformed(format!("cannot be run at {side}x{side} ({detail})")))
    }
}

impl Plan {
    /// The shapes of the outputs; an empty one for an output that is no tensor of floats.
    pub(super) fn output_shapes(&self) -> &[Vec<usize>] {
        &self.shapes
    }

    /// Runs it on a picture of the size that it was prepared for. `normal.0` is subtracted from each channel,
    /// and the difference divided by `normal.1`. Red comes first.
    pub(super) fn run(&self, picture: &RgbImage, normal: (f32, f32)) -> Result<Vec<Output>> {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mut values = Vec::with_capacity(3 * width * height);
        for channel in 0..3 {
            let channel = picture.as_raw().iter().skip(channel).step_by(3);
            values.extend(channel.map(|v| (f32::from(*v) - normal.0) / normal.1));
        }
        let outputs = guarded(|| {
            let input = Tensor::from_shape(&[1, 3, height, width], &values)?;
            let outputs = self.runnable.run(tvec!(input.into()))?;
            let read = |output: &TValue| {
                let values = output.to_plain_array_view::<f32>()?.iter().copied().collect();
                Ok(Output { shape: output.shape().to_vec(), values })
            };
            outputs.iter().map(read).collect::<TractResult<Vec<_>>>()
        });
        outputs.map_err(|detail| Error::Compute(format!("face model: {detail}")))
    }
}

/// Runs work that may fail or panic; the reason is one line.
fn guarded<T>(work: impl FnOnce() -> TractResult<T>) -> Result<T, String> {
    let text = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => format!("{error:#}"),
        Err(panic) => panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "a panic without words".to_owned()),
    };
    // Keep one line: some errors print whole operations.
    Err(text.lines().next().unwrap_or_default().chars().take(300).collect())
}

/// The sizes of an input; `None` for those that the file leaves open.
fn dimensions(value: &ValueInfoProto) -> Vec<Option<usize>> {
    let Some(Kind::TensorType(tensor)) = value.r#type.as_ref().and_then(|kind| kind.value.as_ref()) else {
        return Vec::new();
    };
    let size = |dimension: &Option<Dimension>| match dimension {
        Some(Dimension::DimValue(size)) => usize::try_from(*size).ok().filter(|size| *size > 0),
        _ => None,
    };
    tensor.shape.iter().flat_map(|shape| &shape.dim).map(|d| size(&d.value)).collect()
}

/// Whether a subtraction and a multiplication, or MXNet's `bn_data`, are among the first operations. By this,
/// InsightFace recognises networks that take unscaled bytes.
fn normalises(graph: &GraphProto) -> bool {
    let first = || graph.node.iter().take(FIRST_OPERATIONS);
    let has = |operation: &str| first().any(|node| node.op_type == operation);
    (has("Sub") && has("Mul")) || first().take(3).any(|node| node.name == "bn_data")
}
