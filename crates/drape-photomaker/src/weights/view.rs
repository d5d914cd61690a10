//! One tensor of a file: type, shape and where its bytes are.

use std::ops::Range;
use std::sync::Arc;

use half::slice::HalfFloatSliceExt as _;
use half::{bf16, f16};
use memmap2::Mmap;

/// The type of a stored number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 half precision.
    F16,
    /// The upper half of single precision.
    Bf16,
    /// Whole numbers (index tables; never weights).
    I64,
}

impl Kind {
    /// Bytes of one number.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::I64 => 8,
        }
    }
}

/// A tensor: row-major, in a mapped file or in memory.
#[derive(Clone)]
pub struct View {
    kind: Kind,
    shape: Vec<usize>,
    data: Data,
}

#[derive(Clone)]
enum Data {
    Mapped {
        map: Arc<Mmap>,
        bytes: Range<usize>,
    },
    /// Elements of `values`, from `start`.
    F32 {
        values: Arc<Vec<f32>>,
        start: usize,
    },
    F16 {
        values: Arc<Vec<f16>>,
        start: usize,
    },
    Bf16 {
        values: Arc<Vec<bf16>>,
        start: usize,
    },
    /// Named by a model but not in its file.
    Absent,
}

/// The numbers of a [`View`] where they are.
#[derive(Debug, Clone, Copy)]
pub enum Numbers<'a> {
    /// Single precision.
    F32(&'a [f32]),
    /// Half precision.
    F16(&'a [f16]),
    /// bfloat16.
    Bf16(&'a [bf16]),
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}{:?}", self.kind, self.shape)
    }
}

impl View {
    /// A tensor at `bytes` of a mapped file. Bytes that are not aligned for their type are copied.
    ///
    /// `None` if `bytes` lies outside of the file or does not fit `shape`.
    pub fn mapped(map: &Arc<Mmap>, bytes: Range<usize>, kind: Kind, shape: Vec<usize>) -> Option<Self> {
        let count = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d))?;
        let place = map.get(bytes.clone())?;
        if place.len() != count.checked_mul(kind.bytes())? {
            return None;
        }
        let data = match kind {
            // Whole numbers are never read, so their alignment does not matter.
            _ if kind == Kind::I64 || place.as_ptr().addr().is_multiple_of(kind.bytes()) => {
                Data::Mapped { map: Arc::clone(map), bytes }
            }
            Kind::F32 => Data::F32 { values: Arc::new(bytemuck::pod_collect_to_vec(place)), start: 0 },
            Kind::F16 => Data::F16 { values: Arc::new(bytemuck::pod_collect_to_vec(place)), start: 0 },
            Kind::Bf16 => Data::Bf16 { values: Arc::new(bytemuck::pod_collect_to_vec(place)), start: 0 },
            Kind::I64 => return None,
        };
        Some(Self { kind, shape, data })
    }

    /// A tensor of single precision in memory.
    ///
    /// # Panics
    /// When `values` does not fit `shape`.
    pub fn from_f32(values: Vec<f32>, shape: Vec<usize>) -> Self {
        assert_eq!(values.len(), shape.iter().product::<usize>(), "values must fit the shape");
        Self { kind: Kind::F32, shape, data: Data::F32 { values: Arc::new(values), start: 0 } }
    }

    /// A stand-in for a tensor that the file lacks: a shape without numbers.
    pub fn absent(shape: &[usize]) -> Self {
        Self { kind: Kind::F32, shape: shape.to_vec(), data: Data::Absent }
    }

    /// The type of the numbers.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The shape, slowest axis first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// How many numbers.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are no numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the file lacks it.
    pub fn is_absent(&self) -> bool {
        matches!(self.data, Data::Absent)
    }

    /// Gives the memory of a mapped tensor back to the system, for tensors that will not be needed for a
    /// while. The system reads the same numbers from the file when they are needed again.
    pub fn rest(&self) {
        #[cfg(unix)]
        if let Data::Mapped { map, bytes } = &self.data {
            #[expect(unsafe_code, reason = "the mapping's pages are given back")]
            // SAFETY: the mapping is of a file and only ever read, so that a page that was given back is
            // filled from the file with the same bytes when it is touched again.
            let given = unsafe {
                map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, bytes.start, bytes.len())
            };
            // If the system refuses, the memory merely stays in use.
            drop(given);
        }
    }

    /// Bytes of memory of its own: none while it is only mapped.
    pub fn owned_bytes(&self) -> usize {
        match &self.data {
            Data::Mapped { .. } | Data::Absent => 0,
            _ => self.len() * self.kind.bytes(),
        }
    }

    /// The numbers, where they are. Whole numbers and absent tensors have none.
    pub fn numbers(&self) -> Numbers<'_> {
        let n = self.len();
        match &self.data {
            Data::Mapped { map, bytes } => {
                // The range and its alignment were checked when the view was made.
                let place = &map[bytes.clone()];
                match self.kind {
                    Kind::F32 => Numbers::F32(bytemuck::cast_slice(place)),
                    Kind::F16 => Numbers::F16(bytemuck::cast_slice(place)),
                    Kind::Bf16 => Numbers::Bf16(bytemuck::cast_slice(place)),
                    Kind::I64 => Numbers::F32(&[]),
                }
            }
            Data::F32 { values, start } => Numbers::F32(&values[*start..start + n]),
            Data::F16 { values, start } => Numbers::F16(&values[*start..start + n]),
            Data::Bf16 { values, start } => Numbers::Bf16(&values[*start..start + n]),
            Data::Absent => Numbers::F32(&[]),
        }
    }

    /// A copy in single precision.
    pub fn to_f32(&self) -> Vec<f32> {
        match self.numbers() {
            Numbers::F32(v) => v.to_vec(),
            Numbers::F16(v) => v.to_f32_vec(),
            Numbers::Bf16(v) => v.to_f32_vec(),
        }
    }

    /// The same numbers under another shape.
    ///
    /// `None` if the shape has more numbers or fewer.
    pub fn reshaped(&self, shape: &[usize]) -> Option<Self> {
        (shape.iter().product::<usize>() == self.len())
            .then(|| Self { shape: shape.to_vec(), ..self.clone() })
    }

    /// Rows of the slowest axis, without a copy.
    ///
    /// `None` if the axis has fewer.
    pub fn rows(&self, rows: Range<usize>) -> Option<Self> {
        let (&all, rest) = self.shape.split_first()?;
        if rows.start > rows.end || rows.end > all {
            return None;
        }
        let each: usize = rest.iter().product();
        let mut shape = self.shape.clone();
        shape[0] = rows.len();
        let (from, to) = (rows.start * each, rows.end * each);
        let data = match &self.data {
            Data::Mapped { map, bytes } => {
                let size = self.kind.bytes();
                let part = bytes.start + from * size..bytes.start + to * size;
                Data::Mapped { map: Arc::clone(map), bytes: part }
            }
            Data::F32 { values, start } => Data::F32 { values: Arc::clone(values), start: start + from },
            Data::F16 { values, start } => Data::F16 { values: Arc::clone(values), start: start + from },
            Data::Bf16 { values, start } => Data::Bf16 { values: Arc::clone(values), start: start + from },
            Data::Absent => Data::Absent,
        };
        Some(Self { kind: self.kind, shape, data })
    }

    /// The transposed matrix: `[a, b]` becomes `[b, a]`, in memory of its own and of the same kind.
    ///
    /// `None` if this is not a matrix.
    pub fn transposed(&self) -> Option<Self> {
        let &[a, b] = self.shape.as_slice() else { return None };
        let values = self.to_f32();
        let turned = (0..a * b).map(|i| values[(i % a) * b + i / a]).collect();
        Some(Self::from_f32(turned, vec![b, a]).stored_as(self.kind))
    }

    /// The same numbers stored as another kind; the same view when they already are.
    pub fn stored_as(&self, kind: Kind) -> Self {
        if self.kind == kind || kind == Kind::I64 || self.is_absent() || self.kind == Kind::I64 {
            return self.clone();
        }
        let values = self.to_f32();
        let data = match kind {
            Kind::F16 => {
                let mut out = vec![f16::ZERO; values.len()];
                out.convert_from_f32_slice(&values);
                Data::F16 { values: Arc::new(out), start: 0 }
            }
            Kind::Bf16 => {
                let mut out = vec![bf16::ZERO; values.len()];
                out.convert_from_f32_slice(&values);
                Data::Bf16 { values: Arc::new(out), start: 0 }
            }
            Kind::F32 | Kind::I64 => Data::F32 { values: Arc::new(values), start: 0 },
        };
        Self { kind, shape: self.shape.clone(), data }
    }

    /// A copy of the same kind whose numbers `change` has changed. It gets `chunk` numbers at a time in
    /// single precision (fewer at the end) and the index of the first of them. A view without numbers is
    /// returned as it is.
    ///
    /// # Errors
    /// Those of `change`.
    pub fn changed<E>(
        &self,
        chunk: usize,
        mut change: impl FnMut(usize, &mut [f32]) -> Result<(), E>,
    ) -> Result<Self, E> {
        if self.is_absent() || self.kind == Kind::I64 {
            return Ok(self.clone());
        }
        let chunk = chunk.max(1);
        let mut wide = vec![0.0; chunk.min(self.len())];
        let data = match self.numbers() {
            Numbers::F32(values) => {
                let mut out = values.to_vec();
                for (i, part) in out.chunks_mut(chunk).enumerate() {
                    change(i * chunk, part)?;
                }
                Data::F32 { values: Arc::new(out), start: 0 }
            }
            Numbers::F16(values) => {
                let mut out = vec![f16::ZERO; values.len()];
                for (i, (from, to)) in values.chunks(chunk).zip(out.chunks_mut(chunk)).enumerate() {
                    let wide = &mut wide[..from.len()];
                    from.convert_to_f32_slice(wide);
                    change(i * chunk, wide)?;
                    to.convert_from_f32_slice(wide);
                }
                Data::F16 { values: Arc::new(out), start: 0 }
            }
            Numbers::Bf16(values) => {
                let mut out = vec![bf16::ZERO; values.len()];
                for (i, (from, to)) in values.chunks(chunk).zip(out.chunks_mut(chunk)).enumerate() {
                    let wide = &mut wide[..from.len()];
                    from.convert_to_f32_slice(wide);
                    change(i * chunk, wide)?;
                    to.convert_from_f32_slice(wide);
                }
                Data::Bf16 { values: Arc::new(out), start: 0 }
            }
        };
        Ok(Self { kind: self.kind, shape: self.shape.clone(), data })
    }
}
