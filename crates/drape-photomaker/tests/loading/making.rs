//! Makes files to load: safetensors, torch archives and diffusers folders, in a folder of the test.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value as Json, json};

/// A folder that is deleted when the test ends.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("drape-loading-{}-{n}", std::process::id()));
        fs::create_dir_all(&path).expect("the temporary folder takes folders");
        Self(path)
    }

    /// Writes a file, and creates the folders above it.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("folders can be made");
        fs::write(&path, bytes).expect("files can be written");
        path
    }

    pub(crate) fn json(&self, name: &str, value: &Json) -> PathBuf {
        self.write(name, value.to_string())
    }

    pub(crate) fn remove(&self, name: &str) {
        let path = self.0.join(name);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("it is there");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

/// A file that is committed beside the tests.
pub(crate) fn given(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The lines of a packed table, split at tabs.
pub(crate) fn table(name: &str) -> Vec<Vec<String>> {
    let file = fs::File::open(given("cases").join(name)).expect("the table is committed");
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("it is packed text");
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// Parses a shape such as `320x4x3x3`.
pub(crate) fn shape(text: &str) -> Vec<usize> {
    text.split('x').filter(|n| !n.is_empty()).map(|n| n.parse().expect("sizes are numbers")).collect()
}

/// Weights that follow from their names: SplitMix64 from the FNV-1a hash of `component/key`, in -1..1.
pub(crate) fn rule(component: &str, key: &str, count: usize, center: f64, bound: f64) -> Vec<f32> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in format!("{component}/{key}").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let value = |i: usize| {
        let mut z = hash.wrapping_add((i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let r = 2.0 * ((z >> 40) as f64 / f64::from(1 << 24)) - 1.0;
        (center + bound * r) as f32
    };
    (0..count).map(value).collect()
}

/// A tensor to write.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) dtype: Dtype,
    pub(crate) bytes: Vec<u8>,
}

/// A tensor of single precision, with values by [`rule`].
pub(crate) fn made(name: &str, shape: &[usize]) -> Made {
    let values = rule("made", name, shape.iter().product(), 0.0, 1.0);
    valued(name, shape, &values)
}

pub(crate) fn valued(name: &str, shape: &[usize], values: &[f32]) -> Made {
    let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    Made { name: name.to_owned(), shape: shape.to_vec(), dtype: Dtype::F32, bytes }
}

/// The same tensor in half precision.
pub(crate) fn half(made: &Made) -> Made {
    let single = made.bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().expect("four bytes")));
    let bytes = single.flat_map(|v| half::f16::from_f32(v).to_le_bytes()).collect();
    Made { dtype: Dtype::F16, bytes, ..made.clone() }
}

/// Whole numbers, as in index tables.
pub(crate) fn whole(name: &str, count: usize) -> Made {
    let bytes = (0..count as i64).flat_map(i64::to_le_bytes).collect();
    Made { name: name.to_owned(), shape: vec![1, count], dtype: Dtype::I64, bytes }
}

/// The bytes of a safetensors file.
pub(crate) fn safetensors(tensors: &[Made]) -> Vec<u8> {
    let views = tensors.iter().map(|t| {
        let view = TensorView::new(t.dtype, t.shape.clone(), &t.bytes).expect("the bytes fit the shape");
        (t.name.clone(), view)
    });
    ::safetensors::serialize(views, None).expect("it can be written")
}

/// A safetensors file of these names and shapes in half precision, all zeros. It is sparse, so it takes
/// little room on disk.
pub(crate) fn hollow(path: &Path, tensors: &[(String, Vec<usize>)]) {
    let mut header = BTreeMap::new();
    let mut at = 0;
    for (name, shape) in tensors {
        let end = at + 2 * shape.iter().product::<usize>();
        header.insert(name, json!({"dtype": "F16", "shape": shape, "data_offsets": [at, end]}));
        at = end;
    }
    let mut header = serde_json::to_string(&header).expect("it is JSON");
    header.extend(std::iter::repeat_n(' ', (8 - header.len() % 8) % 8));
    let start = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    fs::write(path, &start).expect("files can be written");
    let file = fs::File::options().write(true).open(path).expect("it was just written");
    file.set_len((start.len() + at) as u64).expect("the file can have holes");
}

/// A pickle, built instruction by instruction.
#[derive(Clone, Default)]
pub(crate) struct Program(pub(crate) Vec<u8>);

impl Program {
    pub(crate) fn new() -> Self {
        Self(vec![0x80, 2])
    }

    pub(crate) fn op(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    pub(crate) fn text(self, text: &str) -> Self {
        let length = (text.len() as u32).to_le_bytes();
        self.op(b"X").op(&length).op(text.as_bytes())
    }

    pub(crate) fn int(self, n: i64) -> Self {
        self.op(&[0x8a, 8]).op(&n.to_le_bytes())
    }

    pub(crate) fn global(self, module: &str, name: &str) -> Self {
        self.op(format!("c{module}\n{name}\n").as_bytes())
    }

    pub(crate) fn ints(self, numbers: &[i64]) -> Self {
        numbers.iter().fold(self.op(b"("), |p, n| p.int(*n)).op(b"t")
    }

    /// A tensor as torch writes it.
    pub(crate) fn tensor(
        self,
        class: &str,
        key: &str,
        count: i64,
        offset: i64,
        shape: &[i64],
        strides: &[i64],
    ) -> Self {
        self.global("torch._utils", "_rebuild_tensor_v2")
            .op(b"((")
            .text("storage")
            .global("torch", class)
            .text(key)
            .text("cpu")
            .int(count)
            .op(b"tQ")
            .int(offset)
            .ints(shape)
            .ints(strides)
            .op(b"\x89")
            .global("collections", "OrderedDict")
            .op(b")RtR")
    }

    pub(crate) fn end(self) -> Vec<u8> {
        self.op(b".").0
    }
}

/// An entry of a zip file.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    pub(crate) bytes: &'a [u8],
    /// 0 is stored, 8 is deflate.
    pub(crate) method: u16,
}

/// The layout of a zip file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Plain,
    /// Sizes and places are in the fields for files beyond 4 GiB.
    Wide,
    /// Data lies on multiples of 64 bytes, as in torch's files.
    Aligned,
}

/// A zip file.
pub(crate) fn zip(entries: &[Entry<'_>], layout: Layout) -> Vec<u8> {
    let wide = layout == Layout::Wide;
    let mut out = Vec::new();
    let mut directory = Vec::new();
    let (mark, zero) = (u32::MAX.to_le_bytes(), [0u8; 16]);
    for Entry { name, bytes, method } in entries {
        let (at, size) = (out.len() as u64, bytes.len() as u64);
        let name_len = (name.len() as u16).to_le_bytes();
        let small = if wide { mark } else { (size as u32).to_le_bytes() };
        out.extend(
            [b"PK\x03\x04\x2d\0\0\0".as_slice(), &method.to_le_bytes(), &zero[..8], &small, &small].concat(),
        );
        let before = out.len() + 4 + name.len() + 4;
        let pad = if layout == Layout::Aligned { (64 - before % 64) % 64 } else { 1 };
        let field = [&b"FB"[..], &(pad as u16).to_le_bytes(), &vec![b'Z'; pad]].concat();
        out.extend(
            [&name_len[..], &(field.len() as u16).to_le_bytes(), name.as_bytes(), &field, bytes].concat(),
        );
        let mut extra = Vec::new();
        if wide {
            extra.extend(
                [&b"\x01\0\x18\0"[..], &size.to_le_bytes(), &size.to_le_bytes(), &at.to_le_bytes()].concat(),
            );
        }
        let place = if wide { mark } else { (at as u32).to_le_bytes() };
        directory
            .extend([b"PK\x01\x02\x2d\0\x2d\0\0\0".as_slice(), &method.to_le_bytes(), &zero[..8]].concat());
        directory.extend(
            [&small[..], &small, &name_len, &(extra.len() as u16).to_le_bytes(), &zero[..10]].concat(),
        );
        directory.extend([&place[..], name.as_bytes(), &extra].concat());
    }
    let (start, size, count) = (out.len() as u64, directory.len() as u64, entries.len() as u64);
    out.extend(directory);
    if wide {
        let end = out.len() as u64;
        out.extend([b"PK\x06\x06".as_slice(), &44u64.to_le_bytes(), &zero[..12]].concat());
        out.extend([count, count, size, start].iter().flat_map(|n| n.to_le_bytes()));
        out.extend([b"PK\x06\x07".as_slice(), &[0; 4], &end.to_le_bytes(), &1u32.to_le_bytes()].concat());
    }
    let small = |n: u64| if wide { u16::MAX } else { n as u16 }.to_le_bytes();
    let place = if wide { mark } else { (start as u32).to_le_bytes() };
    out.extend([b"PK\x05\x06\0\0\0\0".as_slice(), &small(count), &small(count)].concat());
    out.extend([&(size as u32).to_le_bytes()[..], &place, &[0, 0]].concat());
    out
}

/// A torch file of a program and its storages.
pub(crate) fn torch(program: &[u8], storages: &[(&str, &[u8])]) -> Vec<u8> {
    let names: Vec<String> = storages.iter().map(|(key, _)| format!("archive/data/{key}")).collect();
    let mut entries = vec![
        Entry { name: "archive/data.pkl", bytes: program, method: 0 },
        Entry { name: "archive/byteorder", bytes: b"little", method: 0 },
    ];
    let data = names.iter().zip(storages);
    entries.extend(data.map(|(name, (_, bytes))| Entry { name, bytes, method: 0 }));
    zip(&entries, Layout::Aligned)
}

/// A torch file of a dictionary of tensors, below the keys of `outer`.
pub(crate) fn state(tensors: &[Made], outer: &[&str]) -> Vec<u8> {
    let mut program = Program::new();
    for key in outer {
        program = program.op(b"}").text(key);
    }
    program = program.op(b"}(");
    for (i, t) in tensors.iter().enumerate() {
        let class = match t.dtype {
            Dtype::F16 => "HalfStorage",
            Dtype::I64 => "LongStorage",
            _ => "FloatStorage",
        };
        let shape: Vec<i64> = t.shape.iter().map(|n| *n as i64).collect();
        let strides: Vec<i64> = (0..shape.len()).map(|i| shape[i + 1..].iter().product()).collect();
        let count = shape.iter().product();
        program = program.text(&t.name).tensor(class, &i.to_string(), count, 0, &shape, &strides);
    }
    program = program.op(b"u").op(&vec![b's'; outer.len()]);
    let keys: Vec<String> = (0..tensors.len()).map(|i| i.to_string()).collect();
    let storages: Vec<(&str, &[u8])> =
        keys.iter().map(String::as_str).zip(tensors.iter().map(|t| &t.bytes[..])).collect();
    torch(&program.end(), &storages)
}

/// The tensors of a very small diffusers folder, by component.
pub(crate) fn small(component: &str) -> Vec<Made> {
    match component {
        "unet" => vec![made("conv_in.weight", &[2, 4, 3, 3]), made("conv_in.bias", &[2])],
        "vae" => vec![
            made("decoder.conv_in.weight", &[2, 4, 3, 3]),
            made("decoder.mid_block.attentions.0.to_q.weight", &[2, 2]),
        ],
        _ => vec![made("text_model.embeddings.token_embedding.weight", &[3, 2])],
    }
}

pub(crate) const COMPONENTS: [(&str, &str); 4] = [
    ("unet", "diffusion_pytorch_model"),
    ("vae", "diffusion_pytorch_model"),
    ("text_encoder", "model"),
    ("text_encoder_2", "model"),
];

/// A whole diffusers folder of tiny tensors.
pub(crate) fn diffusers() -> Folder {
    let folder = Folder::new();
    folder.json("model_index.json", &json!({"_class_name": "StableDiffusionXLPipeline"}));
    folder.json("scheduler/scheduler_config.json", &json!({"_class_name": "EulerDiscreteScheduler"}));
    for (component, stem) in COMPONENTS {
        folder.write(&format!("{component}/{stem}.safetensors"), safetensors(&small(component)));
        folder.json(&format!("{component}/config.json"), &json!({"of": component}));
    }
    folder.json("unet/config.json", &json!({"cross_attention_dim": 2048, "in_channels": 4}));
    vocabulary(&folder, "tokenizer");
    vocabulary(&folder, "tokenizer_2");
    folder.json("tokenizer_2/tokenizer_config.json", &json!({"model_max_length": 77}));
    folder.json("tokenizer_2/special_tokens_map.json", &json!({"pad_token": "!", "model_max_length": 1}));
    folder
}

pub(crate) fn vocabulary(folder: &Folder, name: &str) {
    folder.json(&format!("{name}/vocab.json"), &json!({"a": 0}));
    folder.write(&format!("{name}/merges.txt"), "#version: 0.2\n");
    folder.json(&format!("{name}/tokenizer_config.json"), &json!({"pad_token": "<|endoftext|>"}));
}
