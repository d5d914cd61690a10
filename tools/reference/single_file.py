"""Key lists: the published models key by key, and the single-file (LDM) names of every tensor.

The single-file mapping below goes from diffusers' names to LDM's; diffusers' own conversion goes the other
way. `check` writes an LDM-layout model, converts it with diffusers and compares every tensor.
"""

import gzip
from pathlib import Path

import torch
from diffusers.loaders import single_file_utils as theirs
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

import models
import vocabulary
import weights

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
UNET_ENDS = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
OPEN_CLIP = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}
PREFIX = {
    "unet": "model.diffusion_model.",
    "vae": "first_stage_model.",
    "text_encoder": "conditioner.embedders.0.transformer.",
    "text_encoder_2": "conditioner.embedders.1.model.",
}
# Tensors of published single files that no part reads.
IGNORED = [
    "conditioner.embedders.0.transformer.text_model.embeddings.position_ids",
    "conditioner.embedders.1.model.logit_scale",
    "denoiser.sigmas",
]


def unet_module(path: str, per_block: int, attended: set) -> str:
    """LDM's name of a UNet module, without the prefix. `attended` holds the up blocks with attention."""
    if path in UNET_ENDS:
        return UNET_ENDS[path]
    side, rest = path.split(".", 1)
    if side == "mid_block":
        kind, index, inner = rest.split(".", 2)
        place = f"middle_block.{1 if kind == 'attentions' else 2 * int(index)}"
    else:
        block, kind, index, inner = rest.split(".", 3)
        block, index = int(block), int(index)
        if kind == "downsamplers":
            return f"input_blocks.{(block + 1) * (per_block + 1)}.0.op"
        if kind == "upsamplers":
            return f"output_blocks.{block * (per_block + 1) + per_block}.{2 if block in attended else 1}.conv"
        first = block * (per_block + 1) + (1 if side == "down_blocks" else 0)
        half = "input" if side == "down_blocks" else "output"
        place = f"{half}_blocks.{first + index}.{1 if kind == 'attentions' else 0}"
    return f"{place}.{RESNET.get(inner, inner) if kind == 'resnets' else inner}"


def vae_module(path: str, blocks: int) -> str:
    """LDM's name of a VAE module, without the prefix."""
    if "." not in path:
        return path
    side, rest = path.split(".", 1)
    rest = rest.replace("conv_norm_out", "norm_out")
    parts = rest.split(".")
    if parts[0] == "mid_block":
        if parts[1] == "attentions":
            return f"{side}.mid.attn_1.{VAE_ATTENTION['.'.join(parts[3:])]}"
        return f"{side}.mid.block_{int(parts[2]) + 1}.{parts[3]}"
    if parts[0] in ("down_blocks", "up_blocks"):
        down = parts[0] == "down_blocks"
        place = f"{side}.{'down' if down else 'up'}.{parts[1] if down else blocks - 1 - int(parts[1])}"
        if parts[2] == "resnets":
            return f"{place}.block.{parts[3]}.{parts[4].replace('conv_shortcut', 'nin_shortcut')}"
        return f"{place}.{'downsample' if down else 'upsample'}.conv"
    return f"{side}.{rest}"


def open_clip(key: str, shape, width: int) -> tuple:
    """(LDM key, LDM shape, operation) of one tensor of the second text encoder."""
    whole = {
        "text_model.embeddings.position_embedding.weight": "positional_embedding",
        "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
        "text_model.final_layer_norm.weight": "ln_final.weight",
        "text_model.final_layer_norm.bias": "ln_final.bias",
    }
    if key == "text_projection.weight":
        return "text_projection", shape[::-1], "transpose"
    if key in whole:
        return whole[key], shape, "same"
    layer, rest = key.removeprefix("text_model.encoder.layers.").split(".", 1)
    module, end = rest.rsplit(".", 1)
    base = f"transformer.resblocks.{layer}."
    if module in OPEN_CLIP:
        return f"{base}{OPEN_CLIP[module]}.{end}", shape, "same"
    part = ("q_proj", "k_proj", "v_proj").index(module.removeprefix("self_attn."))
    return f"{base}attn.in_proj_{end}", (3 * width, *shape[1:]), f"rows {part * width}..{(part + 1) * width}"


def mapping(configs: dict) -> list:
    """(LDM key, LDM shape, component, key, shape, operation) for every tensor of the base model."""
    shapes, out = models.base_shapes(configs), []
    attended = {
        int(k.split(".")[1])
        for c, k, _ in shapes
        if c == "unet" and k.startswith("up_blocks.") and ".attentions." in k
    }
    for component, key, shape in shapes:
        path, end = key.rsplit(".", 1)
        their_shape, operation = shape, "same"
        if component == "unet":
            name = f"{unet_module(path, configs['unet']['layers_per_block'], attended)}.{end}"
        elif component == "vae":
            name = f"{vae_module(path, len(configs['vae']['block_out_channels']))}.{end}"
            if ".attentions." in key and end == "weight" and len(shape) == 2:
                their_shape, operation = (*shape, 1, 1), "reshape"
        elif component == "text_encoder":
            name = key
        else:
            name, their_shape, operation = open_clip(key, shape, configs["text_encoder_2"]["hidden_size"])
        out.append((PREFIX[component] + name, their_shape, component, key, shape, operation))
    return out


def apply(value: torch.Tensor, shape, operation: str) -> torch.Tensor:
    """From the LDM tensor to diffusers' tensor."""
    if operation == "transpose":
        return value.T.contiguous()
    if operation == "reshape":
        return value.reshape(shape)
    if operation.startswith("rows "):
        start, stop = operation.removeprefix("rows ").split("..")
        return value[int(start) : int(stop)]
    return value


def check(configs: dict, values) -> int:
    """Converts an LDM-layout model with diffusers and compares it with the mapping; gives the tensors
    compared."""
    rows = mapping(configs)
    file = {name: values(name, shape) for name, shape, *_ in rows}
    with torch.device("meta"):
        second = CLIPTextModelWithProjection(CLIPTextConfig(**configs["text_encoder_2"]))
    got = {
        "unet": theirs.convert_ldm_unet_checkpoint(dict(file), configs["unet"]),
        "vae": theirs.convert_ldm_vae_checkpoint(dict(file), configs["vae"]),
        "text_encoder": theirs.convert_ldm_clip_checkpoint(dict(file)),
        "text_encoder_2": theirs.convert_open_clip_checkpoint(
            second, dict(file), prefix=PREFIX["text_encoder_2"]
        ),
    }
    for component, found in got.items():
        wanted = {key: (name, shape, op) for name, _, c, key, shape, op in rows if c == component}
        if set(found) != set(wanted):
            raise SystemExit(f"{component}: keys differ: {sorted(set(found) ^ set(wanted))[:6]}")
        for key, (name, shape, operation) in wanted.items():
            mine = apply(file[name], shape, operation)
            if tuple(found[key].shape) != tuple(mine.shape) or not torch.equal(found[key], mine):
                raise SystemExit(f"{component}/{key} differs")
    return len(rows)


def write_lines(path: Path, lines) -> None:
    """A gzip text file whose bytes do not depend on the clock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), 9, mtime=0))


def listed(rows) -> list:
    """`LDM key <tab> LDM shape <tab> component <tab> key <tab> operation`; tensors nobody reads have `-` as
    component."""
    lines = [
        "\t".join((name, "x".join(map(str, shape)), component, key, op))
        for name, shape, component, key, _, op in rows
    ]
    return lines + [f"{name}\t-\t-\t-\tignored" for name in IGNORED]


def make(out: Path) -> None:
    tiny = models.tiny("v1-b", vocabulary.write(out / "tokenizer"))[0]

    def by_rule(name, shape):
        return weights.tensor(f"single_file/{name}", shape, 0.0, 1.0)

    print("single file: tiny model, tensors equal after diffusers' conversion:", check(tiny, by_rule))
    write_lines(out / "single-file-keys-tiny.txt.gz", listed(mapping(tiny)))

    # The published structure, compared at a sixteenth of its width: names depend on depths only.
    thin = models.published()
    thin["unet"] = models.unet((32, 64, 96), (1, 2, 3), (1, 2, 10), 48, 32, groups=32)
    thin["vae"] = models.vae((32, 64, 96, 96), 32)
    thin["text_encoder"] |= {"hidden_size": 24, "intermediate_size": 32, "vocab_size": 50}
    thin["text_encoder_2"] |= {
        "hidden_size": 40,
        "intermediate_size": 32,
        "projection_dim": 40,
        "vocab_size": 50,
    }
    print("single file: published depths, tensors equal:", check(thin, by_rule))
    full = mapping(models.published())
    if [(r[0], r[2], r[3]) for r in full] != [(r[0], r[2], r[3]) for r in mapping(thin)]:
        raise SystemExit("the thin model has other names than the published one")
    write_lines(out / "single-file-keys.txt.gz", listed(full))


def make_published(out: Path) -> None:
    """`published-keys/*.txt.gz`: `key <tab> shape` for each published file."""
    configs = models.published()
    base = models.base_shapes(configs)
    lists = {c: [(k, s) for part, k, s in base if part == c] for c in PREFIX}
    dims = (768, 1280)
    for name, face in (("v1", None), ("v2", models.PUBLISHED_FACE)):
        shapes = models.id_encoder_shapes(configs["id_encoder"], dims, face)
        lora = models.lora_shapes(base, "processor", 64)
        lists[f"photomaker-{name}"] = [
            (f"{c.replace('lora', 'lora_weights')}.{k}", s) for c, k, s in shapes + lora
        ]
    for name, rows in lists.items():
        write_lines(
            out / "published-keys" / f"{name}.txt.gz",
            ["\t".join((k, "x".join(map(str, s)))) for k, s in rows],
        )
        total = sum(torch.Size(s).numel() for _, s in rows)
        print(f"published keys: {name}: {len(rows)} tensors, {total / 1e6:.3f} M parameters")
