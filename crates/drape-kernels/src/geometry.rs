//! The geometry of convolutions: their shape, the places of a panel line by line, and lines with the zeros
//! around them.

use std::ops::Deref;

/// The shape of a convolution with square kernels and zero padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Pictures.
    pub batch: usize,
    /// Channels read.
    pub c_in: usize,
    /// Height of the input.
    pub h: usize,
    /// Width of the input.
    pub w: usize,
    /// Channels written.
    pub c_out: usize,
    /// Side of the kernel, 1 to 16.
    pub kernel: usize,
    /// Step between windows, at least 1.
    pub stride: usize,
    /// Zeros around the input: top, bottom, left, right.
    pub pad: [usize; 4],
}

impl Conv {
    /// Height of the output; 0 when the kernel is larger than the padded input.
    #[must_use]
    pub fn out_height(&self) -> usize {
        self.steps(self.h + self.pad[0] + self.pad[1])
    }

    /// Width of the output; 0 when the kernel is larger than the padded input.
    #[must_use]
    pub fn out_width(&self) -> usize {
        self.steps(self.w + self.pad[2] + self.pad[3])
    }

    fn steps(&self, padded: usize) -> usize {
        padded.checked_sub(self.kernel).map_or(0, |free| free / self.stride + 1)
    }
}

/// Places of a panel that lie in one line of the output. For Winograd's convolution a place is a square of
/// 2x2 outputs, and a line is two lines.
#[derive(Clone, Copy, Default)]
pub(crate) struct Run {
    /// Line of the output.
    pub(crate) line: usize,
    /// First column of the output.
    pub(crate) column: usize,
    /// First place in the panel.
    pub(crate) at: usize,
    /// Places.
    pub(crate) len: usize,
}

/// The runs of one panel.
pub(crate) struct Runs {
    runs: [Run; Self::MOST],
    count: usize,
}

impl Runs {
    /// The columns of the widest panel: in an output one place wide, each is a run of its own.
    const MOST: usize = 32;

    /// The runs of the `count` places from `first` on, in an output of `width` places per line.
    pub(crate) fn of(first: usize, count: usize, width: usize) -> Self {
        let mut this = Self { runs: [Run::default(); Self::MOST], count: 0 };
        let mut done = 0;
        while done < count {
            let (line, column) = ((first + done) / width, (first + done) % width);
            let len = (width - column).min(count - done);
            this.runs[this.count] = Run { line, column, at: done, len };
            this.count += 1;
            done += len;
        }
        this
    }
}

impl Deref for Runs {
    type Target = [Run];

    fn deref(&self) -> &[Run] {
        &self.runs[..self.count]
    }
}

/// Every `stride`-th value of a line that has `pad` zeros before it and as many as needed behind, from
/// place `first` (zeros counted) on.
#[inline]
pub(crate) fn read_padded(line: &[f32], first: usize, pad: usize, stride: usize, into: &mut [f32]) {
    let before = pad.saturating_sub(first).div_ceil(stride).min(into.len());
    let start = (first + before * stride).saturating_sub(pad);
    let inside = line.len().saturating_sub(start).div_ceil(stride).min(into.len() - before);
    let (zeros, rest) = into.split_at_mut(before);
    let (values, behind) = rest.split_at_mut(inside);
    zeros.fill(0.0);
    behind.fill(0.0);
    if inside == 0 {
        return;
    }
    if stride == 1 {
        values.copy_from_slice(&line[start..start + inside]);
    } else {
        for (to, from) in values.iter_mut().zip(line[start..].iter().step_by(stride)) {
            *to = *from;
        }
    }
}
