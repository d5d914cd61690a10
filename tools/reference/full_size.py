"""Writes SDXL at its published size with pseudo-random weights, and what diffusers makes of fixed inputs.

    python full_size.py DIR [--dtype bf16|f16] [--photomaker] [--no-write] [--run PART ... | --no-run]

DIR becomes a diffusers model directory (7 GB; 0.8 GB more with PhotoMaker v1 as photomaker.safetensors),
beside `inputs.safetensors`, `expected.safetensors` and `figures.json` (seconds per forward pass, memory).
Weights are written tensor by tensor, so writing needs little memory; the float32 UNet needs 11 GB.
"""

import argparse
import gc
import json
import math
import os
import platform
import resource
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

import identity
import models
import vocabulary
import weights

DTYPES = {"bf16": (torch.bfloat16, "BF16"), "f16": (torch.float16, "F16")}
FILES = {
    "unet": "unet/diffusion_pytorch_model.safetensors",
    "vae": "vae/diffusion_pytorch_model.safetensors",
    "text_encoder": "text_encoder/model.safetensors",
    "text_encoder_2": "text_encoder_2/model.safetensors",
}
CHUNK = 1 << 20
LATENT = 64
TIMESTEP = 601


def write_weights(path: Path, named, dtype: str) -> None:
    """One safetensors file, a million elements at a time. `named` holds (key in the file, tensor entry)."""
    kind, label = DTYPES[dtype]
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for key, e in named:
        size = 2 * math.prod(e["shape"])
        header[key] = {"dtype": label, "shape": e["shape"], "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, e in named:
            count, name = math.prod(e["shape"]), f"{e['component']}/{e['key']}"
            for start in range(0, count, CHUNK):
                part = weights.values(name, start, min(start + CHUNK, count), e["center"], e["bound"])
                file.write(torch.from_numpy(part).to(kind).view(torch.int16).numpy().tobytes())


def write_model(folder: Path, dtype: str, photomaker: bool) -> None:
    configs = models.published()
    shapes = models.base_shapes(configs)

    def config(name, value):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(value, indent=2) + "\n")

    config("model_index.json", models.model_index(configs["scheduler"]["_class_name"]))
    config("scheduler/scheduler_config.json", configs["scheduler"])
    for component in FILES:
        config(f"{component}/config.json", configs[component])
    for name in ("tokenizer", "tokenizer_2"):
        # The small vocabulary: its ids are all below the published 49408.
        vocabulary.write(folder / name)
        for file, value in configs[name].items():
            config(f"{name}/{file}.json", value)
    for component, file in FILES.items():
        write_weights(
            folder / file,
            [(k, weights.entry(c, k, s, gains=False)) for c, k, s in shapes if c == component],
            dtype,
        )
        print(f"  {file}: {(folder / file).stat().st_size / 1e9:.2f} GB", flush=True)
    if photomaker:
        mine = models.id_encoder_shapes(configs["id_encoder"], (768, 1280)) + models.lora_shapes(
            shapes, "processor", 64
        )
        named = [
            (
                f"{'id_encoder' if c == 'id_encoder' else 'lora_weights'}.{k}",
                weights.entry(c, k, s, gains=False),
            )
            for c, k, s in mine
        ]
        write_weights(folder / "photomaker.safetensors", named, dtype)
        print(
            f"  photomaker.safetensors: {(folder / 'photomaker.safetensors').stat().st_size / 1e9:.2f} GB",
            flush=True,
        )


def make_inputs() -> dict:
    """Fixed inputs by the weight rule, component `input`; bound sqrt(3) has deviation 1."""
    bound = math.sqrt(3)
    shapes = {
        "latents": (1, 4, LATENT, LATENT),
        "prompt_embeds": (1, 77, 2048),
        "pooled": (1, 1280),
        "vae_latents": (1, 4, LATENT, LATENT),
    }
    out = {k: weights.tensor(f"input/{k}", s, 0.0, bound) for k, s in shapes.items()}
    side = 8.0 * LATENT
    out["time_ids"] = torch.tensor([[side, side, 0.0, 0.0, side, side]])
    out["timestep"] = torch.tensor([float(TIMESTEP)])
    ids = (weights.values("input/ids", 0, 20, 20000.0, 19000.0)).astype(np.int64).tolist()
    out["ids.1"] = torch.tensor([[49406, *ids, 49407, *[49407] * 55]])
    out["ids.2"] = torch.tensor([[49406, *ids, 49407, *[0] * 55]])
    out["clip_pixels"] = weights.tensor("input/clip_pixels", (1, 3, 224, 224), 0.0, bound)
    return out


def load(make, path: Path, dtype: torch.dtype, rename=lambda key: key):
    """A model over a file's weights, each cast as it is read, so that only one copy is in memory."""
    with torch.device("meta"):
        model = make()
    own, state = set(model.state_dict()), {}
    with safe_open(path, "pt") as file:
        keys = list(file.keys())
    for start in range(0, len(keys), 64):
        # Opened again and again: the pages of an open file count as this process's memory.
        with safe_open(path, "pt") as file:
            for key in keys[start : start + 64]:
                name = key if key in own else rename(key)
                state[name] = file.get_tensor(key).to(dtype, copy=True)
    missing, unexpected = model.load_state_dict(state, strict=False, assign=True)
    if unexpected or any("position_ids" not in k for k in missing):
        raise SystemExit(f"{path}: missing {missing[:3]}, unexpected {unexpected[:3]}")
    for module in model.modules():
        for name, buffer in list(module.named_buffers(recurse=False)):
            if buffer.is_meta:
                setattr(module, name, torch.arange(buffer.numel()).reshape(buffer.shape))
    return model.eval()


def timed(figures: dict, name: str, forward, repeats: int):
    """Runs `forward` with all threads and with one; keeps the least seconds of each. Gives the last output.

    Processor seconds count the work of all threads: they move less than the clock's when the machine is
    shared.
    """
    out, everything = None, os.cpu_count()
    forward()
    for threads in (everything, 1):
        torch.set_num_threads(threads)
        clock, work = [], []
        for _ in range(repeats):
            begun, worked = time.perf_counter(), time.process_time()
            out = forward()
            clock.append(round(time.perf_counter() - begun, 3))
            work.append(round(time.process_time() - worked, 3))
        load = round(os.getloadavg()[0], 2)
        figures[f"{name}.threads_{threads}"] = {
            "seconds": clock,
            "processor_seconds": work,
            "load_average": load,
        }
        print(
            f"  {name}, {threads} threads: {min(clock):.2f} s, {min(work):.2f} processor s, load {load}",
            flush=True,
        )
    torch.set_num_threads(everything)
    return out


def run_unet(
    folder: Path, configs: dict, inputs: dict, figures: dict, repeats: int, dtype: torch.dtype
) -> dict:
    """One prediction at 512 pixels, batch 1, with weights and arithmetic in `dtype`."""
    model = load(lambda: UNet2DConditionModel.from_config(configs["unet"]), folder / FILES["unet"], dtype)
    given = {k: v.to(dtype) for k, v in inputs.items() if v.is_floating_point()}
    extra = {"text_embeds": given["pooled"], "time_ids": given["time_ids"]}

    def forward():
        text = given["prompt_embeds"]
        return model(
            given["latents"], torch.tensor(TIMESTEP), encoder_hidden_states=text, added_cond_kwargs=extra
        )

    name = "unet.f32" if dtype == torch.float32 else "unet.bf16"
    return {name: timed(figures, name, forward, repeats).sample.float()}


def run_unet_f32(*given) -> dict:
    return run_unet(*given, torch.float32)


def run_unet_bf16(*given) -> dict:
    return run_unet(*given, torch.bfloat16)


def run_vae(folder: Path, configs: dict, inputs: dict, figures: dict, repeats: int) -> dict:
    """A picture of 512 pixels from latents that already are divided by the scaling factor."""
    vae = load(lambda: AutoencoderKL.from_config(configs["vae"]), folder / FILES["vae"], torch.float32)
    return {"vae.f32": timed(figures, "vae.f32", lambda: vae.decode(inputs["vae_latents"]).sample, repeats)}


def run_text(folder: Path, configs: dict, inputs: dict, figures: dict, repeats: int) -> dict:
    """The layer before the last of both text encoders, and the second's pooled vector."""

    def one(index, component, kind):
        path, config = folder / FILES[component], CLIPTextConfig(**configs[component])
        encoder = load(lambda: kind(config), path, torch.float32, lambda k: k.removeprefix("text_model."))
        ids = inputs[f"ids.{index}"]
        return timed(figures, f"{component}.f32", lambda: encoder(ids, output_hidden_states=True), repeats)

    first = one(1, "text_encoder", CLIPTextModel)
    second = one(2, "text_encoder_2", CLIPTextModelWithProjection)
    return {"te1": first.hidden_states[-2], "te2": second.hidden_states[-2], "pooled": second.text_embeds}


def run_identity(folder: Path, configs: dict, inputs: dict, figures: dict, repeats: int) -> dict:
    """PhotoMaker v1: one photo's id row, and text row 5 of the prompt fused with it."""
    path, prefix = folder / "photomaker.safetensors", "id_encoder."
    if not path.exists():
        return {}
    with safe_open(path, "pt") as file:
        own = {
            k.removeprefix(prefix): file.get_tensor(k).float() for k in file.keys() if k.startswith(prefix)
        }
    encoder = identity.IdEncoder(own, configs["id_encoder"])
    mask = torch.arange(77)[None] == 5

    def forward():
        ids = encoder.project_v1(encoder.see(inputs["clip_pixels"])[1])
        return ids, encoder.fuse(inputs["prompt_embeds"], ids, mask)

    ids, fused = timed(figures, "id_encoder.f32", forward, repeats)
    return {"id_embeds": ids, "fused_row_5": fused[:, 5]}


RUNS = {
    "unet-f32": run_unet_f32,
    "unet-bf16": run_unet_bf16,
    "vae": run_vae,
    "text": run_text,
    "identity": run_identity,
}


@torch.no_grad()
def run(folder: Path, names, repeats: int) -> None:
    """Runs the named parts; keeps what the files hold of the others."""
    inputs, configs = make_inputs(), models.published()
    save_file(inputs, folder / "inputs.safetensors")
    stored, kept = folder / "expected.safetensors", folder / "figures.json"
    expected = load_file(stored) if stored.exists() else {}
    figures = json.loads(kept.read_text()) if kept.exists() else {}
    figures |= {
        "torch": torch.__version__,
        "processor": processor(),
        "cores": os.cpu_count(),
        "latent": LATENT,
    }
    for name in names:
        made = RUNS[name](folder, configs, inputs, figures, repeats)
        gc.collect()
        expected |= {k: v.contiguous().clone() for k, v in made.items()}
        if {"unet.f32", "unet.bf16"} <= set(expected):
            gap = (expected["unet.bf16"] - expected["unet.f32"]).abs().max() / expected[
                "unet.f32"
            ].abs().max()
            figures["unet.bf16_against_f32"] = float(gap)
        figures["largest"] = {k: float(v.abs().max()) for k, v in expected.items()}
        figures["peak_memory_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
        save_file(expected, stored)
        kept.write_text(json.dumps(figures, indent=1) + "\n")


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def check(folder: Path) -> None:
    """Reads a few tensors of every file back and compares them with the rule."""
    ends = ("norm1.weight", "attn2.to_q.weight", "self_attn.q_proj.weight", "conv_out.weight")
    for component, name in FILES.items():
        with safe_open(folder / name, "pt") as file:
            for end in ends:
                key = next((k for k in file.keys() if k.endswith(end)), None)
                if key is None:
                    continue
                stored = file.get_tensor(key)
                e = weights.entry(component, key, stored.shape, gains=False)
                want = weights.tensor(f"{component}/{key}", e["shape"], e["center"], e["bound"])
                if not torch.equal(stored, want.to(stored.dtype)):
                    raise SystemExit(f"{name}: {key} is not what the rule says")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dtype", choices=DTYPES, default="bf16")
    parser.add_argument("--photomaker", action="store_true", help="also write PhotoMaker v1 (0.8 GB)")
    parser.add_argument("--no-write", action="store_true", help="the model is there already")
    parser.add_argument("--no-run", action="store_true", help="write the model only")
    parser.add_argument("--run", nargs="+", choices=RUNS, default=list(RUNS), help="run these parts only")
    parser.add_argument("--repeats", type=int, default=2)
    args = parser.parse_args()
    if not args.no_write:
        begun = time.perf_counter()
        write_model(args.folder, args.dtype, args.photomaker)
        print(f"written in {time.perf_counter() - begun:.0f} s")
    check(args.folder)
    if not args.no_run:
        run(args.folder, args.run, args.repeats)
