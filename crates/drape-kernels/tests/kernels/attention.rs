//! Attention against its definition in `f64`.

use crate::reference::{compare, values};
use drape_kernels::{Attention, attention};
use proptest::prelude::*;

fn check(shape: &Attention, spread: f32) {
    let Attention { batch, heads, dim, q_len, k_len, scale, causal } = *shape;
    let features = heads * dim;
    let q: Vec<f32> = values(7, batch * q_len * features).iter().map(|x| x * spread).collect();
    let k = values(8, batch * k_len * features);
    let v = values(9, batch * k_len * features);
    let mut out = vec![f32::NAN; q.len()];
    attention(&q, &k, &v, shape, &mut out);
    let mut wanted = vec![0.0; q.len()];
    for picture in 0..batch {
        for head in 0..heads {
            for query in 0..q_len {
                let q_at = (picture * q_len + query) * features + head * dim;
                let k_at = |key: usize| (picture * k_len + key) * features + head * dim;
                let seen = if causal { k_len.min(query + 1) } else { k_len };
                let scores: Vec<f64> = (0..seen)
                    .map(|key| {
                        let products = (0..dim).map(|d| f64::from(q[q_at + d]) * f64::from(k[k_at(key) + d]));
                        products.sum::<f64>() * f64::from(scale)
                    })
                    .collect();
                let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let total: f64 = scores.iter().map(|score| (score - most).exp()).sum();
                for (key, score) in scores.iter().enumerate() {
                    let share = (score - most).exp() / total;
                    for d in 0..dim {
                        wanted[q_at + d] += share * f64::from(v[k_at(key) + d]);
                    }
                }
            }
        }
    }
    // Scores of hundreds lose digits before the exponential: a few roundings of the score itself.
    compare(&out, &wanted, 3e-6 * f64::from(spread).max(1.0));
}

const BASE: Attention =
    Attention { batch: 1, heads: 2, dim: 64, q_len: 77, k_len: 77, scale: 0.125, causal: false };

#[test]
fn telling_shapes() {
    for shape in [
        BASE,
        Attention { causal: true, ..BASE },
        Attention { causal: true, q_len: 300, k_len: 300, dim: 8, ..BASE },
        Attention { causal: true, q_len: 90, k_len: 30, ..BASE },
        Attention { k_len: 1, ..BASE },
        Attention { k_len: 1, q_len: 1, dim: 1, heads: 1, ..BASE },
        Attention { heads: 1, dim: 512, q_len: 131, k_len: 517, scale: 512f32.powf(-0.5), ..BASE },
        Attention { batch: 2, heads: 3, dim: 13, q_len: 33, k_len: 260, ..BASE },
        Attention { heads: 10, q_len: 64, k_len: 1031, ..BASE },
        Attention { scale: -0.3, ..BASE },
    ] {
        check(&shape, 1.0);
    }
}

#[test]
fn big_scores_do_not_overflow() {
    for causal in [false, true] {
        check(&Attention { causal, k_len: 530, q_len: 40, ..BASE }, 50.0);
    }
}

#[test]
fn hidden_keys_do_not_matter() {
    // The last key would win by far if it were not hidden.
    let shape = Attention { batch: 1, heads: 1, dim: 1, q_len: 3, k_len: 3, scale: 1.0, causal: true };
    let mut out = [0.0; 3];
    attention(&[1.0; 3], &[1.0, 1.0, 1e6], &[1.0, 3.0, 7.0], &shape, &mut out);
    assert_eq!(out, [1.0, 2.0, 7.0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_shape(
        (batch, heads, dim) in (1usize..3, 1usize..4, 1usize..70),
        (q_len, k_len) in (1usize..80, 1usize..600),
        causal: bool,
    ) {
        check(&Attention { batch, heads, dim, q_len, k_len, scale: (dim as f32).powf(-0.5), causal }, 1.0);
    }
}

#[test]
#[should_panic(expected = "v has 5 values")]
fn wrong_lengths_are_named() {
    let shape = Attention { batch: 1, heads: 1, dim: 2, q_len: 3, k_len: 3, ..BASE };
    attention(&[0.0; 6], &[0.0; 6], &[0.0; 5], &shape, &mut [0.0; 6]);
}
