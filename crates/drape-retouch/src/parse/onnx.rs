//! Reads the subset of ONNX that the parser networks use.
//!
//! Source: `onnx.proto3` of ONNX 1.16 (field numbers) and the protocol buffers wire format. Reads only the
//! nodes that the export in `training/` writes; anything else is an error that names it.

/// A weight: its shape, and its values widened to single precision.
#[derive(Debug, Default, Clone)]
pub(crate) struct Weight {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

/// One operation of the graph.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) op: String,
    pub(crate) inputs: Vec<String>,
    pub(crate) outputs: Vec<String>,
    /// Integer attributes by name.
    pub(crate) integers: Vec<(String, Vec<i64>)>,
    /// The value of a `Constant`.
    pub(crate) constant: Option<Weight>,
}

/// The graph: nodes in order of computation, and the weights.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) weights: Vec<Weight>,
    pub(crate) inputs: Vec<String>,
    pub(crate) outputs: Vec<String>,
}

/// The value of a field.
#[derive(Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message, in order.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Result<u64, String> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or("the file ends inside a number")?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("a number is too long".to_owned())
    }

    fn bytes(&mut self, n: usize) -> Result<&'a [u8], String> {
        let (bytes, rest) = self.0.split_at_checked(n).ok_or("the file ends inside a field")?;
        self.0 = rest;
        Ok(bytes)
    }

    fn next(&mut self) -> Result<Option<(u64, Value<'a>)>, String> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Number(self.varint()?),
            1 => Value::Bytes(self.bytes(8)?),
            2 => {
                let n = usize::try_from(self.varint()?).map_err(|e| e.to_string())?;
                Value::Bytes(self.bytes(n)?)
            }
            5 => Value::Bytes(self.bytes(4)?),
            kind => return Err(format!("wire type {kind}")),
        };
        Ok(Some((key >> 3, value)))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A repeated integer field: packed or one by one.
fn integers(value: Value<'_>, into: &mut Vec<i64>) -> Result<(), String> {
    match value {
        Value::Number(n) => into.push(n as i64),
        Value::Bytes(bytes) => {
            let mut packed = Fields(bytes);
            while !packed.0.is_empty() {
                into.push(packed.varint()? as i64);
            }
        }
    }
    Ok(())
}

/// Reads a model file.
pub(crate) fn read(file: &[u8]) -> Result<Graph, String> {
    let mut model = Fields(file);
    while let Some((number, value)) = model.next()? {
        if let (7, Value::Bytes(bytes)) = (number, value) {
            return widened(graph(bytes)?);
        }
    }
    Err("no graph in the file".to_owned())
}

fn graph(bytes: &[u8]) -> Result<Graph, String> {
    let mut out = Graph::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        let Value::Bytes(bytes) = value else { continue };
        match number {
            1 => out.nodes.push(node(bytes)?),
            5 => out.weights.push(tensor(bytes)?),
            11 => out.inputs.push(first_text(bytes)?),
            12 => out.outputs.push(first_text(bytes)?),
            _ => {}
        }
    }
    Ok(out)
}

/// Resolves the nodes that widen stored weights: `Cast` of half-precision ones, and
/// `DequantizeLinear` of bytes with one factor per output channel (axis 0).
fn widened(mut graph: Graph) -> Result<Graph, String> {
    let mut wide: Vec<Weight> = Vec::new();
    let mut rest = Vec::new();
    for node in graph.nodes {
        let weight = |i: usize| {
            let name = node.inputs.get(i)?;
            graph.weights.iter().find(|w| w.name == *name)
        };
        let (Some(stored), Some(name)) = (weight(0), node.outputs.first()) else {
            rest.push(node);
            continue;
        };
        let values = match node.op.as_str() {
            "Cast" => stored.values.clone(),
            "DequantizeLinear" => {
                let axis = node.integers.iter().find(|a| a.0 == "axis").and_then(|a| a.1.first());
                let factors =
                    weight(1).filter(|f| axis == Some(&0) && stored.shape.first() == Some(&f.values.len()));
                let factors = factors.ok_or_else(|| format!("{name}: not one factor per output channel"))?;
                let each = stored.values.len() / factors.values.len().max(1);
                let rows = stored.values.chunks_exact(each.max(1)).zip(&factors.values);
                rows.flat_map(|(row, factor)| row.iter().map(move |v| v * factor)).collect()
            }
            _ => {
                rest.push(node);
                continue;
            }
        };
        wide.push(Weight { name: name.clone(), shape: stored.shape.clone(), values });
    }
    graph.weights.extend(wide);
    Ok(Graph { nodes: rest, ..graph })
}

/// The name (field 1) of a value.
fn first_text(bytes: &[u8]) -> Result<String, String> {
    match Fields(bytes).next()? {
        Some((1, Value::Bytes(name))) => Ok(text(name)),
        _ => Err("a value without a name".to_owned()),
    }
}

fn node(bytes: &[u8]) -> Result<Node, String> {
    let mut out = Node::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        let Value::Bytes(bytes) = value else { continue };
        match number {
            1 => out.inputs.push(text(bytes)),
            2 => out.outputs.push(text(bytes)),
            4 => out.op = text(bytes),
            5 => attribute(bytes, &mut out)?,
            _ => {}
        }
    }
    Ok(out)
}

fn attribute(bytes: &[u8], node: &mut Node) -> Result<(), String> {
    let (mut name, mut numbers) = (String::new(), Vec::new());
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Value::Bytes(bytes)) => name = text(bytes),
            (5, Value::Bytes(bytes)) => node.constant = Some(tensor(bytes)?),
            (3 | 8, value) => integers(value, &mut numbers)?,
            _ => {}
        }
    }
    node.integers.push((name, numbers));
    Ok(())
}

fn tensor(bytes: &[u8]) -> Result<Weight, String> {
    let (mut shape, mut kind, mut raw) = (Vec::new(), 0, &[][..]);
    let mut out = Weight::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, value) => integers(value, &mut shape)?,
            (2, Value::Number(n)) => kind = n,
            (8, Value::Bytes(bytes)) => out.name = text(bytes),
            (9, Value::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    out.shape = shape.iter().map(|&n| n as usize).collect();
    out.values = match kind {
        // FLOAT, INT8 and FLOAT16. Tensors of other types hold sizes, which this network does not need.
        1 => raw.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        3 => raw.iter().map(|b| f32::from(b.cast_signed())).collect(),
        10 => raw.as_chunks().0.iter().map(|b| half::f16::from_le_bytes(*b).to_f32()).collect(),
        _ => Vec::new(),
    };
    if matches!(kind, 1 | 3 | 10) && out.values.len() != out.shape.iter().product::<usize>() {
        return Err(format!("{}: {} values for shape {:?}", out.name, out.values.len(), out.shape));
    }
    Ok(out)
}
