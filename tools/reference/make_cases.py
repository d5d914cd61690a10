"""Makes every committed parity case.

    python make_cases.py OUT [pipeline|schedulers|prompts|taesd|lora|single-file|keys ...]

OUT is crates/drape-photomaker/tests/cases. Without a part, all of them are made.
"""

import json
import shutil
import sys
from pathlib import Path

import diffusers
import numpy as np
import PIL
import torch
import transformers
from PIL import Image
from safetensors.torch import save_file

import loras
import models
import pipeline
import prompt_cases
import schedulers
import single_file
import tiny_vae
import vocabulary
import weights

MADE_WITH = {
    "torch": torch.__version__.split("+")[0],
    "diffusers": diffusers.__version__,
    "transformers": transformers.__version__,
    "pillow": PIL.__version__,
}
EXACT = ("ids.", "class_tokens_mask")
# Stages stored in part: every Nth index of one dimension. What the next part reads is kept whole.
THINNED = {
    "clip.pixels_u8": (32, 1),
    "clip.pixels.photo_0": (32, 1),
    "vision.last_hidden": (16, 1),
    "te1.prompt": (4, 1),
    "te2.prompt": (4, 1),
    "prompt_embeds.text_only": (4, 1),
    "prompt_embeds.negative": (4, 1),
    "image.raw": (8, 2),
    "image": (8, 2),
}
# Stages that say little more in every case than in one of each version.
SELDOM = ("clip.pixels.", "lora_base.")
SCHEDULERS = {
    "euler": {"_class_name": "EulerDiscreteScheduler"},
    "ancestral": {"_class_name": "EulerAncestralDiscreteScheduler"},
    "dpm": {
        "_class_name": "DPMSolverMultistepScheduler",
        "algorithm_type": "dpmsolver++",
        "solver_order": 2,
        "solver_type": "midpoint",
        "lower_order_final": True,
    },
    "lcm": {
        "_class_name": "LCMScheduler",
        "original_inference_steps": 50,
        "timestep_scaling": 10.0,
        "set_alpha_to_one": False,
        "clip_sample": False,
    },
    "ddim": {"_class_name": "DDIMScheduler", "clip_sample": False, "set_alpha_to_one": False},
}
LONG = (
    "a studio photograph of a person img wearing a dark blue velvet jacket with silver buttons, standing "
    "beside the tall "
    "window in the morning, soft light, green apples on the wooden table, shallow depth of field, film "
    "grain, muted "
    "colours, quiet mood, sharp eyes, calm expression, grey beard, a small brown dog, watercolour painting, "
    "two friends "
    "drinking coffee on a rainy afternoon, summer dress, winter scarf, autumn hat"
)

CASES = [
    dict(
        name="v1-euler-trailing-karras",
        model="v1-a",
        scheduler=("euler", dict(timestep_spacing="trailing", use_karras_sigmas=True)),
        prompt="portrait photo of a woman img in a red coat standing in the snow",
        negative="low quality, blurry",
        guidance=5.0,
        steps=6,
        merge=1,
        size=(160, 96),
        photos=[(150, 200), (260, 180)],
        seldom=True,
    ),
    dict(
        name="v1-euler-ancestral",
        model="v1-a",
        scheduler=("ancestral", dict(timestep_spacing="leading", steps_offset=1)),
        prompt="A café portrait of the man img, it's 1920s Paris!",
        negative="",
        guidance=6.0,
        steps=5,
        merge=-1,
        size=(128, 128),
        photos=[(224, 224)],
    ),
    dict(
        name="v1-dpm-karras-odd",
        model="v1-a",
        scheduler=("dpm", dict(timestep_spacing="leading", steps_offset=1, use_karras_sigmas=True)),
        prompt=LONG,
        negative=None,
        guidance=5.0,
        steps=7,
        merge=2,
        size=(136, 104),
        photos=[(90, 120), (300, 100)],
    ),
    dict(
        name="v1-dpm-two-pictures",
        model="v1-b",
        scheduler=(
            "dpm",
            dict(timestep_spacing="leading", steps_offset=1, use_karras_sigmas=False, euler_at_final=True),
        ),
        prompt="a girl img with headphones in a neon city",
        negative="bad hands, watermark",
        guidance=4.0,
        steps=5,
        merge=0,
        size=(72, 96),
        photos=[(100, 100)],
        images=2,
    ),
    dict(
        name="v1-lcm",
        model="v1-b",
        scheduler=("lcm", dict(timestep_spacing="leading", steps_offset=1)),
        prompt="film photo of a boy img walking along the river",
        negative="",
        guidance=1.0,
        steps=4,
        merge=0,
        size=(104, 72),
        photos=[(64, 96), (230, 240)],
        original=50,
    ),
    dict(
        name="v1-lightning",
        model="v1-a",
        scheduler=("euler", dict(timestep_spacing="trailing", steps_offset=1)),
        prompt="watercolour of a woman img holding green apples",
        negative=None,
        guidance=0.0,
        steps=4,
        merge=-1,
        size=(64, 64),
        photos=[(120, 90)],
        whole=True,
    ),
    dict(
        name="v2-ddim-8photos",
        model="v2-a",
        scheduler=("ddim", dict(timestep_spacing="leading", steps_offset=1)),
        prompt="cinematic photo of a man img drinking coffee on a rainy afternoon",
        negative="worst quality, bad anatomy",
        guidance=5.0,
        steps=6,
        merge=1,
        size=(96, 128),
        photos=[(60 + 30 * i, 200 - 20 * i) for i in range(8)],
        seldom=True,
    ),
    dict(
        name="v2-ddim-v-prediction",
        model="v2-b",
        scheduler=("ddim", dict(timestep_spacing="leading", steps_offset=1, prediction_type="v_prediction")),
        prompt=LONG.replace("person", "elderly person"),
        negative=None,
        guidance=3.0,
        steps=5,
        merge=0,
        size=(88, 120),
        photos=[(100, 140), (224, 100), (80, 80)],
    ),
]


def photo(seed: str, size) -> Image.Image:
    """A synthetic photo: a shaded ground with an oval and bars in colours that follow from the name."""
    width, height = size
    r = (weights.values(seed, 0, 32, 0.5, 0.5)).tolist()
    y, x = np.mgrid[0:height, 0:width]
    u, v = x / width, y / height
    ground = [180 * (r[c] * u + (1 - r[c]) * v) + 50 * r[c + 3] for c in range(3)]
    oval = ((u - 0.5) / 0.22) ** 2 + ((v - 0.4 - 0.1 * r[6]) / 0.3) ** 2 < 1
    bars = ((u * (4 + 6 * r[7]) + v * 3 * r[8]) % 1 < 0.3) & (v > 0.7)
    dots = (np.hypot((u - 0.42) / 0.04, (v - 0.38) / 0.03) < 1) | (
        np.hypot((u - 0.58) / 0.04, (v - 0.38) / 0.03) < 1
    )
    pixels = np.stack(ground, -1)
    for place, colour in ((bars, r[9:12]), (oval, r[12:15]), (dots, r[15:18])):
        pixels[place] = [255 * c for c in colour]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def described(name: str, value: torch.Tensor, dim: int) -> dict:
    """A stage's line in case.json."""
    tolerance = {"rel": 1e-4}
    if name.startswith(EXACT):
        tolerance = {"exact": True}
    elif name.startswith("clip.pixels_u8"):
        tolerance = {"max_abs": 1, "max_fraction_differing": 0.01}
    elif name.startswith("clip.pixels."):
        tolerance = {"abs": 2e-5, "note": "when made from the photo's 8-bit pixels"}
    out = {
        "name": name,
        "shape": list(value.shape),
        "dtype": str(value.dtype).removeprefix("torch."),
        "max_abs": float(value.to(torch.float64).abs().max()),
        "tolerance": tolerance,
    }
    return out | ({"dim": dim} if ".every_" in name else {})


def write_json(path: Path, value) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def make_pipeline_case(out: Path, plan: dict, vocab: int) -> None:
    """One whole run: settings, photos, noise, and what every stage must give."""
    folder = out / plan["name"]
    if folder.exists():
        shutil.rmtree(folder)
    (folder / "photos").mkdir(parents=True)
    configs, entries, lora = models.tiny(plan["model"], vocab)
    weights.write_entries(out / "models" / f"{plan['model']}.json", entries)
    names = []
    for i, size in enumerate(plan["photos"]):
        names.append(f"photos/photo_{i}.png")
        photo(f"{plan['name']}/{i}", size).save(folder / names[-1], optimize=True)
    kind, options = plan["scheduler"]
    scheduler = pipeline.make_scheduler(models.BETAS | SCHEDULERS[kind] | options)
    configs["scheduler"] = models.plain(scheduler)
    configs["model_index"] = models.model_index(type(scheduler).__name__)

    # Noise from torch's generator; it is stored, so no other program has to draw the same.
    noise = torch.Generator().manual_seed(weights.name_hash(plan["name"]) % 2**31)
    images, (height, width) = plan.get("images", 1), plan["size"]
    shape = (images, 4, height // 8, width // 8)
    inputs = {"latents": torch.randn(shape, generator=noise)}
    if kind in ("ancestral", "lcm"):
        inputs["step_noise"] = torch.randn((plan["steps"], *shape), generator=noise)
    face = next((e for e in entries if e["key"] == "qformer_perceiver.token_proj.0.weight"), None)
    if face:
        inputs["id_embeds"] = 1.5 * torch.randn((len(names), face["shape"][1]), generator=noise)
    save_file(inputs, folder / "inputs.safetensors")

    settings = {
        "format": 1,
        "name": plan["name"],
        "made_with": MADE_WITH,
        "photomaker_version": plan["model"][:2],
        "num_tokens": 2 if face else 1,
        "trigger_word": "img",
        "prompt": plan["prompt"],
        "negative_prompt": plan["negative"],
        "guidance_scale": plan["guidance"],
        "num_inference_steps": plan["steps"],
        "start_merge_step": plan["merge"],
        "height": height,
        "width": width,
        "eta": 0.0,
        "num_images_per_prompt": images,
        "photos": names,
        "inputs_file": "inputs.safetensors",
        "expected_file": "expected.safetensors",
        "tensors_file": f"../models/{plan['model']}.json",
        "lora": lora,
        "components": configs,
    }
    if "original" in plan:
        settings["original_inference_steps"] = plan["original"]
    write_json(folder / "case.json", settings)
    stages = pipeline.run(pipeline.Case(folder))
    settings["text_only_prompt"] = stages.pop("text_only_prompt")
    stored, lines = {}, []
    for name in sorted(stages):
        if name.startswith(SELDOM) and not plan.get("seldom"):
            continue
        every, dim = THINNED.get(name, (None, 1))
        if every and not (plan.get("whole") and name.startswith("image")):
            name = f"{name}.every_{every}th"
        stored[name] = pipeline.thinned(stages, name, dim).contiguous().clone()
        lines.append(described(name, stored[name], dim))
    save_file(stored, folder / "expected.safetensors")
    settings["expected"], settings["weight_probes"] = lines, weights.probes(entries)
    # Components last and on one line each: they are long and read by programs.
    parts = settings.pop("components")
    head = json.dumps(settings, indent=1, ensure_ascii=False).removesuffix("\n}")
    body = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in parts.items())
    (folder / "case.json").write_text(f'{head},\n "components": {{\n{body}\n }}\n}}\n')
    print(
        f"{plan['name']}: {len(stored)} stages, final latents up to "
        f"{float(stages['latents.final'].abs().max()):.1f}, picture {float(stages['image'].std()):.3f}"
    )


def make_pipeline_cases(out: Path) -> None:
    vocab = vocabulary.write(out / "tokenizer")
    for plan in CASES:
        make_pipeline_case(out, plan, vocab)


PARTS = {
    "pipeline": make_pipeline_cases,
    "schedulers": schedulers.make,
    "prompts": prompt_cases.make,
    "taesd": tiny_vae.make,
    "lora": loras.make,
    "single-file": single_file.make,
    "keys": single_file.make_published,
}

if __name__ == "__main__":
    if len(sys.argv) < 2 or set(sys.argv[2:]) - set(PARTS):
        raise SystemExit(__doc__)
    for part in sys.argv[2:] or PARTS:
        PARTS[part](Path(sys.argv[1]))
