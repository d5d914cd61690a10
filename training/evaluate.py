"""Figures of one network on held-out photos, for a quick check while training. `cargo xtask bench parser`
measures the product, refinement included."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from dataset import DRESS, IGNORE, LABEL_OF, SKIRT, TROUSERS, UPPER, Sample
from model import GARMENT_KINDS, HEMS, KINDS, LABELS, SLEEVES

AREA = 384 * 256


def network_size(h: int, w: int, area: int = AREA) -> tuple[int, int]:
    k = (area / (h * w)) ** 0.5
    return max(64, round(h * k / 32) * 32), max(64, round(w * k / 32) * 32)


@torch.no_grad()
def answers(model, sample: Sample, device: str = "cpu") -> tuple[torch.Tensor, torch.Tensor]:
    """Label logits at the photo's size, and the logits of kinds, sleeve and hem."""
    h, w = sample.labels.shape
    nh, nw = network_size(h, w)
    small = cv2.resize(sample.photo, (nw, nh), interpolation=cv2.INTER_AREA)
    x = torch.from_numpy(small).permute(2, 0, 1)[None].to(device, torch.float32)
    x = (x / 127.5 - 1.0).contiguous(memory_format=torch.channels_last)
    labels, _, kinds = model(x)
    return F.interpolate(labels, (h, w), mode="bilinear", align_corners=False), kinds.flatten().cpu()


def iou(c: np.ndarray, group: list[int]) -> float:
    inter = c[np.ix_(group, group)].sum()
    return float(inter / (c[group].sum() + c[:, group].sum() - inter))


def lower(worn: np.ndarray) -> int:
    """The one lower garment of a tagged photo: TROUSERS, SKIRT or DRESS; -1 if it has several or none, or if
    one of them is uncertain."""
    of = worn[[TROUSERS, SKIRT, DRESS]]
    return (TROUSERS, SKIRT, DRESS)[int(of.argmax())] if (of >= 0).all() and of.sum() == 1 else -1


def report(
    model, held: list[Sample], tagged: list[Sample], singles: list[Sample], device: str = "cpu"
) -> str:
    model.eval()
    n = len(LABELS)
    c = np.zeros((n, n), np.int64)
    right, known = np.zeros(len(KINDS)), np.zeros(len(KINDS))
    lengths = {"sleeve": [], "hem": []}
    for s in held:
        logits, kinds = answers(model, s, device)
        guess = logits.argmax(1)[0].cpu().numpy()
        sure = s.labels != IGNORE
        truth = s.labels[sure].astype(np.int64)
        c += np.bincount(truth * n + guess[sure], minlength=n * n).reshape(n, n)
        first, second = len(KINDS), len(KINDS) + len(SLEEVES)
        if s.sleeve >= 0:
            lengths["sleeve"].append(int(kinds[first:second].argmax()) == s.sleeve)
        if s.hem >= 0:
            lengths["hem"].append(int(kinds[second : second + len(HEMS)].argmax()) == s.hem)
        for k, name in enumerate(KINDS):
            if name in LABELS and name != "trousers":
                known[k] += 1
                right[k] += (kinds[k] > 0) == bool(s.worn[LABELS.index(name)])
    by_head, by_pixels, by_both = [], [], []
    place = {TROUSERS: [KINDS.index("trousers"), KINDS.index("shorts")], SKIRT: [KINDS.index("skirt")],
             DRESS: [KINDS.index("dress")]}
    for s in tagged:
        truth = lower(s.worn)
        if truth < 0:
            continue
        logits, kinds = answers(model, s, device)
        options = (TROUSERS, SKIRT, DRESS)
        head = np.array([max(float(kinds[i]) for i in place[o]) for o in options])
        guess = logits.argmax(1)[0]
        pixels = np.array([float((guess == o).sum()) for o in options])
        by_head.append(options[int(head.argmax())] == truth)
        by_pixels.append(options[int(pixels.argmax())] == truth)
        by_both.append(options[int((head + np.log(pixels + 50)).argmax())] == truth)
    each = [iou(c, [i]) for i in range(n)]
    rows = {
        "person": iou(c, list(range(1, 11))), "clothes": iou(c, [3, 4, 5, 6, 7, 8, 10]),
        "upper+outer": iou(c, [3, 10]), "lower": iou(c, [4, 5, 8]), "mean": float(np.mean(each)),
    }
    text = "  ".join(f"{k} {v:.3f}" for k, v in rows.items())
    text += "\n" + "  ".join(f"{k} {v:.3f}" for k, v in zip(LABELS, each))
    text += "\nkinds right: " + "  ".join(f"{k} {r / m:.3f}" for k, r, m in zip(KINDS, right, known) if m)
    text += "  " + "  ".join(f"{k} {np.mean(v):.3f} of {len(v)}" for k, v in lengths.items() if v)
    if by_head:
        text += (f"\nlower kind of {len(by_head)} tagged photos: head {np.mean(by_head):.3f}, "
                 f"pixels {np.mean(by_pixels):.3f}, both {np.mean(by_both):.3f}")
    right, groups, overlaps = [], [], []
    for s in singles:
        logits, kinds = answers(model, s, device)
        guess = int(kinds[-len(GARMENT_KINDS) :].argmax())
        right.append(guess == s.garment)
        of = [LABEL_OF.get(GARMENT_KINDS[k], UPPER) for k in (guess, s.garment)]
        groups.append(of[0] == of[1])
        if (s.labels != IGNORE).all():
            inside, truth = logits.argmax(1)[0].cpu().numpy() != 0, s.labels != 0
            overlaps.append((inside & truth).sum() / max(1, (inside | truth).sum()))
    if singles:
        text += (f"\n{len(singles)} single garments: kind {np.mean(right):.3f}, label {np.mean(groups):.3f}, "
                 f"IoU with the cut {np.mean(overlaps):.3f}")
    return text
