//! Outlines as the text of an SVG path: absolute `M L Q C Z` only, so that they can be mirrored at
//! the middle line x = 200 that every garment is drawn around.

use std::fmt::Write;

/// The box around an outline.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
}

impl Bounds {
    /// The empty box.
    pub(crate) const NONE: Self = Self { left: f32::MAX, top: f32::MAX, right: f32::MIN, bottom: f32::MIN };

    /// Grown to hold a point.
    pub(crate) fn add(&mut self, (x, y): (f32, f32)) {
        self.left = self.left.min(x);
        self.right = self.right.max(x);
        self.top = self.top.min(y);
        self.bottom = self.bottom.max(y);
    }
}

/// One command with its points.
struct Segment {
    command: char,
    points: Vec<(f32, f32)>,
}

fn parse(d: &str) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut numbers: Vec<f32> = Vec::new();
    let spaced: String = d.chars().fold(String::with_capacity(d.len() * 2), |mut text, c| {
        match c {
            ',' => text.push(' '),
            'M' | 'L' | 'Q' | 'C' | 'Z' => {
                text.push(' ');
                text.push(c);
                text.push(' ');
            }
            c => text.push(c),
        }
        text
    });
    let flush = |numbers: &mut Vec<f32>, segments: &mut Vec<Segment>| {
        if let Some(last) = segments.last_mut() {
            last.points.extend(numbers.chunks_exact(2).map(|p| (p[0], p[1])));
        }
        numbers.clear();
    };
    for token in spaced.split_ascii_whitespace() {
        if let Ok(number) = token.parse::<f32>() {
            numbers.push(number);
        } else {
            flush(&mut numbers, &mut segments);
            let command = token.chars().next().unwrap_or('Z');
            segments.push(Segment { command, points: Vec::new() });
        }
    }
    flush(&mut numbers, &mut segments);
    segments
}

fn put(text: &mut String, command: char, points: &[(f32, f32)]) {
    text.push(command);
    for (k, (x, y)) in points.iter().enumerate() {
        if k > 0 {
            text.push(' ');
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "{} {}", short(*x), short(*y));
    }
}

/// A fold along one quadratic curve (`M Q`) as two blades that run thin at both ends: the shadow, and the
/// light beside it. `None` for any other line.
pub(crate) fn tapered(d: &str, width: f32) -> Option<(String, String)> {
    let segments = parse(d);
    let [start, curve] = segments.as_slice() else { return None };
    let (&[from], &[bend, to]) = (start.points.as_slice(), curve.points.as_slice()) else { return None };
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let long = dx.hypot(dy).max(1.0);
    // Light comes from the left, so it falls on the right of a fold.
    let turn = if dy >= 0.0 { 1.0 } else { -1.0 };
    let (nx, ny) = (dy / long * turn, -dx / long * turn);
    let beside = |k: f32| (bend.0 + nx * width * k, bend.1 + ny * width * k);
    let blade = |a: (f32, f32), b: (f32, f32)| {
        let mut text = String::new();
        put(&mut text, 'M', &[from]);
        put(&mut text, 'Q', &[a, to]);
        put(&mut text, 'Q', &[b, from]);
        text.push('Z');
        text
    };
    Some((blade(beside(-1.1), beside(0.6)), blade(beside(0.6), beside(2.2))))
}

/// A coordinate with one decimal, without `.0`.
pub(crate) fn short(v: f32) -> f32 {
    let v = (v * 10.0).round() / 10.0;
    if v == 0.0 { 0.0 } else { v }
}

/// The same outline on the other side of x = 200.
pub(crate) fn mirror(d: &str) -> String {
    let mut text = String::new();
    for segment in parse(d) {
        let points: Vec<_> = segment.points.iter().map(|(x, y)| (400.0 - x, *y)).collect();
        put(&mut text, segment.command, &points);
    }
    text
}

/// A closed outline from its right half, which runs from the middle line at the top to the middle
/// line at the bottom.
pub(crate) fn symmetric(half: &str) -> String {
    let segments = parse(half);
    let mut text = String::new();
    for segment in &segments {
        put(&mut text, segment.command, &segment.points);
    }
    for k in (1..segments.len()).rev() {
        let mut points: Vec<_> = segments[k].points.iter().rev().skip(1).copied().collect();
        if let Some(start) = segments[k - 1].points.last() {
            points.push(*start);
        }
        let points: Vec<_> = points.iter().map(|(x, y)| (400.0 - x, *y)).collect();
        put(&mut text, segments[k].command, &points);
    }
    text.push('Z');
    text
}

/// The box around the points of an outline.
pub(crate) fn bounds(d: &str) -> Bounds {
    let mut bounds = Bounds::NONE;
    parse(d).iter().flat_map(|s| s.points.iter()).for_each(|p| bounds.add(*p));
    bounds
}
