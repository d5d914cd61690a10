//! Points and vectors of a picture.

/// Column and row in pixels, or a vector between two such places.
pub(crate) type Point = (f32, f32);

/// From `b` to `a`.
pub(crate) fn minus(a: Point, b: Point) -> Point {
    (a.0 - b.0, a.1 - b.1)
}

/// `a` moved by `k` times `b`.
pub(crate) fn plus(a: Point, b: Point, k: f32) -> Point {
    (a.0 + b.0 * k, a.1 + b.1 * k)
}

/// The dot product.
pub(crate) fn dot(a: Point, b: Point) -> f32 {
    a.0 * b.0 + a.1 * b.1
}

/// The length of a vector.
pub(crate) fn length(a: Point) -> f32 {
    a.0.hypot(a.1)
}

/// The vector of length one in the same direction.
pub(crate) fn unit(a: Point) -> Point {
    let n = length(a).max(1e-4);
    (a.0 / n, a.1 / n)
}

/// The place half way between two.
pub(crate) fn middle(a: Point, b: Point) -> Point {
    ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0)
}
