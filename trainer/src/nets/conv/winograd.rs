//! Convolutions with a 4x4 kernel and stride 2, in 9 multiplications where the definition has 16.
//!
//! Two neighbours of an output row see three pixels of each parity under two taps of that
//! parity, `y₀ = d₀g₀ + d₁g₁` and `y₁ = d₁g₀ + d₂g₁`, which three products give (Winograd 1980;
//! Lavin and Gray 2016, section 4): `(d₀ − d₁)g₀`, `d₁(g₀ + g₁)` and `(d₁ − d₂)g₁`. Over rows
//! and columns that is nine products for a tile of 2x2 outputs, nine matrix products for a
//! layer. All factors are 0, 1 or −1, so nothing is lost to rounding but in the sums.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::super::flex::vectorised;
use super::finish::Finish;
use super::frame::{Frame, Image};
use super::kernel::with_scratch;
use super::windows::Windows;

/// Tiles wanted in a chunk.
const TILES: usize = 128;
/// Input channels that are unfolded at a time.
const GROUP: usize = 16;
/// Parts of a weight gradient at most.
const PARTS: usize = 8;
/// Fewer channels than this on a side are not worth the transformations.
const CHANNELS: usize = 16;

/// Pixels of one parity, in pairs of rows or columns, that make the three left factors.
const PIXELS: [[f32; 3]; 3] = [[1.0, -1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, -1.0]];
/// The taps of one parity that make the three right factors.
const TAPS: [[f32; 2]; 3] = [[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
/// The part that each product has in the two outputs.
const OUTPUTS: [[f32; 2]; 3] = [[1.0, 0.0], [1.0, 1.0], [0.0, -1.0]];

/// Products of a tile.
const PRODUCTS: usize = 9;
/// Pixels that a tile sees, 6x6.
const SEEN: usize = 36;
/// Pairs of parities of row and column.
const PARITIES: usize = 4;
/// Outputs of a tile.
const TILE: usize = 4;

/// A frame cut into tiles.
pub(super) struct Tiles<'a> {
    frame: &'a Frame,
    /// The 6x6 pixels of each tile.
    pixels: Windows,
    /// The 2x2 outputs of each tile.
    outputs: Windows,
    /// Images of a chunk.
    images: usize,
    /// Tiles of an image.
    tiles: usize,
}

impl<'a> Tiles<'a> {
    /// The tiles of a frame that is made for them.
    pub(super) fn of(frame: &'a Frame) -> Option<Self> {
        let Image { height, width, .. } = frame.output;
        let fits = frame.kernel == [4, 4]
            && frame.stride == [2, 2]
            && height.is_multiple_of(2)
            && width.is_multiple_of(2)
            && frame.input.channels.min(frame.output.channels) >= CHANNELS;
        if !fits {
            return None;
        }
        let grid = Image {
            height: height / 2,
            width: width / 2,
            ..frame.output
        };
        let tiles = grid.pixels();
        let images = (TILES / tiles).clamp(1, frame.batch);
        let seen = Frame {
            output: grid,
            kernel: [6, 6],
            stride: [4, 4],
            ..*frame
        };
        let made = Frame {
            input: frame.output,
            output: grid,
            kernel: [2, 2],
            stride: [2, 2],
            padding: [0, 0],
            ..*frame
        };
        Some(Self {
            frame,
            pixels: Windows::new(&seen, images),
            outputs: Windows::new(&made, images),
            images,
            tiles,
        })
    }

    /// Values of a row of all matrices: the right factors of one output channel.
    fn factors(&self) -> usize {
        PRODUCTS * PARITIES * self.frame.input.channels
    }

    /// Right factors, `[c_out, 9, c_in · 4]`.
    fn right(&self, weight: &[f32]) -> Vec<f32> {
        let row = PARITIES * self.frame.input.channels;
        let mut right = vec![0.0; self.frame.output.channels * self.factors()];
        right
            .par_chunks_exact_mut(self.factors())
            .zip(weight.par_chunks_exact(self.frame.window()))
            .for_each(|(right, weight)| {
                for (channel, taps) in weight.chunks_exact(16).enumerate() {
                    for_each_pair(&TAPS, |product, [i, j], factor| {
                        for (parity, [a, b]) in [[0, 0], [0, 1], [1, 0], [1, 1]].iter().enumerate()
                        {
                            right[product * row + channel * PARITIES + parity] +=
                                factor * taps[(2 * i + a) * 4 + 2 * j + b];
                        }
                    });
                }
            });
        right
    }

    /// The adjoint of [`right`](Self::right).
    fn right_gradient(&self, right: &[f32]) -> Vec<f32> {
        let row = PARITIES * self.frame.input.channels;
        let mut weight = vec![0.0; self.frame.weights()];
        weight
            .par_chunks_exact_mut(self.frame.window())
            .zip(right.par_chunks_exact(self.factors()))
            .for_each(|(weight, right)| {
                for (channel, taps) in weight.chunks_exact_mut(16).enumerate() {
                    for_each_pair(&TAPS, |product, [i, j], factor| {
                        for (parity, [a, b]) in [[0, 0], [0, 1], [1, 0], [1, 1]].iter().enumerate()
                        {
                            taps[(2 * i + a) * 4 + 2 * j + b] +=
                                factor * right[product * row + channel * PARITIES + parity];
                        }
                    });
                }
            });
        weight
    }

    /// The right factors of one product and a group of input channels, `[c_out, group · 4]`.
    fn factor<'b>(
        &self,
        right: &'b [f32],
        product: usize,
        first: usize,
        len: usize,
    ) -> MatRef<'b, f32> {
        let row = PARITIES * self.frame.input.channels;
        let start = product * row + first * PARITIES;
        let (rows, columns) = (self.frame.output.channels, len * PARITIES);
        MatRef::from_row_major_slice_with_stride(&right[start..], rows, columns, self.factors())
    }

    /// First channel and number of channels of each group.
    fn groups(&self) -> impl Iterator<Item = (usize, usize)> {
        let channels = self.frame.input.channels;
        let firsts = (0..channels).step_by(GROUP);
        firsts.map(move |first| (first, GROUP.min(channels - first)))
    }

    /// Lengths of the buffers of a chunk: the lines of the input and of the output, the pixels
    /// seen by a group, its left factors, the outputs of the tiles, the products.
    fn lengths(&self) -> [usize; 6] {
        let (tiles, channels) = (self.images * self.tiles, self.frame.output.channels);
        [
            self.frame.input.channels * self.pixels.lines(),
            channels * self.outputs.lines(),
            GROUP * SEEN * tiles,
            PRODUCTS * GROUP * PARITIES * tiles,
            channels * TILE * tiles,
            PRODUCTS * channels * tiles,
        ]
    }

    /// As [`kernel::forward`](super::kernel::forward).
    pub(super) fn forward(&self, input: &[f32], weight: &[f32], finish: &Finish) -> Vec<f32> {
        let (frame, right) = (self.frame, self.right(weight));
        let channels = frame.output.channels;
        let mut output = vec![0.0; frame.batch * frame.output.len()];
        output
            .par_chunks_mut(self.images * frame.output.len())
            .zip(input.par_chunks(self.images * frame.input.len()))
            .for_each(|(output, input)| {
                let tiles = output.len() / frame.output.len() * self.tiles;
                with_scratch(
                    self.lengths(),
                    |[lines, made, seen, left, outputs, products]| {
                        let total = frame.input.channels;
                        self.pixels.gather(input, total, 0..total, lines);
                        let products = &mut products[..PRODUCTS * channels * tiles];
                        for (first, len) in self.groups() {
                            let left = self.left(lines, first, len, tiles, seen, left);
                            let matrices = products.chunks_exact_mut(channels * tiles);
                            let left = left.chunks_exact(len * PARITIES * tiles);
                            for (product, (to, left)) in matrices.zip(left).enumerate() {
                                matmul(
                                    MatMut::from_row_major_slice_mut(to, channels, tiles),
                                    if first == 0 {
                                        Accum::Replace
                                    } else {
                                        Accum::Add
                                    },
                                    self.factor(&right, product, first, len),
                                    MatRef::from_row_major_slice(left, len * PARITIES, tiles),
                                    1.0,
                                    Par::Seq,
                                );
                            }
                        }
                        let outputs = &mut outputs[..channels * TILE * tiles];
                        outputs.fill(0.0);
                        vectorised(|| {
                            for_each_pair(&OUTPUTS, |product, [a, b], factor| {
                                for channel in 0..channels {
                                    let to = channel * TILE + 2 * a + b;
                                    let from = product * channels + channel;
                                    add(
                                        row_mut(outputs, to, tiles),
                                        row(products, from, tiles),
                                        factor,
                                    );
                                }
                            });
                        });
                        made.fill(0.0);
                        self.outputs.fold(outputs, 0..tiles, made);
                        self.outputs.scatter(made, finish, output);
                    },
                );
            });
        output
    }

    /// As [`kernel::adjoint`](super::kernel::adjoint).
    pub(super) fn adjoint(&self, output: &[f32], weight: &[f32], finish: &Finish) -> Vec<f32> {
        let (frame, right) = (self.frame, self.right(weight));
        let channels = frame.output.channels;
        let mut input = vec![0.0; frame.batch * frame.input.len()];
        input
            .par_chunks_mut(self.images * frame.input.len())
            .zip(output.par_chunks(self.images * frame.output.len()))
            .for_each(|(input, output)| {
                let tiles = output.len() / frame.output.len() * self.tiles;
                with_scratch(
                    self.lengths(),
                    |[lines, made, seen, left, outputs, products]| {
                        let products = self.products(output, tiles, made, outputs, products);
                        lines.fill(0.0);
                        for (first, len) in self.groups() {
                            let left = &mut left[..PRODUCTS * len * PARITIES * tiles];
                            let matrices = left.chunks_exact_mut(len * PARITIES * tiles);
                            let products = products.chunks_exact(channels * tiles);
                            for (product, (to, from)) in matrices.zip(products).enumerate() {
                                matmul(
                                    MatMut::from_row_major_slice_mut(to, len * PARITIES, tiles),
                                    Accum::Replace,
                                    self.factor(&right, product, first, len).transpose(),
                                    MatRef::from_row_major_slice(from, channels, tiles),
                                    1.0,
                                    Par::Seq,
                                );
                            }
                            let seen = &mut seen[..len * SEEN * tiles];
                            seen.fill(0.0);
                            vectorised(|| {
                                for_each_left(len, |left_row, seen_row, factor| {
                                    add(
                                        row_mut(seen, seen_row, tiles),
                                        row(left, left_row, tiles),
                                        factor,
                                    );
                                });
                            });
                            let lines = &mut lines[first * self.pixels.lines()..];
                            let lines = &mut lines[..len * self.pixels.lines()];
                            self.pixels.fold(seen, 0..tiles, lines);
                        }
                        self.pixels.scatter(lines, finish, input);
                    },
                );
            });
        input
    }

    /// As [`kernel::weight_gradient`](super::kernel::weight_gradient).
    pub(super) fn weight_gradient(&self, input: &[f32], output: &[f32]) -> Vec<f32> {
        let frame = self.frame;
        let channels = frame.output.channels;
        let chunks = frame.batch.div_ceil(self.images);
        let images = chunks.div_ceil(PARTS) * self.images;
        let parts: Vec<Vec<f32>> = input
            .par_chunks(images * frame.input.len())
            .zip(output.par_chunks(images * frame.output.len()))
            .map(|(input, output)| {
                let mut right = vec![0.0; channels * self.factors()];
                let chunks = input
                    .chunks(self.images * frame.input.len())
                    .zip(output.chunks(self.images * frame.output.len()));
                for (input, output) in chunks {
                    self.add_weight_gradient(input, output, &mut right);
                }
                right
            })
            .collect();
        let mut parts = parts.into_iter();
        let mut right = parts.next().unwrap_or_default();
        for part in parts {
            right
                .par_chunks_mut(self.factors())
                .zip(part.par_chunks(self.factors()))
                .for_each(|(to, from)| vectorised(|| add(to, from, 1.0)));
        }
        self.right_gradient(&right)
    }

    fn add_weight_gradient(&self, input: &[f32], output: &[f32], right: &mut [f32]) {
        let frame = self.frame;
        let channels = frame.output.channels;
        let tiles = output.len() / frame.output.len() * self.tiles;
        with_scratch(
            self.lengths(),
            |[lines, made, seen, left, outputs, products]| {
                let total = frame.input.channels;
                self.pixels.gather(input, total, 0..total, lines);
                let products = self.products(output, tiles, made, outputs, products);
                for (first, len) in self.groups() {
                    let left = self.left(lines, first, len, tiles, seen, left);
                    let left = left.chunks_exact(len * PARITIES * tiles);
                    let products = products.chunks_exact(channels * tiles);
                    for (product, (left, of_product)) in left.zip(products).enumerate() {
                        let start = (product * total + first) * PARITIES;
                        // faer's constructor of rows with a stride takes them for columns.
                        let to = MatMut::from_column_major_slice_with_stride_mut(
                            &mut right[start..],
                            len * PARITIES,
                            channels,
                            self.factors(),
                        );
                        matmul(
                            to.transpose_mut(),
                            Accum::Add,
                            MatRef::from_row_major_slice(of_product, channels, tiles),
                            MatRef::from_row_major_slice(left, len * PARITIES, tiles).transpose(),
                            1.0,
                            Par::Seq,
                        );
                    }
                }
            },
        );
    }

    /// The left factors of a group of channels, `[9, len · 4, tiles]`.
    fn left<'b>(
        &self,
        lines: &[f32],
        first: usize,
        len: usize,
        tiles: usize,
        seen: &mut [f32],
        left: &'b mut [f32],
    ) -> &'b [f32] {
        let lines = &lines[first * self.pixels.lines()..][..len * self.pixels.lines()];
        let seen = &mut seen[..len * SEEN * tiles];
        self.pixels.unfold(lines, 0..tiles, seen);
        let left = &mut left[..PRODUCTS * len * PARITIES * tiles];
        left.fill(0.0);
        vectorised(|| {
            for_each_left(len, |left_row, seen_row, factor| {
                add(
                    row_mut(left, left_row, tiles),
                    row(seen, seen_row, tiles),
                    factor,
                );
            });
        });
        left
    }

    /// The gradients of the products, `[9, c_out, tiles]`.
    fn products<'b>(
        &self,
        output: &[f32],
        tiles: usize,
        made: &mut [f32],
        outputs: &mut [f32],
        products: &'b mut [f32],
    ) -> &'b [f32] {
        let channels = self.frame.output.channels;
        self.outputs.gather(output, channels, 0..channels, made);
        let outputs = &mut outputs[..channels * TILE * tiles];
        self.outputs.unfold(made, 0..tiles, outputs);
        let products = &mut products[..PRODUCTS * channels * tiles];
        products.fill(0.0);
        vectorised(|| {
            for_each_pair(&OUTPUTS, |product, [a, b], factor| {
                for channel in 0..channels {
                    let to = product * channels + channel;
                    let from = channel * TILE + 2 * a + b;
                    add(
                        row_mut(products, to, tiles),
                        row(outputs, from, tiles),
                        factor,
                    );
                }
            });
        });
        products
    }
}

/// Calls `each` with the product, the indices in both directions and the factor of every entry
/// of a matrix applied to rows and columns, unless the factor is 0.
#[inline(always)]
fn for_each_pair<const N: usize>(
    matrix: &[[f32; N]; 3],
    mut each: impl FnMut(usize, [usize; 2], f32),
) {
    for (u, rows) in matrix.iter().enumerate() {
        for (v, columns) in matrix.iter().enumerate() {
            for (i, row) in rows.iter().enumerate() {
                for (j, column) in columns.iter().enumerate() {
                    if row * column != 0.0 {
                        each(3 * u + v, [i, j], row * column);
                    }
                }
            }
        }
    }
}

/// Calls `each` with the row of `[9, len · 4]` left factors, the row of `[len, 36]` pixels and
/// the factor between them.
#[inline(always)]
fn for_each_left(len: usize, mut each: impl FnMut(usize, usize, f32)) {
    for_each_pair(&PIXELS, |product, [i, j], factor| {
        for channel in 0..len {
            for (parity, [a, b]) in [[0, 0], [0, 1], [1, 0], [1, 1]].iter().enumerate() {
                let left = (product * len + channel) * PARITIES + parity;
                each(left, channel * SEEN + (2 * i + a) * 6 + 2 * j + b, factor);
            }
        }
    });
}

#[inline(always)]
fn row(matrix: &[f32], row: usize, columns: usize) -> &[f32] {
    &matrix[row * columns..][..columns]
}

#[inline(always)]
fn row_mut(matrix: &mut [f32], row: usize, columns: usize) -> &mut [f32] {
    &mut matrix[row * columns..][..columns]
}

#[inline(always)]
fn add(to: &mut [f32], from: &[f32], factor: f32) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += factor * from;
    }
}
