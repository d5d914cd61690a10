//! How long each stage of the work took.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;

/// Milliseconds that each stage took.
#[derive(Debug, Clone, Default)]
pub struct Stages(pub Vec<(&'static str, f32)>);

impl Serialize for Stages {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.sums().serialize(serializer)
    }
}

impl Stages {
    /// Milliseconds by stage, to a tenth; times of a stage that ran several times are summed.
    pub fn sums(&self) -> BTreeMap<String, f32> {
        let mut sums: BTreeMap<String, f32> = BTreeMap::new();
        for &(name, ms) in &self.0 {
            *sums.entry(name.to_owned()).or_default() += ms;
        }
        sums.values_mut().for_each(|ms| *ms = (*ms * 10.0).round() / 10.0);
        sums
    }

    pub(crate) fn timed<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let out = work();
        self.0.push((name, start.elapsed().as_secs_f32() * 1000.0));
        out
    }
}
