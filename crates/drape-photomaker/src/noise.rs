//! Normal noise from a seed: the same on every device and in every version.

/// A stream of numbers from the standard normal distribution.
#[derive(Debug, Clone)]
pub struct Noise {
    state: u64,
    spare: Option<f64>,
}

impl Noise {
    /// The noise of a seed. One picture needs noise for several purposes; each has a `stream` of its own.
    pub fn new(seed: u64, stream: u64) -> Self {
        // Two rounds, so that neighbouring seeds have nothing in common.
        let mut state = seed;
        let first = next(&mut state);
        state = first ^ stream.wrapping_mul(0xA24B_AED4_963E_E407);
        let _ = next(&mut state);
        Self { state, spare: None }
    }

    /// The next `count` numbers.
    pub fn take(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.normal() as f32).collect()
    }

    /// Box and Muller (1958).
    fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        // 53 bits, and never zero.
        let uniform = |state: &mut u64| ((next(state) >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
        let radius = (-2.0 * uniform(&mut self.state).ln()).sqrt();
        let (sine, cosine) = (std::f64::consts::TAU * uniform(&mut self.state)).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
