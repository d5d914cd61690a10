//! Working memory that outlives a call. Fresh pages cost about as much as filling them twice, so buffers go
//! back to a pool and serve the next operation.
#![expect(unsafe_code, reason = "cache lines of floats are seen as floats")]

use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, PoisonError},
};

/// 16 floats on a cache line of their own, so that every vector of a panel lies in one line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; 16]);

/// Bytes that the pool keeps; buffers beyond that go back to the system.
const KEPT: usize = 256 << 20;

static POOL: Mutex<Vec<Vec<Line>>> = Mutex::new(Vec::new());

/// A 64-byte aligned buffer of floats with arbitrary (but initialised) content.
pub(crate) struct Scratch {
    lines: Vec<Line>,
    len: usize,
}

impl Scratch {
    /// A buffer of `len` floats.
    pub(crate) fn take(len: usize) -> Self {
        let wanted = len.div_ceil(16);
        let found = {
            let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
            let fits = pool.iter().enumerate().filter(|(_, lines)| lines.len() >= wanted);
            // Take the smallest that fits: another thread may need the larger ones.
            let best = fits.min_by_key(|(_, lines)| lines.len()).map(|(index, _)| index);
            best.map(|index| pool.swap_remove(index))
        };
        Self { lines: found.unwrap_or_else(|| vec![Line([0.0; 16]); wanted]), len }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        pool.push(std::mem::take(&mut self.lines));
        let mut held: usize = pool.iter().map(|lines| size_of_val(lines.as_slice())).sum();
        while held > KEPT || pool.len() > 256 {
            // The oldest goes first: no recent operation asked for its size.
            held -= size_of_val(pool.remove(0).as_slice());
        }
    }
}

impl Deref for Scratch {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        // SAFETY: `lines` holds at least `len` initialised floats without gaps (repr(C), 64 bytes each).
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as above, and `self` is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}
