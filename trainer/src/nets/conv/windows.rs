//! The movement of pixels between images and the matrix of their windows.
//!
//! Pixels are first gathered into lines. A line holds, of one channel of all
//! images of a chunk, the pixels whose row and column leave the same remainders
//! when divided by the stride, image after image. In nearly every layer the
//! windows of all images then see, under one tap of the kernel, one line in
//! order, merely shifted: a row of the matrix is one long run of that line with
//! the padding masked out.

use std::ops::Range;

use super::super::flex::vectorised;
use super::finish::Finish;
use super::frame::Frame;

/// Where the windows of the images of a chunk find their pixels.
pub(super) struct Windows {
    taps: Vec<Tap>,
    stride: [usize; 2],
    /// Height and width of an input plane.
    plane: [usize; 2],
    /// Height and width of an image in a line.
    cells: [usize; 2],
    /// Images of a full chunk.
    images: usize,
    /// Cells before and after the images of a line, where shifted runs may end.
    guard: usize,
}

/// What the windows see under one tap of the kernel.
struct Tap {
    /// Which line of a channel.
    line: usize,
    sight: Sight,
}

/// Which cell of its line each window of a chunk sees, in the order of the windows.
enum Sight {
    /// The cells from `start` on; those that are padding have a mask of 0, the others of ones.
    Run { start: usize, inside: Vec<u32> },
    /// Any cells; padding is cell 0, which no pixel has.
    Each(Vec<u32>),
}

impl Windows {
    /// The windows of chunks of up to `images` images.
    pub(super) fn new(frame: &Frame, images: usize) -> Self {
        let plane = [frame.input.height, frame.input.width];
        let output = [frame.output.height, frame.output.width];
        let stride = frame.stride;
        let cells = [0, 1].map(|axis| plane[axis].div_ceil(stride[axis]));
        let in_order = cells == output;
        let windows = frame.output.pixels();
        // A run is shifted by less than this many rows and columns.
        let reach = |axis: usize| 1 + frame.kernel[axis].max(frame.padding[axis]) / stride[axis];
        let guard = match in_order {
            true => reach(0) * cells[1] + reach(1),
            false => 1,
        };
        let taps = (0..frame.taps()).map(|index| {
            let at = [index / frame.kernel[1], index % frame.kernel[1]];
            // Position in the plane of the pixel that the window at `window` sees.
            let seen = |axis: usize, window: usize| {
                (window * stride[axis] + at[axis])
                    .checked_sub(frame.padding[axis])
                    .filter(|pixel| *pixel < plane[axis])
            };
            let offset = [0, 1].map(|axis| at[axis] as isize - frame.padding[axis] as isize);
            let [row, column] = [0, 1].map(|axis| {
                let stride = stride[axis] as isize;
                (
                    offset[axis].div_euclid(stride),
                    offset[axis].rem_euclid(stride) as usize,
                )
            });
            // Image, row and column of the pixel that a window of the chunk sees.
            let pixel = |window: usize| {
                let (image, window) = (window / windows, window % windows);
                let (y, x) = (window / output[1], window % output[1]);
                Some((image, seen(0, y)?, seen(1, x)?))
            };
            let sight = if in_order {
                let shift = row.0 * cells[1] as isize + column.0;
                Sight::Run {
                    start: guard.saturating_add_signed(shift),
                    inside: (0..images * windows)
                        .map(|window| pixel(window).map_or(0, |_| u32::MAX))
                        .collect(),
                }
            } else {
                let cell = |(image, y, x): (usize, usize, usize)| {
                    let (y, x) = (y / stride[0], x / stride[1]);
                    guard + (image * cells[0] + y) * cells[1] + x
                };
                let seen = (0..images * windows)
                    .map(|window| pixel(window).map_or(0, |pixel| cell(pixel) as u32));
                Sight::Each(seen.collect())
            };
            Tap {
                line: row.1 * stride[1] + column.1,
                sight,
            }
        });
        Self {
            taps: taps.collect(),
            stride,
            plane,
            cells,
            images,
            guard,
        }
    }

    /// Cells of a line.
    fn line(&self) -> usize {
        self.images * self.cells[0] * self.cells[1] + 2 * self.guard
    }

    /// Cells of all lines of a channel.
    pub(super) fn lines(&self) -> usize {
        self.stride[0] * self.stride[1] * self.line()
    }

    fn pixels(&self) -> usize {
        self.plane[0] * self.plane[1]
    }

    /// Gathers the pixels of `channels` of the `total` of each image into their lines.
    ///
    /// What the cells hold that no window sees is not specified.
    pub(super) fn gather(
        &self,
        images: &[f32],
        total: usize,
        channels: Range<usize>,
        lines: &mut [f32],
    ) {
        vectorised!({
            for (channel, lines) in channels.zip(lines.chunks_exact_mut(self.lines())) {
                for line in lines.chunks_exact_mut(self.line()) {
                    line[0] = 0.0;
                }
                let planes = images.chunks_exact(self.pixels()).skip(channel);
                for (image, plane) in planes.step_by(total).enumerate() {
                    let mut rows = self.rows(image);
                    for (row, start) in plane.chunks_exact(self.plane[1]).zip(&mut rows) {
                        let lines = &mut lines[start..];
                        match self.stride[1] {
                            1 => lines[..row.len()].copy_from_slice(row),
                            2 => {
                                let (even, odd) = lines.split_at_mut(self.line());
                                let pairs = row.chunks_exact(2);
                                if let [last] = pairs.remainder() {
                                    even[row.len() / 2] = *last;
                                }
                                for ((even, odd), pair) in even.iter_mut().zip(odd).zip(pairs) {
                                    (*even, *odd) = (pair[0], pair[1]);
                                }
                            }
                            stride => {
                                for x in 0..stride {
                                    let pixels = row.iter().skip(x).step_by(stride);
                                    for (cell, pixel) in
                                        lines[x * self.line()..].iter_mut().zip(pixels)
                                    {
                                        *cell = *pixel;
                                    }
                                }
                            }
                        }
                    }
                }
            }
        });
    }

    /// Puts the pixels of lines back into whole images, finished: the inverse of
    /// [`gather`](Self::gather) of all channels.
    pub(super) fn scatter(&self, lines: &[f32], finish: &Finish, images: &mut [f32]) {
        let total = lines.len() / self.lines();
        vectorised!({
            for (channel, lines) in lines.chunks_exact(self.lines()).enumerate() {
                let finish = finish.of_channel(channel);
                let planes = images.chunks_exact_mut(self.pixels()).skip(channel);
                for (image, plane) in planes.step_by(total).enumerate() {
                    let mut rows = self.rows(image);
                    for (row, start) in plane.chunks_exact_mut(self.plane[1]).zip(&mut rows) {
                        let lines = &lines[start..];
                        match self.stride[1] {
                            1 => {
                                for (pixel, cell) in row.iter_mut().zip(lines) {
                                    *pixel = finish.value(*cell);
                                }
                            }
                            2 => {
                                let (even, odd) = lines.split_at(self.line());
                                let len = row.len();
                                let mut pairs = row.chunks_exact_mut(2);
                                for ((even, odd), pair) in even.iter().zip(odd).zip(&mut pairs) {
                                    (pair[0], pair[1]) = (finish.value(*even), finish.value(*odd));
                                }
                                if let [last] = pairs.into_remainder() {
                                    *last = finish.value(even[len / 2]);
                                }
                            }
                            stride => {
                                for x in 0..stride {
                                    let pixels = row.iter_mut().skip(x).step_by(stride);
                                    for (cell, pixel) in lines[x * self.line()..].iter().zip(pixels)
                                    {
                                        *pixel = finish.value(*cell);
                                    }
                                }
                            }
                        }
                    }
                }
            }
        });
    }

    /// Where the rows of an image begin in the lines of its channel.
    #[inline(always)]
    fn rows(&self, image: usize) -> impl Iterator<Item = usize> {
        let (line, cells, stride) = (self.line(), self.cells, self.stride);
        let first = self.guard + image * cells[0] * cells[1];
        let of_cells = (0..cells[0]).map(move |row| first + row * cells[1]);
        of_cells.flat_map(move |start| (0..stride[0]).map(move |y| start + y * stride[1] * line))
    }

    /// Copies what the given windows of a chunk see into `columns` `[channels · taps, windows]`;
    /// padding reads as zero.
    pub(super) fn unfold(&self, lines: &[f32], windows: Range<usize>, columns: &mut [f32]) {
        vectorised!({
            let mut rows = columns.chunks_exact_mut(windows.len());
            for lines in lines.chunks_exact(self.lines()) {
                for (tap, row) in self.taps.iter().zip(&mut rows) {
                    let line = &lines[tap.line * self.line()..][..self.line()];
                    match &tap.sight {
                        Sight::Run { start, inside } => {
                            let cells = &line[start + windows.start..];
                            let inside = &inside[windows.clone()];
                            for ((to, cell), inside) in row.iter_mut().zip(cells).zip(inside) {
                                *to = masked(*cell, *inside);
                            }
                        }
                        Sight::Each(seen) => {
                            for (to, cell) in row.iter_mut().zip(&seen[windows.clone()]) {
                                *to = line[*cell as usize];
                            }
                        }
                    }
                }
            }
        });
    }

    /// Adds `columns` to the cells that they would be unfolded from: the adjoint of
    /// [`unfold`](Self::unfold).
    pub(super) fn fold(&self, columns: &[f32], windows: Range<usize>, lines: &mut [f32]) {
        vectorised!({
            let mut rows = columns.chunks_exact(windows.len());
            for lines in lines.chunks_exact_mut(self.lines()) {
                for (tap, row) in self.taps.iter().zip(&mut rows) {
                    let line = &mut lines[tap.line * self.line()..][..self.line()];
                    match &tap.sight {
                        Sight::Run { start, inside } => {
                            let cells = &mut line[start + windows.start..];
                            let inside = &inside[windows.clone()];
                            for ((cell, from), inside) in cells.iter_mut().zip(row).zip(inside) {
                                *cell += masked(*from, *inside);
                            }
                        }
                        Sight::Each(seen) => {
                            for (from, cell) in row.iter().zip(&seen[windows.clone()]) {
                                line[*cell as usize] += from;
                            }
                        }
                    }
                }
            }
        });
    }
}

/// Not a product: a mask of 0 makes zero of anything.
#[inline(always)]
fn masked(value: f32, mask: u32) -> f32 {
    f32::from_bits(value.to_bits() & mask)
}
