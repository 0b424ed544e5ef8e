//! Weights at the points of a tile, and their gradients back.

use rayon::prelude::*;

use super::super::super::flex::vectorised;
use super::Winograd;
use super::filter::{Filter, LANES, Minimal, squared};

impl<const R: usize, const T: usize> Winograd<'_, R, T>
where
    Filter: Minimal<R, T>,
{
    /// Values of the weights at each point.
    pub(super) fn points(&self) -> usize {
        T * T * self.frame.output.channels * self.window()
    }

    /// The weights at each point, `[T², c_out, phases · c_in]`.
    pub(super) fn transform_weights(&self, weight: &[f32], points: &mut [f32]) {
        let (channels, window) = (self.frame.input.channels, self.window());
        let (taps, rows) = (self.frame.taps(), self.frame.output.channels);
        let mut of_rows: Vec<Vec<&mut [f32]>> = (0..rows).map(|_| Vec::new()).collect();
        for of_point in points.chunks_exact_mut(rows * window) {
            for (row, values) in of_rows.iter_mut().zip(of_point.chunks_exact_mut(window)) {
                row.push(values);
            }
        }
        of_rows
            .into_par_iter()
            .zip(weight.par_chunks(channels * taps))
            .for_each(|(points, weight)| {
                vectorised!(self.transform_row(points, weight));
            });
    }

    /// Transforms the kernels of one output channel, to one slice a point.
    #[inline(always)]
    fn transform_row(&self, mut points: Vec<&mut [f32]>, weight: &[f32]) {
        let (channels, taps) = (self.frame.input.channels, self.frame.taps());
        for (block, weight) in weight.chunks(LANES * taps).enumerate() {
            for phase in 0..self.phases() {
                let start = phase * channels + block * LANES;
                let count = weight.len() / taps;
                squared(
                    |y, x| {
                        let tap = self.tap(phase, y, x);
                        let mut lanes = [0.0; LANES];
                        for (lane, kernel) in lanes.iter_mut().zip(weight.chunks_exact(taps)) {
                            *lane = kernel[tap];
                        }
                        lanes
                    },
                    Filter::kernel,
                    |y, x, lanes| {
                        points[y * T + x][start..start + count].copy_from_slice(&lanes[..count]);
                    },
                );
            }
        }
    }

    /// The place in a kernel of a tap of a phase.
    #[inline(always)]
    fn tap(&self, phase: usize, y: usize, x: usize) -> usize {
        let [stride_h, stride_w] = self.frame.stride;
        let (row, column) = (phase / stride_w, phase % stride_w);
        (y * stride_h + row) * self.frame.kernel[1] + x * stride_w + column
    }

    /// The sum of the parts of a weight gradient as weights: the adjoint of
    /// [`transform_weights`](Self::transform_weights).
    pub(super) fn restore_weights(&self, products: &[&mut [f32]], group: usize) -> Vec<f32> {
        let mut gradient = vec![0.0; self.frame.weights()];
        gradient
            .par_chunks_mut(self.frame.window())
            .enumerate()
            .for_each(|(row, gradient)| {
                vectorised!(self.restore_row(products, group, row, gradient));
            });
        gradient
    }

    /// The kernels of one output channel.
    #[inline(always)]
    fn restore_row(&self, products: &[&mut [f32]], group: usize, row: usize, gradient: &mut [f32]) {
        let (channels, taps) = (self.frame.input.channels, self.frame.taps());
        let (rows, groups) = (self.frame.output.channels, channels.div_ceil(group));
        for (index, gradient) in gradient.chunks_mut(group * taps).enumerate() {
            let size = gradient.len() / taps;
            let window = size * self.phases();
            let mut total = vec![0.0; T * T * window];
            for product in products.iter().skip(index).step_by(groups) {
                for (point, total) in total.chunks_exact_mut(window).enumerate() {
                    let values = &product[(point * rows + row) * window..];
                    for (total, value) in total.iter_mut().zip(values) {
                        *total += value;
                    }
                }
            }
            for (block, gradient) in gradient.chunks_mut(LANES * taps).enumerate() {
                let count = gradient.len() / taps;
                for phase in 0..self.phases() {
                    let column = phase * size + block * LANES;
                    squared(
                        |y, x| {
                            let mut lanes = [0.0; LANES];
                            let values = &total[(y * T + x) * window + column..][..count];
                            lanes[..count].copy_from_slice(values);
                            lanes
                        },
                        Filter::kernel_adjoint,
                        |y, x, lanes| {
                            let tap = self.tap(phase, y, x);
                            for (kernel, value) in gradient.chunks_exact_mut(taps).zip(lanes) {
                                kernel[tap] = value;
                            }
                        },
                    );
                }
            }
        }
    }
}
