"""LoRA files in the spellings that are met in the wild, and what they make of the model's weights.

The expected weights come from W + strength * alpha / rank * up x down, in float64; diffusers loads and fuses
the same file and must agree.
"""

import json
from pathlib import Path

import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline
from safetensors.torch import save_file
from transformers import CLIPTextModel, CLIPTextModelWithProjection

import models
import pipeline
import prompt
import single_file
import vocabulary
import weights

MODEL = "v1-a"
ATTENTION = [
    "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q",
    "down_blocks.1.attentions.1.transformer_blocks.0.attn2.to_k",
    "down_blocks.2.attentions.0.transformer_blocks.1.attn1.to_out.0",
    "mid_block.attentions.0.transformer_blocks.1.attn2.to_v",
    "up_blocks.0.attentions.2.transformer_blocks.0.attn1.to_v",
    "up_blocks.1.attentions.1.transformer_blocks.0.attn2.to_out.0",
]
FEED = [
    "down_blocks.1.attentions.0.transformer_blocks.0.ff.net.0.proj",
    "mid_block.attentions.0.transformer_blocks.0.ff.net.2",
    "down_blocks.2.attentions.1.proj_in",
    "up_blocks.0.attentions.0.proj_out",
]
CONVOLUTION = [
    "down_blocks.0.resnets.1.conv1",
    "down_blocks.0.downsamplers.0.conv",
    "down_blocks.1.resnets.0.conv_shortcut",
    "down_blocks.1.resnets.0.time_emb_proj",
    "mid_block.resnets.1.conv2",
    "up_blocks.1.upsamplers.0.conv",
    "up_blocks.2.resnets.2.conv_shortcut",
]
OUTER = ["conv_in", "time_embedding.linear_1", "add_embedding.linear_2", "conv_out"]
TEXT = {
    "text_encoder": [
        "text_model.encoder.layers.0.self_attn.q_proj",
        "text_model.encoder.layers.1.mlp.fc1",
        "text_model.encoder.layers.1.self_attn.out_proj",
    ],
    "text_encoder_2": [
        "text_model.encoder.layers.0.self_attn.v_proj",
        "text_model.encoder.layers.1.mlp.fc2",
        "text_model.encoder.layers.1.self_attn.k_proj",
    ],
}
SAMPLES = 64


def kohya(component: str, module: str, _attended) -> tuple:
    short = {"unet": "unet", "text_encoder": "te1", "text_encoder_2": "te2"}[component]
    stem = f"lora_{short}_{module.replace('.', '_')}"
    return f"{stem}.lora_down.weight", f"{stem}.lora_up.weight", f"{stem}.alpha"


def sgm(component: str, module: str, attended) -> tuple:
    if component == "unet":
        module = single_file.unet_module(module, 2, attended)
    return kohya(component, module, attended)


def peft(component: str, module: str, _attended) -> tuple:
    return (
        f"{component}.{module}.lora_A.weight",
        f"{component}.{module}.lora_B.weight",
        f"{component}.{module}.alpha",
    )


def old_diffusers(component: str, module: str, _attended) -> tuple:
    stem, middle = f"{component}.{module}", "lora"
    if component != "unet":
        middle = "lora_linear_layer"
    elif module in ATTENTION[:3]:
        path, _, name = module.removesuffix(".0").rpartition(".")
        stem, middle = f"unet.{path}.processor.{name}_lora", ""
    dot = f".{middle}" if middle else ""
    return f"{stem}{dot}.down.weight", f"{stem}{dot}.up.weight", f"{stem}.alpha"


PLANS = [
    # name, spelling, modules, ranks in turn, alphas in turn (None: no alpha in the file), strength
    dict(
        name="kohya",
        spell=kohya,
        modules={"unet": ATTENTION + FEED + CONVOLUTION, **TEXT},
        ranks=(4,),
        alphas=(2.0, 4.0, 1.0),
        strength=1.0,
    ),
    dict(
        name="kohya-sgm",
        spell=sgm,
        modules={"unet": ATTENTION + FEED + CONVOLUTION + OUTER, **TEXT},
        ranks=(3, 5),
        alphas=(8.0,),
        strength=0.7,
    ),
    dict(
        name="kohya-no-alpha",
        spell=kohya,
        modules={"unet": ATTENTION[:2] + CONVOLUTION[:1]},
        ranks=(2,),
        alphas=(None,),
        strength=0.5,
    ),
    dict(
        name="peft",
        spell=peft,
        modules={"unet": ATTENTION + FEED + CONVOLUTION, **TEXT},
        ranks=(4, 2),
        alphas=(None,),
        strength=0.8,
    ),
    dict(
        name="old-diffusers",
        spell=old_diffusers,
        modules={"unet": ATTENTION + FEED, **TEXT},
        ranks=(3,),
        alphas=(None,),
        strength=1.25,
    ),
]


def pair_shapes(shape, rank: int) -> tuple:
    """Shapes of down and up: a convolution keeps its kernel in down, and up is a 1x1 convolution."""
    return (rank, *shape[1:]), (shape[0], rank, *([1] * (len(shape) - 2)))


def delta(down: torch.Tensor, up: torch.Tensor, shape) -> torch.Tensor:
    return (up.flatten(1).double() @ down.flatten(1).double()).reshape(shape)


def fused_by_diffusers(
    configs: dict, base: dict, tokenizer_folder: Path, file: dict, strength: float
) -> dict:
    """The weights after diffusers' own loading and fusing, by (component, key)."""
    pipe = StableDiffusionXLPipeline(
        vae=pipeline.load_vae(configs["vae"], base["vae"]),
        text_encoder=pipeline.text_encoder(CLIPTextModel, configs["text_encoder"], base["text_encoder"]),
        text_encoder_2=pipeline.text_encoder(
            CLIPTextModelWithProjection, configs["text_encoder_2"], base["text_encoder_2"]
        ),
        tokenizer=prompt.load_tokenizer(tokenizer_folder, configs["tokenizer"]["tokenizer_config"], "img"),
        tokenizer_2=prompt.load_tokenizer(
            tokenizer_folder, configs["tokenizer_2"]["tokenizer_config"], "img"
        ),
        unet=pipeline.load_unet(configs["unet"], base["unet"]),
        scheduler=EulerDiscreteScheduler(),
    )
    pipe.load_lora_weights({k: v.clone() for k, v in file.items()})
    pipe.fuse_lora(components=["unet", "text_encoder", "text_encoder_2"], lora_scale=strength)
    pipe.unload_lora_weights()
    out = {}
    for component in ("unet", "text_encoder", "text_encoder_2"):
        for key, value in getattr(pipe, component).state_dict().items():
            if component != "unet" and not key.startswith(("text_model.", "text_projection")):
                key = "text_model." + key
            out[component, key] = value
    return out


def compare(plan: dict, configs: dict, base: dict, tokenizer_folder: Path, file: dict, pairs: dict) -> str:
    """Lets diffusers fuse the file and compares; says how it went.

    The installed diffusers mixes up alphas that differ between modules, so that it is given the same alpha
    everywhere; and it does not find every module of a text encoder. Those are left out and counted.
    """
    alphas = {k: torch.tensor(2.0) for k in file if k.endswith(".alpha")}
    theirs = fused_by_diffusers(configs, base, tokenizer_folder, {**file, **alphas}, plan["strength"])
    worst, good, not_found = 0.0, 0, []
    for (part, key), (down, up, alpha_key) in pairs.items():
        before = base[part][key]
        scale = plan["strength"] * (2.0 / file[down].shape[0] if alpha_key in file else 1.0)
        mine = (before.double() + scale * delta(file[down], file[up], before.shape)).float()
        if part != "unet" and torch.equal(theirs[part, key], before):
            not_found.append(key)
            continue
        gap = float((theirs[part, key] - mine).abs().max())
        if gap > 2e-6:
            raise SystemExit(f"{plan['name']}: diffusers makes other weights of {part} {key}: {gap:.1e}")
        worst, good = max(worst, gap), good + 1
    for (part, key), value in theirs.items():
        if (part, key) not in pairs and key in base[part] and not torch.equal(value, base[part][key]):
            raise SystemExit(f"{plan['name']}: diffusers changed {part} {key}")
    return f"diffusers makes the same of {good} (within {worst:.0e}) and does not find {not_found}"


def make(out: Path) -> None:
    configs, entries, _ = models.tiny(MODEL, vocabulary.write(out / "tokenizer"))
    base = {c: weights.make(entries, c) for c in ("unet", "vae", "text_encoder", "text_encoder_2")}
    attended = {
        int(k.split(".")[1]) for k in base["unet"] if k.startswith("up_blocks.") and ".attentions." in k
    }
    described, stored = [], {}
    for plan in PLANS:
        component = f"lora-{plan['name']}"
        tensors, file, expected, expected_pairs, turn = [], {}, [], {}, 0
        for part, modules in plan["modules"].items():
            for module in modules:
                key = f"{module}.weight"
                weight = base[part][key]
                rank, alpha = (
                    plan["ranks"][turn % len(plan["ranks"])],
                    plan["alphas"][turn % len(plan["alphas"])],
                )
                turn += 1
                down, up, alpha_key = plan["spell"](part, module, attended)
                for name, shape in zip((down, up), pair_shapes(weight.shape, rank)):
                    if name in file:
                        raise SystemExit(f"two modules share the key {name}")
                    # One bound for every spelling, so that the rule does not depend on how a key ends.
                    line = {
                        "component": component,
                        "key": name,
                        "shape": list(shape),
                        "kind": "lora",
                        "center": 0.0,
                        "bound": 0.25,
                    }
                    tensors.append(line)
                    file[name] = weights.make([line], component)[name]
                if alpha is not None:
                    tensors.append(
                        {
                            "component": component,
                            "key": alpha_key,
                            "shape": [],
                            "kind": "alpha",
                            "center": alpha,
                            "bound": 0.0,
                        }
                    )
                    file[alpha_key] = torch.tensor(alpha)
                scale = plan["strength"] * (1.0 if alpha is None else alpha / rank)
                result = (weight.double() + scale * delta(file[down], file[up], weight.shape)).float()
                expected_pairs[part, key] = (down, up, alpha_key)
                flat = result.flatten()
                stride = max(1, flat.numel() // SAMPLES)
                stored[f"{plan['name']}/{part}/{key}"] = flat[::stride].clone()
                expected.append(
                    {
                        "component": part,
                        "key": key,
                        "stride": stride,
                        "sum": float(flat.double().sum()),
                        "sum_of_squares": float(flat.double().square().sum()),
                    }
                )
        agreed = compare(plan, configs, base, out / "tokenizer", file, expected_pairs)
        print(f"lora {plan['name']}: {len(expected)} modules, {len(file)} tensors; {agreed}")
        described.append(
            {"name": plan["name"], "strength": plan["strength"], "tensors": tensors, "expected": expected}
        )
    head = {"format": 1, "model": f"models/{MODEL}.json", "expected_file": "loras.safetensors"}
    text = json.dumps(head, indent=1).removesuffix("\n}")
    lines = []
    for d in described:
        body = {k: ",\n".join("    " + json.dumps(x) for x in d[k]) for k in ("tensors", "expected")}
        lines.append(
            f'  '
            f'{{"name": {json.dumps(d["name"])}, "strength": {d["strength"]},\n   "tensors": ['
            f'\n{body["tensors"]}],\n   "expected": [\n{body["expected"]}]}}'
        )
    (out / "loras.json").write_text(f'{text},\n "loras": [\n' + ",\n".join(lines) + "\n ]\n}\n")
    save_file(stored, out / "loras.safetensors")
