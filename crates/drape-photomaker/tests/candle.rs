//! The models on candle's own operations, which run on GPUs, are the same functions. A binary of its own,
//! for which operations run is a choice of the whole process.

use std::path::Path;

use drape_photomaker::ops::{Place, compare_with_candle};
use drape_photomaker::parity::{Case, Outcome, run};

#[test]
fn every_stage_equals_the_reference_with_candles_operations() {
    compare_with_candle(true);
    for name in ["v1-dpm-karras-odd", "v2-ddim-8photos"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
        let case = Case::open(&folder).expect("a case that can be read");
        let model = std::env::temp_dir().join(format!("drape-candle-{name}-{}", std::process::id()));
        case.write_model(&model, None).expect("room for a small model");
        let stages = run(&case, &model, &Place::cpu());
        drop(std::fs::remove_dir_all(&model));
        let stages = stages.expect("a run");
        let wrong: Vec<_> = stages.iter().filter(|s| s.outcome != Outcome::Equal).collect();
        assert!(wrong.is_empty() && stages.len() > 25, "{name}: {wrong:#?}");
    }
}
