#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::{Device, Tensor, TensorData, module, ops};

use super::super::ops::leaky_relu;
use super::super::testing::{
    dot, floats, largest, largest_difference, random, relative_error, seed,
};
use super::{
    Frame, Image, Map, conv_transpose2d, conv_transpose2d_leaky_relu, conv2d, conv2d_leaky_relu,
    winograd,
};

/// One layer: shapes and geometry.
#[derive(Clone, Copy, Debug)]
struct Case {
    batch: usize,
    channels: [usize; 2],
    size: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    padding_out: [usize; 2],
    transposed: bool,
}

type Operands = (Tensor<4>, Tensor<4>, Option<Tensor<1>>);
type Layer = fn(&Case, Tensor<4>, Tensor<4>, Option<Tensor<1>>) -> Tensor<4>;

/// Output and the gradients of image, weight and bias.
type Results = [TensorData; 4];

impl Case {
    fn plain(
        batch: usize,
        channels: [usize; 2],
        size: [usize; 2],
        kernel: usize,
        stride: usize,
        padding: usize,
    ) -> Self {
        Self {
            batch,
            channels,
            size,
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 2],
            padding_out: [0, 0],
            transposed: false,
        }
    }

    fn transposed(self) -> Self {
        Self {
            transposed: true,
            ..self
        }
    }

    fn frame(&self) -> Frame {
        let sizes = [0, 1].map(|axis| {
            let (kernel, padding) = (self.kernel[axis], 2 * self.padding[axis]);
            match self.transposed {
                false => (self.size[axis] + padding - kernel) / self.stride[axis] + 1,
                true => {
                    let full = (self.size[axis] - 1) * self.stride[axis] + kernel;
                    full + self.padding_out[axis] - padding
                }
            }
        });
        let image = |channels, [height, width]: [usize; 2]| Image {
            channels,
            height,
            width,
        };
        let (from, to) = (
            image(self.channels[0], self.size),
            image(self.channels[1], sizes),
        );
        let (input, output) = match self.transposed {
            false => (from, to),
            true => (to, from),
        };
        Frame {
            batch: self.batch,
            input,
            output,
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
        }
    }

    /// Whether minimal filtering computes it.
    fn is_filtered(&self) -> bool {
        let frame = self.frame();
        let [input, output] =
            [frame.input, frame.output].map(|image| vec![0.0; frame.batch * image.len()]);
        winograd::weight_gradient(&frame, &input, &output).is_some()
    }

    fn operands(&self, device: &Device) -> (Tensor<4>, Tensor<4>, Tensor<1>) {
        let [from, to] = self.channels;
        let [kernel_h, kernel_w] = self.kernel;
        let pair = if self.transposed {
            [from, to]
        } else {
            [to, from]
        };
        (
            random([self.batch, from, self.size[0], self.size[1]], device),
            random([pair[0], pair[1], kernel_h, kernel_w], device),
            random([to], device),
        )
    }

    fn ours(&self, x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>) -> Tensor<4> {
        if self.transposed {
            conv_transpose2d(x, weight, bias, self.stride, self.padding, self.padding_out)
        } else {
            conv2d(x, weight, bias, self.stride, self.padding)
        }
    }

    fn burns(&self, x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>) -> Tensor<4> {
        let (stride, padding) = (self.stride, self.padding);
        if self.transposed {
            let options =
                ops::ConvTransposeOptions::new(stride, padding, self.padding_out, [1, 1], 1);
            module::conv_transpose2d(x, weight, bias, options)
        } else {
            module::conv2d(
                x,
                weight,
                bias,
                ops::ConvOptions::new(stride, padding, [1, 1], 1),
            )
        }
    }

    /// What one implementation makes of the operands, weighting the output by `direction`.
    fn results(&self, layer: Layer, operands: Operands, direction: Tensor<4>) -> Results {
        let (x, weight) = (operands.0.require_grad(), operands.1.require_grad());
        let bias = operands.2.map(Tensor::require_grad);
        let output = layer(self, x.clone(), weight.clone(), bias.clone());
        let grads = (output.clone() * direction).sum().backward();
        let of_bias = bias.map(|bias| bias.grad(&grads).unwrap().into_data());
        [
            output.into_data(),
            x.grad(&grads).unwrap().into_data(),
            weight.grad(&grads).unwrap().into_data(),
            of_bias.unwrap_or_else(|| TensorData::from([0.0_f32])),
        ]
    }
}

/// Holds a case to Burn's results.
///
/// Rounding errors grow with the terms of a sum, and the sum itself may cancel: the scale of
/// each result is what the magnitudes of the operands give.
#[track_caller]
fn assert_agrees(case: Case) {
    let device = Device::flex().autodiff();
    for with_bias in [true, false] {
        let (x, weight, bias) = case.operands(&device);
        let operands = (x, weight, with_bias.then_some(bias));
        let (x, weight, bias) = operands.clone();
        let direction = random(case.burns(x.clone(), weight.clone(), None).dims(), &device);
        let magnitudes = (x.abs(), weight.abs(), bias.map(Tensor::abs));
        let ours = case.results(Case::ours, operands.clone(), direction.clone());
        let burns = case.results(Case::burns, operands, direction.clone());
        let scales = case.results(Case::burns, magnitudes, direction.abs());
        for (index, name) in ["output", "x", "weight", "bias"].into_iter().enumerate() {
            let error = largest_difference(&ours[index], &burns[index]);
            let scale = largest(&floats(&scales[index]));
            assert!(
                error <= 1e-5 * scale,
                "{case:?}: {name} differs by {error:e} of {scale:e}"
            );
        }
    }
}

#[test]
fn agrees_with_burn_over_a_grid() {
    seed(1);
    for (kernel, stride, padding) in [
        (1, 1, 0),
        (2, 2, 0),
        (3, 1, 0),
        (3, 1, 1),
        (3, 2, 1),
        (4, 2, 1),
        (3, 1, 2),
        (3, 1, 3),
        (5, 3, 2),
        (4, 1, 2),
        (2, 3, 1),
    ] {
        for channels in [[1, 1], [1, 5], [6, 1], [3, 4], [9, 3]] {
            for (batch, size) in [(1, [5, 5]), (3, [7, 4]), (2, [6, 9])] {
                let case = Case::plain(batch, channels, size, kernel, stride, padding);
                assert_agrees(case);
                if padding < kernel {
                    assert_agrees(case.transposed());
                }
            }
        }
    }
}

#[test]
fn agrees_with_burn_where_chunks_and_parts_are_many() {
    seed(2);
    for case in [
        Case::plain(7, [2, 3], [40, 33], 3, 1, 1),
        Case::plain(5, [3, 2], [41, 30], 4, 2, 1),
        Case::plain(70, [4, 6], [5, 5], 3, 1, 1),
        Case::plain(9, [40, 7], [8, 8], 4, 2, 1),
        Case::plain(300, [3, 40], [4, 4], 4, 1, 0),
        Case::plain(2, [1, 2], [3, 400], 3, 1, 1),
        Case::plain(5, [17, 33], [8, 12], 4, 2, 1),
        Case::plain(150, [16, 20], [4, 4], 4, 2, 1),
        Case::plain(2, [20, 16], [9, 10], 4, 2, 2),
        Case::plain(3, [16, 16], [10, 6], 4, 2, 0),
        Case::plain(1, [16, 18], [44, 48], 4, 2, 1),
    ] {
        assert_agrees(case);
        assert_agrees(case.transposed());
    }
}

/// Layers that minimal filtering computes, of each of its kernels.
fn filtered() -> Vec<Case> {
    let plain = [
        Case::plain(16, [16, 16], [8, 8], 4, 2, 1),
        Case::plain(32, [17, 35], [8, 12], 4, 2, 1),
        Case::plain(64, [16, 18], [9, 7], 4, 2, 1),
        Case::plain(48, [20, 16], [10, 12], 4, 2, 2),
        Case::plain(31, [70, 16], [12, 8], 3, 1, 1),
        Case::plain(16, [16, 20], [7, 8], 3, 1, 0),
        Case::plain(16, [33, 16], [6, 10], 3, 1, 2),
        Case::plain(16, [16, 16], [5, 7], 2, 1, 0),
        Case::plain(16, [16, 16], [24, 20], 6, 2, 2),
        Case {
            kernel: [4, 2],
            stride: [2, 1],
            padding: [1, 0],
            ..Case::plain(16, [16, 16], [8, 9], 4, 2, 1)
        },
    ];
    let further = Case {
        padding_out: [1, 1],
        ..Case::plain(16, [16, 16], [8, 8], 4, 2, 1).transposed()
    };
    let transposed = plain.map(Case::transposed).into_iter();
    let all = plain.into_iter().chain(transposed).chain([further]);
    all.filter(|case| !case.transposed || case.padding < case.kernel)
        .collect()
}

#[test]
fn agrees_with_burn_where_minimal_filtering_serves() {
    seed(10);
    let cases = filtered();
    let is_filtered = |stride| {
        let mut of_stride = cases.iter().filter(|case| case.stride == [stride; 2]);
        of_stride.any(|case| case.transposed && case.is_filtered())
    };
    assert!(is_filtered(1) && is_filtered(2));
    for case in cases {
        assert!(case.transposed || case.is_filtered(), "{case:?}");
        assert_agrees(case);
    }
}

#[test]
fn agrees_with_burn_on_uneven_geometry() {
    seed(3);
    let uneven = Case {
        batch: 3,
        channels: [4, 5],
        size: [9, 6],
        kernel: [2, 5],
        stride: [3, 2],
        padding: [0, 2],
        padding_out: [2, 1],
        transposed: false,
    };
    assert_agrees(uneven);
    assert_agrees(uneven.transposed());
    let single = Case::plain(2, [8, 3], [1, 1], 1, 1, 0);
    assert_agrees(single);
    assert_agrees(single.transposed());
    assert_agrees(Case::plain(2, [8, 3], [1, 1], 3, 1, 1));
    assert_agrees(Case::plain(2, [8, 3], [1, 1], 4, 1, 0).transposed());
    assert_agrees(Case {
        padding_out: [1, 1],
        ..Case::plain(2, [3, 2], [4, 4], 3, 2, 1).transposed()
    });
}

#[test]
fn reads_views_in_their_own_order() {
    let device = Device::flex().autodiff();
    seed(4);
    let stored = random([7, 3, 6, 5], &device).require_grad();
    let weight = random([3, 4, 3, 3], &device).require_grad();
    let view = |x: Tensor<4>| x.swap_dims(2, 3).slice([1..6, 0..3, 1..5, 0..6]);
    let turned = |weight: Tensor<4>| weight.swap_dims(0, 1);
    let [ours, burns] = [Case::ours, Case::burns].map(|layer| {
        let case = Case::plain(5, [3, 4], [4, 6], 3, 2, 1);
        let output = layer(&case, view(stored.clone()), turned(weight.clone()), None);
        let grads = output
            .clone()
            .swap_dims(1, 2)
            .powi_scalar(2)
            .sum()
            .backward();
        let gradients = [&stored, &weight].map(|leaf| leaf.grad(&grads).unwrap().into_data());
        (output.into_data(), gradients)
    });
    assert!(relative_error(&ours.0, &burns.0) < 1e-5);
    for (got, expected) in ours.1.iter().zip(&burns.1) {
        assert!(relative_error(got, expected) < 1e-5);
    }
}

#[test]
fn is_the_same_bits_at_any_number_of_threads() {
    let device = Device::flex().autodiff();
    seed(5);
    for case in [
        Case::plain(70, [3, 8], [9, 9], 4, 2, 1),
        Case::plain(40, [16, 3], [20, 20], 3, 1, 1),
        Case::plain(33, [24, 6], [7, 7], 4, 2, 1).transposed(),
        Case::plain(80, [40, 16], [8, 8], 4, 2, 1),
        Case::plain(80, [16, 40], [8, 8], 3, 1, 1).transposed(),
    ] {
        let (x, weight, bias) = case.operands(&device);
        let leaves = (x.require_grad(), weight.require_grad(), bias.require_grad());
        let results = [1, 2, 3].map(|threads| {
            let (x, weight, bias) = leaves.clone();
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| {
                let output = case.ours(x.clone(), weight.clone(), Some(bias.clone()));
                let grads = output.clone().powi_scalar(2).sum().backward();
                [
                    output.into_data(),
                    x.grad(&grads).unwrap().into_data(),
                    weight.grad(&grads).unwrap().into_data(),
                    bias.grad(&grads).unwrap().into_data(),
                ]
                .map(|data| {
                    floats(&data)
                        .into_iter()
                        .map(f32::to_bits)
                        .collect::<Vec<_>>()
                })
            })
        });
        assert_eq!(results[0], results[1], "{case:?}");
        assert_eq!(results[0], results[2], "{case:?}");
    }
}

#[test]
fn gradients_follow_central_differences() {
    let device = Device::flex().autodiff();
    seed(6);
    for case in [
        Case::plain(2, [2, 3], [5, 4], 3, 2, 1),
        Case::plain(2, [3, 2], [3, 4], 4, 2, 1).transposed(),
    ] {
        let (x, weight, bias) = case.operands(&device);
        let (x, weight, bias) = (x.require_grad(), weight.require_grad(), bias.require_grad());
        let output = case.ours(x.clone(), weight.clone(), Some(bias.clone()));
        let direction = random(output.dims(), &device);
        let loss = |x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>| {
            let output = floats(&case.ours(x, weight, Some(bias)).into_data());
            let direction = floats(&direction.clone().into_data());
            output
                .iter()
                .zip(&direction)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum::<f64>()
        };
        let grads = (output * direction.clone()).sum().backward();
        // The loss is linear in each operand, so a wide step costs no accuracy.
        let step = random(x.dims(), &device);
        let slope = (loss(x.clone() + step.clone(), weight.clone(), bias.clone())
            - loss(x.clone() - step.clone(), weight.clone(), bias.clone()))
            / 2.0;
        let expected = dot(x.grad(&grads).unwrap().into_data(), step.into_data());
        assert!((slope - expected).abs() < 1e-3, "x: {slope} {expected}");

        let step = random(weight.dims(), &device);
        let slope = (loss(x.clone(), weight.clone() + step.clone(), bias.clone())
            - loss(x.clone(), weight.clone() - step.clone(), bias.clone()))
            / 2.0;
        let expected = dot(weight.grad(&grads).unwrap().into_data(), step.into_data());
        assert!(
            (slope - expected).abs() < 1e-3,
            "weight: {slope} {expected}"
        );

        let step = random(bias.dims(), &device);
        let slope = (loss(x.clone(), weight.clone(), bias.clone() + step.clone())
            - loss(x.clone(), weight.clone(), bias.clone() - step.clone()))
            / 2.0;
        let expected = dot(bias.grad(&grads).unwrap().into_data(), step.into_data());
        assert!((slope - expected).abs() < 1e-3, "bias: {slope} {expected}");
    }
}

#[test]
fn constants_take_no_gradient_and_leave_the_others_right() {
    let device = Device::flex().autodiff();
    seed(7);
    let case = Case::plain(3, [4, 5], [6, 6], 3, 1, 1);
    let (x, weight, bias) = case.operands(&device);

    let moving = x.clone().require_grad();
    let output = case.ours(moving.clone(), weight.clone(), Some(bias.clone()));
    let grads = output.sum().backward();
    assert!(weight.grad(&grads).is_none() && bias.grad(&grads).is_none());
    let [ours, burns] = [Case::ours, Case::burns].map(|layer| {
        let output = layer(&case, moving.clone(), weight.clone(), Some(bias.clone()));
        moving.grad(&output.sum().backward()).unwrap().into_data()
    });
    assert!(relative_error(&ours, &burns) < 1e-5);

    let trained = weight.clone().require_grad();
    let grads = case
        .ours(x.clone(), trained.clone(), Some(bias))
        .sum()
        .backward();
    assert!(x.grad(&grads).is_none() && trained.grad(&grads).is_some());
}

#[test]
fn gradient_penalty_through_the_forward_graph_agrees_with_burn() {
    let device = Device::flex().autodiff();
    seed(8);
    let weight = random([6, 3, 4, 4], &device).require_grad();
    let g = random([2, 6, 4, 4], &device).require_grad();
    let case = Case::plain(2, [6, 3], [4, 4], 4, 2, 1).transposed();
    let [ours, burns] = [Case::ours, Case::burns].map(|layer| {
        let penalty = layer(&case, g.clone(), weight.clone(), None)
            .powi_scalar(2)
            .sum();
        let grads = penalty.backward();
        [&g, &weight].map(|leaf| leaf.grad(&grads).unwrap().into_data())
    });
    for (got, expected) in ours.iter().zip(&burns) {
        assert!(relative_error(got, expected) < 1e-5);
    }
}

#[test]
fn the_rectifier_on_the_way_out_is_the_one_after() {
    let device = Device::flex().autodiff();
    seed(9);
    for case in [
        Case::plain(9, [5, 7], [8, 8], 4, 2, 1),
        Case::plain(9, [5, 7], [8, 8], 4, 2, 1).transposed(),
        Case::plain(3, [4, 3], [20, 18], 3, 1, 1),
        Case::plain(3, [4, 3], [20, 18], 3, 1, 1).transposed(),
        Case::plain(16, [16, 16], [8, 8], 4, 2, 1),
        Case::plain(16, [16, 16], [8, 8], 4, 2, 1).transposed(),
        Case::plain(3, [2, 3], [1, 1], 4, 1, 0).transposed(),
    ] {
        let (x, weight, bias) = case.operands(&device);
        for (slope, bias) in [(0.2, Some(bias)), (0.0, None)] {
            let fused = |x, weight, bias| match case.transposed {
                false => conv2d_leaky_relu(x, weight, bias, case.stride, case.padding, slope),
                true => {
                    let (stride, padding) = (case.stride, case.padding);
                    conv_transpose2d_leaky_relu(x, weight, bias, stride, padding, [0, 0], slope)
                }
            };
            let results = |run: &dyn Fn(Tensor<4>, Tensor<4>, Option<Tensor<1>>) -> Tensor<4>| {
                let (x, weight) = (x.clone().require_grad(), weight.clone().require_grad());
                let bias = bias.clone().map(Tensor::require_grad);
                let output = run(x.clone(), weight.clone(), bias.clone());
                let grads = output.clone().powi_scalar(2).sum().backward();
                [
                    output.into_data(),
                    x.grad(&grads).unwrap().into_data(),
                    weight.grad(&grads).unwrap().into_data(),
                    bias.map_or(TensorData::from([1.0_f32]), |bias| {
                        bias.grad(&grads).unwrap().into_data()
                    }),
                ]
            };
            let got = results(&fused);
            let expected =
                results(&|x, weight, bias| leaky_relu(case.ours(x, weight, bias), slope));
            for (got, expected) in got.iter().zip(&expected) {
                assert!(relative_error(got, expected) < 1e-6, "{case:?} {slope}");
            }
        }
    }
}

#[test]
fn a_capture_sees_burns_own_operations() {
    let device = Device::capture();
    let captured = device
        .capture_scope(|scope| {
            let (x, y) = (
                Tensor::<4>::zeros([2, 3, 8, 8], &device),
                Tensor::<4>::zeros([2, 5, 4, 4], &device),
            );
            let weight = Tensor::<4>::zeros([5, 3, 4, 4], &device);
            let small = conv2d(x, weight.clone(), None, [2, 2], [1, 1]);
            let large = conv_transpose2d(small + y, weight, None, [2, 2], [1, 1], [0, 0]);
            drop(large);
            scope.complete([], [])
        })
        .unwrap();
    let graph = format!("{:?}", captured.graph.operations);
    assert!(
        graph.contains("Conv2d") && graph.contains("ConvTranspose2d"),
        "{graph}"
    );
}

#[test]
#[should_panic(expected = "Number of channels")]
fn channels_that_do_not_fit_fail_as_in_burn() {
    let device = Device::flex();
    let x = Tensor::<4>::zeros([1, 2, 4, 4], &device);
    conv2d(
        x,
        Tensor::<4>::zeros([3, 5, 3, 3], &device),
        None,
        [1, 1],
        [0, 0],
    );
}

#[test]
fn the_kernel_serves_flex_and_nothing_else() {
    let image = |channels| Image {
        channels,
        height: 5,
        width: 5,
    };
    let frame = Frame {
        batch: 2,
        input: image(3),
        output: image(4),
        kernel: [3, 3],
        stride: [1, 1],
        padding: [1, 1],
    };
    let map = Map {
        frame,
        transposed: false,
        slope: 1.0,
    };
    let served = |device: Device| {
        let (x, weight) = (
            Tensor::zeros([2, 3, 5, 5], &device),
            Tensor::zeros([4, 3, 3, 3], &device),
        );
        map.serves(&x, &weight, Some(&Tensor::zeros([4], &device)))
    };
    assert!(served(Device::flex()));
    assert!(served(Device::flex().autodiff()));
    let device = Device::capture();
    device
        .capture_scope(|scope| {
            assert!(!served(device.clone()));
            scope.complete([], [])
        })
        .unwrap();
}
