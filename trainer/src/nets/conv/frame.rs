//! The geometry of a convolution.

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
/// Output row `y` meets input row `y · stride + i − padding` through row `i`
/// of the kernel. A transposed convolution is the adjoint of such a map, so it
/// is described by the same frame and reads the `output` side.
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
}
