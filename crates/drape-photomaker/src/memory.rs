//! Checks whether a picture fits into memory before a model is loaded.

use crate::error::Error;

/// Bytes of memory available now; `None` if the system does not tell.
pub fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kilobytes = |name: &str| -> Option<u64> {
        let line = text.lines().find_map(|l| l.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let free = kilobytes("MemAvailable:")? * 1024;
    // A container's own limit may be lower than the memory of the machine.
    let read = |name: &str| std::fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok();
    let limit = read("memory.max").and_then(|t| t.trim().parse::<u64>().ok());
    let used = read("memory.current").and_then(|t| t.trim().parse::<u64>().ok());
    Some(match (limit, used) {
        (Some(limit), Some(used)) => free.min(limit.saturating_sub(used)),
        _ => free,
    })
}

/// Bytes that a picture needs beside the weights: the UNet's activations for `rows` latents at once or
/// the decoder's for one picture, whichever is more.
///
/// Per pixel of the picture, measured with `cargo xtask bench photomaker` (one row of the UNet 0.5 GB, the
/// decoder 3.8 GB at 1024 pixels), and rounded up.
pub fn activations(width: usize, height: usize, rows: usize) -> u64 {
    const DECODER: u64 = 3600;
    const UNET_ROW: u64 = 600;
    let pixels = (width * height) as u64;
    pixels * DECODER.max(UNET_ROW * rows as u64)
}

/// Fails if more than the available bytes are needed.
///
/// # Errors
/// [`Error::Memory`] with both figures.
pub fn check(needed: u64) -> Result<(), Error> {
    let Some(available) = available() else { return Ok(()) };
    if needed <= available {
        return Ok(());
    }
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    let detail = format!("{:.1} GB > {:.1} GB", gigabytes(needed), gigabytes(available));
    Err(Error::Memory { detail })
}
