//! Milliseconds of the operations of SDXL's network at their real sizes, on one thread and on all, and
//! of the same operation by candle in `f32`, measured in turns on the same machine.
//!
//! `cargo run --release -p drape-kernels --example ops -- [--json] [--only TEXT] [--repeat N]
//! [--weights f32|f16|bf16] [--alone]`; `--alone` leaves candle out. The figures are minima.
//! `--json` prints one object: name -> `{ms1, ms_all, gflops, candle_ms1, candle_ms_all}`, `gflops` being
//! the rate on one thread.
#![expect(clippy::print_stdout, reason = "an example prints its table")]

use std::time::Instant;

use candle_core::{Device, Result, Tensor};
use drape_kernels::{
    Attention, Conv, Weights, attention, conv2d, geglu, group_norm, layer_norm, linear, unit,
};
use half::{bf16, f16};

/// An operation by both: each call does it once.
struct Row {
    name: String,
    /// Two per multiply-add; 0 where memory is what counts.
    flops: f64,
    ours: Box<dyn FnMut() + Send>,
    candle: Box<dyn FnMut() -> Result<Tensor> + Send>,
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let repeat: usize = value("--repeat").unwrap_or("5").parse()?;
    let kind = value("--weights").unwrap_or("f32");
    let json = has("--json");

    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    if !json {
        println!("{:?}, {} threads, {kind} weights; milliseconds", unit(), rayon::current_num_threads());
        println!(
            "{:36} {:>9} {:>9} {:>8} {:>10} {:>10} {:>7} {:>7}",
            "operation", "one", "all", "GFLOP/s", "candle one", "candle all", "x one", "x all"
        );
    }
    let mut lines = Vec::new();
    for (name, make) in rows(kind) {
        if value("--only").is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let mut row = make(name)?;
        let mut best = [f64::INFINITY; 4];
        for _ in 0..repeat {
            one.install(|| keep(&mut best[0], &mut row.ours));
            keep(&mut best[1], &mut row.ours);
            if !has("--alone") {
                one.install(|| keep(&mut best[2], || (row.candle)()));
                keep(&mut best[3], || (row.candle)());
            }
        }
        let [ms1, ms_all, candle1, candle_all] = best;
        let gflops = row.flops / ms1 / 1e6;
        let (name, ratio1, ratio_all) = (&row.name, candle1 / ms1, candle_all / ms_all);
        if json {
            let candle = if candle1.is_finite() {
                format!(",\"candle_ms1\":{candle1:.3},\"candle_ms_all\":{candle_all:.3}")
            } else {
                String::new()
            };
            lines.push(format!(
                "\"{name}\":{{\"ms1\":{ms1:.3},\"ms_all\":{ms_all:.3},\"gflops\":{gflops:.1}{candle}}}"
            ));
        } else {
            println!(
                "{name:36} {ms1:9.2} {ms_all:9.2} {gflops:8.0} {candle1:10.2} {candle_all:10.2} \
                 {ratio1:7.2} {ratio_all:7.2}"
            );
        }
    }
    if json {
        println!("{{{}}}", lines.join(",\n "));
    }
    Ok(())
}

/// Times one call and keeps the smallest.
fn keep<T>(best: &mut f64, mut call: impl FnMut() -> T) {
    let start = Instant::now();
    std::hint::black_box(call());
    *best = best.min(start.elapsed().as_secs_f64() * 1e3);
}

type Make = Box<dyn FnOnce(String) -> Result<Row>>;

fn rows(kind: &str) -> Vec<(String, Make)> {
    let mut rows: Vec<(String, Make)> = Vec::new();
    let convs = [
        (320, 320, 64),
        (640, 640, 32),
        (1280, 1280, 16),
        (1920, 640, 32),
        (320, 320, 128),
        (640, 640, 64),
        (1280, 1280, 32),
    ];
    for (c_in, c_out, side) in convs {
        let kind = kind.to_owned();
        rows.push((
            format!("conv3x3 {c_in}->{c_out} @{side}x{side}"),
            Box::new(move |name| conv_row(name, c_in, c_out, side, 3, &kind)),
        ));
    }
    let kinds = kind.to_owned();
    rows.push((
        "conv1x1 1920->640 @32x32".to_owned(),
        Box::new(move |name| conv_row(name, 1920, 640, 32, 1, &kinds)),
    ));
    let linears = [
        (1024, 1280, 10240),
        (1024, 5120, 1280),
        (4096, 640, 5120),
        (1024, 1280, 1280),
        (77, 2048, 1280),
        (1, 1280, 1280),
    ];
    for (count, inputs, outputs) in linears {
        let kind = kind.to_owned();
        rows.push((
            format!("linear {count}x{inputs}->{outputs}"),
            Box::new(move |name| linear_row(name, count, inputs, outputs, &kind)),
        ));
    }
    for (heads, q_len, k_len) in [(10, 4096, 4096), (20, 1024, 1024), (10, 4096, 77)] {
        rows.push((
            format!("attention {heads} heads {q_len}x{k_len} d64"),
            Box::new(move |name| attention_row(name, heads, q_len, k_len)),
        ));
    }
    rows.push(("GroupNorm+SiLU 320x64x64".to_owned(), Box::new(group_norm_row)));
    rows.push(("GEGLU activation 1024x10240".to_owned(), Box::new(geglu_row)));
    rows.push(("LayerNorm 1024x1280".to_owned(), Box::new(layer_norm_row)));
    rows
}

fn conv_row(name: String, c_in: usize, c_out: usize, side: usize, kernel: usize, kind: &str) -> Result<Row> {
    let pad = kernel / 2;
    let shape = Conv { batch: 1, c_in, h: side, w: side, c_out, kernel, stride: 1, pad: [pad; 4] };
    let (x, w) = (values(c_in * side * side), values(c_out * c_in * kernel * kernel));
    let x_candle = Tensor::from_slice(&x, (1, c_in, side, side), &Device::Cpu)?;
    let w_candle = Tensor::from_slice(&w, (c_out, c_in, kernel, kernel), &Device::Cpu)?;
    let (w, mut out) = (Stored::new(&w, kind), vec![0.0; c_out * side * side]);
    Ok(Row {
        name,
        flops: 2.0 * (c_in * c_out * kernel * kernel * side * side) as f64,
        ours: Box::new(move || conv2d(&x, &shape, w.weights(), None, &mut out)),
        candle: Box::new(move || x_candle.conv2d(&w_candle, pad, 1, 1, 1)),
    })
}

fn linear_row(name: String, rows: usize, inputs: usize, outputs: usize, kind: &str) -> Result<Row> {
    let (x, w) = (values(rows * inputs), values(outputs * inputs));
    let x_candle = Tensor::from_slice(&x, (rows, inputs), &Device::Cpu)?;
    let w_candle = Tensor::from_slice(&w, (outputs, inputs), &Device::Cpu)?;
    let (w, mut out) = (Stored::new(&w, kind), vec![0.0; rows * outputs]);
    Ok(Row {
        name,
        flops: 2.0 * (rows * inputs * outputs) as f64,
        ours: Box::new(move || linear(&x, rows, w.weights(), inputs, outputs, None, &mut out)),
        candle: Box::new(move || x_candle.matmul(&w_candle.t()?)),
    })
}

fn attention_row(name: String, heads: usize, q_len: usize, k_len: usize) -> Result<Row> {
    const DIM: usize = 64;
    let features = heads * DIM;
    let shape = Attention { batch: 1, heads, dim: DIM, q_len, k_len, scale: 0.125, causal: false };
    let (q, k, v) = (values(q_len * features), values(k_len * features), values(k_len * features));
    let split = |x: &[f32], len: usize| Tensor::from_slice(x, (1, len, heads, DIM), &Device::Cpu);
    let (q_candle, k_candle, v_candle) = (split(&q, q_len)?, split(&k, k_len)?, split(&v, k_len)?);
    let mut out = vec![0.0; q.len()];
    Ok(Row {
        name,
        flops: 4.0 * (heads * q_len * k_len * DIM) as f64,
        ours: Box::new(move || attention(&q, &k, &v, &shape, &mut out)),
        candle: Box::new(move || {
            let [q, k, v] = [&q_candle, &k_candle, &v_candle].map(|x| x.transpose(1, 2)?.contiguous());
            let scores = (q?.matmul(&k?.t()?)? * 0.125)?;
            let out = candle_nn::ops::softmax_last_dim(&scores)?.matmul(&v?)?;
            out.transpose(1, 2)?.reshape((1, q_len, features))
        }),
    })
}

fn group_norm_row(name: String) -> Result<Row> {
    let (x, weight, bias) = (values(320 * 4096), values(320), values(320));
    let x_candle = Tensor::from_slice(&x, (1, 320, 64, 64), &Device::Cpu)?;
    let weight_candle = Tensor::from_slice(&weight, 320, &Device::Cpu)?;
    let bias_candle = Tensor::from_slice(&bias, 320, &Device::Cpu)?;
    let norm = candle_nn::GroupNorm::new(weight_candle, bias_candle, 320, 32, 1e-5)?;
    let mut out = vec![0.0; x.len()];
    Ok(Row {
        name,
        flops: 0.0,
        ours: Box::new(move || group_norm(&x, 1, 320, 4096, 32, 1e-5, &weight, &bias, true, &mut out)),
        candle: Box::new(move || candle_nn::Module::forward(&norm, &x_candle)?.silu()),
    })
}

fn geglu_row(name: String) -> Result<Row> {
    let x = values(1024 * 10240);
    let x_candle = Tensor::from_slice(&x, (1024, 10240), &Device::Cpu)?;
    let mut out = vec![0.0; 1024 * 5120];
    Ok(Row {
        name,
        flops: 0.0,
        ours: Box::new(move || geglu(&x, 1024, 5120, &mut out)),
        candle: Box::new(move || {
            let halves = x_candle.chunk(2, 1)?;
            &halves[0] * halves[1].gelu_erf()?
        }),
    })
}

fn layer_norm_row(name: String) -> Result<Row> {
    let (x, weight, bias) = (values(1024 * 1280), values(1280), values(1280));
    let x_candle = Tensor::from_slice(&x, (1024, 1280), &Device::Cpu)?;
    let weight_candle = Tensor::from_slice(&weight, 1280, &Device::Cpu)?;
    let bias_candle = Tensor::from_slice(&bias, 1280, &Device::Cpu)?;
    let mut out = vec![0.0; x.len()];
    Ok(Row {
        name,
        flops: 0.0,
        ours: Box::new(move || layer_norm(&x, 1024, 1280, 1e-5, &weight, Some(&bias), &mut out)),
        candle: Box::new(move || candle_nn::ops::layer_norm(&x_candle, &weight_candle, &bias_candle, 1e-5)),
    })
}

/// Owned weights of a type.
enum Stored {
    F32(Vec<f32>),
    F16(Vec<f16>),
    Bf16(Vec<bf16>),
}

impl Stored {
    fn new(values: &[f32], kind: &str) -> Self {
        match kind {
            "f16" => Self::F16(values.iter().map(|x| f16::from_f32(*x)).collect()),
            "bf16" => Self::Bf16(values.iter().map(|x| bf16::from_f32(*x)).collect()),
            _ => Self::F32(values.to_vec()),
        }
    }

    fn weights(&self) -> Weights<'_> {
        match self {
            Self::F32(values) => Weights::F32(values),
            Self::F16(values) => Weights::F16(values),
            Self::Bf16(values) => Weights::Bf16(values),
        }
    }
}

/// Values between -1 and 1 without a pattern.
fn values(count: usize) -> Vec<f32> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}
