//! Embeds a generator: `cargo run --example embed -- MODEL [COUNT]`.

use gannet::Generator;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: embed MODEL [COUNT]")?;
    let count = args.next().map_or(Ok(64), |count| count.parse())?;
    let generator = Generator::open(path)?;
    // Sample 0 of seed 7 has the same latent on every machine and in any range; its
    // image may differ in the last bits between processors.
    let samples = generator.sample(7, 0..count)?;
    samples.write_grid("samples.png", 8)?;
    let pixels: Vec<u8> = samples.quantised(0);
    assert_eq!(pixels.len(), samples.image(0).len());
    Ok(())
}
