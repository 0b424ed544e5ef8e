//! Sample sheets: a grid of images, or a cloud of points.

use gannet::Samples;

/// The side of a picture of points, pixels.
const SIDE: usize = 256;

/// A picture of samples: themselves, or, if they are points `[n, 2, 1, 1]`, one grey image of
/// all of them over `[-2, 2]²`, the second coordinate upwards. Points outside are left out.
///
/// # Errors
///
/// Those of [`Samples::new`].
pub fn picture(samples: Samples) -> gannet::Result<Samples> {
    if samples.shape()[1..] != [2, 1, 1] {
        return Ok(samples);
    }
    let mut pixels = vec![-1.0; SIDE * SIDE];
    for point in samples.values().chunks_exact(2) {
        let [x, y] = [point[0], -point[1]].map(|v| (v + 2.0) * 0.25 * SIDE as f32);
        let inside = |v: f32| (0.0..SIDE as f32).contains(&v);
        if inside(x) && inside(y) {
            pixels[y as usize * SIDE + x as usize] = 1.0;
        }
    }
    Samples::new([1, 1, SIDE, SIDE], pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_drawn_where_they_are() -> gannet::Result<()> {
        let points = Samples::new([3, 2, 1, 1], vec![-2.0, -2.0, 1.0, 0.0, 9.0, 0.0])?;
        let picture = picture(points)?;
        assert_eq!(picture.shape(), [1, 1, SIDE, SIDE]);
        let white: Vec<_> = (0..SIDE * SIDE)
            .filter(|&at| picture.values()[at] > 0.0)
            .map(|at| (at % SIDE, at / SIDE))
            .collect();
        // The lower edge lies on the border of the half-open square.
        assert_eq!(white, [(192, 128)]);
        Ok(())
    }
}
