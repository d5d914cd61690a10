"""Pseudo-random weights that follow from a tensor's name, so that no case has to store any.

The rule: N is "component/key", i the row-major index of the element, all integers modulo 2^64.

    h = FNV-1a-64(N);  z = splitmix64 finaliser of (h + (i + 1) * 0x9E3779B97F4A7C15)
    r = 2 * (z >> 40) / 2^24 - 1  in [-1, 1)
    value = float32(center + bound * r), computed in float64 and rounded once
"""

import json
import math
from pathlib import Path

import numpy as np
import torch

U64 = (1 << 64) - 1

# Gains above one keep attention away from uniform averages, so that a wrong head or a wrong row shows.
GAINS = [
    ("unet", "conv_out.weight", 1.2),
    ("unet", "attn2.to_q.weight", 2.0),
    ("unet", "attn2.to_k.weight", 1.5),
    ("unet", "attn2.to_out.0.weight", 3.0),
    ("vae", "decoder.conv_out.weight", 0.7),
    ("id_encoder", "self_attn.q_proj.weight", 2.0),
    ("id_encoder", "self_attn.out_proj.weight", 2.0),
    ("id_encoder", "to_q.weight", 2.0),
    ("id_encoder", "to_out.weight", 3.0),
]
EMBEDDINGS = ("token_embedding.weight", "position_embedding.weight", "class_embedding")
LORA_DOWN = ("lora.down.weight", "lora_A.weight", "lora_down.weight")
LORA_UP = ("lora.up.weight", "lora_B.weight", "lora_up.weight")


def name_hash(name: str) -> int:
    """FNV-1a, 64 bits, over the UTF-8 bytes."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 & U64
    return value


def values(name: str, start: int, stop: int, center: float, bound: float) -> np.ndarray:
    """Elements `start..stop` of the tensor `name`, float32."""
    with np.errstate(over="ignore"):
        z = np.uint64(name_hash(name)) + np.arange(start + 1, stop + 1, dtype=np.uint64) * np.uint64(
            0x9E3779B97F4A7C15
        )
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    r = 2.0 * ((z >> np.uint64(40)).astype(np.float64) / 2.0**24) - 1.0
    return (center + bound * r).astype(np.float32)


def tensor(name: str, shape, center: float, bound: float) -> torch.Tensor:
    """The whole tensor `name`, made in pieces of a million elements to bound the scratch memory."""
    count = math.prod(shape)
    out = np.empty(count, np.float32)
    for start in range(0, count, 1 << 20):
        stop = min(start + (1 << 20), count)
        out[start:stop] = values(name, start, stop, center, bound)
    return torch.from_numpy(out.reshape(tuple(shape)))


def entry(component: str, key: str, shape, gains: bool = True) -> dict:
    """The line of `tensors.json` for one tensor: its kind, center and bound.

    Without gains a model of the published depth stays well-conditioned.
    """
    shape = list(shape)
    fan_in = math.prod(shape[1:])
    if key.endswith(LORA_DOWN):
        kind, center, bound = "lora_down", 0.0, math.sqrt(3 / fan_in)
    elif key.endswith(LORA_UP):
        kind, center, bound = "lora_up", 0.0, math.sqrt(3 / shape[1]) * 0.5
    elif key.endswith(EMBEDDINGS):
        kind, center, bound = "embedding", 0.0, 0.05
    elif key.endswith("bias"):
        kind, center, bound = "bias", 0.0, 0.02
    elif len(shape) == 1:
        kind, center, bound = "norm", 1.0, 0.1
    else:
        gain = next((g for c, end, g in GAINS if gains and c == component and key.endswith(end)), 1.0)
        kind, center, bound = "matrix", 0.0, math.sqrt(3 / fan_in) * gain
    return {
        "component": component,
        "key": key,
        "shape": shape,
        "kind": kind,
        "center": center,
        "bound": bound,
    }


def make(entries, component: str) -> dict:
    """All weights of one component, by key."""
    return {
        e["key"]: tensor(f"{component}/{e['key']}", e["shape"], e["center"], e["bound"])
        for e in entries
        if e["component"] == component
    }


def probes(entries) -> list:
    """For one tensor of each component and kind: the first four values, the last one and the float64 sum."""
    seen, out = set(), []
    for e in entries:
        if (e["component"], e["kind"]) in seen:
            continue
        seen.add((e["component"], e["kind"]))
        name = f"{e['component']}/{e['key']}"
        flat = tensor(name, e["shape"], e["center"], e["bound"]).flatten().numpy()
        out.append(
            {
                "name": name,
                "first": [float(v) for v in flat[:4]],
                "last": float(flat[-1]),
                "sum": float(flat.astype(np.float64).sum()),
            }
        )
    return out


def check_probes(case: dict, entries) -> int:
    """Compares the generator with the stored probes; raises at the first that differs."""
    table = {f"{e['component']}/{e['key']}": e for e in entries}
    for probe in case["weight_probes"]:
        e = table[probe["name"]]
        flat = tensor(probe["name"], e["shape"], e["center"], e["bound"]).flatten().numpy()
        total = float(flat.astype(np.float64).sum())
        if [float(v) for v in flat[: len(probe["first"])]] != probe["first"] or float(flat[-1]) != probe[
            "last"
        ]:
            raise SystemExit(f"weight probe differs: {probe['name']}")
        if abs(total - probe["sum"]) > 1e-6 * max(1.0, abs(probe["sum"])):
            raise SystemExit(f"weight probe sum differs: {probe['name']}")
    return len(case["weight_probes"])


def write_entries(path: Path, entries) -> None:
    """`tensors.json`: a list with one tensor a line."""
    lines = ",\n".join(json.dumps(e, separators=(",", ":")) for e in entries)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[\n{lines}\n]\n")
