//! Checkpoints that load, in every layout.

use std::collections::{BTreeMap, BTreeSet};
use std::slice::from_ref;

use drape_photomaker::error::Error;
use drape_photomaker::weights::{Checkpoint, Kind, Options, PhotoMaker, Tensors, Version, read_tensors};
use serde_json::json;

use super::making::*;

fn names(tensors: &Tensors) -> Vec<&str> {
    tensors.entries().keys().map(String::as_str).collect()
}

#[test]
fn opens_a_diffusers_folder_with_its_configurations() {
    let folder = diffusers();
    let open = Checkpoint::open(&folder.0, &Options::default()).expect("it is whole");
    assert_eq!(names(&open.unet), ["conv_in.bias", "conv_in.weight"]);
    let weight = &open.unet.entries()["conv_in.weight"];
    assert_eq!(weight.shape(), [2, 4, 3, 3]);
    assert_eq!(weight.to_f32(), rule("made", "conv_in.weight", 72, 0.0, 1.0));
    assert_eq!(open.configs.vae, json!({"of": "vae"}));
    assert_eq!(open.configs.scheduler["_class_name"], "EulerDiscreteScheduler");
    assert_eq!(open.configs.tokenizer["pad_token"], "<|endoftext|>");
    // The tokenizer's own settings override the special tokens.
    assert_eq!(open.configs.tokenizer_2, json!({"model_max_length": 77, "pad_token": "!"}));
    assert_eq!(open.tokenizer_2, folder.0.join("tokenizer_2"));
    assert_eq!((open.text_encoder_2.component(), &open.path), ("text_encoder_2", &folder.0));
}

#[test]
fn takes_the_spellings_of_other_years() {
    let folder = diffusers();
    let bare = [
        made("embeddings.token_embedding.weight", &[3, 2]),
        made("encoder.layers.0.mlp.fc1.bias", &[2]),
        made("final_layer_norm.bias", &[2]),
        made("text_projection.weight", &[2, 2]),
        whole("embeddings.position_ids", 5),
    ];
    folder.write("text_encoder_2/model.safetensors", safetensors(&bare));
    folder.write("text_encoder/model.safetensors", safetensors(&bare));
    let old = [
        made("decoder.mid_block.attentions.0.query.weight", &[2, 2]),
        made("decoder.mid_block.attentions.0.key.bias", &[2]),
        made("decoder.mid_block.attentions.0.value.weight", &[2, 2, 1, 1]),
        made("decoder.mid_block.attentions.0.proj_attn.weight", &[2, 2]),
        made("decoder.mid_block.attentions.0.group_norm.weight", &[2]),
        made("decoder.conv_in.weight", &[2, 2, 1, 1]),
    ];
    folder.write("vae/diffusion_pytorch_model.safetensors", safetensors(&old));
    let open = Checkpoint::open(&folder.0, &Options::default()).expect("it is whole");
    assert_eq!(
        names(&open.text_encoder_2),
        [
            "text_model.embeddings.token_embedding.weight",
            "text_model.encoder.layers.0.mlp.fc1.bias",
            "text_model.final_layer_norm.bias",
            "text_projection.weight",
        ]
    );
    assert!(
        !open.text_encoder.entries().contains_key("text_projection.weight"),
        "only the second one's is read"
    );
    assert_eq!(open.text_encoder.entries().len(), 3);
    let shapes: Vec<_> = open.vae.entries().iter().map(|(k, v)| (k.as_str(), v.shape())).collect();
    let place = "decoder.mid_block.attentions.0";
    assert_eq!(shapes[0], ("decoder.conv_in.weight", &[2, 2, 1, 1][..]), "only attention is made linear");
    assert_eq!(shapes[1].0, format!("{place}.group_norm.weight"));
    assert_eq!(shapes[2].0, format!("{place}.to_k.bias"));
    assert_eq!(shapes[3].0, format!("{place}.to_out.0.weight"));
    assert_eq!(shapes[4].0, format!("{place}.to_q.weight"));
    assert_eq!((shapes[5].0, shapes[5].1), (&*format!("{place}.to_v.weight"), &[2, 2][..]));
}

#[test]
fn chooses_between_variants() {
    let folder = diffusers();
    let halves: Vec<_> = small("unet").iter().map(half).collect();
    folder.write("unet/diffusion_pytorch_model.fp16.safetensors", safetensors(&halves));
    let kind = |variant: Option<&str>| {
        let options = Options { variant: variant.map(str::to_owned), ..Options::default() };
        let open = Checkpoint::open(&folder.0, &options).expect("it is whole");
        (open.unet.entries()["conv_in.weight"].kind(), open.vae.entries().len())
    };
    assert_eq!(kind(None), (Kind::F32, 2));
    assert_eq!(kind(Some("fp16")), (Kind::F16, 2), "the VAE comes from its plain file");
    assert_eq!(kind(Some("bf16")), (Kind::F32, 2));
    folder.remove("unet/diffusion_pytorch_model.safetensors");
    assert_eq!(kind(None), (Kind::F16, 2), "the only one there is");
    folder.write("unet/diffusion_pytorch_model.bin", state(&small("unet"), &[]));
    assert_eq!(kind(None), (Kind::F16, 2), "safetensors go before pickles");
    folder.remove("unet/diffusion_pytorch_model.fp16.safetensors");
    assert_eq!(kind(None), (Kind::F32, 2), "the pickle");
    folder.write("unet/diffusion_pytorch_model.non_ema.safetensors", safetensors(&halves));
    assert_eq!(kind(None), (Kind::F16, 2), "any safetensors");
}

#[test]
fn joins_shards() {
    let folder = diffusers();
    folder.remove("unet/diffusion_pytorch_model.safetensors");
    let tensors = small("unet");
    let (a, b) = ("diffusion_pytorch_model-00001-of-00002", "diffusion_pytorch_model-00002-of-00002");
    for (ending, variant) in [("safetensors", ""), ("safetensors", ".fp16"), ("bin", "")] {
        let file = |stem: &str| format!("{stem}{variant}.{ending}");
        let bytes =
            |t: &Made| if ending == "bin" { state(from_ref(t), &[]) } else { safetensors(from_ref(t)) };
        folder.write(&format!("unet/{}", file(a)), bytes(&tensors[0]));
        folder.write(&format!("unet/{}", file(b)), bytes(&tensors[1]));
        let index = format!("unet/diffusion_pytorch_model.{ending}.index{variant}.json");
        folder.json(&index, &json!({"weight_map": {"conv_in.weight": file(a), "conv_in.bias": file(b)}}));
        let open = Checkpoint::open(&folder.0, &Options::default()).expect("it is whole");
        assert_eq!(names(&open.unet), ["conv_in.bias", "conv_in.weight"], "{index}");
        for name in [index, format!("unet/{}", file(a)), format!("unet/{}", file(b))] {
            folder.remove(&name);
        }
    }
}

/// A header whose length begins like a pickle is still read as a header.
#[test]
fn takes_no_header_for_a_pickle() {
    let folder = Folder::new();
    for length in [0x0580_u64, 0x1_0580, 0x1_0280] {
        let mut header = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#.to_owned();
        header.extend(std::iter::repeat_n(' ', length as usize - header.len()));
        let bytes = [&length.to_le_bytes()[..], header.as_bytes(), &1f32.to_le_bytes()].concat();
        let path = folder.write("a.safetensors", bytes);
        assert_eq!(read_tensors(&path).expect("it is whole")["a"].to_f32(), [1.0], "{length:x}");
    }
}

/// By component and key: the key in the file, and the change of its tensor.
type Parts = BTreeMap<String, BTreeMap<String, [String; 2]>>;

/// A table of single-file keys: every key of the file with its shape, and where each tensor goes.
fn key_table(name: &str) -> (Vec<(String, Vec<usize>)>, Parts) {
    let mut file = BTreeMap::new();
    let mut parts = Parts::new();
    for line in table(name) {
        let [from, size, component, key, operation] = &line[..] else { panic!("five columns: {line:?}") };
        file.insert(from.clone(), shape(size.trim_matches('-')));
        if operation != "ignored" {
            let part = parts.entry(component.clone()).or_default();
            part.insert(key.clone(), [from.clone(), operation.clone()]);
        }
    }
    (file.into_iter().collect(), parts)
}

fn component<'a>(open: &'a Checkpoint, name: &str) -> &'a Tensors {
    match name {
        "unet" => &open.unet,
        "vae" => &open.vae,
        "text_encoder" => &open.text_encoder,
        _ => &open.text_encoder_2,
    }
}

#[test]
fn sorts_every_tensor_of_a_single_file() {
    let (file, parts) = key_table("single-file-keys-tiny.txt.gz");
    let folder = Folder::new();
    let values = |name: &str, shape: &[usize]| rule("single_file", name, shape.iter().product(), 0.0, 1.0);
    let tensors: Vec<Made> = file.iter().map(|(n, s)| valued(n, s, &values(n, s))).collect();
    let sizes: BTreeMap<&str, &[usize]> = file.iter().map(|(n, s)| (n.as_str(), s.as_slice())).collect();
    vocabulary(&folder, "tokenizer");
    let whole = folder.write("model.safetensors", safetensors(&tensors));
    let pickled = folder.write("other/model.ckpt", state(&tensors, &["state_dict"]));
    let options = Options { tokenizer: Some(folder.0.join("tokenizer")), ..Options::default() };
    for path in [whole, pickled] {
        let open = Checkpoint::open(&path, &options).expect("it is whole");
        for (name, keys) in &parts {
            let found: BTreeSet<&String> = component(&open, name).entries().keys().collect();
            assert_eq!(found, keys.keys().collect(), "{name}");
            for (key, [from, operation]) in keys {
                let (view, size) = (&component(&open, name).entries()[key], sizes[from.as_str()]);
                let all = values(from, size);
                let (wanted_shape, wanted) =
                    match operation.strip_prefix("rows ").and_then(|r| r.split_once("..")) {
                        Some((a, b)) => {
                            let (a, b): (usize, usize) =
                                (a.parse().expect("a row"), b.parse().expect("a row"));
                            let each = all.len() / size[0];
                            let shape = [&[b - a], &size[1..]].concat();
                            (shape, all[a * each..b * each].to_vec())
                        }
                        None if operation == "transpose" => {
                            let turned = (0..all.len()).map(|i| all[(i % size[0]) * size[1] + i / size[0]]);
                            (vec![size[1], size[0]], turned.collect())
                        }
                        None if operation == "reshape" => (size[..2].to_vec(), all),
                        None => (size.to_vec(), all),
                    };
                assert_eq!(view.shape(), wanted_shape, "{key}");
                assert_eq!(view.to_f32(), wanted, "{key}");
                assert!(view.owned_bytes() == 0 || operation == "transpose", "{key} was copied");
            }
        }
    }
}

/// The whole of SDXL: every key and shape of the published file in half precision, as a sparse file without
/// numbers.
#[test]
fn names_every_tensor_of_sdxl_as_published() {
    let (file, _) = key_table("single-file-keys.txt.gz");
    let folder = Folder::new();
    vocabulary(&folder, "tokenizer");
    let path = folder.0.join("sd_xl_base_1.0.safetensors");
    hollow(&path, &file);
    let open = Checkpoint::open(&path, &Options::default()).expect("it is whole");
    for (name, stem) in COMPONENTS {
        let published: BTreeMap<String, Vec<usize>> = table(&format!("published-keys/{name}.txt.gz"))
            .iter()
            .map(|l| (l[0].clone(), shape(&l[1])))
            .collect();
        let entries = component(&open, name).entries();
        let found: BTreeMap<String, Vec<usize>> =
            entries.iter().map(|(k, v)| (k.clone(), v.shape().to_vec())).collect();
        assert_eq!(found, published, "{name}");
        let layers: Vec<_> = published.into_iter().collect();
        std::fs::create_dir_all(folder.0.join("diffusers").join(name)).expect("folders can be made");
        hollow(&folder.0.join(format!("diffusers/{name}/{stem}.fp16.safetensors")), &layers);
        folder.json(&format!("diffusers/{name}/config.json"), &json!({}));
    }
    folder.json("diffusers/model_index.json", &json!({}));
    folder.json("diffusers/scheduler/scheduler_config.json", &json!({}));
    vocabulary(&folder, "diffusers/tokenizer");
    vocabulary(&folder, "diffusers/tokenizer_2");
    let other = Checkpoint::open(&folder.0.join("diffusers"), &Options::default()).expect("it is whole");
    for (name, _) in COMPONENTS {
        assert!(
            component(&open, name).entries().keys().eq(component(&other, name).entries().keys()),
            "{name}"
        );
    }
    assert_eq!(open.configs.unet["block_out_channels"], json!([320, 640, 1280]));
    assert_eq!(open.configs.tokenizer_2["pad_token"], "!");
    assert_eq!(open.tokenizer_2, folder.0.join("tokenizer"), "one vocabulary for both");
    // A folder with only the file counts as the file; PhotoMaker's file may lie beside it.
    folder.write("photomaker-v1.safetensors", "");
    assert_eq!(Checkpoint::open(&folder.0, &Options::default()).expect("one file").path, path);
}

#[test]
fn opens_photomaker_as_published() {
    for (version, wanted) in [("v1", Version::V1), ("v2", Version::V2)] {
        let folder = Folder::new();
        let keys: Vec<_> = table(&format!("published-keys/photomaker-{version}.txt.gz"))
            .iter()
            .map(|l| (l[0].clone(), shape(&l[1])))
            .collect();
        let path = folder.0.join(format!("photomaker-{version}.safetensors"));
        hollow(&path, &keys);
        assert_eq!(PhotoMaker::find(&folder.0).as_ref(), Some(&path));
        let open = PhotoMaker::open(&path).expect("it is whole");
        assert_eq!(open.version, wanted);
        let mut found: BTreeSet<String> =
            open.id_encoder.entries().keys().map(|k| format!("id_encoder.{k}")).collect();
        found.extend(open.lora.keys().map(|k| format!("lora_weights.{k}")));
        assert_eq!(found, keys.into_iter().map(|(k, _)| k).collect());
    }
}

#[test]
fn a_single_file_says_what_it_predicts_and_needs_a_tokenizer() {
    let folder = Folder::new();
    let mut tensors = vec![
        made("model.diffusion_model.input_blocks.0.0.weight", &[2, 4, 3, 3]),
        made("first_stage_model.decoder.conv_in.weight", &[2, 4, 3, 3]),
        made("conditioner.embedders.0.transformer.text_model.final_layer_norm.bias", &[2]),
        made("conditioner.embedders.1.model.ln_final.bias", &[2]),
        valued("v_pred", &[0], &[]),
        valued("ztsnr", &[0], &[]),
    ];
    let path = folder.write("noob.safetensors", safetensors(&tensors));
    let refused = Checkpoint::open(&path, &Options::default()).expect_err("there is no tokenizer");
    assert!(matches!(&refused, Error::NoTokenizer(at) if *at == path), "{refused}");
    vocabulary(&folder, "elsewhere/words");
    let mut options = Options { tokenizer: Some(folder.0.join("elsewhere")), ..Options::default() };
    let refused = Checkpoint::open(&path, &options).expect_err("that is none");
    assert!(matches!(&refused, Error::NoTokenizer(at) if *at == folder.0.join("elsewhere")), "{refused}");
    options.tokenizer = Some(folder.0.join("elsewhere/words"));
    let open = Checkpoint::open(&path, &options).expect("now there is one");
    assert_eq!(open.configs.scheduler["prediction_type"], "v_prediction");
    assert_eq!(open.configs.scheduler["rescale_betas_zero_snr"], true);
    let configs = diffusers();
    let options = Options { configs: Some(configs.0.clone()), ..Options::default() };
    tensors.truncate(4);
    let path = folder.write("plain.safetensors", safetensors(&tensors));
    let open = Checkpoint::open(&path, &options).expect("configurations bring tokenizers");
    assert_eq!(open.configs.text_encoder, json!({"of": "text_encoder"}));
    assert_eq!(open.tokenizer_2, configs.0.join("tokenizer_2"));
}
