#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::{Device, Tensor, TensorData, activation, module};
use rayon::ThreadPoolBuilder;

use super::super::testing::{
    dot, floats, largest, largest_difference, random, relative_error, seed,
};
use super::{batch_norm, batch_norm_leaky_relu, batch_statistics, leaky_relu, leaky_relu_vjp};

/// Many short planes, planes of one value, planes longer than a task, odd lengths.
const SHAPES: [[usize; 4]; 6] = [
    [3, 5, 4, 4],
    [64, 7, 1, 1],
    [2, 3, 150, 130],
    [33, 40, 5, 7],
    [2, 1, 2, 1],
    [1, 2, 31, 33],
];
const EPSILON: f64 = 1e-5;

type Norm = fn(Tensor<4>, Tensor<1>, Tensor<1>, f64) -> Tensor<4>;

fn flex() -> Device {
    Device::flex().autodiff()
}

fn bits(data: &TensorData) -> Vec<u32> {
    floats(data).into_iter().map(f32::to_bits).collect()
}

fn ours(x: Tensor<4>, scale: Tensor<1>, shift: Tensor<1>, slope: f64) -> Tensor<4> {
    if slope == 1.0 {
        batch_norm(x, scale, shift, EPSILON)
    } else {
        batch_norm_leaky_relu(x, scale, shift, EPSILON, slope)
    }
}

/// The definition, of Burn's elementary operations.
fn composed(x: Tensor<4>, scale: Tensor<1>, shift: Tensor<1>, slope: f64) -> Tensor<4> {
    let [_, channels, _, _] = x.dims();
    let mean = |x: Tensor<4>| x.mean_dim(0).mean_dim(2).mean_dim(3);
    let centred = x.clone() - mean(x);
    let variance = mean(centred.clone().powi_scalar(2));
    let of_channels = |values: Tensor<1>| values.reshape([1, channels, 1, 1]);
    let normal = centred / (variance + EPSILON).sqrt();
    let output = normal * of_channels(scale) + of_channels(shift);
    let positive = output.clone().detach().greater_elem(0.0).float();
    output * (positive * (1.0 - slope) + slope)
}

/// Output and the gradients of x, scale and shift.
fn results(norm: Norm, operands: &Operands, slope: f64) -> [TensorData; 4] {
    let Operands {
        x,
        scale,
        shift,
        direction,
    } = operands.clone();
    let (x, scale, shift) = (x.require_grad(), scale.require_grad(), shift.require_grad());
    let output = norm(x.clone(), scale.clone(), shift.clone(), slope);
    let grads = (output.clone() * direction).sum().backward();
    [
        output.into_data(),
        x.grad(&grads).unwrap().into_data(),
        scale.grad(&grads).unwrap().into_data(),
        shift.grad(&grads).unwrap().into_data(),
    ]
}

#[derive(Clone)]
struct Operands {
    x: Tensor<4>,
    scale: Tensor<1>,
    shift: Tensor<1>,
    direction: Tensor<4>,
}

impl Operands {
    fn draw(shape: [usize; 4], device: &Device) -> Self {
        Self {
            x: random(shape, device) + 0.5,
            scale: random([shape[1]], device) + 1.5,
            shift: random([shape[1]], device),
            direction: random(shape, device),
        }
    }
}

#[test]
fn the_rectifier_agrees_with_burns() {
    let device = flex();
    seed(1);
    for shape in SHAPES {
        let (x, direction) = (random(shape, &device), random(shape, &device));
        for slope in [0.0, 0.01, 0.2] {
            let results = |rectify: &dyn Fn(Tensor<4>) -> Tensor<4>| {
                let x = x.clone().require_grad();
                let output = rectify(x.clone());
                let grads = (output.clone() * direction.clone()).sum().backward();
                [output.into_data(), x.grad(&grads).unwrap().into_data()]
            };
            let got = results(&|x| leaky_relu(x, slope));
            let expected = results(&|x| match slope {
                0.0 => activation::relu(x),
                _ => activation::leaky_relu(x, slope),
            });
            for (got, expected) in got.iter().zip(&expected) {
                assert_eq!(largest_difference(got, expected), 0.0, "{shape:?} {slope}");
            }
            let product = leaky_relu_vjp(x.clone(), direction.clone(), slope).into_data();
            assert_eq!(bits(&product), bits(&got[1]), "{shape:?} {slope}");
        }
    }
}

#[test]
fn the_rectifier_passes_on_what_is_not_a_number() {
    let x = [f32::NAN, f32::NEG_INFINITY, f32::INFINITY, -0.0, -2.0];
    for device in [flex(), Device::flex()] {
        let of = |slope| {
            let x = Tensor::<1>::from_floats(x, &device);
            floats(&leaky_relu(x, slope).into_data())
        };
        let rectified = of(0.0);
        assert!(rectified[0].is_nan());
        assert_eq!(rectified[1..], [0.0, f32::INFINITY, 0.0, 0.0]);
        let leaky = of(0.5);
        assert!(leaky[0].is_nan());
        assert_eq!(leaky[1..], [f32::NEG_INFINITY, f32::INFINITY, 0.0, -1.0]);
    }
}

#[test]
fn the_rectifier_leaves_what_others_hold() {
    let device = flex();
    let x = Tensor::<2>::from_floats([[-1.0, 2.0], [3.0, -4.0]], &device);
    let turned = x.clone().transpose();
    assert_eq!(
        floats(&leaky_relu(turned, 0.5).into_data()),
        [-0.5, 3.0, 2.0, -2.0]
    );
    assert_eq!(
        floats(&leaky_relu(x.clone().narrow(0, 1, 1), 0.5).into_data()),
        [3.0, -2.0]
    );
    let gradient = Tensor::ones([2, 2], &device);
    let product = leaky_relu_vjp(x.clone().transpose(), gradient.clone(), 0.5);
    assert_eq!(floats(&product.into_data()), [0.5, 1.0, 1.0, 0.5]);
    assert_eq!(floats(&gradient.into_data()), [1.0; 4]);
    assert_eq!(floats(&x.into_data()), [-1.0, 2.0, 3.0, -4.0]);
}

#[test]
fn the_product_with_the_jacobian_is_differentiable_in_the_gradient_alone() {
    let device = flex();
    let x = Tensor::<1>::from_floats([-1.0, 2.0], &device).require_grad();
    let gradient = Tensor::<1>::from_floats([3.0, 5.0], &device).require_grad();
    let product = leaky_relu_vjp(x.clone(), gradient.clone(), 0.25);
    let grads = product.powi_scalar(2).sum().backward();
    assert!(x.grad(&grads).is_none());
    // 2 g · slope².
    assert_eq!(
        floats(&gradient.grad(&grads).unwrap().into_data()),
        [0.375, 10.0]
    );
}

#[test]
fn the_normalisation_agrees_with_its_definition() {
    let device = flex();
    seed(2);
    for shape in SHAPES {
        let operands = Operands::draw(shape, &device);
        for slope in [1.0, 0.2, 0.0] {
            let got = results(ours, &operands, slope);
            let expected = results(composed, &operands, slope);
            // The gradient of x is what is left of terms of this size.
            let largest_scale = largest(&floats(&operands.scale.clone().into_data()));
            let spread = x_spread(&operands.x);
            let scales = [None, Some(largest_scale / spread), None, None];
            let names = ["output", "x", "scale", "shift"];
            for (index, name) in names.into_iter().enumerate() {
                let error = largest_difference(&got[index], &expected[index]);
                let scale = scales[index].unwrap_or(largest(&floats(&expected[index])));
                assert!(
                    error <= 1e-5 * scale,
                    "{shape:?}, slope {slope}: {name} differs by {error:e} of {scale:e}"
                );
            }
        }
    }
}

/// The least standard deviation of a channel.
fn x_spread(x: &Tensor<4>) -> f64 {
    let (_, variance) = batch_statistics(x.clone());
    let least = floats(&variance.into_data())
        .into_iter()
        .fold(f32::INFINITY, f32::min);
    (f64::from(least) + EPSILON).sqrt()
}

#[test]
fn the_normalisation_agrees_with_burns() {
    let device = flex();
    seed(3);
    for shape in SHAPES {
        let Operands {
            x, scale, shift, ..
        } = Operands::draw(shape, &device);
        let burns = module::batch_norm_train(x.clone(), scale.clone(), shift.clone(), EPSILON);
        let ours = batch_norm(x.clone(), scale, shift, EPSILON);
        assert!(relative_error(&ours.into_data(), &burns.output.into_data()) < 1e-5);
        let (mean, variance) = batch_statistics(x);
        assert!(!mean.device().is_autodiff());
        assert!(relative_error(&mean.into_data(), &burns.mean.into_data()) < 1e-5);
        assert!(relative_error(&variance.into_data(), &burns.variance.into_data()) < 1e-5);
    }
}

#[test]
fn statistics_far_from_zero_keep_their_digits() {
    let device = Device::flex();
    // Numbers in single precision at 2²⁰ are 1/8 apart.
    let values: Vec<f32> = (0..4096)
        .map(|i| 1_048_576.0 + (i % 8) as f32 / 8.0)
        .collect();
    let x = Tensor::<4>::from_data(TensorData::new(values, [4, 1, 32, 32]), &device);
    let (mean, variance) = batch_statistics(x);
    assert_eq!(floats(&mean.into_data()), [1_048_576.437_5_f64 as f32]);
    let variance = floats(&variance.into_data())[0];
    assert!((variance - 63.0 / 12.0 / 64.0).abs() < 1e-6, "{variance}");
}

#[test]
fn gradients_follow_central_differences() {
    let device = flex();
    seed(4);
    let operands = Operands::draw([3, 2, 4, 3], &device);
    for slope in [1.0, 0.2] {
        let [_, of_x, of_scale, of_shift] = results(ours, &operands, slope);
        let loss = |x: Tensor<4>, scale: Tensor<1>, shift: Tensor<1>| {
            let output = ours(x, scale, shift, slope);
            dot(output.into_data(), operands.direction.clone().into_data())
        };
        // Short enough that hardly a value crosses zero, where the slope jumps.
        const STEP: f64 = 1e-3;
        let Operands {
            x, scale, shift, ..
        } = operands.clone();
        let [step_x, step_scale, step_shift] = [
            random(x.dims(), &device),
            random([3, 2, 4, 3], &device),
            random([3, 2, 4, 3], &device),
        ];
        let channels = |step: Tensor<4>| step.slice([0..1, 0..2, 0..1, 0..1]).reshape([2]);
        let (step_scale, step_shift) = (channels(step_scale), channels(step_shift));
        let along = |sign: f64| {
            loss(
                x.clone() + step_x.clone() * (sign * STEP),
                scale.clone() + step_scale.clone() * (sign * STEP),
                shift.clone() + step_shift.clone() * (sign * STEP),
            )
        };
        let slope_of_loss = (along(1.0) - along(-1.0)) / (2.0 * STEP);
        let expected = dot(of_x, step_x.into_data())
            + dot(of_scale, step_scale.into_data())
            + dot(of_shift, step_shift.into_data());
        let error = (slope_of_loss - expected).abs();
        assert!(
            error < 5e-3 * expected.abs().max(1.0),
            "{slope_of_loss} {expected}"
        );
    }
}

#[test]
fn they_are_the_same_bits_at_any_number_of_threads() {
    let device = flex();
    seed(5);
    let operands = Operands::draw([33, 40, 9, 9], &device);
    let by_threads = [1, 2, 3].map(|threads| {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let normalised = results(ours, &operands, 0.2).map(|data| bits(&data));
            let x = operands.x.clone().require_grad();
            let rectified = leaky_relu(x.clone(), 0.2);
            let grads = (rectified.clone() * operands.direction.clone())
                .sum()
                .backward();
            let of_x = x.grad(&grads).unwrap().into_data();
            (normalised, bits(&rectified.into_data()), bits(&of_x))
        })
    });
    assert!(by_threads[0] == by_threads[1] && by_threads[0] == by_threads[2]);
}

#[test]
fn constants_take_no_gradient() {
    let device = flex();
    seed(6);
    let Operands {
        x, scale, shift, ..
    } = Operands::draw([4, 3, 5, 5], &device);
    let trained = scale.clone().require_grad();
    let output = batch_norm(x.clone(), trained.clone(), shift.clone(), EPSILON);
    let grads = output.powi_scalar(2).sum().backward();
    assert!(trained.grad(&grads).is_some());
    assert!(x.grad(&grads).is_none() && shift.grad(&grads).is_none());
    let constant = leaky_relu(x, 0.2);
    assert!(!constant.is_require_grad());
}

#[test]
fn a_capture_sees_burns_own_operations() {
    let device = Device::capture();
    let captured = device
        .capture_scope(|scope| {
            let x = Tensor::<4>::zeros([2, 3, 8, 8], &device);
            drop(leaky_relu(leaky_relu(x, 0.2), 0.0));
            scope.complete([], [])
        })
        .unwrap();
    let graph = format!("{:?}", captured.graph.operations);
    assert!(graph.contains("Relu"), "{graph}");
}

#[test]
#[should_panic(expected = "gamma shape")]
fn channels_that_do_not_fit_fail_as_in_burn() {
    let device = Device::flex();
    let (x, two) = (
        Tensor::<4>::zeros([1, 3, 4, 4], &device),
        Tensor::zeros([2], &device),
    );
    batch_norm(x, two.clone(), two, EPSILON);
}
