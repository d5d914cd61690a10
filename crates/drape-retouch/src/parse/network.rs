//! The parser networks: small weights trained for this project, run by the six operations they consist of.
//!
//! Input: three planes (R, G, B in -1..=1) of H x W, multiples of 32. Outputs: label logits,
//! 11 x H/2 x W/2, and keypoint heatmap logits, 15 x H/4 x W/4. `models/README.md` is its card.
//!
//! Values are stored channels-last: a pointwise convolution is one matrix product, a depthwise one a sum over
//! contiguous channels, and any input size works without preparation. Biases and activations are applied
//! block by block while the block is in the cache.

use std::collections::HashMap;

use rayon::prelude::*;

use super::convolution::{Conv, DEPTHWISE_CHANNELS, Value};
use super::onnx::{self, Graph, Node};
use crate::raster::plane::Plane;

/// The weights of the networks, whose answers are averaged.
static WEIGHTS: [&[u8]; 2] = [
    include_bytes!("../../../../models/parser-lite1.onnx"),
    include_bytes!("../../../../models/parser-lite2.onnx"),
];

/// Several networks that parse a photo together: where one is mistaken, the others often are not.
pub(crate) struct Networks(Vec<Network>);

/// One network, ready for any input size.
struct Network {
    steps: Vec<Step>,
    /// Number of values (inputs and results of steps); 0 is the photo.
    values: usize,
    labels: usize,
    keypoints: usize,
}

/// Raw outputs for one input.
pub(crate) struct Output {
    /// Logits per label, at half the input size.
    pub(crate) labels: Vec<Plane>,
    /// Logits per keypoint, at a quarter of the input size.
    pub(crate) keypoints: Vec<Plane>,
}

/// One operation; inputs and output are numbers of values.
struct Step {
    op: Op,
    inputs: Vec<usize>,
    output: usize,
    /// Values that no later step reads.
    spent: Vec<usize>,
}

enum Op {
    Conv(Conv),
    /// Sum; a 1 x 1 value is added to every pixel.
    Add,
    Concat,
    /// Twice the size by bilinear interpolation, corners of pixels aligned.
    Double,
    /// Mean over all pixels.
    Mean,
}

impl Networks {
    /// Reads the embedded weights.
    ///
    /// # Errors
    /// A message that names the part of the file that is not understood.
    pub(crate) fn load() -> Result<Self, String> {
        let networks = WEIGHTS.into_iter().map(|file| compile(&onnx::read(file)?));
        Ok(Self(networks.collect::<Result<_, String>>()?))
    }

    /// Runs every network on a picture and on its mirror image, each pass on a thread of its own,
    /// and returns the mean of all.
    ///
    /// `mirror_keypoints`: for each keypoint, its counterpart in a mirrored person.
    pub(crate) fn run(&self, rgb: &[Plane; 3], mirror_keypoints: &[usize]) -> Result<Output, String> {
        let passes: Vec<(&Network, bool)> = self.0.iter().flat_map(|n| [(n, false), (n, true)]).collect();
        // Collected in order: the sums below do not depend on which thread was first.
        let seen: Vec<(Vec<Plane>, Vec<Plane>)> = passes
            .par_iter()
            .with_max_len(1)
            .map(|&(network, mirrored)| {
                let (labels, mut keypoints) = network.pass(rgb, mirrored);
                if keypoints.len() != mirror_keypoints.len() {
                    return Err(format!("{} keypoints", keypoints.len()));
                }
                if mirrored {
                    keypoints = mirror_keypoints.iter().map(|&i| keypoints[i].clone()).collect();
                }
                Ok((labels, keypoints))
            })
            .collect::<Result<_, String>>()?;
        let (labels, keypoints): (Vec<_>, Vec<_>) = seen.into_iter().unzip();
        Ok(Output { labels: mean_of(&labels)?, keypoints: mean_of(&keypoints)? })
    }
}

/// The mean of several answers of as many planes each.
fn mean_of(answers: &[Vec<Plane>]) -> Result<Vec<Plane>, String> {
    let (first, others) = answers.split_first().ok_or("no network")?;
    if others.iter().any(|o| o.len() != first.len()) {
        return Err("networks with different outputs".to_owned());
    }
    let share = 1.0 / answers.len() as f32;
    let mean = |k: usize| {
        let mut sum = first[k].clone();
        for other in others {
            sum.data.iter_mut().zip(&other[k].data).for_each(|(s, v)| *s += v);
        }
        sum.data.iter_mut().for_each(|s| *s *= share);
        sum
    };
    Ok((0..first.len()).map(mean).collect())
}

impl Network {
    fn pass(&self, rgb: &[Plane; 3], mirrored: bool) -> (Vec<Plane>, Vec<Plane>) {
        let (h, w) = (rgb[0].height, rgb[0].width);
        let mut values = vec![Value::default(); self.values];
        let mut photo = Vec::with_capacity(h * w * 3);
        for y in 0..h {
            for x in 0..w {
                let x = if mirrored { w - 1 - x } else { x };
                photo.extend(rgb.iter().map(|p| p.at(x, y)));
            }
        }
        values[0] = Value { height: h, width: w, channels: 3, data: photo };
        for step in &self.steps {
            let inputs: Vec<&Value> = step.inputs.iter().map(|&i| &values[i]).collect();
            let output = match &step.op {
                Op::Conv(conv) => conv.run(inputs[0]),
                Op::Add => add(inputs[0], inputs[1]),
                Op::Concat => concat(&inputs),
                Op::Double => double(inputs[0]),
                Op::Mean => mean(inputs[0]),
            };
            values[step.output] = output;
            for &i in &step.spent {
                values[i] = Value::default();
            }
        }
        (planes(&values[self.labels], mirrored), planes(&values[self.keypoints], mirrored))
    }
}

/// Channels as planes, mirrored back where the input was.
fn planes(value: &Value, mirrored: bool) -> Vec<Plane> {
    let (w, n) = (value.width, value.channels);
    let column = |x: usize| if mirrored { w - 1 - x } else { x };
    (0..n).map(|c| Plane::from_fn(w, value.height, |x, y| value.data[(y * w + column(x)) * n + c])).collect()
}

/// Turns the graph into steps: folds activations into their convolution and drops constants.
fn compile(graph: &Graph) -> Result<Network, String> {
    let weights: HashMap<&str, &onnx::Weight> = graph.weights.iter().map(|w| (w.name.as_str(), w)).collect();
    let mut constants: HashMap<&str, &onnx::Weight> = HashMap::new();
    let mut names: HashMap<&str, usize> = HashMap::new();
    // Later networks also say what the photo as a whole shows, which nothing here reads.
    let (Some(photo), [labels, keypoints, ..]) = (graph.inputs.first(), graph.outputs.as_slice()) else {
        return Err("one input and two outputs are expected".to_owned());
    };
    names.insert(photo, 0);
    let mut steps: Vec<Step> = Vec::new();
    for node in &graph.nodes {
        let result = node.outputs.first().ok_or("a node without a result")?;
        let find = |i: usize| -> Result<usize, String> {
            let name = node.inputs.get(i).ok_or_else(|| format!("{}: input {i} is missing", node.op))?;
            names.get(name.as_str()).copied().ok_or_else(|| format!("{}: unknown value {name}", node.op))
        };
        let (op, inputs) = match node.op.as_str() {
            "Constant" => {
                constants.insert(result, node.constant.as_ref().ok_or("a constant without a value")?);
                continue;
            }
            "Clip" | "Relu" => {
                let most = if node.op == "Relu" {
                    f32::INFINITY
                } else {
                    let bound =
                        |i: usize| constants.get(node.inputs.get(i)?.as_str())?.values.first().copied();
                    bound(1)
                        .filter(|low| *low == 0.0)
                        .and_then(|_| bound(2))
                        .ok_or("Clip: bounds are not 0 and a constant")?
                };
                let from = find(0)?;
                match steps.last_mut() {
                    Some(Step { op: Op::Conv(conv), output, .. }) if *output == from => {
                        conv.most = Some(most);
                    }
                    _ => return Err(format!("{}: not behind a convolution", node.op)),
                }
                names.insert(result, from);
                continue;
            }
            "Conv" => (Op::Conv(conv(node, &weights)?), vec![find(0)?]),
            "Add" => (Op::Add, vec![find(0)?, find(1)?]),
            "Concat" => (Op::Concat, (0..node.inputs.len()).map(find).collect::<Result<_, _>>()?),
            "Resize" => (Op::Double, vec![find(0)?]),
            "ReduceMean" => (Op::Mean, vec![find(0)?]),
            other => return Err(format!("operation {other}")),
        };
        let output = steps.len() + 1;
        names.insert(result, output);
        steps.push(Step { op, inputs, output, spent: Vec::new() });
    }
    let output = |name: &String| names.get(name.as_str()).copied().ok_or_else(|| format!("no value {name}"));
    let (labels, keypoints) = (output(labels)?, output(keypoints)?);
    // A value is dropped after the last step that reads it.
    let values = steps.len() + 1;
    for value in (0..values).filter(|v| *v != labels && *v != keypoints) {
        if let Some(last) = steps.iter_mut().rev().find(|s| s.inputs.contains(&value)) {
            last.spent.push(value);
        }
    }
    Ok(Network { steps, values, labels, keypoints })
}

fn conv(node: &Node, weights: &HashMap<&str, &onnx::Weight>) -> Result<Conv, String> {
    let weight = |i: usize| {
        let name = node.inputs.get(i).ok_or("Conv: weights or bias are missing")?;
        weights.get(name.as_str()).copied().ok_or_else(|| format!("Conv: no weights {name}"))
    };
    let number = |name: &str| node.integers.iter().find(|a| a.0 == name).and_then(|a| a.1.first()).copied();
    let (w, bias) = (weight(1)?, weight(2)?);
    let &[outputs, per_group, kernel, _] = w.shape.as_slice() else {
        return Err(format!("{}: shape {:?}", w.name, w.shape));
    };
    let group = number("group").unwrap_or(1) as usize;
    let depthwise = group > 1;
    if (depthwise && (group != outputs || per_group != 1))
        || number("pads").unwrap_or(0) as usize != kernel / 2
    {
        return Err(format!("{}: neither dense nor depthwise with centred padding", w.name));
    }
    let shape = (kernel, number("strides").unwrap_or(1) as usize);
    if !matches!(shape, (1, 1) | (3 | 5, 1 | 2)) || (depthwise && outputs % DEPTHWISE_CHANNELS != 0) {
        return Err(format!("{}: kernel and stride {shape:?}, {outputs} outputs", w.name));
    }
    Ok(if depthwise {
        Conv::depthwise(shape, outputs, &w.values, &bias.values)
    } else {
        Conv::dense(shape, (per_group, outputs), &w.values, &bias.values)
    })
}

fn add(a: &Value, b: &Value) -> Value {
    let mut out = a.clone();
    if b.height * b.width == 1 {
        for pixel in out.data.chunks_exact_mut(b.channels) {
            pixel.iter_mut().zip(&b.data).for_each(|(v, w)| *v += w);
        }
    } else {
        out.data.iter_mut().zip(&b.data).for_each(|(v, w)| *v += w);
    }
    out
}

fn concat(inputs: &[&Value]) -> Value {
    let (height, width) = (inputs[0].height, inputs[0].width);
    let channels = inputs.iter().map(|v| v.channels).sum();
    let mut data = Vec::with_capacity(height * width * channels);
    for i in 0..height * width {
        for value in inputs {
            data.extend_from_slice(&value.data[i * value.channels..][..value.channels]);
        }
    }
    Value { height, width, channels, data }
}

fn double(input: &Value) -> Value {
    let (h, w, c) = (input.height * 2, input.width * 2, input.channels);
    let mut data = vec![0.0; h * w * c];
    // New pixels lie a quarter and three quarters of the way between two old ones.
    let between = |i: usize, n: usize| {
        let near = i / 2;
        let far = if i.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(n - 1) };
        (near, far)
    };
    let mut line = vec![0.0; input.width * c];
    for (y, row) in data.chunks_exact_mut(w * c).enumerate() {
        let (near, far) = between(y, input.height);
        let (near, far) = (&input.data[near * input.width * c..], &input.data[far * input.width * c..]);
        for ((v, a), b) in line.iter_mut().zip(near).zip(far) {
            *v = 0.75 * a + 0.25 * b;
        }
        for (x, cell) in row.chunks_exact_mut(c).enumerate() {
            let (near, far) = between(x, input.width);
            for ((v, a), b) in cell.iter_mut().zip(&line[near * c..]).zip(&line[far * c..]) {
                *v = 0.75 * a + 0.25 * b;
            }
        }
    }
    Value { height: h, width: w, channels: c, data }
}

fn mean(input: &Value) -> Value {
    let mut data = vec![0.0; input.channels];
    for pixel in input.data.chunks_exact(input.channels) {
        data.iter_mut().zip(pixel).for_each(|(s, v)| *s += v);
    }
    let k = 1.0 / (input.height * input.width) as f32;
    data.iter_mut().for_each(|v| *v *= k);
    Value { height: 1, width: 1, channels: input.channels, data }
}
