//! Mirrored images: twice the data where left and right mean the same.

use super::random::Random;

/// Mirrors each image left to right with probability ½, in place: `images` is `[n, c, h, w]`,
/// flat, `shape` is `[c, h, w]`.
///
/// Which ones depends on `seed` and `step` alone.
pub fn mirror(images: &mut [f32], [channels, height, width]: [usize; 3], seed: u64, step: u64) {
    let mut random = Random::new(seed, step);
    for image in images.chunks_exact_mut(channels * height * width) {
        if random.happens(0.5) {
            image.chunks_exact_mut(width).for_each(<[f32]>::reverse);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether each of 1,000 images of 2x2x3 was mirrored.
    fn mirrored(seed: u64, step: u64) -> Vec<bool> {
        let image: Vec<f32> = (0..12).map(|value| value as f32).collect();
        let swapped = [2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9].map(|value| value as f32);
        let mut images = image.repeat(1_000);
        mirror(&mut images, [2, 2, 3], seed, step);
        let of = |got: &[f32]| {
            assert!(got == image || got == swapped, "{got:?}");
            got == swapped
        };
        images.chunks(12).map(of).collect()
    }

    #[test]
    fn half_of_the_images_are_mirrored_row_by_row() {
        let first = mirrored(1, 2);
        let share = first.iter().filter(|mirrored| **mirrored).count();
        // Four standard errors.
        assert!((437..=563).contains(&share), "{share}");
        assert_eq!(first, mirrored(1, 2));
        assert_ne!(first, mirrored(1, 3));
        assert_ne!(first, mirrored(2, 2));
    }
}
