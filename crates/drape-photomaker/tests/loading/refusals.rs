//! Other models, and incomplete models: the refusal names each.

use drape_core::language::Language;
use drape_photomaker::error::{Error, Problem};
use drape_photomaker::weights::{Checkpoint, Options, PhotoMaker, read_tensors};
use serde_json::json;

use super::making::*;

fn refused(folder: &Folder) -> Error {
    let error = Checkpoint::open(&folder.0, &Options::default()).expect_err("it must be refused");
    assert!(!error.message(Language::Korean).is_empty());
    error
}

/// The files that the refusal names as missing.
fn missing(folder: &Folder) -> Vec<String> {
    match refused(folder) {
        Error::Incomplete { missing, .. } => missing,
        other => panic!("not incomplete but {other}"),
    }
}

#[test]
fn other_models_in_folders() {
    let class = |class: &str| json!({"_class_name": class});
    let unet = |width: u64, channels: u64| json!({"cross_attention_dim": width, "in_channels": channels});
    let cases = [
        (class("StableDiffusionPipeline"), unet(768, 4), false, "Stable Diffusion 1.x"),
        (class("StableDiffusionPipeline"), unet(1024, 4), false, "Stable Diffusion 2.x"),
        (json!({}), unet(768, 9), false, "Stable Diffusion 1.x"),
        (class("StableDiffusionInpaintPipeline"), json!({}), false, "StableDiffusionInpaintPipeline"),
        (class("StableDiffusion3Pipeline"), json!({}), true, "Stable Diffusion 3"),
        (class("FluxPipeline"), json!({}), true, "Flux"),
        (json!({}), json!({}), true, "transformer"),
        (class("PixArtSigmaPipeline"), json!({}), true, "PixArtSigmaPipeline"),
        (class("StableDiffusionXLImg2ImgPipeline"), unet(1280, 4), false, "refiner"),
        (
            json!({"_class_name": "StableDiffusionXLImg2ImgPipeline", "text_encoder": [null, null]}),
            json!({}),
            false,
            "refiner",
        ),
        (class("StableDiffusionXLInpaintPipeline"), unet(2048, 9), false, "inpainting"),
        (class("StableDiffusionXLInstructPix2PixPipeline"), unet(2048, 8), false, "8 input channels"),
    ];
    for (index, unet, transformer, wanted) in cases {
        let folder = diffusers();
        folder.json("model_index.json", &index);
        folder.json("unet/config.json", &unet);
        if transformer {
            folder.json("transformer/config.json", &json!({}));
        }
        match refused(&folder) {
            Error::OtherModel { path, found } => {
                assert!(found.contains(wanted), "{found} for {wanted}");
                assert_eq!(path, folder.0);
            }
            other => panic!("{wanted}: {other}"),
        }
    }
    let lora = Folder::new();
    lora.write("pytorch_lora_weights.safetensors", safetensors(&[made("unet.a.lora_A.weight", &[1, 1])]));
    assert!(refused(&lora).to_string().contains("a LoRA"));
}

#[test]
fn other_models_in_single_files() {
    let unet = "model.diffusion_model";
    type Keys<'a> = &'a [(&'a str, &'a [usize])];
    let cases: [(Keys<'_>, &str); 14] = [
        (&[("cond_stage_model.transformer.text_model.embeddings.x.weight", &[1])], "Stable Diffusion 1.x"),
        (&[("cond_stage_model.model.ln_final.bias", &[1])], "Stable Diffusion 2.x"),
        (
            &[(&format!("{unet}.middle_block.1.transformer_blocks.0.attn2.to_k.weight"), &[2, 768])],
            "Stable Diffusion 1.x",
        ),
        (&[(&format!("{unet}.joint_blocks.0.x_block.attn.qkv.weight"), &[1])], "Stable Diffusion 3"),
        (&[("double_blocks.0.img_attn.qkv.weight", &[1])], "Flux"),
        (&[("conditioner.embedders.0.model.ln_final.bias", &[1])], "refiner"),
        (&[(&format!("{unet}.input_blocks.0.0.weight"), &[2, 9, 3, 3])], "inpainting"),
        (&[("edm_mean", &[4])], "Playground"),
        (&[("lora_unet_mid_block.lora_down.weight", &[1])], "a LoRA"),
        (&[("id_encoder.vision_model.x", &[1])], "PhotoMaker"),
        (&[("control_model.input_blocks.0.0.weight", &[1])], "ControlNet"),
        (&[("down_blocks.0.x", &[1]), ("up_blocks.0.x", &[1])], "a UNet alone"),
        (&[("encoder.conv_in.bias", &[1]), ("decoder.conv_in.bias", &[1])], "a VAE alone"),
        (&[("layers.0.weight", &[1])], "without an SDXL UNet"),
    ];
    for (tensors, wanted) in cases {
        let folder = Folder::new();
        let tensors: Vec<Made> = tensors.iter().map(|(name, shape)| made(name, shape)).collect();
        let path = folder.write("model.safetensors", safetensors(&tensors));
        match Checkpoint::open(&path, &Options::default()) {
            Err(Error::OtherModel { found, .. }) => assert!(found.contains(wanted), "{found} for {wanted}"),
            other => panic!("{wanted}: {other:?}"),
        }
    }
}

#[test]
fn single_files_that_lack_parts_or_hold_others() {
    let folder = Folder::new();
    vocabulary(&folder, "tokenizer");
    let mut tensors = vec![made("model.diffusion_model.input_blocks.0.0.weight", &[2, 4, 3, 3])];
    let path = folder.write("model.safetensors", safetensors(&tensors));
    match Checkpoint::open(&path, &Options::default()) {
        Err(Error::Incomplete { missing, .. }) => {
            assert_eq!(missing.len(), 3);
            assert!(missing[0].contains("VAE") && missing[1].contains("first text"), "{missing:?}");
        }
        other => panic!("{other:?}"),
    }
    tensors.extend([
        made("first_stage_model.decoder.strange", &[1]),
        made("conditioner.embedders.0.transformer.text_model.x", &[1]),
        made("conditioner.embedders.1.model.y", &[1]),
    ]);
    let path = folder.write("model.safetensors", safetensors(&tensors));
    let open = Checkpoint::open(&path, &Options::default()).expect("parts are whole");
    assert!(open.vae.entries().contains_key("decoder.strange"), "kept, for the model to name");
    assert!(open.text_encoder_2.entries().contains_key("y"), "kept, for the model to name");
    tensors.push(made("whatever.weight", &[1]));
    let path = folder.write("model.safetensors", safetensors(&tensors));
    match Checkpoint::open(&path, &Options::default()) {
        Err(Error::Tensors { problems, .. }) => {
            assert_eq!(problems, [Problem::Extra("whatever.weight".to_owned())]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn folders_that_lack_files() {
    let cases = [
        ("model_index.json", "model_index.json"),
        ("unet/config.json", "unet/config.json"),
        ("unet", "unet/"),
        ("vae/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.safetensors"),
        ("text_encoder/model.safetensors", "text_encoder/model.safetensors"),
        ("tokenizer/merges.txt", "tokenizer/merges.txt"),
        ("tokenizer_2", "tokenizer_2/vocab.json"),
        ("scheduler", "scheduler/scheduler_config.json"),
    ];
    for (removed, wanted) in cases {
        let folder = diffusers();
        folder.remove(removed);
        let missing = missing(&folder);
        assert!(missing.iter().any(|m| m == wanted), "{removed}: {missing:?}");
    }
    // All missing files are named at once.
    let folder = diffusers();
    folder.remove("unet");
    folder.remove("text_encoder_2/model.safetensors");
    folder.remove("tokenizer/vocab.json");
    assert_eq!(
        missing(&folder),
        ["unet/config.json", "unet/", "text_encoder_2/model.safetensors", "tokenizer/vocab.json"]
    );
    let nothing = Folder::new();
    assert!(missing(&nothing).len() > 8);
    let nowhere = nothing.0.join("nowhere");
    assert!(
        matches!(Checkpoint::open(&nowhere, &Options::default()), Err(Error::NotFound(p)) if p == nowhere)
    );
}

#[test]
fn what_stopped_downloads_leave() {
    let file = "unet/diffusion_pytorch_model.safetensors";
    let whole = safetensors(&small("unet"));
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5135149760\n";
    let cases: [(&[u8], &str); 5] = [
        (b"", "the file is empty"),
        (&whole[..whole.len() - 100], "100 of "),
        (&whole[..40], "all but 40 bytes"),
        (&whole[..whole.len() - 296], "296 of "),
        (pointer, "git-LFS pointer"),
    ];
    for (bytes, wanted) in cases {
        let folder = diffusers();
        folder.write(file, bytes);
        let missing = missing(&folder);
        assert!(missing[0].starts_with(file) && missing[0].contains(wanted), "{wanted}: {missing:?}");
    }
    for left in [".part", ".incomplete", ".aria2"] {
        let folder = diffusers();
        folder.remove(file);
        folder.write(&format!("{file}{left}"), &whole);
        let missing = missing(&folder);
        assert!(missing[0].contains("did not finish") && missing[0].contains(left), "{missing:?}");
    }
    #[cfg(unix)]
    {
        let folder = diffusers();
        folder.remove(file);
        std::os::unix::fs::symlink("../../blobs/0123", folder.0.join(file)).expect("links can be made");
        assert_eq!(missing(&folder), [file]);
    }
    let folder = diffusers();
    folder.write("vae/config.json", "");
    assert_eq!(missing(&folder), ["vae/config.json: all of it (the file is empty)"]);
}

#[test]
fn shards_that_are_missing() {
    let folder = diffusers();
    folder.remove("unet/diffusion_pytorch_model.safetensors");
    let [a, b] = [1, 2].map(|n| format!("diffusion_pytorch_model-0000{n}-of-00002.safetensors"));
    folder.write(&format!("unet/{a}"), safetensors(&[made("a", &[1])]));
    assert_eq!(missing(&folder), [format!("unet/the index beside {a}")]);
    let index = "unet/diffusion_pytorch_model.safetensors.index.json";
    folder.json(index, &json!({"weight_map": {"a": a, "b": b}}));
    assert_eq!(missing(&folder), [format!("unet/{b}")]);
    folder.write(&format!("unet/{b}.incomplete"), "half");
    assert_eq!(missing(&folder), [format!("unet/{b} (its download did not finish: {b}.incomplete)")]);
    folder.write(&format!("unet/{b}"), safetensors(&[made("c", &[1])]));
    assert_eq!(missing(&folder), ["unet/b"], "a tensor that the index promises");
    for outside in ["../vae/x.safetensors", "/etc/passwd", "", ".."] {
        folder.json(index, &json!({"weight_map": {"a": outside}}));
        assert!(matches!(refused(&folder), Error::Malformed { .. }), "{outside:?}");
    }
    folder.json(index, &json!({"weight_map": {"a": 7}}));
    assert!(matches!(refused(&folder), Error::Malformed { .. }));
    folder.json(index, &json!([]));
    assert!(matches!(refused(&folder), Error::Malformed { .. }));
}

#[test]
fn files_of_another_kind() {
    let folder = Folder::new();
    let long = [safetensors(&small("unet")), vec![0; 4]].concat();
    let cases: [(&[u8], &str); 6] = [
        (b"<!DOCTYPE html><html>no such file", "a web page"),
        (b"  <html>", "a web page"),
        (b"GGUF\x03\0\0\0\0\0\0\0", "no safetensors file"),
        (b"{}", "no safetensors file"),
        (&[0xff; 64], "no safetensors file"),
        (&long, "no safetensors file"),
    ];
    for (bytes, wanted) in cases {
        let path = folder.write("model.safetensors", bytes);
        match read_tensors(&path) {
            Err(Error::Malformed { detail, path: at }) => {
                assert!(detail.contains(wanted), "{detail} for {wanted}");
                assert_eq!(at, path);
            }
            other => panic!("{wanted}: {other:?}"),
        }
    }
    let broken = diffusers();
    broken.write("vae/config.json", "{\"scaling_factor\": ");
    assert!(matches!(refused(&broken), Error::Malformed { path, .. } if path.ends_with("vae/config.json")));
}

#[test]
fn numbers_of_other_types() {
    let folder = Folder::new();
    let typed = |dtype| Made { dtype, shape: vec![4], ..half(&made("w", &[2])) };
    let path = folder.write("a.safetensors", safetensors(&[typed(::safetensors::Dtype::F8_E4M3)]));
    match read_tensors(&path) {
        Err(Error::Unsupported { component, detail }) => {
            assert_eq!((component.as_str(), detail.as_str()), ("a.safetensors", "w is of type F8_E4M3"));
        }
        other => panic!("{other:?}"),
    }
    // A file with flags and counters is not refused.
    let path =
        folder.write("b.safetensors", safetensors(&[typed(::safetensors::Dtype::U8), made("a", &[1])]));
    assert_eq!(read_tensors(&path).expect("it has one weight").len(), 1);
}

#[test]
fn files_that_are_no_photomaker() {
    let folder = Folder::new();
    let [id, lora] = ["id_encoder.a", "lora_weights.a"].map(|n| made(n, &[1]));
    let cases: [(&[u8], &str); 6] = [
        (&safetensors(&[made("text_model.a", &[1]), id.clone()]), "text_model.a"),
        (&safetensors(&[made("id_encoders.a", &[1])]), "id_encoders.a"),
        (&safetensors(&[lora]), "incomplete: id_encoder"),
        (&safetensors(&[id]), "incomplete: lora_weights"),
        (&state(&[made("a", &[1])], &["id_encoder"]), "incomplete: lora_weights"),
        (&state(&[made("a", &[1])], &["state_dict"]), "state_dict"),
    ];
    for (bytes, wanted) in cases {
        let path = folder.write("photomaker.bin", bytes);
        let error = PhotoMaker::open(&path).expect_err("it must be refused").to_string();
        assert!(error.contains(wanted), "{error} for {wanted}");
    }
    assert_eq!(PhotoMaker::find(&folder.0), Some(folder.0.join("photomaker.bin")));
    assert_eq!(PhotoMaker::find(&folder.0.join("nowhere")), None);
}
