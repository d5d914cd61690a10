//! The vector unit that the kernels run on, found once per process.

use std::sync::OnceLock;

use pulp::Arch;

/// A vector unit that the kernels support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// x86-64 with AVX-512 (F, BW, CD, DQ, VL): 16 lanes.
    Avx512,
    /// x86-64 with AVX2 and FMA: 8 lanes.
    Avx2,
    /// aarch64: 4 lanes.
    Neon,
    /// Plain code, vectorised by the compiler at most.
    Portable,
}

/// The unit in use: the widest that the processor has, or a narrower one that the environment
/// variable `DRAPE_KERNELS` names (`avx512`, `avx2`, `portable`), read once per process; a unit that the
/// processor lacks is ignored.
#[must_use]
pub fn unit() -> Unit {
    match arch() {
        #[cfg(target_arch = "x86_64")]
        Arch::V4(_) => Unit::Avx512,
        #[cfg(target_arch = "x86_64")]
        Arch::V3(_) => Unit::Avx2,
        #[cfg(target_arch = "aarch64")]
        Arch::Neon(_) => Unit::Neon,
        _ => Unit::Portable,
    }
}

/// The unit as `pulp` dispatches on it.
pub(crate) fn arch() -> Arch {
    static ARCH: OnceLock<Arch> = OnceLock::new();
    *ARCH.get_or_init(|| {
        let wish = std::env::var("DRAPE_KERNELS").unwrap_or_default();
        if wish == "portable" {
            return Arch::Scalar;
        }
        #[cfg(target_arch = "x86_64")]
        if wish == "avx2"
            && let Some(simd) = pulp::x86::V3::try_new()
        {
            return Arch::V3(simd);
        }
        Arch::new()
    })
}
