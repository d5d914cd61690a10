//! The bytes behind the tensors of a torch file.
//!
//! A storage is an entry of the archive; tensors are windows on it, with an offset and a stride per axis.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use memmap2::Mmap;

use super::archive::Entry;
use super::view::{Kind, View};

/// The type of a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Weight(Kind),
    /// Of no use as a weight: its name and bytes per number.
    Other(&'static str, usize),
}

impl Element {
    /// From the name of the class in module `torch`.
    pub(super) fn named(class: &str) -> Option<Self> {
        Some(match class {
            "FloatStorage" => Self::Weight(Kind::F32),
            "HalfStorage" => Self::Weight(Kind::F16),
            "BFloat16Storage" => Self::Weight(Kind::Bf16),
            "LongStorage" => Self::Weight(Kind::I64),
            "DoubleStorage" => Self::Other("DoubleStorage", 8),
            "IntStorage" => Self::Other("IntStorage", 4),
            "ShortStorage" => Self::Other("ShortStorage", 2),
            "CharStorage" => Self::Other("CharStorage", 1),
            "ByteStorage" => Self::Other("ByteStorage", 1),
            "BoolStorage" => Self::Other("BoolStorage", 1),
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Weight(Kind::F32) => "FloatStorage",
            Self::Weight(Kind::F16) => "HalfStorage",
            Self::Weight(Kind::Bf16) => "BFloat16Storage",
            Self::Weight(Kind::I64) => "LongStorage",
            Self::Other(name, _) => name,
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Weight(kind) => kind.bytes(),
            Self::Other(_, bytes) => bytes,
        }
    }
}

/// A storage within the file, which is long enough for `count` numbers.
#[derive(Debug, Clone)]
pub(super) struct Storage {
    pub(super) element: Element,
    start: usize,
    count: usize,
}

/// The archive of a torch file.
pub(super) struct Archive<'a> {
    map: &'a Arc<Mmap>,
    entries: BTreeMap<String, Entry>,
    /// The archive's root folder, with its slash.
    root: String,
    /// Bytes that may still be copied.
    copies: usize,
}

type Step<T> = Result<T, String>;

/// More axes than any weight has.
pub(super) const AXES: usize = 16;

impl<'a> Archive<'a> {
    /// Finds the program and checks the order of bytes.
    pub(super) fn new(map: &'a Arc<Mmap>, entries: BTreeMap<String, Entry>) -> Step<Self> {
        let root = entries
            .keys()
            .find_map(|n| n.strip_suffix("data.pkl").filter(|r| r.is_empty() || r.ends_with('/')));
        let Some(root) = root.map(str::to_owned) else {
            return Err("a zip without data.pkl, not a file of torch.save".to_owned());
        };
        if entries.contains_key(&format!("{root}constants.pkl")) {
            return Err("a TorchScript program, not a file of tensors".to_owned());
        }
        if let Some(order) = entries.get(&format!("{root}byteorder")) {
            let order = map.get(order.bytes.clone()).unwrap_or_default().trim_ascii();
            if order != b"little" {
                let order = String::from_utf8_lossy(&order[..order.len().min(16)]).into_owned();
                return Err(format!("numbers in the byte order {order:?}; only little is read"));
            }
        }
        // A transposed tensor is copied in single precision and in its own type, a misaligned one in its own
        // type only. That takes at most three times the file's length, unless tensors share bytes.
        let copies = map.len().saturating_mul(4);
        Ok(Self { map, entries, root, copies })
    }

    /// Where the program lies.
    pub(super) fn program(&self) -> Step<Range<usize>> {
        self.plain("data.pkl").map(|e| e.bytes.clone())
    }

    /// The storage of this key, which must hold `count` numbers.
    pub(super) fn storage(&self, key: &str, element: Element, count: usize) -> Step<Storage> {
        let entry = self.plain(&format!("data/{key}"))?;
        let wants =
            count.checked_mul(element.bytes()).ok_or_else(|| format!("a storage of {count} numbers"))?;
        let has = entry.bytes.len();
        if has < wants {
            return Err(format!("data/{key} has {has} of {wants} bytes"));
        }
        Ok(Storage { element, start: entry.bytes.start, count })
    }

    /// A tensor over a storage; `None` if its type is of no use as a weight.
    pub(super) fn tensor(
        &mut self,
        storage: &Storage,
        offset: usize,
        shape: &[usize],
        strides: &[usize],
    ) -> Step<Option<View>> {
        if shape.len() != strides.len() {
            return Err(format!("a tensor of shape {shape:?} with strides {strides:?}"));
        }
        let outside =
            || format!("a tensor of shape {shape:?} outside of its storage of {} numbers", storage.count);
        let count = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d)).ok_or_else(outside)?;
        let reach = shape.iter().zip(strides).try_fold(offset, |at, (size, stride)| {
            at.checked_add(size.saturating_sub(1).checked_mul(*stride)?)
        });
        // An empty tensor covers no bytes, but must begin within its storage.
        let end = if count == 0 { Some(offset) } else { reach.and_then(|r| r.checked_add(1)) };
        if end.is_none_or(|end| end > storage.count) {
            return Err(outside());
        }
        let Element::Weight(kind) = storage.element else { return Ok(None) };
        let from = |at: usize| storage.start + at * kind.bytes();
        let view = if count == 0 || contiguous(shape, strides) {
            View::mapped(self.map, from(offset)..from(offset + count), kind, shape.to_vec())
        } else if kind == Kind::I64 {
            return Ok(None);
        } else {
            let window = end.unwrap_or(storage.count) - offset;
            if count > window {
                return Err(format!("a tensor of shape {shape:?} that repeats its storage"));
            }
            self.spend(window.saturating_mul(4))?;
            let window = View::mapped(self.map, from(offset)..from(offset + window), kind, vec![window]);
            window.map(|window| gather(&window, shape, strides))
        };
        let view = view.ok_or_else(outside)?;
        self.spend(view.owned_bytes())?;
        Ok(Some(view))
    }

    fn spend(&mut self, bytes: usize) -> Step<()> {
        let left = self.copies.checked_sub(bytes);
        self.copies = left.ok_or_else(|| "tensors that repeat the file".to_owned())?;
        Ok(())
    }

    fn plain(&self, name: &str) -> Step<&Entry> {
        let entry =
            self.entries.get(&format!("{}{name}", self.root)).ok_or_else(|| format!("{name} is missing"))?;
        if entry.plain {
            Ok(entry)
        } else {
            Err(format!("{name} is compressed; save the file again with torch.save"))
        }
    }
}

/// Whether the numbers lie one after the other. Strides of axes of one do not matter.
fn contiguous(shape: &[usize], strides: &[usize]) -> bool {
    let mut wanted = 1;
    shape.iter().zip(strides).rev().all(|(size, stride)| {
        let fits = *size == 1 || *stride == wanted;
        wanted *= size;
        fits
    })
}

/// A copy of the numbers that strides pick from a window on a storage, in the same type.
fn gather(window: &View, shape: &[usize], strides: &[usize]) -> View {
    let all = window.to_f32();
    let count = shape.iter().product();
    let mut values = Vec::with_capacity(count);
    let mut place = vec![0; shape.len()];
    let mut at = 0;
    for _ in 0..count {
        values.push(all[at]);
        for axis in (0..shape.len()).rev() {
            place[axis] += 1;
            at += strides[axis];
            if place[axis] < shape[axis] {
                break;
            }
            at -= strides[axis] * shape[axis];
            place[axis] = 0;
        }
    }
    View::from_f32(values, shape.to_vec()).stored_as(window.kind())
}
