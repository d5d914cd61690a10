//! Transposing: rows of any stored type become the columns of a panel.
#![expect(unsafe_code, reason = "vector intrinsics")]

use crate::{
    panel::Panel,
    unit::{Unit, unit},
    weights::Weights,
};

/// Writes `panel.count` rows (the first at `start`, each `stride` after the last) as columns of `into`,
/// which is `panel.depth` x `panel.width`; columns beyond `count` become zero.
pub(crate) fn gather(values: Weights<'_>, start: usize, stride: usize, panel: Panel, into: &mut [f32]) {
    let Panel { count, depth, width, .. } = panel;
    assert!(count <= width && into.len() == depth * width, "a panel has its depth times its width");
    if count == 0 || depth == 0 {
        into.fill(0.0);
        return;
    }
    assert!(start + (count - 1) * stride + depth <= values.len(), "a panel lies within its operand");
    #[cfg(target_arch = "x86_64")]
    if unit() == Unit::Avx512 {
        // SAFETY: the processor has AVX-512 (F, BW, VL); the asserts bound both sides.
        unsafe { wide::gather(values, start, stride, panel, into) };
        return;
    }
    plain(values, start, stride, panel, into);
}

fn plain(values: Weights<'_>, start: usize, stride: usize, panel: Panel, into: &mut [f32]) {
    const CHUNK: usize = 256;
    let Panel { count, depth, width, .. } = panel;
    let mut row = [0.0; CHUNK];
    for from in (0..depth).step_by(CHUNK) {
        let len = CHUNK.min(depth - from);
        let into = &mut into[from * width..][..len * width];
        for column in 0..width {
            let row = &mut row[..len];
            if column < count {
                values.read(start + column * stride + from, row);
            } else {
                row.fill(0.0);
            }
            for (to, value) in into[column..].iter_mut().step_by(width).zip(row) {
                *to = *value;
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    //! 16 x 16 values at a time, in registers.

    use std::arch::x86_64::{
        __m512, __mmask16, _mm256_maskz_loadu_epi16, _mm512_castpd_ps, _mm512_castps_pd, _mm512_castsi512_ps,
        _mm512_cvtepu16_epi32, _mm512_cvtph_ps, _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps,
        _mm512_setzero_ps, _mm512_shuffle_f32x4, _mm512_slli_epi32, _mm512_unpackhi_pd, _mm512_unpackhi_ps,
        _mm512_unpacklo_pd, _mm512_unpacklo_ps,
    };

    use super::{Panel, Weights};

    /// As `super::gather`, with AVX-512.
    ///
    /// # Safety
    /// Needs AVX-512 (F, BW, VL); rows and panel within their slices.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    pub(super) unsafe fn gather(
        values: Weights<'_>,
        start: usize,
        stride: usize,
        panel: Panel,
        into: &mut [f32],
    ) {
        match values {
            Weights::F32(values) => {
                let read = |at: usize, mask| {
                    // SAFETY: masked lanes are not read; the others lie within the slice.
                    unsafe { _mm512_maskz_loadu_ps(mask, values.as_ptr().add(at)) }
                };
                // SAFETY: as promised by the caller.
                unsafe { squares(read, start, stride, panel, into) }
            }
            Weights::F16(values) => {
                let read = |at: usize, mask| {
                    // SAFETY: as above; `f16` is two bytes.
                    let half = unsafe { _mm256_maskz_loadu_epi16(mask, values.as_ptr().add(at).cast()) };
                    _mm512_cvtph_ps(half)
                };
                // SAFETY: as promised by the caller.
                unsafe { squares(read, start, stride, panel, into) }
            }
            Weights::Bf16(values) => {
                let read = |at: usize, mask| {
                    // SAFETY: as above; `bf16` is two bytes.
                    let half = unsafe { _mm256_maskz_loadu_epi16(mask, values.as_ptr().add(at).cast()) };
                    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(half)))
                };
                // SAFETY: as promised by the caller.
                unsafe { squares(read, start, stride, panel, into) }
            }
        }
    }

    /// # Safety
    /// Needs AVX-512; `read(at, mask)` reads the lanes of `mask` from `at` on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    unsafe fn squares(
        read: impl Fn(usize, __mmask16) -> __m512,
        start: usize,
        stride: usize,
        panel: Panel,
        into: &mut [f32],
    ) {
        let Panel { count, depth, width, .. } = panel;
        for column in (0..width).step_by(16) {
            let rows = count.saturating_sub(column).min(16);
            let store = first_lanes(width - column);
            for from in (0..depth).step_by(16) {
                let load = first_lanes(depth - from);
                let mut square = [_mm512_setzero_ps(); 16];
                if rows == 16 {
                    for (i, line) in square.iter_mut().enumerate() {
                        *line = read(start + (column + i) * stride + from, load);
                    }
                } else {
                    for (i, line) in square.iter_mut().enumerate() {
                        if i < rows {
                            *line = read(start + (column + i) * stride + from, load);
                        }
                    }
                }
                let square = transpose(square);
                let lines = 16.min(depth - from);
                for (i, line) in square.iter().enumerate() {
                    if i < lines {
                        // SAFETY: row `from + i` of the panel has `width - column` values from here on.
                        unsafe {
                            let to = into.as_mut_ptr().add((from + i) * width + column);
                            _mm512_mask_storeu_ps(to, store, *line);
                        }
                    }
                }
            }
        }
    }

    fn first_lanes(count: usize) -> __mmask16 {
        if count >= 16 { !0 } else { (1 << count) - 1 }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn transpose(rows: [__m512; 16]) -> [__m512; 16] {
        let mut pairs = rows;
        for i in 0..8 {
            pairs[2 * i] = _mm512_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
            pairs[2 * i + 1] = _mm512_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
        }
        // Now quads[4 i + j] holds column j of rows 4 i .. 4 i + 4, for each group of four columns.
        let mut quads = pairs;
        for i in 0..4 {
            let [a, b, c, d] = [0, 1, 2, 3].map(|j| _mm512_castps_pd(pairs[4 * i + j]));
            quads[4 * i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
            quads[4 * i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
            quads[4 * i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
            quads[4 * i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
        }
        let mut columns = quads;
        for j in 0..4 {
            let [a, b, c, d] = [0, 1, 2, 3].map(|i| quads[4 * i + j]);
            let ab = _mm512_shuffle_f32x4::<0x88>(a, b);
            let cd = _mm512_shuffle_f32x4::<0x88>(c, d);
            let ab_odd = _mm512_shuffle_f32x4::<0xdd>(a, b);
            let cd_odd = _mm512_shuffle_f32x4::<0xdd>(c, d);
            columns[j] = _mm512_shuffle_f32x4::<0x88>(ab, cd);
            columns[j + 4] = _mm512_shuffle_f32x4::<0x88>(ab_odd, cd_odd);
            columns[j + 8] = _mm512_shuffle_f32x4::<0xdd>(ab, cd);
            columns[j + 12] = _mm512_shuffle_f32x4::<0xdd>(ab_odd, cd_odd);
        }
        columns
    }
}
