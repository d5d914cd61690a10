//! Candle's own operations, which run on GPUs, match the reference. This is a separate binary, because the
//! choice of operations holds for the whole process.

#[path = "parity/stages/mod.rs"]
mod stages;

use std::path::Path;

use drape_photomaker::ops::{Place, compare_with_candle};

use self::stages::{Case, Outcome, compare};

#[test]
fn every_stage_equals_the_reference_with_candles_operations() {
    compare_with_candle(true);
    for name in ["v1-dpm-karras-odd", "v2-ddim-8photos"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
        let case = Case::open(&folder).expect("a case that can be read");
        let model = std::env::temp_dir().join(format!("drape-candle-{name}-{}", std::process::id()));
        case.model.write(&model).expect("room for a small model");
        let stages = compare(&case, &model, &Place::cpu());
        drop(std::fs::remove_dir_all(&model));
        let stages = stages.expect("a run");
        let wrong: Vec<_> =
            stages.iter().filter(|s| s.outcome != Outcome::Equal).map(ToString::to_string).collect();
        assert!(wrong.is_empty() && stages.len() > 25, "{name}: {wrong:#?}");
    }
}
