"""The preview decoder: AutoencoderTiny at its published structure (madebyollin/taesdxl)."""

import json
from pathlib import Path

import torch
from diffusers import AutoencoderTiny
from safetensors.torch import save_file

import models
import weights

PUBLISHED = dict(
    in_channels=3,
    out_channels=3,
    encoder_block_out_channels=(64, 64, 64, 64),
    decoder_block_out_channels=(64, 64, 64, 64),
    act_fn="relu",
    latent_channels=4,
    upsampling_scaling_factor=2,
    num_encoder_blocks=(1, 3, 3, 3),
    num_decoder_blocks=(3, 3, 3, 1),
    latent_magnitude=3,
    latent_shift=0.5,
    force_upcast=False,
    scaling_factor=1.0,
)


@torch.no_grad()
def make(out: Path) -> None:
    folder = out / "taesdxl"
    model = AutoencoderTiny(**PUBLISHED).eval()
    entries = [weights.entry("taesdxl", k, v.shape) for k, v in model.state_dict().items()]
    model.load_state_dict(weights.make(entries, "taesdxl"), strict=True)
    latents = 2.5 * torch.randn((1, 4, 5, 7), generator=torch.Generator().manual_seed(5))
    picture = model.decode(latents).sample
    weights.write_entries(folder / "tensors.json", entries)
    (folder / "config.json").write_text(json.dumps(models.plain(model), indent=1) + "\n")
    save_file({"latents": latents, "picture": picture.contiguous()}, folder / "case.safetensors")
    print(
        f"taesdxl: {len(entries)} tensors, picture {tuple(picture.shape)} in "
        f"{float(picture.min()):.2f}..{float(picture.max()):.2f}, spread {float(picture.std()):.2f}"
    )
