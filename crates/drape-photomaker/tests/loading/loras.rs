//! LoRA files in every spelling, and the weights that they change.

use std::collections::BTreeMap;
use std::path::Path;

use drape_photomaker::error::{Error, Problem};
use drape_photomaker::weights::few_step::{FewStep, Sampler, scheduler_for};
use drape_photomaker::weights::lora::{self, Component, Module};
use drape_photomaker::weights::{Checkpoint, Configs, Kind, Tensors, View, fuse, read_safetensors};
use serde_json::Value as Json;

use super::making::*;

fn checkpoint(mut parts: BTreeMap<String, BTreeMap<String, View>>) -> Checkpoint {
    let mut part = |name: &str| Tensors::new(name, parts.remove(name).unwrap_or_default());
    Checkpoint {
        unet: part("unet"),
        vae: part("vae"),
        text_encoder: part("text_encoder"),
        text_encoder_2: part("text_encoder_2"),
        configs: Configs::default(),
        tokenizer: "tokenizer".into(),
        tokenizer_2: "tokenizer_2".into(),
        path: "model".into(),
    }
}

/// A checkpoint whose UNet has these weights, each counting up from zero.
fn unet(weights: &[(&str, &[usize])]) -> Checkpoint {
    let view = |shape: &[usize]| {
        View::from_f32((0..shape.iter().product()).map(|i| i as f32).collect(), shape.to_vec())
    };
    let entries = weights.iter().map(|(name, shape)| ((*name).to_owned(), view(shape))).collect();
    checkpoint([("unet".to_owned(), entries)].into())
}

fn entries(tensors: &[(&str, &[usize])]) -> BTreeMap<String, View> {
    let view = |name: &str, shape: &[usize]| {
        View::from_f32(rule("made", name, shape.iter().product(), 0.0, 1.0), shape.to_vec())
    };
    tensors.iter().map(|(name, shape)| ((*name).to_owned(), view(name, shape))).collect()
}

fn problems(error: Error) -> Vec<Problem> {
    match error {
        Error::Tensors { problems, component } if component == "lora" => problems,
        other => panic!("{other}"),
    }
}

fn shape_of(json: &Json) -> Vec<usize> {
    let sizes = json.as_array().expect("a shape");
    sizes.iter().map(|n| n.as_u64().expect("a size") as usize).collect()
}

/// Five files in different spellings over a small model, compared with the reference's results.
#[test]
fn changes_weights_as_the_reference_does() {
    let json = |name: &str| -> Json {
        serde_json::from_slice(&std::fs::read(given("cases").join(name)).expect("it is committed"))
            .expect("JSON")
    };
    let made = |tensor: &Json| {
        let [component, key] = ["component", "key"].map(|k| tensor[k].as_str().expect("text"));
        let shape = shape_of(&tensor["shape"]);
        let [center, bound] = ["center", "bound"].map(|k| tensor[k].as_f64().expect("a number"));
        let values = rule(component, key, shape.iter().product(), center, bound);
        (component.to_owned(), key.to_owned(), View::from_f32(values, shape))
    };
    let cases = json("loras.json");
    let model = json(cases["model"].as_str().expect("a file"));
    let expected = read_safetensors(&given("cases/loras.safetensors")).expect("it is whole");
    for case in cases["loras"].as_array().expect("a list") {
        let mut parts: BTreeMap<String, BTreeMap<String, View>> = BTreeMap::new();
        for (component, key, view) in model.as_array().expect("a list").iter().map(&made) {
            parts.entry(component).or_default().insert(key, view);
        }
        let before = parts.clone();
        let mut checkpoint = checkpoint(parts);
        let name = case["name"].as_str().expect("a name");
        let file =
            case["tensors"].as_array().expect("a list").iter().map(&made).map(|(_, k, v)| (k, v)).collect();
        let modules = lora::parse(&file, &checkpoint).expect("every key has its layer");
        let targets = case["expected"].as_array().expect("a list");
        assert_eq!(modules.len(), targets.len(), "{name}");
        let fused =
            fuse(&modules, case["strength"].as_f64().expect("a number") as f32, &mut checkpoint).expect(name);
        assert_eq!(fused.modules, targets.len());
        let mut changed = 0;
        for (component, tensors) in [
            ("unet", &checkpoint.unet),
            ("text_encoder", &checkpoint.text_encoder),
            ("text_encoder_2", &checkpoint.text_encoder_2),
        ] {
            for (key, view) in tensors.entries() {
                let target = targets.iter().find(|t| t["component"] == component && t["key"] == key.as_str());
                let values = view.to_f32();
                let Some(target) = target else {
                    assert_eq!(values, before[component][key].to_f32(), "{name}: {component}/{key} changed");
                    continue;
                };
                changed += 1;
                let stride = target["stride"].as_u64().expect("a number") as usize;
                let wanted = expected[&format!("{name}/{component}/{key}")].to_f32();
                let found: Vec<f32> = values.iter().step_by(stride).copied().collect();
                assert_eq!(found.len(), wanted.len());
                let off = found.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(off < 1e-6, "{name}: {component}/{key} is off by {off}");
                let sum: f64 = values.iter().map(|v| f64::from(*v)).sum();
                assert!(
                    (sum - target["sum"].as_f64().expect("a number")).abs() < 1e-3,
                    "{name}: {key} sums to {sum}"
                );
            }
        }
        assert_eq!(changed, targets.len(), "{name}");
    }
}

/// The LoRA of PhotoMaker's file finds its layers in the whole of SDXL.
#[test]
fn photomakers_lora_finds_every_layer() {
    let published = |name: &str| -> Vec<(String, Vec<usize>)> {
        table(&format!("published-keys/{name}.txt.gz")).iter().map(|l| (l[0].clone(), shape(&l[1]))).collect()
    };
    let keys = published("unet").into_iter().map(|(key, shape)| (key, View::absent(&shape))).collect();
    let sdxl = checkpoint([("unet".to_owned(), keys)].into());
    for version in ["photomaker-v1", "photomaker-v2"] {
        let lora = published(version).into_iter().filter_map(|(key, shape)| {
            Some((key.strip_prefix("lora_weights.")?.to_owned(), View::absent(&shape)))
        });
        let lora: BTreeMap<String, View> = lora.collect();
        let modules = lora::parse(&lora, &sdxl).expect("every layer is there");
        assert_eq!(modules.len() * 2, lora.len());
        assert_eq!(modules.len(), 560, "four layers in each of two attentions in each of 70 blocks");
    }
}

/// Every layer of SDXL's UNet, under both kinds of names with underscores.
#[test]
fn kohyas_names_reach_every_layer_of_sdxl() {
    let mut ldm: BTreeMap<String, String> = BTreeMap::new();
    for line in table("single-file-keys.txt.gz").iter().filter(|l| l[2] == "unet") {
        let from = line[0].strip_prefix("model.diffusion_model.").and_then(|k| k.strip_suffix(".weight"));
        let to = line[3].strip_suffix(".weight");
        ldm.extend(from.zip(to).map(|(from, to)| (to.to_owned(), from.to_owned())));
    }
    let keys = table("published-keys/unet.txt.gz");
    let shapes: BTreeMap<String, Vec<usize>> = keys.iter().map(|l| (l[0].clone(), shape(&l[1]))).collect();
    let views = shapes.iter().map(|(key, shape)| (key.clone(), View::absent(shape))).collect();
    let sdxl = checkpoint([("unet".to_owned(), views)].into());
    let layers: Vec<&String> = ldm.keys().filter(|l| shapes[&format!("{l}.weight")].len() > 1).collect();
    assert!(layers.len() > 740, "{}", layers.len());
    for other in [false, true] {
        let mut file = BTreeMap::new();
        for layer in &layers {
            let shape = &shapes[&format!("{layer}.weight")];
            let name = if other { &ldm[*layer] } else { *layer }.replace('.', "_");
            let (down, mut up) = ([&[1], &shape[1..]].concat(), vec![shape[0], 1]);
            up.resize(shape.len(), 1);
            file.insert(format!("lora_unet_{name}.lora_down.weight"), View::absent(&down));
            file.insert(format!("lora_unet_{name}.lora_up.weight"), View::absent(&up));
        }
        let modules = lora::parse(&file, &sdxl).expect("every layer is there");
        assert!(modules.iter().map(|m| &m.path).eq(layers.iter().copied()), "other names: {other}");
    }
}

#[test]
fn reads_the_remaining_spellings() {
    let shape: &[usize] = &[2, 2];
    let target = "mid.attn1.to_out.0";
    let model = unet(&[("mid.attn1.to_out.0.weight", shape), ("mid.attn1.to_q.weight", shape)]);
    for site in [
        "base_model.model.mid.attn1.to_out.0.lora_{A,B}",
        "unet.base_model.model.mid.attn1.to_out.0.lora_{A,B}.default",
        "mid.attn1.to_out.0.lora_{A,B}.some_name",
        "unet.mid.attn1.to_out.0.lora.{down,up}",
        "unet.mid.attn1.processor.to_out_lora.{down,up}",
        "diffusion_model.mid.attn1.to_out.0.lora_{down,up}",
        "lora_unet_mid_attn1_to_out_0.lora_{down,up}",
    ] {
        let (start, rest) = site.split_once('{').expect("it has halves");
        let (halves, end) = rest.split_once('}').expect("it has halves");
        let file: Vec<String> = halves.split(',').map(|half| format!("{start}{half}{end}.weight")).collect();
        let modules = lora::parse(&entries(&[(&file[0], &[1, 2]), (&file[1], &[2, 1])]), &model).expect(site);
        assert_eq!((modules.len(), modules[0].path.as_str()), (1, target), "{site}");
        assert_eq!((modules[0].rank(), modules[0].component), (1, Component::Unet));
    }
}

#[test]
fn names_what_it_cannot_use() {
    let model = unet(&[("a.to_q.weight", &[2, 3])]);
    for (key, kind) in [
        ("lora_unet_a_to_q.hada_w1_a", "LoHa"),
        ("lora_unet_a_to_q.lokr_w1", "LoKr"),
        ("lora_unet_a_to_q.dora_scale", "DoRA"),
        ("unet.a.to_q.lora_magnitude_vector", "DoRA"),
        ("lora_unet_a_to_q.diff", "difference"),
    ] {
        let error = lora::parse(&entries(&[(key, &[1])]), &model).expect_err("no LoRA");
        let named = |detail: &str| detail.contains(kind) && detail.contains(key);
        assert!(matches!(&error, Error::Unsupported { detail, .. } if named(detail)), "{error}");
    }
    let file = entries(&[
        ("unet.a.to_q.lora_A.weight", &[1, 3]),
        ("unet.b.to_q.lora_A.weight", &[1, 3]),
        ("unet.a.to_q.strange", &[1]),
        ("text_encoder.a.to_q.lora_A.weight", &[1, 3]),
    ]);
    let mut found: Vec<String> = problems(lora::parse(&file, &model).expect_err("three keys and a half"))
        .iter()
        .map(|p| format!("{p:?}"))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "Extra(\"text_encoder.a.to_q.lora_A.weight\")",
            "Extra(\"unet.a.to_q.strange\")",
            "Extra(\"unet.b.to_q.lora_A.weight\")",
            "Missing(\"unet.a.to_q (up)\")",
        ]
    );
    for (down, up) in [([1, 4], [2, 1]), ([1, 3], [3, 1]), ([1, 3], [2, 2]), ([0, 3], [2, 0])] {
        let file = entries(&[("unet.a.to_q.lora_A.weight", &down), ("unet.a.to_q.lora_B.weight", &up)]);
        let found = problems(lora::parse(&file, &model).expect_err("it does not fit"));
        let [Problem::Shape { name, wanted, .. }] = &found[..] else { panic!("{found:?}") };
        assert_eq!((name.as_str(), &wanted[..]), ("a.to_q.weight", &[2, 3][..]));
    }
    assert_eq!(problems(lora::parse(&BTreeMap::new(), &model).expect_err("empty")).len(), 1);
}

fn module(path: &str, down: View, up: View) -> Module {
    Module { component: Component::Unet, path: path.to_owned(), down, up, mid: None, alpha: None }
}

#[test]
fn adds_in_the_weights_own_kind() {
    let mut model = unet(&[("a.weight", &[2, 2]), ("b.weight", &[2, 2])]);
    let a = model.unet.entries()["a.weight"].stored_as(Kind::F16);
    model.unet.entries_mut().insert("a.weight".to_owned(), a);
    let row = |values: &[f32]| View::from_f32(values.to_vec(), vec![1, values.len()]);
    let column = |values: &[f32]| View::from_f32(values.to_vec(), vec![values.len(), 1]);
    let mut twice = module("a", row(&[1.0, 2.0]), column(&[1.0, 10.0]));
    let once = module("a", row(&[0.0, 1.0]), column(&[1.0, 0.0]));
    twice.alpha = Some(0.5);
    let fused = fuse(&[twice.clone(), once], 2.0, &mut model).expect("both fit");
    assert_eq!(fused.modules, 1, "one weight, changed by both");
    let a = &model.unet.entries()["a.weight"];
    assert_eq!((a.kind(), a.to_f32()), (Kind::F16, vec![1.0, 5.0, 12.0, 23.0]));
    assert_eq!(model.unet.entries()["b.weight"].to_f32(), [0.0, 1.0, 2.0, 3.0]);
    // A LoRA that fits nowhere changes nothing.
    let lost = module("c", row(&[1.0, 2.0]), column(&[1.0, 1.0]));
    let found = problems(fuse(&[twice, lost], 1.0, &mut model).expect_err("there is no c"));
    assert_eq!(found, [Problem::Missing("c.weight".to_owned())]);
    assert_eq!(model.unet.entries()["a.weight"].to_f32(), [1.0, 5.0, 12.0, 23.0]);
}

/// More numbers than are changed at a time, and not a multiple of that.
#[test]
fn adds_to_large_weights_in_parts() {
    let mut model = unet(&[("a.weight", &[701, 500]), ("b.weight", &[701, 500])]);
    let b = model.unet.entries()["b.weight"].stored_as(Kind::Bf16);
    model.unet.entries_mut().insert("b.weight".to_owned(), b);
    let before = ["a.weight", "b.weight"].map(|n| model.unet.entries()[n].to_f32());
    let [down, up] = [("down", 500), ("up", 701)].map(|(n, count)| rule("made", n, count, 0.0, 1000.0));
    let both = ["a", "b"].map(|path| {
        let half = |values: &[f32], shape: [usize; 2]| View::from_f32(values.to_vec(), shape.to_vec());
        module(path, half(&down, [1, 500]), half(&up, [701, 1]))
    });
    assert_eq!(fuse(&both, 0.5, &mut model).expect("they fit").modules, 2);
    for (name, before) in ["a.weight", "b.weight"].iter().zip(&before) {
        let view = &model.unet.entries()[*name];
        let precise = if view.kind() == Kind::Bf16 { 1.0 / 256.0 } else { 1e-6 };
        for (i, (found, before)) in view.to_f32().iter().zip(before).enumerate() {
            let wanted = before + 0.5 * up[i / 500] * down[i % 500];
            assert!(
                (found - wanted).abs() <= precise * (wanted.abs() + before.abs()),
                "{name} {i}: {found} {wanted}"
            );
        }
    }
}

#[test]
fn adds_to_convolutions() {
    let mut model = unet(&[("conv.weight", &[2, 3, 2, 2]), ("flat.weight", &[2, 3])]);
    let zero = View::from_f32(vec![0.0; 24], vec![2, 3, 2, 2]);
    model.unet.entries_mut().insert("conv.weight".to_owned(), zero);
    let file = entries(&[
        ("unet.conv.lora_down.weight", &[2, 3, 1, 1]),
        ("unet.conv.lora_mid.weight", &[2, 2, 2, 2]),
        ("unet.conv.lora_up.weight", &[2, 2, 1, 1]),
        ("unet.flat.lora_down.weight", &[1, 3, 1, 1]),
        ("unet.flat.lora_up.weight", &[2, 1, 1, 1]),
    ]);
    let modules = lora::parse(&file, &model).expect("they fit");
    fuse(&modules, 1.0, &mut model).expect("they fit");
    let [down, mid, up] = ["down", "mid", "up"].map(|p| file[&format!("unet.conv.lora_{p}.weight")].to_f32());
    let found = model.unet.entries()["conv.weight"].to_f32();
    for (i, value) in found.iter().enumerate() {
        let (out, input, kernel) = (i / 12, i / 4 % 3, i % 4);
        let mut wanted = 0.0;
        for p in 0..2 {
            for q in 0..2 {
                wanted += up[out * 2 + p] * mid[(p * 2 + q) * 4 + kernel] * down[q * 3 + input];
            }
        }
        assert!((value - wanted).abs() < 1e-6, "{i}: {value} {wanted}");
    }
    let flat = &model.unet.entries()["flat.weight"];
    assert_eq!(flat.shape(), [2, 3], "a linear layer stays one");
}

#[test]
fn knows_few_step_loras() {
    let lightning = |steps| Some(FewStep { sampler: Sampler::EulerTrailing, steps, guidance: 1.0 });
    let lcm = Some(FewStep { sampler: Sampler::Lcm, steps: 4, guidance: 1.0 });
    for (path, wanted) in [
        ("sdxl_lightning_4step_lora.safetensors", lightning(4)),
        ("x/sdxl_lightning_8step_lora.safetensors", lightning(8)),
        ("SDXL-Lightning-2-steps.safetensors", lightning(2)),
        ("lcm-lora-sdxl/pytorch_lora_weights.safetensors", lcm),
        ("LCM_LoRA_SDXL.safetensors", lcm),
        ("loras/hanbok.safetensors", None),
        ("pytorch_lora_weights.safetensors", None),
        ("calcmath.safetensors", None),
    ] {
        assert_eq!(scheduler_for(Path::new(path), &BTreeMap::new()), wanted, "{path}");
    }
    let said = [("ss_output_name".to_owned(), "my-lcm".to_owned())].into();
    assert_eq!(scheduler_for(Path::new("a.safetensors"), &said), lcm);
}
