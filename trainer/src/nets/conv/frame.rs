//! The geometry of a convolution and the movement of pixels between an image
//! and the matrix of its windows.

use std::ops::Range;

/// Channels and size of one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Image {
    pub(super) fn pixels(&self) -> usize {
        self.height * self.width
    }

    pub(super) fn len(&self) -> usize {
        self.channels * self.pixels()
    }
}

/// A plain convolution from `input` to `output` images, weight
/// `[output.channels, input.channels, kernel[0], kernel[1]]`.
///
/// Input pixel `y · stride + i − padding` meets output pixel `y` through tap
/// `i` of the kernel. A transposed convolution is the adjoint of such a map,
/// so it is described by the same frame and reads the `output` side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) batch: usize,
    pub(super) input: Image,
    pub(super) output: Image,
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) padding: [usize; 2],
}

impl Frame {
    /// Number of kernel taps of one pair of channels.
    pub(super) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Number of values in one window: the rows of the unfolded matrix.
    pub(super) fn window(&self) -> usize {
        self.input.channels * self.taps()
    }

    /// Number of weights.
    pub(super) fn weights(&self) -> usize {
        self.output.channels * self.window()
    }

    /// The same map seen from its other side, if that side is cheaper to unfold.
    ///
    /// At stride 1 the adjoint of a convolution is a convolution with the
    /// kernel turned by 180° and padding `kernel − 1 − padding`. With few output
    /// channels, unfolding those instead of the input saves nearly all the
    /// copying.
    pub(super) fn turned(&self) -> Option<Self> {
        let [kernel_h, kernel_w] = self.kernel;
        let [padding_h, padding_w] = self.padding;
        if self.stride != [1, 1] || padding_h >= kernel_h || padding_w >= kernel_w {
            return None;
        }
        let turned = Self {
            input: self.output,
            output: self.input,
            padding: [kernel_h - 1 - padding_h, kernel_w - 1 - padding_w],
            ..*self
        };
        (turned.cost() < self.cost()).then_some(turned)
    }

    /// Estimated work: multiplications, and copies at the price of several.
    fn cost(&self) -> usize {
        const COPY: usize = 16;
        self.input.channels * self.output.pixels() * (self.output.channels + COPY)
    }

    /// Copies the windows of `rows` of every output image into `columns`
    /// `[channels · taps, images · rows · width]`; padding reads as zero.
    ///
    /// `images` holds whole input images, of which `channels` are read.
    pub(super) fn unfold(
        &self,
        images: &[f32],
        channels: Range<usize>,
        rows: Range<usize>,
        columns: &mut [f32],
    ) {
        let run = self.output.width;
        let count = images.len() / self.input.len();
        let line = count * rows.len() * run;
        let stride = self.stride[1];
        for (tap, line) in Taps::new(self, channels).zip(columns.chunks_exact_mut(line)) {
            let mut windows = line.chunks_exact_mut(run);
            for image in images.chunks_exact(self.input.len()) {
                let plane = &image[tap.channel * self.input.pixels()..][..self.input.pixels()];
                for (y, window) in rows.clone().zip(&mut windows) {
                    let Some(row) = self.input_row(y, tap.row) else {
                        window.fill(0.0);
                        continue;
                    };
                    let row = &plane[row * self.input.width..][..self.input.width];
                    window[..tap.reach.start].fill(0.0);
                    window[tap.reach.end..].fill(0.0);
                    let window = &mut window[tap.reach.clone()];
                    match stride {
                        _ if window.is_empty() => {}
                        1 => window.copy_from_slice(&row[tap.first..][..window.len()]),
                        2 => gather::<2>(window, &row[tap.first..]),
                        _ => {
                            for (to, from) in window
                                .iter_mut()
                                .zip(row[tap.first..].iter().step_by(stride))
                            {
                                *to = *from;
                            }
                        }
                    }
                }
            }
        }
    }

    /// Adds `columns` back to the pixels they would be unfolded from: the
    /// adjoint of [`unfold`](Self::unfold) over all channels.
    pub(super) fn fold(&self, columns: &[f32], rows: Range<usize>, images: &mut [f32]) {
        let run = self.output.width;
        let count = images.len() / self.input.len();
        let line = count * rows.len() * run;
        let stride = self.stride[1];
        for (tap, line) in Taps::new(self, 0..self.input.channels).zip(columns.chunks_exact(line)) {
            let mut windows = line.chunks_exact(run);
            for image in images.chunks_exact_mut(self.input.len()) {
                let plane = &mut image[tap.channel * self.input.pixels()..][..self.input.pixels()];
                for (y, window) in rows.clone().zip(&mut windows) {
                    let Some(row) = self.input_row(y, tap.row) else {
                        continue;
                    };
                    let row = &mut plane[row * self.input.width..][..self.input.width];
                    let window = &window[tap.reach.clone()];
                    match stride {
                        _ if window.is_empty() => {}
                        1 => {
                            for (to, from) in row[tap.first..].iter_mut().zip(window) {
                                *to += *from;
                            }
                        }
                        2 => scatter_add::<2>(&mut row[tap.first..], window),
                        _ => {
                            for (to, from) in
                                row[tap.first..].iter_mut().step_by(stride).zip(window)
                            {
                                *to += *from;
                            }
                        }
                    }
                }
            }
        }
    }

    /// Input row that tap row `i` of output row `y` reads, unless it is padding.
    fn input_row(&self, y: usize, i: usize) -> Option<usize> {
        (y * self.stride[0] + i)
            .checked_sub(self.padding[0])
            .filter(|row| *row < self.input.height)
    }
}

/// `to[k] = from[k · STRIDE]`.
fn gather<const STRIDE: usize>(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from.chunks(STRIDE)) {
        *to = from[0];
    }
}

/// `to[k · STRIDE] += from[k]`.
fn scatter_add<const STRIDE: usize>(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.chunks_mut(STRIDE).zip(from) {
        to[0] += *from;
    }
}

/// One kernel tap of one input channel.
struct Tap {
    channel: usize,
    row: usize,
    /// Output columns whose pixel under this tap lies inside the image.
    reach: Range<usize>,
    /// Input column of the first of them.
    first: usize,
}

/// The taps in the order of the weights.
struct Taps<'a> {
    frame: &'a Frame,
    index: Range<usize>,
}

impl<'a> Taps<'a> {
    fn new(frame: &'a Frame, channels: Range<usize>) -> Self {
        let index = channels.start * frame.taps()..channels.end * frame.taps();
        Self { frame, index }
    }
}

impl Iterator for Taps<'_> {
    type Item = Tap;

    fn next(&mut self) -> Option<Tap> {
        let Frame {
            input,
            output,
            kernel,
            stride,
            padding,
            ..
        } = self.frame;
        let index = self.index.next()?;
        let column = index % kernel[1];
        let start = padding[1]
            .saturating_sub(column)
            .div_ceil(stride[1])
            .min(output.width);
        let end = (input.width + padding[1])
            .saturating_sub(column)
            .div_ceil(stride[1])
            .clamp(start, output.width);
        Some(Tap {
            channel: index / (kernel[0] * kernel[1]),
            row: index / kernel[1] % kernel[0],
            reach: start..end,
            first: (start * stride[1] + column).saturating_sub(padding[1]),
        })
    }
}
