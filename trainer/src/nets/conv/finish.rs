//! What follows a sum before it is written.

use super::super::ops::rectify;

/// Adds a bias to each channel and rectifies; a slope of 1 stands for no rectifier.
#[derive(Clone, Copy)]
pub(super) struct Finish<'a> {
    pub(super) bias: Option<&'a [f32]>,
    pub(super) slope: f32,
}

impl Finish<'_> {
    /// Leaves every value as it is.
    pub(super) const NOTHING: Self = Self {
        bias: None,
        slope: 1.0,
    };

    #[inline(always)]
    pub(super) fn of_channel(&self, channel: usize) -> ChannelFinish {
        ChannelFinish {
            bias: self.bias.map_or(0.0, |bias| bias[channel]),
            slope: self.slope,
        }
    }

    pub(super) fn does_nothing(&self) -> bool {
        self.bias.is_none() && self.slope == 1.0
    }
}

/// The same of one channel.
#[derive(Clone, Copy)]
pub(super) struct ChannelFinish {
    bias: f32,
    slope: f32,
}

impl ChannelFinish {
    #[inline(always)]
    pub(super) fn value(&self, sum: f32) -> f32 {
        rectify(sum + self.bias, self.slope)
    }
}
