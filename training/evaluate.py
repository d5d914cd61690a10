"""IoU of one network on whole held-out photos, for a quick check while training. `cargo xtask bench parser`
measures the product, refinement included."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from data import Sample
from model import LABELS

AREA = 384 * 256


def network_size(h: int, w: int, area: int = AREA) -> tuple[int, int]:
    k = (area / (h * w)) ** 0.5
    return max(64, round(h * k / 32) * 32), max(64, round(w * k / 32) * 32)


@torch.no_grad()
def confusion(model, samples: list[Sample], device: str = "cpu") -> np.ndarray:
    n = len(LABELS)
    total = np.zeros((n, n), np.int64)
    model.eval()
    for s in samples:
        h, w = s.labels.shape
        nh, nw = network_size(h, w)
        small = cv2.resize(s.photo, (nw, nh), interpolation=cv2.INTER_AREA)
        x = torch.from_numpy(small).permute(2, 0, 1)[None].to(device, torch.float32)
        x = (x / 127.5 - 1.0).contiguous(memory_format=torch.channels_last)
        logits = F.interpolate(model(x)[0], (h, w), mode="bilinear", align_corners=False)
        guess = logits.argmax(1)[0].cpu().numpy()
        total += np.bincount(s.labels.astype(np.int64).ravel() * n + guess.ravel(), minlength=n * n).reshape(
            n, n
        )
    return total


def iou(c: np.ndarray, group: list[int]) -> float:
    inter = c[np.ix_(group, group)].sum()
    return float(inter / (c[group].sum() + c[:, group].sum() - inter))


def report(model, samples: list[Sample], device: str = "cpu") -> str:
    c = confusion(model, samples, device)
    each = [iou(c, [i]) for i in range(len(LABELS))]
    rows = {
        "person": iou(c, list(range(1, 11))), "clothes": iou(c, [3, 4, 5, 6, 7, 8, 10]),
        "clothes+accessory": iou(c, list(range(3, 11))), "upper+outer": iou(c, [3, 10]),
        "lower": iou(c, [4, 5, 8]), "mean": float(np.mean(each)),
    }
    text = "  ".join(f"{k} {v:.3f}" for k, v in rows.items())
    return text + "\n" + "  ".join(f"{k} {v:.3f}" for k, v in zip(LABELS, each))
