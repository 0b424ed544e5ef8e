//! Embeds a generator: `cargo run --example embed -- MODEL`.

use gannet::Generator;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: embed MODEL")?;
    let generator = Generator::open(path)?;
    // Sample 5 of seed 7 has the same latent on every machine and in any range; its
    // image may differ in the last bits between processors.
    let samples = generator.sample(7, 0..64)?;
    samples.write_grid("samples.png", 8)?;
    let pixels: Vec<u8> = samples.quantised(5);
    assert_eq!(pixels.len(), samples.image(5).len());
    Ok(())
}
