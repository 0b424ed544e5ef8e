//! One seed a run, one independent random stream a purpose.

/// What random numbers are drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Stream {
    /// The generator's initial weights.
    GeneratorWeights = 1,
    /// The critic's initial weights.
    CriticWeights = 2,
    /// The order of the training images.
    DataOrder = 3,
    /// The latents of training.
    Latents = 4,
    /// The latents of the sample sheets.
    Sheets = 5,
    /// The interpolates of the gradient penalty.
    Interpolates = 6,
    /// The latents of the generator's updates but the first of a step.
    FurtherLatents = 7,
    /// Which real images are mirrored.
    Mirrors = 8,
    /// Augmentations of real images.
    RealAugments = 9,
    /// Augmentations of generated images.
    FakeAugments = 10,
    /// Noise on real images.
    RealNoise = 11,
    /// Noise on generated images.
    FakeNoise = 12,
    /// Which labels are exchanged.
    LabelFlips = 13,
    /// Where DRAGAN looks around real images.
    Perturbations = 14,
    /// Activations that are dropped.
    Dropout = 15,
    /// The latents on which batch normalisations are measured.
    Calibration = 16,
    /// The latents of the scores during a run.
    Scores = 17,
    /// The bins that generated images are counted in.
    Bins = 18,
}

impl Stream {
    /// The seed of this purpose in a run: SplitMix64 (Steele et al. 2014) of both.
    pub fn seed(self, run_seed: u64) -> u64 {
        let golden = 0x9e37_79b9_7f4a_7c15_u64;
        let mut z = run_seed.wrapping_add(golden.wrapping_mul(self as u64));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
