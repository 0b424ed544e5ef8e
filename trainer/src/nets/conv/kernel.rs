//! The three products of a convolution on the processor: unfolded windows
//! times weights, in chunks small enough for the cache.
//!
//! A chunk, its blocks and the order of every sum depend on shapes alone, so
//! results are the same bits at any number of threads.

use std::cell::Cell;
use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::super::flex::{sums, vectorised};
use super::frame::Frame;
use super::windows::Windows;

/// Columns of the unfolded matrix made at a time.
const COLUMNS: usize = 256;
/// Rows of the unfolded matrix in one task of the weight gradient.
const WINDOW_ROWS: usize = 256;
/// Tasks wanted for a weight gradient.
const TASKS: usize = 16;

thread_local! {
    static SCRATCH: Cell<[Vec<f32>; 3]> = const { Cell::new([const { Vec::new() }; 3]) };
}

/// Runs `work` with buffers, of unspecified content, that live as long as the thread.
fn with_scratch(lengths: [usize; 3], work: impl FnOnce([&mut [f32]; 3])) {
    SCRATCH.with(|scratch| {
        let mut buffers = scratch.take();
        for (buffer, length) in buffers.iter_mut().zip(lengths) {
            if buffer.len() < length {
                buffer.resize(length, 0.0);
            }
        }
        let [a, b, c] = &mut buffers;
        work([
            &mut a[..lengths[0]],
            &mut b[..lengths[1]],
            &mut c[..lengths[2]],
        ]);
        scratch.set(buffers);
    });
}

/// `output = weight · windows(input) + bias`: `[n, c_out, h', w']`.
pub(super) fn forward(
    frame: &Frame,
    input: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
) -> Vec<f32> {
    match frame.turned() {
        Some(turned) => fold_forward(&turned, input, &turn(frame, weight), bias),
        None => unfold_forward(frame, input, weight, bias),
    }
}

/// The adjoint of [`forward`] in its input: `[n, c_in, h, w]`, plus `bias`.
pub(super) fn adjoint(
    frame: &Frame,
    output: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
) -> Vec<f32> {
    match frame.turned() {
        Some(turned) => unfold_forward(&turned, output, &turn(frame, weight), bias),
        None => fold_forward(frame, output, weight, bias),
    }
}

/// The adjoint of [`forward`] in its weight: `Σ output · windows(input)ᵀ`.
pub(super) fn weight_gradient(frame: &Frame, input: &[f32], output: &[f32]) -> Vec<f32> {
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
            let of_plane = |plane| vectorised(|| sums(plane, plane, |value, _| [value])[0]);
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

/// Whole images a task works on, and the output rows it unfolds at a time.
fn chunk(frame: &Frame) -> (usize, usize) {
    let pixels = frame.output.pixels();
    if pixels <= COLUMNS {
        (COLUMNS / pixels, frame.output.height)
    } else {
        (1, (COLUMNS / frame.output.width).max(1))
    }
}

/// The runs of output rows that cover an image.
fn blocks(frame: &Frame, rows: usize) -> impl Iterator<Item = Range<usize>> {
    let height = frame.output.height;
    (0..height)
        .step_by(rows)
        .map(move |start| start..(start + rows).min(height))
}

fn unfold_forward(frame: &Frame, input: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
    let windows = Windows::new(frame);
    let (images, rows) = chunk(frame);
    let (channels, pixels, width) = (
        frame.output.channels,
        frame.output.pixels(),
        frame.output.width,
    );
    let weight = MatRef::from_row_major_slice(weight, channels, frame.window());
    let mut output = vec![0.0; frame.batch * frame.output.len()];
    output
        .par_chunks_mut(images * frame.output.len())
        .zip(input.par_chunks(images * frame.input.len()))
        .for_each(|(output, input)| {
            let count = output.len() / frame.output.len();
            let columns = count * rows * width;
            let split = if windows.splits() { input.len() } else { 0 };
            let lengths = [frame.window() * columns, channels * columns, split];
            with_scratch(lengths, |[unfolded, product, split]| {
                let planes = if windows.splits() {
                    windows.split(input.chunks_exact(frame.input.pixels()), split);
                    split
                } else {
                    input
                };
                for rows in blocks(frame, rows) {
                    let run = rows.len() * width;
                    let columns = count * run;
                    let unfolded = &mut unfolded[..frame.window() * columns];
                    let product = &mut product[..channels * columns];
                    windows.unfold(planes, frame.input.channels, rows.clone(), unfolded);
                    matmul(
                        MatMut::from_row_major_slice_mut(product, channels, columns),
                        Accum::Replace,
                        weight,
                        MatRef::from_row_major_slice(unfolded, frame.window(), columns),
                        1.0,
                        Par::Seq,
                    );
                    for (channel, line) in product.chunks_exact(columns).enumerate() {
                        let bias = bias.map_or(0.0, |bias| bias[channel]);
                        for (image, values) in line.chunks_exact(run).enumerate() {
                            let start = (image * channels + channel) * pixels + rows.start * width;
                            for (to, from) in output[start..][..run].iter_mut().zip(values) {
                                *to = from + bias;
                            }
                        }
                    }
                }
            });
        });
    output
}

fn fold_forward(frame: &Frame, output: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
    let windows = Windows::new(frame);
    let (images, rows) = chunk(frame);
    let (channels, width) = (frame.output.channels, frame.output.width);
    let weight = MatRef::from_row_major_slice(weight, channels, frame.window());
    let mut input = vec![0.0; frame.batch * frame.input.len()];
    input
        .par_chunks_mut(images * frame.input.len())
        .zip(output.par_chunks(images * frame.output.len()))
        .for_each(|(input, output)| {
            let count = output.len() / frame.output.len();
            let columns = count * rows * width;
            let split = if windows.splits() { input.len() } else { 0 };
            let lengths = [frame.window() * columns, channels * columns, split];
            with_scratch(lengths, |[unfolded, packed, split]| {
                let planes = if windows.splits() {
                    &mut *split
                } else {
                    &mut *input
                };
                let pixels = frame.input.pixels();
                for (index, plane) in planes.chunks_exact_mut(pixels).enumerate() {
                    plane.fill(bias.map_or(0.0, |bias| bias[index % bias.len()]));
                }
                for rows in blocks(frame, rows) {
                    let columns = count * rows.len() * width;
                    let unfolded = &mut unfolded[..frame.window() * columns];
                    matmul(
                        MatMut::from_row_major_slice_mut(unfolded, frame.window(), columns),
                        Accum::Replace,
                        weight.transpose(),
                        pack(frame, output, rows.clone(), packed),
                        1.0,
                        Par::Seq,
                    );
                    windows.fold(unfolded, frame.input.channels, rows, planes);
                }
                if windows.splits() {
                    windows.merge(split, input);
                }
            });
        });
    input
}

fn unfold_weight_gradient(frame: &Frame, input: &[f32], output: &[f32]) -> Vec<f32> {
    let windows = Windows::new(frame);
    let (images, rows) = chunk(frame);
    let (channels, width, taps) = (frame.output.channels, frame.output.width, frame.taps());
    let group = (WINDOW_ROWS / taps).clamp(1, frame.input.channels);
    let groups = frame.input.channels.div_ceil(group);
    let chunks = frame.batch.div_ceil(images);
    let per_part = chunks.div_ceil(TASKS.div_ceil(groups)).max(1) * images;
    let parts = frame.batch.div_ceil(per_part);

    let products: Vec<Vec<f32>> = (0..groups * parts)
        .into_par_iter()
        .map(|task| {
            let (part, first) = (task / groups, task % groups * group);
            let inputs = first..(first + group).min(frame.input.channels);
            let window = inputs.len() * taps;
            let mut product = vec![0.0; channels * window];
            let columns = images * rows * width;
            let pixels = frame.input.pixels();
            let lengths = [
                window * columns,
                channels * columns,
                images * inputs.len() * pixels,
            ];
            with_scratch(lengths, |[unfolded, packed, split]| {
                let of_part = part * per_part..((part + 1) * per_part).min(frame.batch);
                let input =
                    &input[of_part.start * frame.input.len()..of_part.end * frame.input.len()];
                let output =
                    &output[of_part.start * frame.output.len()..of_part.end * frame.output.len()];
                for (input, output) in input
                    .chunks(images * frame.input.len())
                    .zip(output.chunks(images * frame.output.len()))
                {
                    let count = output.len() / frame.output.len();
                    let planes = if windows.splits() || groups > 1 {
                        let planes = input.chunks_exact(frame.input.len()).flat_map(|image| {
                            image
                                .chunks_exact(pixels)
                                .take(inputs.end)
                                .skip(inputs.start)
                        });
                        windows.split(planes, split);
                        &split[..count * inputs.len() * pixels]
                    } else {
                        input
                    };
                    for rows in blocks(frame, rows) {
                        let columns = count * rows.len() * width;
                        let unfolded = &mut unfolded[..window * columns];
                        windows.unfold(planes, inputs.len(), rows.clone(), unfolded);
                        let unfolded = MatRef::from_row_major_slice(&*unfolded, window, columns);
                        matmul(
                            MatMut::from_row_major_slice_mut(&mut product, channels, window),
                            Accum::Add,
                            pack(frame, output, rows, packed),
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
                let to = gradient[task % groups * group * taps..]
                    .chunks_mut(group * taps)
                    .next();
                let window = product.len() / channels;
                let from = &product[channel * window..][..window];
                for (to, from) in to.into_iter().flatten().zip(from) {
                    *to += from;
                }
            }
        });
    gradient
}

/// The given rows of all output images as a matrix `[channels, images · rows · width]`.
///
/// A lone image is seen in place, several are copied into `packed`.
fn pack<'a>(
    frame: &Frame,
    output: &'a [f32],
    rows: Range<usize>,
    packed: &'a mut [f32],
) -> MatRef<'a, f32> {
    let (channels, pixels, width) = (
        frame.output.channels,
        frame.output.pixels(),
        frame.output.width,
    );
    let run = rows.len() * width;
    let count = output.len() / frame.output.len();
    if count == 1 {
        return MatRef::from_row_major_slice_with_stride(
            &output[rows.start * width..],
            channels,
            run,
            pixels,
        );
    }
    let packed = &mut packed[..channels * count * run];
    for (channel, line) in packed.chunks_exact_mut(count * run).enumerate() {
        for (image, to) in output
            .chunks_exact(frame.output.len())
            .zip(line.chunks_exact_mut(run))
        {
            to.copy_from_slice(&image[channel * pixels + rows.start * width..][..run]);
        }
    }
    MatRef::from_row_major_slice(packed, channels, count * run)
}
