//! The same tests on the narrower units, and the same bytes for any number of threads.

use std::process::Command;

use drape_kernels::{Attention, Conv, Unit, Weights, attention, conv2d, group_norm, linear, unit};

use crate::reference::values;

/// Runs the other tests in a process that is set to another unit.
#[test]
fn narrower_units_pass_too() {
    if std::env::var_os("DRAPE_KERNELS").is_some() {
        return;
    }
    let tests = std::env::current_exe().expect("a test knows its own program");
    for name in ["portable", "avx2"] {
        let run = Command::new(&tests).env("DRAPE_KERNELS", name).env("PROPTEST_CASES", "16").output();
        let run = run.expect("the program that runs can be started");
        assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stdout));
    }
}

#[test]
fn the_unit_follows_the_environment() {
    match std::env::var("DRAPE_KERNELS").as_deref() {
        Ok("portable") => assert_eq!(unit(), Unit::Portable),
        Ok("avx2") => assert_ne!(unit(), Unit::Avx512),
        _ => {}
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let x = values(1, 2 * 96 * 33 * 16);
    let w = values(2, 200 * 96 * 9);
    let all = || {
        let shape = Conv { batch: 2, c_in: 96, h: 33, w: 16, c_out: 200, kernel: 3, stride: 1, pad: [1; 4] };
        let mut conv = vec![0.0; 2 * 200 * 33 * 16];
        conv2d(&x, &shape, Weights::F32(&w), None, &mut conv);
        let mut products = vec![0.0; 66 * 100];
        linear(&x[..66 * 1536], 66, Weights::F32(&w[..153_600]), 1536, 100, None, &mut products);
        let shape =
            Attention { batch: 1, heads: 6, dim: 16, q_len: 1056, k_len: 500, scale: 0.25, causal: false };
        let mut attended = vec![0.0; x.len()];
        attention(&x, &w[..48_000], &w[48_000..96_000], &Attention { q_len: 1056, ..shape }, &mut attended);
        let mut norm = vec![0.0; x.len()];
        group_norm(&x, 1, 4, x.len() / 4, 2, 1e-5, &w[..4], &w[4..8], true, &mut norm);
        [conv, products, attended, norm].concat()
    };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a few threads can be had").install(all)
    };
    let one = on(1);
    for threads in [2, 3, 16] {
        assert!(on(threads) == one, "{threads} threads");
    }
}
