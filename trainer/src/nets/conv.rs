//! Provisional.
use burn::tensor::{
    Tensor, module,
    ops::{ConvOptions, ConvTransposeOptions},
};
/// conv
pub fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    stride: [usize; 2],
    padding: [usize; 2],
) -> Tensor<4> {
    module::conv2d(
        x,
        weight,
        bias,
        ConvOptions::new(stride, padding, [1, 1], 1),
    )
}
/// conv transpose
pub fn conv_transpose2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    stride: [usize; 2],
    padding: [usize; 2],
    padding_out: [usize; 2],
) -> Tensor<4> {
    module::conv_transpose2d(
        x,
        weight,
        bias,
        ConvTransposeOptions::new(stride, padding, padding_out, [1, 1], 1),
    )
}
