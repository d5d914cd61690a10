"""PhotoMaker's identity side: photos to CLIP pixels, the ID encoders v1 and v2, the fuse module, the LoRA.

Every size is read off the weights; only two facts are fixed by the method: 224-pixel photos with CLIP's
mean and deviation, and perceiver heads of 128 channels.
"""

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from transformers import CLIPVisionConfig, CLIPVisionModel

CLIP_SIZE = 224
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
PERCEIVER_HEAD = 128


def clip_pixels(photo: Image.Image) -> torch.Tensor:
    """One photo as CLIP sees it, [224, 224, 3] u8: shortest side to 224, 8-bit bicubic, centre crop."""
    photo = photo.convert("RGB")
    width, height = photo.size
    short = min(width, height)
    size = (CLIP_SIZE * width // short, CLIP_SIZE * height // short)
    pixels = np.asarray(photo.resize(size, Image.Resampling.BICUBIC))
    top, left = (pixels.shape[0] - CLIP_SIZE) // 2, (pixels.shape[1] - CLIP_SIZE) // 2
    return torch.from_numpy(pixels[top : top + CLIP_SIZE, left : left + CLIP_SIZE].copy())


def normalise(pixels: torch.Tensor) -> torch.Tensor:
    """[n, 224, 224, 3] u8 to [n, 3, 224, 224] f32."""
    unit = pixels.to(torch.float32) / 255.0
    return ((unit - torch.tensor(CLIP_MEAN)) / torch.tensor(CLIP_STD)).permute(0, 3, 1, 2).contiguous()


class IdEncoder:
    """The ID encoder over its published keys; v2 when a perceiver is among them."""

    def __init__(self, weights: dict, vision_config: dict):
        self.weights = weights
        self.is_v2 = "qformer_perceiver.token_proj.0.weight" in weights
        prefix = "vision_model."
        self.vision = CLIPVisionModel(CLIPVisionConfig(**vision_config)).eval()
        own = {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
        missing, unexpected = self.vision.load_state_dict(own, strict=False)
        if unexpected or any("position_ids" not in k for k in missing):
            raise ValueError(f"vision tower: missing {missing}, unexpected {unexpected}")

    def linear(self, name: str, x: torch.Tensor) -> torch.Tensor:
        """A linear layer, with its bias where the file has one."""
        return F.linear(x, self.weights[f"{name}.weight"], self.weights.get(f"{name}.bias"))

    def norm(self, name: str, x: torch.Tensor) -> torch.Tensor:
        """Layer normalisation over the last dimension, epsilon 1e-5."""
        scale = self.weights[f"{name}.weight"]
        return F.layer_norm(x, scale.shape, scale, self.weights[f"{name}.bias"], 1e-5)

    def see(self, pixels: torch.Tensor):
        """Vision tower: last hidden states [n, tokens, c] before the final norm, and the pooled row [n, c]
        after it."""
        out = self.vision(pixel_values=pixels)
        return out.last_hidden_state, out.pooler_output

    def project_v1(self, pooled: torch.Tensor) -> torch.Tensor:
        """[n, c] to [n, 1, d]: both projections side by side."""
        return torch.cat(
            [self.linear("visual_projection", pooled), self.linear("visual_projection_2", pooled)], -1
        )[:, None]

    def face_tokens(self, faces: torch.Tensor) -> torch.Tensor:
        """[n, face] embeddings to [n, k, d] tokens; k is how often d fits into the projection."""
        base = "qformer_perceiver"
        wide = self.linear(f"{base}.token_proj.2", F.gelu(self.linear(f"{base}.token_proj.0", faces)))
        dim = self.weights[f"{base}.token_norm.weight"].numel()
        return self.norm(f"{base}.token_norm", wide.reshape(len(faces), -1, dim))

    def project_v2(self, tokens: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        """Face tokens look at the photo through the perceiver; the result is added to them."""
        base = "qformer_perceiver.perceiver_resampler"
        scene = self.linear(f"{base}.proj_in", hidden)
        state, depth = tokens, 0
        while f"{base}.layers.{depth}.0.to_q.weight" in self.weights:
            state = state + self.perceive(f"{base}.layers.{depth}.0", scene, state)
            feed = f"{base}.layers.{depth}.1"
            state = state + self.linear(
                f"{feed}.3", F.gelu(self.linear(f"{feed}.1", self.norm(f"{feed}.0", state)))
            )
            depth += 1
        return tokens + self.norm(f"{base}.norm_out", self.linear(f"{base}.proj_out", state))

    def perceive(self, name: str, scene: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        """Attention of the state's rows over the scene's rows followed by the state's own."""
        scene, state = self.norm(f"{name}.norm1", scene), self.norm(f"{name}.norm2", state)
        query = self.linear(f"{name}.to_q", state)
        key, value = self.linear(f"{name}.to_kv", torch.cat([scene, state], 1)).chunk(2, -1)
        heads = query.shape[-1] // PERCEIVER_HEAD

        def split(x):
            return x.reshape(len(x), x.shape[1], heads, PERCEIVER_HEAD).transpose(1, 2)

        scores = split(query) @ split(key).transpose(-1, -2) * PERCEIVER_HEAD**-0.5
        out = (scores.softmax(-1) @ split(value)).transpose(1, 2).flatten(2)
        return self.linear(f"{name}.to_out", out)

    def fuse(self, text: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """text [1, 77, d] with the rows under `mask` [1, 77] replaced by their union with the id rows [n, k,
        d]."""
        rows = text[mask]
        # Cut class rows lose the last id rows: both sides are taken in reading order.
        ids = ids.reshape(-1, ids.shape[-1])[: len(rows)]
        state = self.block("fuse_module.mlp1", torch.cat([rows, ids], -1)) + rows
        state = self.block("fuse_module.mlp2", state) + state
        out = text.clone()
        out[mask] = self.norm("fuse_module.layer_norm", state)
        return out

    def block(self, name: str, x: torch.Tensor) -> torch.Tensor:
        """Norm, linear, gelu, linear; the caller adds the residual."""
        return self.linear(
            f"{name}.fc2", F.gelu(self.linear(f"{name}.fc1", self.norm(f"{name}.layernorm", x)))
        )


def attention_lora(weights: dict) -> dict:
    """PhotoMaker LoRA pairs by UNet module name ("...attn1.to_q"): (down, up), from either spelling."""
    pairs = {}
    for key, value in weights.items():
        path = key.removeprefix("unet.").removesuffix(".weight")
        path, half = path.rsplit(".", 1)
        if path.endswith("_lora"):
            path = path.removesuffix("_lora").replace(".processor.", ".")
        path = path + ".0" if path.endswith(".to_out") else path
        pairs.setdefault(path, {})["down" if half in ("down", "lora_A") else "up"] = value
    return {path: (p["down"], p["up"]) for path, p in pairs.items()}
