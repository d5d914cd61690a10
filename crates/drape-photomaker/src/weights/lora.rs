//! LoRA files: the weights that they change, in every spelling of their names.
//!
//! A LoRA changes a weight by the product of two thin matrices, `W' = W + scale * alpha / rank * up * down`
//! (Hu et al. 2021, arXiv 2106.09685). Layers may be named as in diffusers' attention processors and
//! PhotoMaker's file, PEFT, diffusers' layers, or kohya-ss/sd-scripts (with diffusers' or LDM's names).

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::checkpoint::Checkpoint;
use super::tensors::Tensors;
use super::view::{Kind, View};
use super::{files, single_file};
use crate::error::{Error, Problem, Result};

/// A network that a LoRA changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The UNet.
    Unet,
    /// CLIP ViT-L.
    TextEncoder,
    /// OpenCLIP bigG.
    TextEncoder2,
}

/// The change of one weight by a LoRA.
#[derive(Debug, Clone)]
pub struct Module {
    /// The network.
    pub component: Component,
    /// The layer as in a diffusers folder: `down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q`.
    pub path: String,
    /// `[rank, in]`, or `[rank, in, k, k]` of a convolution.
    pub down: View,
    /// `[out, rank]`, or `[out, rank, 1, 1]`.
    pub up: View,
    /// The core `[rank, rank, k, k]` of a convolution that is split in three; `down` is 1x1 then.
    pub mid: Option<View>,
    /// Numerator of the scale `alpha / rank`; the rank when absent.
    pub alpha: Option<f32>,
}

/// Reads a LoRA file (safetensors or pickle) that belongs to a checkpoint.
///
/// # Errors
/// Those of [`super::read_tensors`] and [`parse`].
pub fn read(path: &Path, checkpoint: &Checkpoint) -> Result<Vec<Module>> {
    parse(&files::read_tensors(path)?, checkpoint)
}

/// Finds the layers of `checkpoint` that the tensors of a LoRA change, sorted by network and layer.
///
/// # Errors
/// [`Error::Unsupported`] for LoHa, LoKr, DoRA and others that are no LoRA; [`Error::Tensors`] (component
/// `lora`) with every key that names no layer of the checkpoint, every half without its other, and every
/// shape that does not fit its layer.
pub fn parse(entries: &BTreeMap<String, View>, checkpoint: &Checkpoint) -> Result<Vec<Module>> {
    if let Some((name, kind)) = entries.keys().find_map(|k| Some((k, other_kind(k)?))) {
        return Err(Error::unsupported("lora", format!("{kind} ({name})")));
    }
    let index = Index::new(checkpoint);
    let mut problems = Vec::new();
    let mut halves: BTreeMap<(Component, String, &str), Halves> = BTreeMap::new();
    for (name, view) in entries {
        let found = role(name).and_then(|(site, role)| Some((index.find(site)?, site, role)));
        let Some(((component, path), site, role)) = found else {
            problems.push(Problem::Extra(name.clone()));
            continue;
        };
        let halves = halves.entry((component, path, site)).or_default();
        let place = match role {
            Role::Down => &mut halves.down,
            Role::Up => &mut halves.up,
            Role::Mid => &mut halves.mid,
            Role::Alpha => &mut halves.alpha,
        };
        *place = Some(view);
    }
    let mut modules = Vec::new();
    for ((component, path, site), halves) in halves {
        match halves.module(component, path, site) {
            Ok(module) => match module.unfit(checkpoint) {
                Some(problem) => problems.push(problem),
                None => modules.push(module),
            },
            Err(problem) => problems.push(problem),
        }
    }
    if entries.is_empty() {
        problems.push(Problem::Missing("lora".to_owned()));
    }
    if problems.is_empty() {
        Ok(modules)
    } else {
        Err(Error::Tensors { component: "lora".to_owned(), problems })
    }
}

impl Component {
    pub(super) fn tensors(self, checkpoint: &Checkpoint) -> &Tensors {
        match self {
            Self::Unet => &checkpoint.unet,
            Self::TextEncoder => &checkpoint.text_encoder,
            Self::TextEncoder2 => &checkpoint.text_encoder_2,
        }
    }

    pub(super) fn tensors_mut(self, checkpoint: &mut Checkpoint) -> &mut Tensors {
        match self {
            Self::Unet => &mut checkpoint.unet,
            Self::TextEncoder => &mut checkpoint.text_encoder,
            Self::TextEncoder2 => &mut checkpoint.text_encoder_2,
        }
    }
}

impl Module {
    /// The rank: rows of `down`.
    pub fn rank(&self) -> usize {
        self.down.shape().first().copied().unwrap_or_default()
    }

    /// The name of the weight that is changed, within its network.
    pub fn weight(&self) -> String {
        format!("{}.weight", self.path)
    }

    /// The shape of `up * down`, when the halves fit each other: `[out, in]` or `[out, in, k, k]`.
    fn product(&self) -> Option<Vec<usize>> {
        let (rank, inner) = self.down.shape().split_first()?;
        let (out, ranks) = self.up.shape().split_first()?;
        let ones = |axes: &[usize]| axes.iter().all(|n| *n == 1);
        if *rank == 0 || ranks.first() != Some(rank) || !ones(&ranks[1..]) {
            return None;
        }
        let mut shape = vec![*out];
        match self.mid.as_ref().map(View::shape) {
            None => shape.extend(inner),
            Some([a, b, kernel @ ..]) if a == rank && b == rank && !inner.is_empty() && ones(&inner[1..]) => {
                shape.push(inner[0]);
                shape.extend(kernel);
            }
            Some(_) => return None,
        }
        Some(shape)
    }

    /// Why the halves do not fit the weight. A 1x1 convolution fits a linear layer.
    pub(super) fn unfit(&self, checkpoint: &Checkpoint) -> Option<Problem> {
        let name = self.weight();
        let weight = self.component.tensors(checkpoint).entries().get(&name)?;
        let found = self.product();
        let bare = |shape: &[usize]| {
            let ones = shape.len() > 2 && shape[2..].iter().all(|n| *n == 1);
            if ones { shape[..2].to_vec() } else { shape.to_vec() }
        };
        match found {
            Some(found) if bare(&found) == bare(weight.shape()) => None,
            found => {
                let halves = || [self.up.shape(), self.down.shape()].concat();
                let found = found.unwrap_or_else(halves);
                Some(Problem::Shape { name, found, wanted: weight.shape().to_vec() })
            }
        }
    }
}

#[derive(Debug, Default)]
struct Halves<'a> {
    down: Option<&'a View>,
    up: Option<&'a View>,
    mid: Option<&'a View>,
    alpha: Option<&'a View>,
}

impl Halves<'_> {
    fn module(self, component: Component, path: String, site: &str) -> Result<Module, Problem> {
        let missing = |half: &str| Problem::Missing(format!("{site} ({half})"));
        let down = self.down.ok_or_else(|| missing("down"))?.clone();
        let up = self.up.ok_or_else(|| missing("up"))?.clone();
        if down.kind() == Kind::I64 || up.kind() == Kind::I64 {
            return Err(missing("weights that are no whole numbers"));
        }
        let alpha = match self.alpha {
            None => None,
            Some(view) => match view.to_f32().as_slice() {
                [alpha] if alpha.is_finite() => Some(*alpha),
                _ => return Err(missing("a number as alpha")),
            },
        };
        Ok(Module { component, path, down, up, mid: self.mid.cloned(), alpha })
    }
}

#[derive(Debug, Clone, Copy)]
enum Role {
    Down,
    Up,
    Mid,
    Alpha,
}

/// The layer in a key, and the part of the layer's LoRA that the tensor is.
fn role(key: &str) -> Option<(&str, Role)> {
    const ENDS: [(&str, Role); 12] = [
        (".lora_down.weight", Role::Down),
        (".lora_up.weight", Role::Up),
        (".lora_mid.weight", Role::Mid),
        (".lora_linear_layer.down.weight", Role::Down),
        (".lora_linear_layer.up.weight", Role::Up),
        (".lora.down.weight", Role::Down),
        (".lora.up.weight", Role::Up),
        ("_lora.down.weight", Role::Down),
        ("_lora.up.weight", Role::Up),
        (".lora_A.weight", Role::Down),
        (".lora_B.weight", Role::Up),
        (".alpha", Role::Alpha),
    ];
    if let Some(found) = ENDS.iter().find_map(|(end, role)| Some((key.strip_suffix(end)?, *role))) {
        return Some(found);
    }
    // PEFT may put the adapter's name between: `lora_A.default.weight`.
    let (rest, _adapter) = key.strip_suffix(".weight")?.rsplit_once('.')?;
    let halves = [(".lora_A", Role::Down), (".lora_B", Role::Up)];
    halves.iter().find_map(|(end, role)| Some((rest.strip_suffix(end)?, *role)))
}

/// The name of an adapter that is no plain LoRA, if the key belongs to one.
fn other_kind(key: &str) -> Option<&'static str> {
    const KINDS: [(&str, &str); 11] = [
        (".hada_", "LoHa"),
        (".lokr_", "LoKr"),
        (".dora_scale", "DoRA"),
        ("lora_magnitude_vector", "DoRA"),
        (".oft_", "OFT"),
        (".boft_", "BOFT"),
        (".on_input", "IA3"),
        (".glora_", "GLoRA"),
        (".diff", "full difference"),
        ("lora_embedding_", "LoRA of an embedding"),
        (".lora_B.bias", "LoRA with biases"),
    ];
    KINDS.iter().find(|(part, _)| key.contains(part)).map(|(_, kind)| *kind)
}

/// The layers of a checkpoint by their names with underscores, which is how kohya's files name them.
///
/// No rule tells which underscores were dots (`to_out_0`, `ff_net_0_proj`), so names are looked up.
struct Index {
    names: HashMap<(Component, String), String>,
}

const PREFIXES: [(&str, Component); 11] = [
    ("unet.", Component::Unet),
    ("text_encoder.", Component::TextEncoder),
    ("text_encoder_2.", Component::TextEncoder2),
    ("lora_unet_", Component::Unet),
    ("lora_te1_", Component::TextEncoder),
    ("lora_te2_", Component::TextEncoder2),
    ("lora_te_", Component::TextEncoder),
    ("model.diffusion_model.", Component::Unet),
    ("diffusion_model.", Component::Unet),
    ("te1.", Component::TextEncoder),
    ("te2.", Component::TextEncoder2),
];

impl Index {
    fn new(checkpoint: &Checkpoint) -> Self {
        let mut names = HashMap::new();
        for component in [Component::Unet, Component::TextEncoder, Component::TextEncoder2] {
            for path in
                component.tensors(checkpoint).entries().keys().filter_map(|k| k.strip_suffix(".weight"))
            {
                for name in spellings(component, path) {
                    names.insert((component, name), path.to_owned());
                }
            }
        }
        Self { names }
    }

    fn find(&self, site: &str) -> Option<(Component, String)> {
        let site = site.strip_prefix("base_model.model.").unwrap_or(site);
        let known = PREFIXES.iter().find_map(|(prefix, c)| Some((*c, site.strip_prefix(prefix)?)));
        let (component, rest) = known.unwrap_or((Component::Unet, site));
        let rest = rest.strip_prefix("base_model.model.").unwrap_or(rest).replace(".processor.", ".");
        let flat = rest.replace('.', "_");
        let get = |name: String| self.names.get(&(component, name)).map(|p| (component, p.clone()));
        let other = || single_file::unet(&dotted(&flat)).map(|p| p.replace('.', "_"));
        get(flat.clone()).or_else(|| get(other()?))
    }
}

/// The names with underscores that files use for a layer.
fn spellings(component: Component, path: &str) -> Vec<String> {
    let mut paths = vec![path.to_owned()];
    match component {
        // Attention processors omit the `.0` that marks the layer's place before the dropout.
        Component::Unet => paths.extend(path.strip_suffix(".to_out.0").map(|p| format!("{p}.to_out"))),
        Component::TextEncoder | Component::TextEncoder2 => {
            let old = [("q_proj", "to_q"), ("k_proj", "to_k"), ("v_proj", "to_v"), ("out_proj", "to_out")];
            paths.extend(
                old.iter().filter_map(|(new, old)| Some(format!("{}{old}", path.strip_suffix(new)?))),
            );
            let bare: Vec<String> =
                paths.iter().filter_map(|p| p.strip_prefix("text_model.").map(str::to_owned)).collect();
            paths.extend(bare);
        }
    }
    paths.into_iter().map(|p| p.replace('.', "_")).collect()
}

/// Dots around the numbers of a name with underscores: as much as the names of single files need.
fn dotted(flat: &str) -> String {
    let mut out = String::with_capacity(flat.len());
    let mut before = None;
    for part in flat.split('_') {
        let number = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if let Some(numbered) = before {
            out.push(if number || numbered { '.' } else { '_' });
        }
        out.push_str(part);
        before = Some(number);
    }
    out
}
