"""Configs of SDXL + PhotoMaker models, and every tensor of a model by name and shape.

`tiny` builds the networks of the committed cases: SDXL's structure at a few channels. `published` gives the
configs of SDXL base 1.0 and of the PhotoMaker files.
"""

import json

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

import weights

ADDED = {"lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
BETAS = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
}


def plain(model) -> dict:
    """A diffusers config as its config.json holds it."""
    config = json.loads(model.to_json_string())
    return {k: v for k, v in config.items() if k != "_name_or_path"}


def unet(channels, heads, layers, cross, pooled, time_dim=8, groups=8, sample=16) -> dict:
    """SDXL's UNet: no attention in the first block, `layers` transformer layers per block, pooled text and
    size ids."""
    with torch.device("meta"):
        return plain(
            UNet2DConditionModel(
                sample_size=sample,
                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
                block_out_channels=channels,
                attention_head_dim=heads,
                transformer_layers_per_block=layers,
                cross_attention_dim=cross,
                use_linear_projection=True,
                addition_embed_type="text_time",
                addition_time_embed_dim=time_dim,
                projection_class_embeddings_input_dim=pooled + 6 * time_dim,
                norm_num_groups=groups,
            )
        )


def vae(channels, groups, layers=2, sample=128) -> dict:
    with torch.device("meta"):
        return plain(
            AutoencoderKL(
                down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4,
                block_out_channels=channels,
                layers_per_block=layers,
                latent_channels=4,
                norm_num_groups=groups,
                sample_size=sample,
                scaling_factor=0.13025,
                force_upcast=True,
            )
        )


def text(second: bool, width, heads, layers, inner, projection, vocab, eos) -> dict:
    """A text encoder's config; `eos` 2 is the old spelling that means "the first position of the largest
    id"."""
    return {
        "architectures": ["CLIPTextModelWithProjection" if second else "CLIPTextModel"],
        "attention_dropout": 0.0,
        "bos_token_id": 0,
        "eos_token_id": eos,
        "hidden_act": "gelu" if second else "quick_gelu",
        "hidden_size": width,
        "initializer_factor": 1.0,
        "initializer_range": 0.02,
        "intermediate_size": inner,
        "layer_norm_eps": 1e-05,
        "max_position_embeddings": 77,
        "model_type": "clip_text_model",
        "num_attention_heads": heads,
        "num_hidden_layers": layers,
        "pad_token_id": 1,
        "projection_dim": projection,
        "torch_dtype": "float32",
        "vocab_size": vocab,
    }


def vision(width, heads, layers, inner, projection) -> dict:
    return {
        "attention_dropout": 0.0,
        "hidden_act": "quick_gelu",
        "hidden_size": width,
        "image_size": 224,
        "intermediate_size": inner,
        "layer_norm_eps": 1e-05,
        "num_attention_heads": heads,
        "num_channels": 3,
        "num_hidden_layers": layers,
        "patch_size": 14,
        "projection_dim": projection,
    }


def tokenizer(pad: str) -> dict:
    start, end = ({"content": f"<|{w}oftext|>", **ADDED} for w in ("start", "end"))
    typed = {"__type": "AddedToken"}
    return {
        "tokenizer_config": {
            "add_prefix_space": False,
            "bos_token": typed | start,
            "do_lower_case": True,
            "eos_token": typed | end,
            "errors": "replace",
            "model_max_length": 77,
            "pad_token": pad,
            "tokenizer_class": "CLIPTokenizer",
            "unk_token": typed | end,
        },
        "special_tokens_map": {"bos_token": start, "eos_token": end, "pad_token": pad, "unk_token": end},
    }


def model_index(scheduler: str) -> dict:
    return {
        "_class_name": "StableDiffusionXLPipeline",
        "_diffusers_version": "0.42.1",
        "force_zeros_for_empty_prompt": True,
        "scheduler": ["diffusers", scheduler],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "tokenizer_2": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }


def base_shapes(configs: dict) -> list:
    """(component, key, shape) of the base model under published key names."""
    out = []
    with torch.device("meta"):
        made = {
            "unet": UNet2DConditionModel.from_config(configs["unet"]),
            "vae": AutoencoderKL.from_config(configs["vae"]),
            "text_encoder": CLIPTextModel(CLIPTextConfig(**configs["text_encoder"])),
            "text_encoder_2": CLIPTextModelWithProjection(CLIPTextConfig(**configs["text_encoder_2"])),
        }
    for component, model in made.items():
        for key, value in model.state_dict().items():
            if key.endswith("position_ids"):
                continue
            if component.startswith("text") and not key.startswith(("text_model.", "text_projection")):
                key = "text_model." + key
            out.append((component, key, tuple(value.shape)))
    return out


def id_encoder_shapes(config: dict, dims, face=None) -> list:
    """(component, key, shape) of an ID encoder; `dims` are both projections, `face` the perceiver's sizes for
    v2."""
    width, inner, cross = config["hidden_size"], config["intermediate_size"], sum(dims)
    out = []

    def add(key, *shape):
        out.append(("id_encoder", key, shape))

    def norm(key, size):
        add(f"{key}.weight", size)
        add(f"{key}.bias", size)

    def linear(key, rows, columns, bias=True):
        add(f"{key}.weight", rows, columns)
        if bias:
            add(f"{key}.bias", rows)

    patch = config["patch_size"]
    add("vision_model.embeddings.class_embedding", width)
    add("vision_model.embeddings.patch_embedding.weight", width, config["num_channels"], patch, patch)
    add("vision_model.embeddings.position_embedding.weight", (config["image_size"] // patch) ** 2 + 1, width)
    norm("vision_model.pre_layrnorm", width)
    for i in range(config["num_hidden_layers"]):
        layer = f"vision_model.encoder.layers.{i}"
        for name in ("k_proj", "v_proj", "q_proj", "out_proj"):
            linear(f"{layer}.self_attn.{name}", width, width)
        norm(f"{layer}.layer_norm1", width)
        linear(f"{layer}.mlp.fc1", inner, width)
        linear(f"{layer}.mlp.fc2", width, inner)
        norm(f"{layer}.layer_norm2", width)
    norm("vision_model.post_layernorm", width)
    linear("visual_projection", dims[0], width, bias=False)
    linear("visual_projection_2", dims[1], width, bias=False)
    for name, first in (("mlp1", 2 * cross), ("mlp2", cross)):
        norm(f"fuse_module.{name}.layernorm", first)
        linear(f"fuse_module.{name}.fc1", cross, first)
        linear(f"fuse_module.{name}.fc2", cross, cross)
    norm("fuse_module.layer_norm", cross)
    if face:
        base = "qformer_perceiver"
        linear(f"{base}.token_proj.0", face["hidden"], face["size"])
        linear(f"{base}.token_proj.2", face["tokens"] * cross, face["hidden"])
        norm(f"{base}.token_norm", cross)
        base += ".perceiver_resampler"
        linear(f"{base}.proj_in", cross, width)
        linear(f"{base}.proj_out", cross, cross)
        norm(f"{base}.norm_out", cross)
        for i in range(face["layers"]):
            layer = f"{base}.layers.{i}"
            norm(f"{layer}.0.norm1", cross)
            norm(f"{layer}.0.norm2", cross)
            linear(f"{layer}.0.to_q", cross, cross, bias=False)
            linear(f"{layer}.0.to_kv", 2 * cross, cross, bias=False)
            linear(f"{layer}.0.to_out", cross, cross, bias=False)
            norm(f"{layer}.1.0", cross)
            linear(f"{layer}.1.1", face["inner"], cross, bias=False)
            linear(f"{layer}.1.3", cross, face["inner"], bias=False)
    return out


def attention_modules(shapes) -> dict:
    """The UNet's attention projections: module name to its [out, in]."""
    ends = tuple(f".{a}.{m}.weight" for a in ("attn1", "attn2") for m in ("to_q", "to_k", "to_v", "to_out.0"))
    return {k.removesuffix(".weight"): s for c, k, s in shapes if c == "unet" and k.endswith(ends)}


def lora_shapes(shapes, style: str, rank: int) -> list:
    """(component, key, shape) of a PhotoMaker LoRA over all attention projections, in either spelling."""
    out = []
    for module, (rows, columns) in attention_modules(shapes).items():
        path, _, name = module.removesuffix(".0").rpartition(".")
        if style == "processor":
            stem, down, up = f"unet.{path}.processor.{name}_lora", "down", "up"
        else:
            stem, down, up = f"unet.{path}.{name}", "lora_A", "lora_B"
            stem += ".0" if name == "to_out" else ""
        out.append(("lora", f"{stem}.{down}.weight", (rank, columns)))
        out.append(("lora", f"{stem}.{up}.weight", (rows, rank)))
    return out


def tiny(name: str, vocab: int) -> tuple:
    """(configs without a scheduler, tensor entries, LoRA settings) of one committed model."""
    end = vocab - 1
    sizes = {
        # Ids with the old end token, head sizes equal over the blocks, pooled size apart from the width.
        "v1-a": dict(
            channels=(16, 32, 48),
            heads=(2, 4, 6),
            layers=(1, 1, 2),
            vae=((16, 16, 32, 32), 8, 2),
            te=((16, 2, 2, 40), (32, 4, 2, 64)),
            pooled=40,
            eos=2,
            see=(32, 4, 2, 48),
            lora=("processor", 4),
        ),
        # The end token's own id, one head or head sizes that differ per block, a VAE with one layer per
        # block.
        "v1-b": dict(
            channels=(8, 16, 32),
            heads=(1, 2, 2),
            layers=(1, 2, 1),
            vae=((8, 8, 16, 16), 4, 1),
            te=((16, 4, 3, 24), (24, 3, 3, 48)),
            pooled=24,
            eos=end,
            see=(24, 3, 3, 40),
            lora=("peft", 3),
        ),
        "v2-a": dict(
            channels=(16, 32, 32),
            heads=(2, 2, 4),
            layers=(1, 1, 2),
            vae=((8, 16, 16, 16), 8, 1),
            te=((96, 6, 2, 64), (160, 5, 2, 96)),
            pooled=32,
            eos=2,
            see=(32, 2, 2, 64),
            lora=("processor", 2),
            face=dict(size=24, hidden=96, tokens=2, layers=2, inner=512),
        ),
        "v2-b": dict(
            channels=(8, 16, 24),
            heads=(1, 2, 3),
            layers=(1, 1, 1),
            vae=((8, 8, 8, 16), 4, 1),
            te=((48, 3, 2, 32), (80, 5, 3, 48)),
            pooled=80,
            eos=end,
            see=(24, 3, 2, 32),
            lora=("peft", 5),
            face=dict(size=40, hidden=80, tokens=2, layers=3, inner=192),
        ),
    }[name]
    (w1, h1, l1, i1), (w2, h2, l2, i2) = sizes["te"]
    groups = 8 if sizes["channels"][0] >= 16 else 4
    configs = {
        "unet": unet(
            sizes["channels"], sizes["heads"], sizes["layers"], w1 + w2, sizes["pooled"], groups=groups
        ),
        "vae": vae(*sizes["vae"]),
        "text_encoder": text(False, w1, h1, l1, i1, w1, vocab, sizes["eos"]),
        "text_encoder_2": text(True, w2, h2, l2, i2, sizes["pooled"], vocab, sizes["eos"]),
        "tokenizer": tokenizer("<|endoftext|>"),
        "tokenizer_2": tokenizer("!"),
        "id_encoder": vision(*sizes["see"], w1),
    }
    shapes = base_shapes(configs)
    shapes += id_encoder_shapes(configs["id_encoder"], (w1, w2), sizes.get("face"))
    style, rank = sizes["lora"]
    shapes += lora_shapes(shapes, style, rank)
    lora = {
        "key_style": style,
        "rank": rank,
        "scale": 1.0,
        "stored_modules": [
            "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q",
            "up_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0",
        ],
    }
    return configs, [weights.entry(*s) for s in shapes], lora


def published() -> dict:
    """The configs of stabilityai/stable-diffusion-xl-base-1.0 and of PhotoMaker's vision tower."""
    return {
        "unet": unet(
            (320, 640, 1280), (5, 10, 20), (1, 2, 10), 2048, 1280, time_dim=256, groups=32, sample=128
        ),
        "vae": vae((128, 256, 512, 512), 32, sample=1024),
        "text_encoder": text(False, 768, 12, 12, 3072, 768, 49408, 2),
        "text_encoder_2": text(True, 1280, 20, 32, 5120, 1280, 49408, 2),
        "tokenizer": tokenizer("<|endoftext|>"),
        "tokenizer_2": tokenizer("!"),
        "id_encoder": vision(1024, 16, 24, 4096, 768),
        "scheduler": {
            "_class_name": "EulerDiscreteScheduler",
            "_diffusers_version": "0.42.1",
            **BETAS,
            "interpolation_type": "linear",
            "prediction_type": "epsilon",
            "steps_offset": 1,
            "timestep_spacing": "leading",
            "use_karras_sigmas": False,
        },
    }


PUBLISHED_FACE = dict(size=512, hidden=2048, tokens=2, layers=4, inner=8192)
