//! Figures that several benches share: quantiles and peak memory.

/// The value below which `share` of the values lie.
pub(crate) fn quantile(values: &mut [f32], share: f32) -> f32 {
    if values.is_empty() {
        return f32::NAN;
    }
    values.sort_unstable_by(f32::total_cmp);
    values[((values.len() - 1) as f32 * share).round() as usize]
}

/// Peak resident memory of this process so far, in MB; `NaN` if the system does not report it.
pub(crate) fn peak_memory() -> f32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<f32>().ok()).map_or(f32::NAN, |kb| kb / 1024.0)
}
