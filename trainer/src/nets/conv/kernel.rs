//! The three products of a convolution on the processor: by minimal filtering
//! where that gains, else unfolded windows times weights, in blocks small enough
//! for the cache.
//!
//! A block, and the order of every sum, depends on shapes alone, so results
//! are the same bits at any number of threads.

use std::cell::RefCell;
use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::super::flex::{sums, vectorised, zeros};
use super::finish::Finish;
use super::frame::Frame;
use super::windows::Windows;
use super::winograd;

/// Columns of the unfolded matrix made at a time.
const COLUMNS: usize = 256;
/// Rows of the unfolded matrix made at a time.
const ROWS: usize = 256;
/// Tasks wanted for a weight gradient.
const TASKS: usize = 16;

thread_local! {
    /// Buffers that nobody uses; a task may need one while another on its thread waits.
    static SCRATCH: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` with buffers, of unspecified content, that live as long as the thread.
pub(super) fn with_scratch<const N: usize, T>(
    lengths: [usize; N],
    work: impl FnOnce([&mut [f32]; N]) -> T,
) -> T {
    let mut buffer = SCRATCH.with_borrow_mut(Vec::pop).unwrap_or_default();
    let total = lengths.iter().sum();
    if buffer.len() < total {
        buffer.resize(total, 0.0);
    }
    let mut rest = buffer.as_mut_slice();
    let result = work(lengths.map(|length| {
        let (this, others) = std::mem::take(&mut rest).split_at_mut(length);
        rest = others;
        this
    }));
    SCRATCH.with_borrow_mut(|scratch| scratch.push(buffer));
    result
}

/// `weight · windows(input)`, finished: `[n, c_out, h', w']`.
pub(super) fn forward(frame: &Frame, input: &[f32], weight: &[f32], finish: &Finish) -> Vec<f32> {
    if let Some(made) = winograd::forward(frame, input, weight, finish) {
        return made;
    }
    match frame.turned() {
        Some(turned) => fold_forward(&turned, input, &turn(frame, weight), finish),
        None => unfold_forward(frame, input, weight, finish),
    }
}

/// The adjoint of [`forward`] in its input, finished: `[n, c_in, h, w]`.
pub(super) fn adjoint(frame: &Frame, output: &[f32], weight: &[f32], finish: &Finish) -> Vec<f32> {
    if let Some(made) = winograd::adjoint(frame, output, weight, finish) {
        return made;
    }
    match frame.turned() {
        Some(turned) => unfold_forward(&turned, output, &turn(frame, weight), finish),
        None => fold_forward(frame, output, weight, finish),
    }
}

/// The adjoint of [`forward`] in its weight: `Σ output · windows(input)ᵀ`.
pub(super) fn weight_gradient(frame: &Frame, input: &[f32], output: &[f32]) -> Vec<f32> {
    if let Some(made) = winograd::weight_gradient(frame, input, output) {
        return made;
    }
    match frame.turned() {
        Some(turned) => turn(&turned, &unfold_weight_gradient(&turned, output, input)),
        None => unfold_weight_gradient(frame, input, output),
    }
}

/// Sum over images and pixels: the gradient of the bias, `[channels]`.
pub(super) fn channel_sums(images: &[f32], channels: usize, pixels: usize) -> Vec<f32> {
    (0..channels)
        .into_par_iter()
        .map(|channel| {
            let planes = images.chunks_exact(pixels).skip(channel).step_by(channels);
            let of_plane = |plane| vectorised!(sums(plane, plane, |value, _| [value])[0]);
            planes.map(of_plane).sum::<f64>() as f32
        })
        .collect()
}

/// Exchanges the two channel dimensions and turns the kernel by 180°.
fn turn(frame: &Frame, weight: &[f32]) -> Vec<f32> {
    let (outputs, inputs, taps) = (frame.output.channels, frame.input.channels, frame.taps());
    let mut turned = Vec::with_capacity(weight.len());
    for input in 0..inputs {
        for output in 0..outputs {
            let kernel = &weight[(output * inputs + input) * taps..][..taps];
            turned.extend(kernel.iter().rev());
        }
    }
    turned
}

/// How a frame is cut: images that belong together, and the blocks of their windows.
///
/// Small images come several to a chunk of one block, large ones alone in several blocks.
struct Cut {
    windows: Windows,
    images: usize,
    /// Windows of a block.
    columns: usize,
    /// Input channels whose windows are unfolded at a time.
    group: usize,
}

impl Cut {
    fn new(frame: &Frame) -> Self {
        let pixels = frame.output.pixels();
        let images = (COLUMNS / pixels).clamp(1, frame.batch);
        let blocks = pixels.div_ceil(COLUMNS);
        Self {
            windows: Windows::new(frame, images),
            images,
            columns: (images * pixels).div_ceil(blocks),
            group: (ROWS / frame.taps()).clamp(1, frame.input.channels),
        }
    }

    /// The blocks of the windows of so many images.
    fn blocks(&self, frame: &Frame, images: usize) -> impl Iterator<Item = Range<usize>> {
        let (end, columns) = (images * frame.output.pixels(), self.columns);
        (0..end)
            .step_by(columns)
            .map(move |start| start..(start + columns).min(end))
    }

    /// The groups of input channels.
    fn groups(&self, frame: &Frame) -> impl Iterator<Item = Range<usize>> {
        let (end, group) = (frame.input.channels, self.group);
        (0..end)
            .step_by(group)
            .map(move |start| start..(start + group).min(end))
    }
}

/// The columns of a weight that belong to a group of input channels.
fn part<'a>(frame: &Frame, weight: &'a [f32], group: &Range<usize>) -> MatRef<'a, f32> {
    let taps = frame.taps();
    MatRef::from_row_major_slice(weight, frame.output.channels, frame.window())
        .subcols(group.start * taps, group.len() * taps)
}

fn unfold_forward(frame: &Frame, input: &[f32], weight: &[f32], finish: &Finish) -> Vec<f32> {
    let cut = Cut::new(frame);
    let windows = &cut.windows;
    let (channels, pixels, taps) = (frame.output.channels, frame.output.pixels(), frame.taps());
    let lengths = [
        frame.input.channels * windows.lines(),
        cut.group * taps * cut.columns,
        channels * cut.columns,
    ];
    let mut output = zeros(frame.batch * frame.output.len());
    output
        .par_chunks_mut(cut.images * frame.output.len())
        .zip(input.par_chunks(cut.images * frame.input.len()))
        .for_each(|(output, input)| {
            let count = output.len() / frame.output.len();
            with_scratch(lengths, |[lines, unfolded, product]| {
                let total = frame.input.channels;
                windows.gather(input, total, 0..total, lines);
                for block in cut.blocks(frame, count) {
                    let columns = block.len();
                    for group in cut.groups(frame) {
                        let unfolded = &mut unfolded[..group.len() * taps * columns];
                        let lines = &lines[group.start * windows.lines()..];
                        let lines = &lines[..group.len() * windows.lines()];
                        windows.unfold(lines, block.clone(), unfolded);
                        let to = match count {
                            // faer's constructor of rows with a stride takes them for columns.
                            1 => MatMut::from_column_major_slice_with_stride_mut(
                                &mut output[block.start..],
                                columns,
                                channels,
                                pixels,
                            )
                            .transpose_mut(),
                            _ => {
                                let product = &mut product[..channels * columns];
                                MatMut::from_row_major_slice_mut(product, channels, columns)
                            }
                        };
                        let accumulate = match group.start {
                            0 => Accum::Replace,
                            _ => Accum::Add,
                        };
                        matmul(
                            to,
                            accumulate,
                            part(frame, weight, &group),
                            MatRef::from_row_major_slice(unfolded, group.len() * taps, columns),
                            1.0,
                            Par::Seq,
                        );
                    }
                    if count > 1 {
                        let product = &product[..channels * columns];
                        unpack(product, finish, channels, pixels, output);
                    } else if !finish.does_nothing() {
                        finish_block(output, finish, pixels, block);
                    }
                }
            });
        });
    output
}

/// Writes a product `[channels, images · pixels]` as images, finished.
fn unpack(product: &[f32], finish: &Finish, channels: usize, pixels: usize, output: &mut [f32]) {
    let columns = product.len() / channels;
    vectorised!({
        for (channel, line) in product.chunks_exact(columns).enumerate() {
            let finish = finish.of_channel(channel);
            let planes = output.chunks_exact_mut(pixels).skip(channel);
            for (plane, line) in planes.step_by(channels).zip(line.chunks_exact(pixels)) {
                for (to, sum) in plane.iter_mut().zip(line) {
                    *to = finish.value(*sum);
                }
            }
        }
    });
}

/// Finishes a block of one image.
fn finish_block(image: &mut [f32], finish: &Finish, pixels: usize, block: Range<usize>) {
    vectorised!({
        for (channel, plane) in image.chunks_exact_mut(pixels).enumerate() {
            let finish = finish.of_channel(channel);
            for value in &mut plane[block.clone()] {
                *value = finish.value(*value);
            }
        }
    });
}

fn fold_forward(frame: &Frame, output: &[f32], weight: &[f32], finish: &Finish) -> Vec<f32> {
    let cut = Cut::new(frame);
    let windows = &cut.windows;
    let taps = frame.taps();
    let lengths = [
        frame.input.channels * windows.lines(),
        cut.group * taps * cut.columns,
        frame.output.channels * cut.columns,
    ];
    let mut input = zeros(frame.batch * frame.input.len());
    input
        .par_chunks_mut(cut.images * frame.input.len())
        .zip(output.par_chunks(cut.images * frame.output.len()))
        .for_each(|(input, output)| {
            let count = output.len() / frame.output.len();
            with_scratch(lengths, |[lines, unfolded, packed]| {
                lines.fill(0.0);
                for block in cut.blocks(frame, count) {
                    let columns = block.len();
                    let packed = pack(frame, output, block.clone(), packed);
                    for group in cut.groups(frame) {
                        let unfolded = &mut unfolded[..group.len() * taps * columns];
                        matmul(
                            MatMut::from_row_major_slice_mut(
                                &mut *unfolded,
                                group.len() * taps,
                                columns,
                            ),
                            Accum::Replace,
                            part(frame, weight, &group).transpose(),
                            packed,
                            1.0,
                            Par::Seq,
                        );
                        let lines = &mut lines[group.start * windows.lines()..];
                        let lines = &mut lines[..group.len() * windows.lines()];
                        windows.fold(unfolded, block.clone(), lines);
                    }
                }
                windows.scatter(lines, finish, input);
            });
        });
    input
}

fn unfold_weight_gradient(frame: &Frame, input: &[f32], output: &[f32]) -> Vec<f32> {
    let cut = Cut::new(frame);
    let windows = &cut.windows;
    let (channels, taps) = (frame.output.channels, frame.taps());
    let groups: Vec<Range<usize>> = cut.groups(frame).collect();
    let chunks = frame.batch.div_ceil(cut.images);
    let per_part = chunks.div_ceil(TASKS.div_ceil(groups.len())).max(1) * cut.images;
    let parts = frame.batch.div_ceil(per_part);
    let lengths = [
        cut.group * windows.lines(),
        cut.group * taps * cut.columns,
        channels * cut.columns,
    ];

    let products: Vec<Vec<f32>> = (0..groups.len() * parts)
        .into_par_iter()
        .map(|task| {
            let (part, group) = (task / groups.len(), &groups[task % groups.len()]);
            let window = group.len() * taps;
            let mut product = vec![0.0; channels * window];
            with_scratch(lengths, |[lines, unfolded, packed]| {
                let images = part * per_part..((part + 1) * per_part).min(frame.batch);
                let input = &input[images.start * frame.input.len()..];
                let input = &input[..images.len() * frame.input.len()];
                let output = &output[images.start * frame.output.len()..];
                let output = &output[..images.len() * frame.output.len()];
                for (input, output) in input
                    .chunks(cut.images * frame.input.len())
                    .zip(output.chunks(cut.images * frame.output.len()))
                {
                    let count = output.len() / frame.output.len();
                    windows.gather(input, frame.input.channels, group.clone(), lines);
                    let lines = &lines[..group.len() * windows.lines()];
                    for block in cut.blocks(frame, count) {
                        let columns = block.len();
                        let unfolded = &mut unfolded[..window * columns];
                        windows.unfold(lines, block.clone(), unfolded);
                        let unfolded = MatRef::from_row_major_slice(&*unfolded, window, columns);
                        matmul(
                            MatMut::from_row_major_slice_mut(&mut product, channels, window),
                            Accum::Add,
                            pack(frame, output, block, packed),
                            unfolded.transpose(),
                            1.0,
                            Par::Seq,
                        );
                    }
                }
            });
            product
        })
        .collect();

    let mut gradient = vec![0.0; frame.weights()];
    gradient
        .par_chunks_mut(frame.window())
        .enumerate()
        .for_each(|(channel, gradient)| {
            for (task, product) in products.iter().enumerate() {
                let group = &groups[task % groups.len()];
                let window = group.len() * taps;
                let to = &mut gradient[group.start * taps..][..window];
                let from = &product[channel * window..][..window];
                vectorised!({
                    for (to, from) in to.iter_mut().zip(from) {
                        *to += from;
                    }
                });
            }
        });
    gradient
}

/// The values of a block of the output images as a matrix `[channels, windows]`.
///
/// A lone image is seen in place, several are copied into `packed`.
fn pack<'a>(
    frame: &Frame,
    output: &'a [f32],
    block: Range<usize>,
    packed: &'a mut [f32],
) -> MatRef<'a, f32> {
    let (channels, pixels) = (frame.output.channels, frame.output.pixels());
    let columns = block.len();
    if output.len() == frame.output.len() {
        let values = &output[block.start..];
        return MatRef::from_row_major_slice_with_stride(values, channels, columns, pixels);
    }
    let packed = &mut packed[..channels * columns];
    for (channel, line) in packed.chunks_exact_mut(columns).enumerate() {
        let planes = output.chunks_exact(pixels).skip(channel).step_by(channels);
        for (plane, to) in planes.zip(line.chunks_exact_mut(pixels)) {
            to.copy_from_slice(plane);
        }
    }
    MatRef::from_row_major_slice(packed, channels, columns)
}
