"""Masks of the single garments in photos of nothing else: GrabCut (Rother, Kolmogorov, Blake, SIGGRAPH 2004)
with the photo's rim as background. Where it fails, the photo teaches only the garment's kind."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

# Longer side of the masks, in pixels.
SIDE = 416
# Shares of the photo that a garment may cover, and most of its outline that may lie on the photo's rim.
COVER, RIM = (0.08, 0.8), 0.12


def cut_out(photo: np.ndarray) -> np.ndarray | None:
    """Mask of 0 and 1, or None where the cut looks wrong."""
    h, w = photo.shape[:2]
    mask = np.full((h, w), cv2.GC_PR_BGD, np.uint8)
    rim = max(2, round(0.02 * min(h, w)))
    mask[:rim] = mask[-rim:] = cv2.GC_BGD
    mask[:, :rim] = mask[:, -rim:] = cv2.GC_BGD
    cv2.ellipse(mask, (w // 2, h // 2), (int(0.33 * w), int(0.38 * h)), 0, 0, 360, int(cv2.GC_PR_FGD), -1)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(7)
    cv2.grabCut(photo, mask, None, *models, 6, cv2.GC_INIT_WITH_MASK)
    mask = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    mask = filled(mask)
    share = mask.mean()
    edge = np.concatenate([mask[rim + 1], mask[-rim - 2], mask[:, rim + 1], mask[:, -rim - 2]])
    return mask if COVER[0] < share < COVER[1] and edge.mean() < RIM else None


def filled(mask: np.ndarray) -> np.ndarray:
    """The largest piece and others of a tenth of its size, without small holes (prints, buttons)."""
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    keep = 1 + np.flatnonzero(areas > 0.1 * areas.max())
    mask = np.isin(pieces, keep).astype(np.uint8)
    count, holes, stats, _ = cv2.connectedComponentsWithStats(1 - mask)
    for k in range(1, count):
        x, y, w, h, area = stats[k]
        inside = x > 0 and y > 0 and x + w < mask.shape[1] and y + h < mask.shape[0]
        if inside and area < 0.02 * mask.sum():
            mask[holes == k] = 1
    return mask


def cut_all(root: Path, out: Path) -> None:
    """Writes NAME.png (0 or 255, reduced) for every photo of `kinds.tsv` whose cut looks right."""
    out.mkdir(parents=True, exist_ok=True)
    for line in (root / "kinds.tsv").read_text().splitlines():
        name = line.split("\t")[0]
        photo = cv2.imread(str(root / "photos" / name))
        scale = SIDE / max(photo.shape[:2])
        mask = cut_out(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        if mask is not None:
            cv2.imwrite(str(out / (Path(name).stem + ".png")), mask * 255)
    (out / "complete").touch()
