//! The transforms of minimal filtering, of sixteen images at a time.

/// One pixel of sixteen images.
pub(super) type Lanes = [f32; LANES];

/// Images beside each other.
pub(super) const LANES: usize = 16;

/// Winograd's algorithm F(2, R): two outputs of a filter of R taps from T = R + 1 products.
///
/// `output(kernel(g) ⊙ input(d))` are the two sums `Σ g[q] · d[o + q]`. Each transform has its
/// adjoint beside it.
pub(super) trait Minimal<const R: usize, const T: usize> {
    fn input(d: [Lanes; T]) -> [Lanes; T];
    fn input_adjoint(v: [Lanes; T]) -> [Lanes; T];
    fn output(m: [Lanes; T]) -> [Lanes; 2];
    fn output_adjoint(y: [Lanes; 2]) -> [Lanes; T];
    fn kernel(g: [Lanes; R]) -> [Lanes; T];
    fn kernel_adjoint(u: [Lanes; T]) -> [Lanes; R];
}

/// The algorithms, by the points that they interpolate at.
pub(super) struct Filter;

/// At 0, 1 and infinity.
impl Minimal<2, 3> for Filter {
    #[inline(always)]
    fn input([a, b, c]: [Lanes; 3]) -> [Lanes; 3] {
        [sub(a, b), b, sub(b, c)]
    }

    #[inline(always)]
    fn input_adjoint([a, b, c]: [Lanes; 3]) -> [Lanes; 3] {
        [a, add(sub(b, a), c), negative(c)]
    }

    #[inline(always)]
    fn output([a, b, c]: [Lanes; 3]) -> [Lanes; 2] {
        [add(a, b), sub(b, c)]
    }

    #[inline(always)]
    fn output_adjoint([a, b]: [Lanes; 2]) -> [Lanes; 3] {
        [a, add(a, b), negative(b)]
    }

    #[inline(always)]
    fn kernel([a, b]: [Lanes; 2]) -> [Lanes; 3] {
        [a, add(a, b), b]
    }

    #[inline(always)]
    fn kernel_adjoint([a, b, c]: [Lanes; 3]) -> [Lanes; 2] {
        [add(a, b), add(b, c)]
    }
}

/// At 0, 1, -1 and infinity (Lavin and Gray 2016, section 4.1).
impl Minimal<3, 4> for Filter {
    #[inline(always)]
    fn input([a, b, c, d]: [Lanes; 4]) -> [Lanes; 4] {
        [sub(a, c), add(b, c), sub(c, b), sub(b, d)]
    }

    #[inline(always)]
    fn input_adjoint([a, b, c, d]: [Lanes; 4]) -> [Lanes; 4] {
        [a, add(sub(b, c), d), sub(add(b, c), a), negative(d)]
    }

    #[inline(always)]
    fn output([a, b, c, d]: [Lanes; 4]) -> [Lanes; 2] {
        [add(add(a, b), c), sub(sub(b, c), d)]
    }

    #[inline(always)]
    fn output_adjoint([a, b]: [Lanes; 2]) -> [Lanes; 4] {
        [a, add(a, b), sub(a, b), negative(b)]
    }

    #[inline(always)]
    fn kernel([a, b, c]: [Lanes; 3]) -> [Lanes; 4] {
        let outer = add(a, c);
        [a, half(add(outer, b)), half(sub(outer, b)), c]
    }

    #[inline(always)]
    fn kernel_adjoint([a, b, c, d]: [Lanes; 4]) -> [Lanes; 3] {
        let both = half(add(b, c));
        [add(a, both), half(sub(b, c)), add(both, d)]
    }
}

/// Applies a transform to the rows of a square, then to its columns.
#[inline(always)]
pub(super) fn squared<const A: usize, const B: usize>(
    load: impl Fn(usize, usize) -> Lanes,
    transform: impl Fn([Lanes; A]) -> [Lanes; B],
    mut store: impl FnMut(usize, usize, Lanes),
) {
    let mut columns = [[[0.0; LANES]; A]; B];
    for y in 0..A {
        let mut row = [[0.0; LANES]; A];
        for (x, lanes) in row.iter_mut().enumerate() {
            *lanes = load(y, x);
        }
        for (column, lanes) in columns.iter_mut().zip(transform(row)) {
            column[y] = lanes;
        }
    }
    for (x, column) in columns.into_iter().enumerate() {
        for (y, lanes) in transform(column).into_iter().enumerate() {
            store(y, x, lanes);
        }
    }
}

#[inline(always)]
pub(super) fn add(mut a: Lanes, b: Lanes) -> Lanes {
    for (a, b) in a.iter_mut().zip(b) {
        *a += b;
    }
    a
}

#[inline(always)]
fn sub(mut a: Lanes, b: Lanes) -> Lanes {
    for (a, b) in a.iter_mut().zip(b) {
        *a -= b;
    }
    a
}

#[inline(always)]
fn negative(a: Lanes) -> Lanes {
    sub([-0.0; LANES], a)
}

#[inline(always)]
fn half(mut a: Lanes) -> Lanes {
    for a in &mut a {
        *a *= 0.5;
    }
    a
}
