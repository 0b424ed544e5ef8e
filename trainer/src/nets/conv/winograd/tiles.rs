//! Pixels and outputs at the points of their tiles.

use std::ops::Range;

use super::Winograd;
use super::filter::{Filter, LANES, Minimal, add, squared};
use super::planes::Planes;

impl<const R: usize, const T: usize> Winograd<'_, R, T>
where
    Filter: Minimal<R, T>,
{
    /// Transforms the pixels that a block of tiles reads, to `[T², phases · channels, tiles]`.
    #[inline(always)]
    pub(super) fn transform_pixels(&self, planes: &[f32], block: Range<usize>, pixels: &mut [f32]) {
        let input = self.input();
        let [stride_h, stride_w] = self.frame.stride;
        let channels = planes.len() / input.len();
        let row = block.len();
        let of_point = self.phases() * channels * row;
        let (pixels, _) = pixels.as_chunks_mut::<LANES>();
        for (channel, plane) in planes.chunks_exact(input.len()).enumerate() {
            let (plane, _) = plane.as_chunks::<LANES>();
            for (place, tile) in block.clone().enumerate() {
                for phase in 0..self.phases() {
                    let corner = self.corner(&input, tile, phase);
                    let start = (phase * channels + channel) * row + place;
                    squared(
                        |y, x| plane[corner + y * stride_h * input.size[1] + x * stride_w],
                        Filter::input,
                        |y, x, lanes| pixels[start + (y * T + x) * of_point] = lanes,
                    );
                }
            }
        }
    }

    /// Adds transformed pixels to those that they came from: the adjoint of
    /// [`transform_pixels`](Self::transform_pixels).
    #[inline(always)]
    pub(super) fn restore_pixels(&self, pixels: &[f32], block: Range<usize>, planes: &mut [f32]) {
        let input = self.input();
        let [stride_h, stride_w] = self.frame.stride;
        let channels = planes.len() / input.len();
        let row = block.len();
        let of_point = self.phases() * channels * row;
        let (pixels, _) = pixels.as_chunks::<LANES>();
        for (channel, plane) in planes.chunks_exact_mut(input.len()).enumerate() {
            let (plane, _) = plane.as_chunks_mut::<LANES>();
            for (place, tile) in block.clone().enumerate() {
                for phase in 0..self.phases() {
                    let start = (phase * channels + channel) * row + place;
                    let corner = self.corner(&input, tile, phase);
                    squared(
                        |y, x| pixels[start + (y * T + x) * of_point],
                        Filter::input_adjoint,
                        |y, x, lanes| {
                            let place = corner + y * stride_h * input.size[1] + x * stride_w;
                            plane[place] = add(plane[place], lanes);
                        },
                    );
                }
            }
        }
    }

    /// Where in a plane the pixels begin that a tile reads in a phase.
    #[inline(always)]
    fn corner(&self, input: &Planes, tile: usize, phase: usize) -> usize {
        let [stride_h, stride_w] = self.frame.stride;
        let (row, column) = (tile / self.tiles[1], tile % self.tiles[1]);
        let y = 2 * row * stride_h + phase / stride_w;
        let x = 2 * column * stride_w + phase % stride_w;
        y * input.size[1] + x
    }

    /// Writes the outputs of a block of tiles from their points `[T², channels, tiles]`.
    #[inline(always)]
    pub(super) fn restore_outputs(&self, outputs: &[f32], block: Range<usize>, planes: &mut [f32]) {
        let output = self.output();
        let of_point = self.frame.output.channels * block.len();
        let (outputs, _) = outputs.as_chunks::<LANES>();
        for (channel, plane) in planes.chunks_exact_mut(output.len()).enumerate() {
            let (plane, _) = plane.as_chunks_mut::<LANES>();
            for (place, tile) in block.clone().enumerate() {
                let start = channel * block.len() + place;
                let corner = self.output_corner(tile);
                squared(
                    |y, x| outputs[start + (y * T + x) * of_point],
                    Filter::output,
                    |y, x, lanes| plane[corner + y * output.size[1] + x] = lanes,
                );
            }
        }
    }

    /// The points of the outputs of a block of tiles: the adjoint of
    /// [`restore_outputs`](Self::restore_outputs).
    #[inline(always)]
    pub(super) fn transform_outputs(
        &self,
        planes: &[f32],
        block: Range<usize>,
        outputs: &mut [f32],
    ) {
        let output = self.output();
        let of_point = self.frame.output.channels * block.len();
        let (outputs, _) = outputs.as_chunks_mut::<LANES>();
        for (channel, plane) in planes.chunks_exact(output.len()).enumerate() {
            let (plane, _) = plane.as_chunks::<LANES>();
            for (place, tile) in block.clone().enumerate() {
                let corner = self.output_corner(tile);
                let start = channel * block.len() + place;
                squared(
                    |y, x| plane[corner + y * output.size[1] + x],
                    Filter::output_adjoint,
                    |y, x, lanes| outputs[start + (y * T + x) * of_point] = lanes,
                );
            }
        }
    }

    #[inline(always)]
    fn output_corner(&self, tile: usize) -> usize {
        let (row, column) = (tile / self.tiles[1], tile % self.tiles[1]);
        2 * (row * 2 * self.tiles[1] + column)
    }
}
