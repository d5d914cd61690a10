//! Repeatable randomness: hashes of coordinates, and smooth noise made of them.

/// A well-mixed 32-bit hash of three numbers ("PCG" output function, O'Neill 2014).
pub(crate) fn hash(x: i32, y: i32, seed: u32) -> u32 {
    let mut v = (x as u32).wrapping_mul(0x9e37_79b1)
        ^ (y as u32).wrapping_mul(0x85eb_ca77)
        ^ seed.wrapping_mul(0xc2b2_ae3d);
    v = v.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let word = ((v >> ((v >> 28) + 4)) ^ v).wrapping_mul(277_803_737);
    (word >> 22) ^ word
}

/// The hash as a number in 0..1.
pub(crate) fn chance(x: i32, y: i32, seed: u32) -> f32 {
    (hash(x, y, seed) >> 8) as f32 / (1 << 24) as f32
}

/// Smooth value noise in 0..1 with features of about one unit.
pub(crate) fn noise(x: f32, y: f32, seed: u32) -> f32 {
    let (x0, y0) = (x.floor(), y.floor());
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (fx, fy) = (ease(x - x0), ease(y - y0));
    let (ix, iy) = (x0 as i32, y0 as i32);
    let at = |dx: i32, dy: i32| chance(ix + dx, iy + dy, seed);
    let top = at(0, 0) + (at(1, 0) - at(0, 0)) * fx;
    let low = at(0, 1) + (at(1, 1) - at(0, 1)) * fx;
    top + (low - top) * fy
}

/// A sequence of random numbers (0..1) for one thing: the returned function gives its `k`-th.
pub(crate) fn dice(thing: i32, seed: u32) -> impl Fn(i32) -> f32 {
    move |k| chance(thing, k, seed)
}
