//! The movement of pixels between images and the matrix of their windows.
//!
//! With a stride, planes are first split into phases: the pixels whose row and
//! column leave the same remainders when divided by the stride. Under one tap
//! of the kernel the windows then read one phase in order, merely shifted, so
//! that nearly all of the work is on long runs.

use std::ops::Range;

use super::frame::Frame;

/// Where the windows of a frame's input images find their pixels.
pub(super) struct Windows {
    taps: Vec<Tap>,
    phases: Vec<Phase>,
    stride: [usize; 2],
    /// Height and width of an input plane.
    plane: [usize; 2],
    /// Windows in one output row.
    width: usize,
}

/// The pixels of a plane that leave one pair of remainders.
#[derive(Clone, Copy)]
struct Phase {
    size: [usize; 2],
    /// Where the phase starts in a split plane.
    offset: usize,
}

impl Phase {
    /// Where one of its rows lies in a split plane.
    fn row(&self, row: usize) -> Range<usize> {
        let start = self.offset + row * self.size[1];
        start..start + self.size[1]
    }
}

/// What all windows see under one tap of the kernel.
struct Tap {
    phase: Phase,
    /// Output rows and columns whose pixel lies inside the image.
    reach: [Range<usize>; 2],
    /// Row and column, in the phase, of the pixel of the first of them.
    start: [usize; 2],
}

impl Windows {
    pub(super) fn new(frame: &Frame) -> Self {
        let plane = [frame.input.height, frame.input.width];
        let output = [frame.output.height, frame.output.width];
        let mut phases = Vec::with_capacity(frame.stride[0] * frame.stride[1]);
        let mut offset = 0;
        for row in 0..frame.stride[0] {
            for column in 0..frame.stride[1] {
                let first = [row, column];
                let size = [0, 1].map(|axis| {
                    plane[axis]
                        .saturating_sub(first[axis])
                        .div_ceil(frame.stride[axis])
                });
                phases.push(Phase { size, offset });
                offset += size[0] * size[1];
            }
        }
        let taps = (0..frame.taps()).map(|index| {
            let at = [index / frame.kernel[1], index % frame.kernel[1]];
            let axes = [0, 1].map(|axis| {
                let (stride, padding) = (frame.stride[axis], frame.padding[axis]);
                let begin = padding.saturating_sub(at[axis]).div_ceil(stride);
                let end = (plane[axis] + padding)
                    .saturating_sub(at[axis])
                    .div_ceil(stride);
                let end = end.min(output[axis]).max(begin);
                (
                    begin..end,
                    (begin * stride + at[axis]).saturating_sub(padding),
                )
            });
            let [(rows, row), (columns, column)] = axes;
            let [stride_h, stride_w] = frame.stride;
            Tap {
                phase: phases[row % stride_h * stride_w + column % stride_w],
                reach: [rows, columns],
                start: [row / stride_h, column / stride_w],
            }
        });
        Self {
            taps: taps.collect(),
            phases,
            stride: frame.stride,
            plane,
            width: output[1],
        }
    }

    /// Whether planes must be split before they are unfolded, and merged after they were folded.
    pub(super) fn splits(&self) -> bool {
        self.stride != [1, 1]
    }

    fn pixels(&self) -> usize {
        self.plane[0] * self.plane[1]
    }

    /// Splits planes into phases.
    pub(super) fn split<'a>(&self, planes: impl Iterator<Item = &'a [f32]>, split: &mut [f32]) {
        let [stride_h, stride_w] = self.stride;
        for (plane, split) in planes.zip(split.chunks_exact_mut(self.pixels())) {
            for (y, row) in plane.chunks_exact(self.plane[1]).enumerate() {
                let at = y / stride_h;
                match &self.phases[y % stride_h * stride_w..][..stride_w] {
                    [all] => split[all.row(at)].copy_from_slice(row),
                    [even, odd] => {
                        let (left, right) = split.split_at_mut(odd.row(at).start);
                        let (even, odd) = (&mut left[even.row(at)], &mut right[..odd.size[1]]);
                        let pairs = row.chunks_exact(2);
                        if let ([last], Some(to)) = (pairs.remainder(), even.last_mut()) {
                            *to = *last;
                        }
                        for ((even, odd), pair) in even.iter_mut().zip(odd).zip(pairs) {
                            (*even, *odd) = (pair[0], pair[1]);
                        }
                    }
                    phases => {
                        for (x, phase) in phases.iter().enumerate() {
                            let from = row.iter().skip(x).step_by(stride_w);
                            for (to, from) in split[phase.row(at)].iter_mut().zip(from) {
                                *to = *from;
                            }
                        }
                    }
                }
            }
        }
    }

    /// Puts split planes together again: the inverse of [`split`](Self::split).
    pub(super) fn merge(&self, split: &[f32], planes: &mut [f32]) {
        let [stride_h, stride_w] = self.stride;
        let pixels = self.pixels();
        for (plane, split) in planes
            .chunks_exact_mut(pixels)
            .zip(split.chunks_exact(pixels))
        {
            for (y, row) in plane.chunks_exact_mut(self.plane[1]).enumerate() {
                let at = y / stride_h;
                match &self.phases[y % stride_h * stride_w..][..stride_w] {
                    [all] => row.copy_from_slice(&split[all.row(at)]),
                    [even, odd] => {
                        let (even, odd) = (&split[even.row(at)], &split[odd.row(at)]);
                        let mut pairs = row.chunks_exact_mut(2);
                        for ((even, odd), pair) in even.iter().zip(odd).zip(&mut pairs) {
                            (pair[0], pair[1]) = (*even, *odd);
                        }
                        if let ([to], Some(last)) = (pairs.into_remainder(), even.last()) {
                            *to = *last;
                        }
                    }
                    phases => {
                        for (x, phase) in phases.iter().enumerate() {
                            let to = row.iter_mut().skip(x).step_by(stride_w);
                            for (to, from) in to.zip(&split[phase.row(at)]) {
                                *to = *from;
                            }
                        }
                    }
                }
            }
        }
    }

    /// Copies the windows of `rows` of every output image into `columns`
    /// `[channels · taps, images · rows · width]`; padding reads as zero.
    ///
    /// `planes` are the split planes of `channels` channels of whole images.
    pub(super) fn unfold(
        &self,
        planes: &[f32],
        channels: usize,
        rows: Range<usize>,
        columns: &mut [f32],
    ) {
        let run = rows.len() * self.width;
        let line = planes.len() / (channels * self.pixels()) * run;
        let mut lines = columns.chunks_exact_mut(line);
        for channel in 0..channels {
            for (tap, line) in self.taps.iter().zip(&mut lines) {
                let planes = planes
                    .chunks_exact(self.pixels())
                    .skip(channel)
                    .step_by(channels);
                for (plane, line) in planes.zip(line.chunks_exact_mut(run)) {
                    self.unfold_tap(tap, plane, rows.clone(), line);
                }
            }
        }
    }

    fn unfold_tap(&self, tap: &Tap, plane: &[f32], rows: Range<usize>, line: &mut [f32]) {
        let Some(seen) = tap.seen(&rows) else {
            line.fill(0.0);
            return;
        };
        let width = self.width;
        line[..(seen.start - rows.start) * width].fill(0.0);
        line[(seen.end - rows.start) * width..].fill(0.0);
        let line = &mut line[(seen.start - rows.start) * width..][..seen.len() * width];
        let (plane, pitch) = (&plane[tap.first(&seen)..], tap.phase.size[1]);
        let columns = tap.reach[1].clone();
        if pitch == width {
            let run = (seen.len() - 1) * width + columns.len();
            line[columns.start..][..run].copy_from_slice(&plane[..run]);
        } else {
            for (line, row) in line.chunks_exact_mut(width).zip(plane.chunks(pitch)) {
                line[columns.clone()].copy_from_slice(&row[..columns.len()]);
            }
        }
        self.clear_padding(&columns, line);
    }

    /// Adds `columns` to the split planes that they would be unfolded from: the
    /// adjoint of [`unfold`](Self::unfold). Overwrites what `columns` holds for padding.
    pub(super) fn fold(
        &self,
        columns: &mut [f32],
        channels: usize,
        rows: Range<usize>,
        planes: &mut [f32],
    ) {
        let run = rows.len() * self.width;
        let line = planes.len() / (channels * self.pixels()) * run;
        for (channel, lines) in columns.chunks_exact_mut(self.taps.len() * line).enumerate() {
            // All clearing comes before all adding: a sum that reads what was
            // just written has to wait for it.
            for (tap, line) in self.taps.iter().zip(lines.chunks_exact_mut(line)) {
                self.clear_padding(&tap.reach[1], line);
            }
            for (tap, line) in self.taps.iter().zip(lines.chunks_exact(line)) {
                let planes = planes
                    .chunks_exact_mut(self.pixels())
                    .skip(channel)
                    .step_by(channels);
                for (plane, line) in planes.zip(line.chunks_exact(run)) {
                    self.fold_tap(tap, line, rows.clone(), plane);
                }
            }
        }
    }

    fn fold_tap(&self, tap: &Tap, line: &[f32], rows: Range<usize>, plane: &mut [f32]) {
        let Some(seen) = tap.seen(&rows) else {
            return;
        };
        let width = self.width;
        let line = &line[(seen.start - rows.start) * width..][..seen.len() * width];
        let (plane, pitch) = (&mut plane[tap.first(&seen)..], tap.phase.size[1]);
        let columns = tap.reach[1].clone();
        if pitch == width {
            let run = (seen.len() - 1) * width + columns.len();
            add(&mut plane[..run], &line[columns.start..][..run]);
        } else {
            for (line, row) in line.chunks_exact(width).zip(plane.chunks_mut(pitch)) {
                add(&mut row[..columns.len()], &line[columns.clone()]);
            }
        }
    }

    /// Zeroes the output columns whose pixel is padding.
    fn clear_padding(&self, inside: &Range<usize>, line: &mut [f32]) {
        for column in (0..inside.start).chain(inside.end..self.width) {
            for value in line[column..].iter_mut().step_by(self.width) {
                *value = 0.0;
            }
        }
    }
}

impl Tap {
    /// Which of the output rows see a pixel under this tap, if any window does.
    fn seen(&self, rows: &Range<usize>) -> Option<Range<usize>> {
        let [inside, columns] = &self.reach;
        let seen = inside.start.max(rows.start)..inside.end.min(rows.end);
        (!seen.is_empty() && !columns.is_empty()).then_some(seen)
    }

    /// Index in a split plane of the first pixel seen from these rows.
    fn first(&self, seen: &Range<usize>) -> usize {
        let row = self.start[0] + seen.start - self.reach[0].start;
        self.phase.offset + row * self.phase.size[1] + self.start[1]
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += *from;
    }
}
