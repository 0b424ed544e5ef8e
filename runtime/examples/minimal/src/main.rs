//! Draws one sample of a generator: `gannet-minimal MODEL SEED` writes its pixels,
//! `[c, h, w]` in 8 bits, to standard output.

use std::io::Write;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: gannet-minimal MODEL SEED";
    let (model, seed) = (
        arguments.next().ok_or(usage)?,
        arguments.next().ok_or(usage)?,
    );
    let samples = gannet::Generator::open(model)?.sample(seed.parse()?, 0..1)?;
    std::io::stdout().write_all(&samples.quantised(0))?;
    Ok(())
}
