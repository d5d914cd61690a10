//! Output that several tasks write at once, and the hint that some of it is about to be written.
#![expect(unsafe_code, reason = "tasks write disjoint parts of one output")]

use std::marker::PhantomData;

/// A slice that several tasks write at once, each its own part.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'a> {
    start: *mut f32,
    len: usize,
    borrowed: PhantomData<&'a mut [f32]>,
}

// SAFETY: the pointer comes from an exclusive borrow of plain floats, and callers of `part` and `tile`
// promise that no two tasks touch the same value.
unsafe impl Send for Shared<'_> {}
// SAFETY: as above.
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    /// Borrows a slice for the tasks.
    pub(crate) fn new(slice: &'a mut [f32]) -> Self {
        Self { start: slice.as_mut_ptr(), len: slice.len(), borrowed: PhantomData }
    }

    /// Prefetches values that are about to be written into the first cache.
    #[inline(always)]
    pub(crate) fn fetch(self, first: usize, len: usize) {
        for line in (0..len).step_by(16) {
            fetch(self.start.wrapping_add(first + line));
        }
    }

    /// The start of `rows` rows of `len` values from `first` on, `stride` apart; all of them lie within the
    /// slice.
    #[inline(always)]
    pub(crate) fn tile(self, first: usize, stride: usize, rows: usize, len: usize) -> *mut f32 {
        let end = (rows - 1) * stride + len;
        assert!(first <= self.len && end <= self.len - first, "a task writes within its slice");
        self.start.wrapping_add(first)
    }

    /// The `len` values from `first` on.
    ///
    /// # Safety
    /// No other live slice may contain any of them.
    #[inline(always)]
    pub(crate) unsafe fn part(self, first: usize, len: usize) -> &'a mut [f32] {
        assert!(first <= self.len && len <= self.len - first, "a task writes within its slice");
        // SAFETY: within the borrowed slice, and the caller promises that no other slice has them.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(first), len) }
    }
}

/// Prefetches a line into the first cache; the address need not be valid.
#[inline(always)]
pub(crate) fn fetch(line: *const f32) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 has the instruction, and it never faults, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}
