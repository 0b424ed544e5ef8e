//! The three products of a convolution with fewer multiplications.
//!
//! A convolution with stride s is a sum of s² convolutions with stride 1, of the pixels and the
//! taps whose places leave the same remainders when divided by s. Each is computed for tiles of
//! 2x2 outputs by minimal filtering (Winograd 1980; Lavin and Gray 2016): pixels, taps and outputs
//! are transformed, and at each of T² points a matrix product over the channels is left. That is
//! 1.8 times fewer multiplications for taps of 2x2 and 2.25 times fewer for 3x3. The adjoint and
//! the gradient of the weights are the adjoints of the same steps.
//!
//! Sixteen images lie beside each other in every step but the products, so that the transforms
//! are plain vector arithmetic wherever a tile lies.

mod filter;
mod planes;
mod tiles;
mod weights;

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::super::flex::{vectorised, zeros};
use super::finish::Finish;
use super::frame::Frame;
use super::kernel::with_scratch;
use filter::{Filter, LANES, Minimal};
use planes::Planes;

/// Tiles whose products are computed together.
const TILES: usize = 6;
/// Rows of transformed pixels that a weight gradient is cut into.
const ROWS: usize = 128;
/// Parts that a weight gradient's sum over images is cut into.
const PARTS: usize = 8;

/// As [`forward`](super::kernel::forward), if the frame is one that gains by it.
pub(super) fn forward(
    frame: &Frame,
    input: &[f32],
    weight: &[f32],
    finish: &Finish,
) -> Option<Vec<f32>> {
    let two = Winograd::<2, 3>::new(frame).map(|map| map.forward(input, weight, finish));
    two.or_else(|| Some(Winograd::<3, 4>::new(frame)?.forward(input, weight, finish)))
}

/// As [`adjoint`](super::kernel::adjoint), if the frame is one that gains by it.
pub(super) fn adjoint(
    frame: &Frame,
    output: &[f32],
    weight: &[f32],
    finish: &Finish,
) -> Option<Vec<f32>> {
    let two = Winograd::<2, 3>::new(frame).map(|map| map.adjoint(output, weight, finish));
    two.or_else(|| Some(Winograd::<3, 4>::new(frame)?.adjoint(output, weight, finish)))
}

/// As [`weight_gradient`](super::kernel::weight_gradient), if the frame is one that gains by it.
pub(super) fn weight_gradient(frame: &Frame, input: &[f32], output: &[f32]) -> Option<Vec<f32>> {
    let two = Winograd::<2, 3>::new(frame).map(|map| map.weight_gradient(input, output));
    two.or_else(|| Some(Winograd::<3, 4>::new(frame)?.weight_gradient(input, output)))
}

/// A frame that minimal filtering serves, with `R` taps a phase and `T` points.
struct Winograd<'a, const R: usize, const T: usize> {
    frame: &'a Frame,
    /// Rows and columns of tiles.
    tiles: [usize; 2],
}

/// The rows and columns of tiles of a frame, if it has `R` taps a phase on both axes and is
/// computed faster this way.
fn tiles<const R: usize>(frame: &Frame) -> Option<[usize; 2]> {
    let fits = |axis: usize| frame.kernel[axis] == R * frame.stride[axis];
    let tiles = [
        frame.output.height.div_ceil(2),
        frame.output.width.div_ceil(2),
    ];
    let rounded = frame.batch.next_multiple_of(LANES) * tiles[0] * tiles[1];
    let products = rounded * (R + 1).pow(2);
    let plain = frame.batch * frame.output.pixels() * R.pow(2);
    // Each transform serves all channels of the other side.
    let wide = frame.input.channels.min(frame.output.channels) >= 16;
    (fits(0) && fits(1) && wide && 5 * products <= 4 * plain).then_some(tiles)
}

impl<'a, const R: usize, const T: usize> Winograd<'a, R, T>
where
    Filter: Minimal<R, T>,
{
    fn new(frame: &'a Frame) -> Option<Self> {
        tiles::<R>(frame).map(|tiles| Self { frame, tiles })
    }

    fn phases(&self) -> usize {
        self.frame.stride[0] * self.frame.stride[1]
    }

    /// Planes of the input, and of the border that tiles read.
    fn input(&self) -> Planes {
        let frame = self.frame;
        let image = [frame.input.height, frame.input.width];
        let size = |axis: usize| {
            let read = frame.stride[axis] * (2 * self.tiles[axis] + R - 1);
            read.max(frame.padding[axis] + image[axis])
        };
        Planes {
            image: frame.input,
            size: [size(0), size(1)],
            offset: frame.padding,
        }
    }

    /// Planes of the output, in whole tiles.
    fn output(&self) -> Planes {
        Planes {
            image: self.frame.output,
            size: self.tiles.map(|tiles| 2 * tiles),
            offset: [0, 0],
        }
    }

    fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<R, T> {
        let end = self.tiles[0] * self.tiles[1];
        (0..end)
            .step_by(TILES)
            .map(move |start| start..(start + TILES).min(end))
    }

    /// Lengths of a block's transformed pixels and outputs, for so many input channels.
    fn lengths(&self, channels: usize) -> [usize; 2] {
        let block = TILES.min(self.tiles[0] * self.tiles[1]) * LANES * T * T;
        [
            self.phases() * channels * block,
            self.frame.output.channels * block,
        ]
    }

    /// `weight · windows(input)`, finished: `[n, c_out, h', w']`.
    fn forward(&self, input: &[f32], weight: &[f32], finish: &Finish) -> Vec<f32> {
        let frame = self.frame;
        let [from, to] = [frame.input, frame.output];
        let [pixels, outputs] = self.lengths(from.channels);
        let (planes_in, planes_out) = (self.input(), self.output());
        let lengths = [
            from.channels * planes_in.len(),
            pixels,
            outputs,
            to.channels * planes_out.len(),
        ];
        let one = |points: &[f32], output: &mut [f32], input: &[f32]| {
            with_scratch(lengths, |[read, pixels, outputs, written]| {
                vectorised!(planes_in.gather(input, 0..from.channels, read));
                for block in self.blocks() {
                    let columns = block.len() * LANES;
                    vectorised!(self.transform_pixels(read, block.clone(), pixels));
                    for point in 0..T * T {
                        matmul(
                            part_mut(outputs, point, [to.channels, columns]),
                            Accum::Replace,
                            part(points, point, [to.channels, self.window()]),
                            part(pixels, point, [self.window(), columns]),
                            1.0,
                            Par::Seq,
                        );
                    }
                    vectorised!(self.restore_outputs(outputs, block, written));
                }
                vectorised!(planes_out.scatter(written, finish, output));
            });
        };
        let mut output = zeros(frame.batch * to.len());
        with_scratch([self.points()], |[points]| {
            self.transform_weights(weight, points);
            output
                .par_chunks_mut(LANES * to.len())
                .zip(input.par_chunks(LANES * from.len()))
                .for_each(|(output, input)| one(points, output, input));
        });
        output
    }

    /// The adjoint of [`forward`](Self::forward) in its input, finished: `[n, c_in, h, w]`.
    fn adjoint(&self, output: &[f32], weight: &[f32], finish: &Finish) -> Vec<f32> {
        let frame = self.frame;
        let [to, from] = [frame.input, frame.output];
        let [pixels, outputs] = self.lengths(to.channels);
        let (planes_in, planes_out) = (self.input(), self.output());
        let lengths = [
            to.channels * planes_in.len(),
            pixels,
            outputs,
            from.channels * planes_out.len(),
        ];
        let one = |points: &[f32], input: &mut [f32], output: &[f32]| {
            with_scratch(lengths, |[written, pixels, outputs, read]| {
                vectorised!(planes_out.gather(output, 0..from.channels, read));
                written.fill(0.0);
                for block in self.blocks() {
                    let columns = block.len() * LANES;
                    vectorised!(self.transform_outputs(read, block.clone(), outputs));
                    for point in 0..T * T {
                        matmul(
                            part_mut(pixels, point, [self.window(), columns]),
                            Accum::Replace,
                            part(points, point, [from.channels, self.window()]).transpose(),
                            part(outputs, point, [from.channels, columns]),
                            1.0,
                            Par::Seq,
                        );
                    }
                    vectorised!(self.restore_pixels(pixels, block, written));
                }
                vectorised!(planes_in.scatter(written, finish, input));
            });
        };
        let mut input = zeros(frame.batch * to.len());
        with_scratch([self.points()], |[points]| {
            self.transform_weights(weight, points);
            input
                .par_chunks_mut(LANES * to.len())
                .zip(output.par_chunks(LANES * from.len()))
                .for_each(|(input, output)| one(points, input, output));
        });
        input
    }

    /// The adjoint of [`forward`](Self::forward) in its weight.
    fn weight_gradient(&self, input: &[f32], output: &[f32]) -> Vec<f32> {
        let frame = self.frame;
        let [from, to] = [frame.input, frame.output];
        let group = (ROWS / self.phases()).clamp(1, from.channels);
        let groups = from.channels.div_ceil(group);
        let chunks = frame.batch.div_ceil(LANES);
        let images = chunks.div_ceil(PARTS.div_ceil(groups)) * LANES;
        let parts = frame.batch.div_ceil(images);
        let [pixels, outputs] = self.lengths(group);
        let (planes_in, planes_out) = (self.input(), self.output());
        let lengths = [
            group * planes_in.len(),
            pixels,
            outputs,
            to.channels * planes_out.len(),
        ];
        let one = |task: usize, product: &mut [f32]| {
            let first = task % groups * group;
            let channels = first..(first + group).min(from.channels);
            let window = channels.len() * self.phases();
            let from_image = task / groups * images;
            let to_image = (from_image + images).min(frame.batch);
            with_scratch(lengths, |[read, pixels, outputs, gradients]| {
                let read = &mut read[..channels.len() * planes_in.len()];
                let input = &input[from_image * from.len()..to_image * from.len()];
                let output = &output[from_image * to.len()..to_image * to.len()];
                let mut accum = Accum::Replace;
                for (input, output) in input
                    .chunks(LANES * from.len())
                    .zip(output.chunks(LANES * to.len()))
                {
                    vectorised!(planes_in.gather(input, channels.clone(), read));
                    vectorised!(planes_out.gather(output, 0..to.channels, gradients));
                    for block in self.blocks() {
                        let columns = block.len() * LANES;
                        vectorised!(self.transform_pixels(read, block.clone(), pixels));
                        vectorised!(self.transform_outputs(gradients, block, outputs));
                        for point in 0..T * T {
                            matmul(
                                part_mut(product, point, [to.channels, window]),
                                accum,
                                part(outputs, point, [to.channels, columns]),
                                part(pixels, point, [window, columns]).transpose(),
                                1.0,
                                Par::Seq,
                            );
                        }
                        accum = Accum::Add;
                    }
                }
            });
        };
        let size = T * T * to.channels * group * self.phases();
        with_scratch([groups * parts * size], |[products]| {
            let mut products: Vec<&mut [f32]> = products.chunks_exact_mut(size).collect();
            products
                .par_iter_mut()
                .enumerate()
                .for_each(|(task, product)| one(task, product));
            self.restore_weights(&products, group)
        })
    }

    /// Rows of the transformed pixels: phases and channels.
    fn window(&self) -> usize {
        self.phases() * self.frame.input.channels
    }
}

/// The matrix of one point.
fn part(values: &[f32], point: usize, [rows, columns]: [usize; 2]) -> MatRef<'_, f32> {
    let values = &values[point * rows * columns..][..rows * columns];
    MatRef::from_row_major_slice(values, rows, columns)
}

fn part_mut(values: &mut [f32], point: usize, [rows, columns]: [usize; 2]) -> MatMut<'_, f32> {
    let values = &mut values[point * rows * columns..][..rows * columns];
    MatMut::from_row_major_slice_mut(values, rows, columns)
}
