//! Samples of a generator in training, and what those of points are worth.

use anyhow::Result;
use gannet::metrics::{MixtureModes, modes_of_mixture};
use gannet::{Features, Latents, Samples};
use gannet_trainer::data::Toy;
use gannet_trainer::training::State;

/// Samples drawn at once.
const BATCH: u64 = 250;

/// Their latents are drawn with this seed.
const SEED: u64 = 0;

/// The first `n` samples of the averaged generator, of latents of this length.
///
/// # Errors
///
/// If a value is not finite.
pub fn draw(state: &State, latent: usize, n: u64) -> Result<Samples> {
    let mut values = Vec::new();
    let mut shape = [0; 4];
    for start in (0..n).step_by(BATCH as usize) {
        let latents = Latents::draw(SEED, start..n.min(start + BATCH), latent);
        let samples = state.sample(&latents)?;
        shape = samples.shape();
        values.extend_from_slice(samples.values());
    }
    shape[0] = n as usize;
    Ok(Samples::new(shape, values)?)
}

/// The modes of a toy that the first `n` samples find.
///
/// # Errors
///
/// As [`draw`], and if the toy has no modes.
pub fn modes(state: &State, latent: usize, toy: Toy, n: u64) -> Result<MixtureModes> {
    let points = state.sample(&Latents::draw(SEED, 0..n, latent))?;
    let scale = toy.scale() as f32;
    let rows = points.values().iter().map(|value| value * scale).collect();
    let points = Features::new(n as usize, 2, rows, None)?;
    Ok(modes_of_mixture(&points, &toy.modes()?)?)
}
