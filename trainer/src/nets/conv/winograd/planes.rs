//! The movement of pixels between images and planes of sixteen images beside each other.

use std::ops::Range;

use super::super::finish::Finish;
use super::super::frame::Image;
use super::filter::{LANES, Lanes};

/// Planes `[channels, height, width]` of sixteen images, with a border of padding.
pub(super) struct Planes {
    pub(super) image: Image,
    /// Height and width with the border.
    pub(super) size: [usize; 2],
    /// Rows and columns of border before an image.
    pub(super) offset: [usize; 2],
}

impl Planes {
    /// Values of a plane.
    pub(super) fn len(&self) -> usize {
        self.size[0] * self.size[1] * LANES
    }

    /// Runs of pixels that lie beside each other in an image and in its plane: where they begin in
    /// either, and their length.
    #[inline(always)]
    fn runs(&self) -> impl Iterator<Item = (usize, usize, usize)> + use<> {
        let (width, plane_width) = (self.image.width, self.size[1]);
        let first = self.offset[0] * plane_width + self.offset[1];
        let (rows, run) = match width == plane_width {
            true => (1, self.image.pixels()),
            false => (self.image.height, width),
        };
        (0..rows).map(move |y| (y * width, first + y * plane_width, run))
    }

    /// Sets the border of a plane to 0.
    #[inline(always)]
    fn clear_border(&self, plane: &mut [f32]) {
        let (plane, _) = plane.as_chunks_mut::<LANES>();
        let (first, width) = (self.offset[0], self.size[1]);
        let end = first + self.image.height;
        for (y, row) in plane.chunks_exact_mut(width).enumerate() {
            if (first..end).contains(&y) {
                row[..self.offset[1]].fill([0.0; LANES]);
                row[self.offset[1] + self.image.width..].fill([0.0; LANES]);
            } else {
                row.fill([0.0; LANES]);
            }
        }
    }

    /// Lays channels of up to sixteen images beside each other; absent images and the border are 0.
    #[inline(always)]
    pub(super) fn gather(&self, images: &[f32], channels: Range<usize>, planes: &mut [f32]) {
        let count = images.len() / self.image.len();
        for (channel, plane) in channels.zip(planes.chunks_exact_mut(self.len())) {
            if count == LANES {
                self.clear_border(plane);
            } else {
                plane.fill(0.0);
            }
            let (plane, _) = plane.as_chunks_mut::<LANES>();
            for (from, to, run) in self.runs() {
                let from = channel * self.image.pixels() + from;
                let line = |lane: usize| &images[lane * self.image.len() + from..][..run];
                let (squares, rest) = plane[to..to + run].as_chunks_mut::<LANES>();
                for (index, square) in squares.iter_mut().enumerate() {
                    for (lane, row) in square.iter_mut().enumerate().take(count) {
                        row.copy_from_slice(&line(lane)[index * LANES..][..LANES]);
                    }
                    transpose(square);
                }
                let start = run - rest.len();
                for lane in 0..count {
                    for (to, pixel) in rest.iter_mut().zip(&line(lane)[start..]) {
                        to[lane] = *pixel;
                    }
                }
            }
        }
    }

    /// Puts planes back into images, finished: the inverse of [`gather`](Self::gather) of all
    /// channels.
    #[inline(always)]
    pub(super) fn scatter(&self, planes: &[f32], finish: &Finish, images: &mut [f32]) {
        let count = images.len() / self.image.len();
        for (channel, plane) in planes.chunks_exact(self.len()).enumerate() {
            let finish = finish.of_channel(channel);
            let (plane, _) = plane.as_chunks::<LANES>();
            for (to, from, run) in self.runs() {
                let to = channel * self.image.pixels() + to;
                let (squares, rest) = plane[from..from + run].as_chunks::<LANES>();
                for (index, square) in squares.iter().enumerate() {
                    let mut rows = *square;
                    transpose(&mut rows);
                    for (lane, row) in rows.iter().enumerate().take(count) {
                        let start = lane * self.image.len() + to + index * LANES;
                        for (pixel, sum) in images[start..start + LANES].iter_mut().zip(row) {
                            *pixel = finish.value(*sum);
                        }
                    }
                }
                let start = to + run - rest.len();
                for lane in 0..count {
                    let pixels = &mut images[lane * self.image.len() + start..];
                    for (pixel, from) in pixels.iter_mut().zip(rest) {
                        *pixel = finish.value(from[lane]);
                    }
                }
            }
        }
    }
}

/// Transposes a square, by exchanging blocks of eight, four, two and one.
#[inline(always)]
fn transpose(square: &mut [Lanes; LANES]) {
    exchange::<8>(square);
    exchange::<4>(square);
    exchange::<2>(square);
    exchange::<1>(square);
}

/// Exchanges two of the four blocks that a square of `2 N` has.
#[inline(always)]
fn exchange<const N: usize>(square: &mut [Lanes; LANES]) {
    for first in (0..LANES).filter(|first| first & N == 0) {
        let (a, b) = (square[first], square[first + N]);
        for lane in 0..LANES {
            if lane & N == 0 {
                square[first + N][lane] = a[lane + N];
            } else {
                square[first][lane] = b[lane - N];
            }
        }
    }
}
