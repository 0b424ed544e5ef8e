//! Opens a generator, draws one sample and ends: `first-sample MODEL`, for `cargo bench` to time.

use gannet::Generator;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: first-sample MODEL")?;
    let sample = Generator::open(path)?.sample(7, 0..1)?;
    std::hint::black_box(sample);
    Ok(())
}
