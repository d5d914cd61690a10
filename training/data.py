"""The photos, their labels and the views that training sees of them.

Nothing here writes a photo or a crop to disk: the dataset may be used for training only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from model import KEYPOINT_MIRROR, KEYPOINTS

IGNORE = 255
# Raw labels that `cleaned` assigns.
RAW_SKIRT, RAW_PANTS = 42, 31
# Raw labels that `recolour` does not change: hair and skin.
KEEP_COLOUR = (19, 41)
# Labels that are confused with one another; `doubted` drops one that is less likely than DOUBT[0] where
# another garment is likelier than DOUBT[1].
GARMENTS = (3, 4, 5, 6, 8, 10)
DOUBT = (0.08, 0.7)
# Kinds of views: how often each is drawn, and its shape (height, width). A batch holds one kind.
VIEWS = {
    "person": (0.42, (1.5, 1.0)),
    "whole": (0.16, (1.5, 1.0)),
    "half": (0.34, (1.2, 1.0)),
    "selfie": (0.08, (1.0, 1.0)),
}


def held_out(stem: str) -> bool:
    """The tenth of the data that is never trained on: photo numbers that end in 7."""
    return int(stem) % 10 == 7


@dataclass
class Sample:
    stem: str
    photo: np.ndarray  # H x W x 3, uint8, RGB
    labels: np.ndarray  # H x W, uint8, product class ids
    raw: np.ndarray  # H x W, uint8, the dataset's label ids
    keypoints: np.ndarray  # 15 x 3: x, y in pixels, 1 known / 0 unknown
    box: tuple[int, int, int, int]  # person: left, top, right, bottom
    # h x w x 11, uint8: predictions of earlier networks (see `taught.py`), at any size; None without them.
    soft: np.ndarray | None = None


def load(root: Path, keypoints_file: Path | None) -> list[Sample]:
    """Reads the whole dataset into memory (about 2 GB for 890 photos)."""
    table = np.array(json.loads((root / "classes.json").read_text())["ccp_id_to_class"], np.uint8)
    taught = json.loads(keypoints_file.read_text()) if keypoints_file else {}
    samples = []
    for path in sorted((root / "photos").glob("*.jpg")):
        photo = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        raw = cv2.imread(str(root / "labels" / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE)
        labels = table[raw]
        ys, xs = np.nonzero(labels)
        box = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
        points = np.array(taught.get(path.stem, np.zeros((len(KEYPOINTS), 3))), np.float32)
        samples.append(Sample(path.stem, photo, labels, raw, points, box))
    return samples


def cleaned(sample: Sample) -> str:
    """Corrects the dataset's most common mistake, in place: a "dress" that begins at the waist, under a
    top, is a skirt, or trousers if it has two legs. A quarter of the photos with a dress have this
    mistake; uncorrected, they teach that skirts are dresses. Only training photos are corrected.

    Returns what the dress became, or "".
    """
    dress = sample.labels == 6
    person = max(1, int((sample.labels != 0).sum()))
    known = sample.keypoints[:, 2] > 0
    height = [sample.keypoints[pair, 1][known[pair]] for pair in ([3, 4], [9, 10], [11, 12], [13, 14])]
    if dress.sum() < 0.03 * person or not (len(height[0]) and len(height[1])):
        return ""
    shoulder, hip = height[0].mean(), height[1].mean()
    rows = np.arange(dress.shape[0])[:, None]
    above = (dress & (rows < shoulder + 0.55 * (hip - shoulder))).sum() / dress.sum()
    top = ((sample.labels == 3) & (rows < hip)).sum() / person
    if above >= 0.08 or top <= 0.04:
        return ""
    two_legs = False
    if len(height[2]) and len(height[3]):
        knee, ankle = height[2].mean(), height[3].mean()
        shins = dress[int(knee) : int(knee + 0.7 * (ankle - knee))]
        gaps = [(np.diff(np.flatnonzero(row)) > 3).any() for row in shins]
        # Two legs: the shins are covered, and most rows have a gap.
        two_legs = len(gaps) > 0 and shins.any(1).mean() > 0.6 and np.mean(gaps) > 0.5
    sample.labels[dress] = 4 if two_legs else 5
    sample.raw[dress] = RAW_PANTS if two_legs else RAW_SKIRT
    return "trousers" if two_legs else "skirt"


def doubted(sample: Sample) -> float:
    """Drops, in place, garment labels that the earlier networks contradict: they were trained on this very
    label and still predict another garment. Only their prediction teaches there. Returns the dropped
    share of the person's pixels."""
    h, w = sample.labels.shape
    best = np.zeros((h, w), np.uint8)
    own = np.zeros((h, w), np.uint8)
    for label in range(sample.soft.shape[2]):
        large = cv2.resize(
            np.ascontiguousarray(sample.soft[:, :, label]), (w, h), interpolation=cv2.INTER_LINEAR
        )
        here = sample.labels == label
        own[here] = large[here]
        if label in GARMENTS:
            best = np.maximum(best, large)
    wrong = np.isin(sample.labels, GARMENTS) & (own < DOUBT[0] * 255) & (best > DOUBT[1] * 255)
    # Thin strips between garments are different outlines, not different labels.
    wrong = cv2.morphologyEx(wrong.astype(np.uint8), cv2.MORPH_OPEN, np.ones((9, 9), np.uint8)) > 0
    share = wrong.sum() / max(1, (sample.labels != 0).sum())
    sample.labels[wrong] = IGNORE
    return float(share)


def view_size(kind: str, area: int) -> tuple[int, int]:
    """Height and width, multiples of 32, of about `area` pixels."""
    h, w = VIEWS[kind][1]
    k = (area / (h * w)) ** 0.5
    return max(64, round(h * k / 32) * 32), max(64, round(w * k / 32) * 32)


def window(sample: Sample, kind: str, aspect: float, rng: np.random.Generator):
    """Centre x, centre y and height, in photo pixels, of a random view of this kind."""
    left, top, right, bottom = sample.box
    person = bottom - top
    photo_h, photo_w = sample.labels.shape
    if kind == "whole":
        height = max(photo_h, photo_w / aspect) * rng.uniform(0.85, 1.35)
        return photo_w / 2 + rng.normal(0, 15), photo_h / 2 + rng.normal(0, 15), height
    if kind == "person":
        y0 = top - person * rng.uniform(-0.02, 0.16)
        y1 = bottom + person * rng.uniform(-0.04, 0.14)
    elif kind == "half":
        y0 = top - person * rng.uniform(-0.01, 0.10)
        y1 = top + person * rng.uniform(0.40, 0.72)
    else:
        y0 = top - person * rng.uniform(-0.01, 0.08)
        y1 = top + person * rng.uniform(0.20, 0.38)
    height = y1 - y0
    # Centre on the part of the person that the view shows.
    rows = sample.labels[max(0, int(y0)) : max(1, int(y1))]
    xs = np.nonzero(rows.any(axis=0))[0]
    centre = (xs.min() + xs.max()) / 2 if len(xs) else (left + right) / 2
    return centre + rng.normal(0, 0.06) * height, (y0 + y1) / 2, height


def colour_jitter(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light, white balance, saturation, blur, noise and compression as phones produce them."""
    x = image
    if rng.random() < 0.8:
        # One table per channel: gamma, contrast, brightness and white balance in one pass.
        t = np.linspace(0, 1, 256, dtype=np.float32) ** np.exp(rng.normal(0, 0.22))
        t = (t - 0.5) * np.exp(rng.normal(0, 0.18)) + 0.5 + rng.normal(0, 0.05)
        t = t[:, None] * np.exp(rng.normal(0, 0.07, 3))
        x = cv2.LUT(x, (np.clip(t, 0, 1) * 255).astype(np.uint8)[None])
    # Saturation, and sometimes another hue for everything, as one 3 x 3 matrix: colours must not decide
    # what a garment is.
    mix = np.eye(3)
    if rng.random() < 0.6:
        k = rng.uniform(0.5, 1.5)
        mix = k * mix + (1 - k) / 3
    if rng.random() < 0.15:
        mix = (0.6 * np.eye(3)[rng.permutation(3)] + 0.4 * np.eye(3)) @ mix
    x = cv2.transform(x, mix)
    if rng.random() < 0.15:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 1.4))
    if rng.random() < 0.2:
        noise = rng.standard_normal(x.shape, np.float32) * rng.uniform(2, 12)
        x = np.clip(x + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        quality = int(rng.integers(30, 85))
        x = cv2.imdecode(cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)
    return x


def recolour(image: np.ndarray, raw2: np.ndarray, donor: Sample, rng: np.random.Generator) -> np.ndarray:
    """Recolours each garment by itself, so that place, shape and cloth must tell garments apart. Also tints
    the outline of a garment from another photo, so that an edge between colours is no hint either."""
    h, w = image.shape[:2]
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)

    def tint(mask: np.ndarray, strength: float) -> None:
        soft = cv2.resize(mask.astype(np.float32), (w, h), interpolation=cv2.INTER_LINEAR)
        soft = cv2.GaussianBlur(soft, (0, 0), rng.uniform(0.7, 2.5))[:, :, None]
        shift = np.array([rng.normal(0, 28), rng.normal(0, 20), rng.normal(0, 22)]) * strength
        gain = np.array([np.exp(rng.normal(0, 0.2)), *[rng.uniform(0.2, 1.3)] * 2]) - 1
        lab[:] += soft * ((lab - np.float32(128)) * gain.astype(np.float32) + shift.astype(np.float32))

    for label in np.unique(raw2):
        # 0 is the background; hair and skin keep their colours.
        if label in (0, IGNORE) or label in KEEP_COLOUR or rng.random() < 0.4:
            continue
        tint(raw2 == label, 1.0)
    if rng.random() < 0.5:
        other = donor.raw[:: max(1, donor.raw.shape[0] // h), :: max(1, donor.raw.shape[0] // h)]
        choices = [v for v in np.unique(other) if v != 0]
        mask = np.zeros((h, w), np.uint8)
        dy, dx = int(rng.integers(0, max(1, h // 3))), int(rng.integers(0, max(1, w // 2)))
        piece = (other == rng.choice(choices))[: h - dy, : w - dx]
        mask[dy : dy + piece.shape[0], dx : dx + piece.shape[1]] = piece
        tint(mask, 0.6)
    return cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)


def plain_background(image: np.ndarray, raw2: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Replaces the background with one soft gradient, like rooms and studios instead of streets."""
    h, w = image.shape[:2]
    mask = cv2.resize(((raw2 != 0) & (raw2 != IGNORE)).astype(np.float32), (w, h),
                      interpolation=cv2.INTER_LINEAR)
    mask = cv2.GaussianBlur(mask, (0, 0), 1.0)[:, :, None]
    a, b = rng.uniform(30, 250, (2, 3)) * 0.4 + rng.uniform(30, 250, (2, 1)) * 0.6
    t = np.linspace(0, 1, h, dtype=np.float32)[:, None, None]
    wall = np.broadcast_to(a * (1 - t) + b * t, image.shape).astype(np.float32)
    return (image * mask + wall * (1 - mask)).astype(np.uint8)


def occlude(image: np.ndarray, labels2: np.ndarray, donor: Sample, rng: np.random.Generator) -> None:
    """Covers a part of the view with a piece of another photo's background, like an object in front."""
    h, w = image.shape[:2]
    oh, ow = int(h * rng.uniform(0.08, 0.3)), int(w * rng.uniform(0.08, 0.3))
    y, x = int(rng.integers(0, h - oh)), int(rng.integers(0, w - ow))
    dh, dw = donor.labels.shape
    sy, sx = int(rng.integers(0, dh - oh)), int(rng.integers(0, dw - ow))
    if donor.labels[sy : sy + oh, sx : sx + ow].any():
        return
    shape = np.zeros((oh, ow), np.uint8)
    cv2.ellipse(shape, (ow // 2, oh // 2), (ow // 2, oh // 2), 0, 0, 360, 1, -1)
    if rng.random() < 0.5:
        shape[:] = 1
    piece = donor.photo[sy : sy + oh, sx : sx + ow]
    region = image[y : y + oh, x : x + ow]
    region[shape == 1] = piece[shape == 1]
    small = cv2.resize(shape, (max(1, ow // 2), max(1, oh // 2)), interpolation=cv2.INTER_NEAREST)
    target = labels2[y // 2 : y // 2 + small.shape[0], x // 2 : x // 2 + small.shape[1]]
    target[small[: target.shape[0], : target.shape[1]] == 1] = 0


def view(sample: Sample, kind: str, size: tuple[int, int], donor: Sample, rng):
    """One augmented view.

    Returns the picture (H x W x 3 uint8), labels at half size, keypoint heatmaps, their weights,
    the dataset's labels, and predictions of earlier networks at quarter size (0 where there are none).
    """
    h, w = size
    cx, cy, height = window(sample, kind, w / h, rng)
    scale = h / height
    stretch = np.exp(rng.normal(0, 0.05))
    angle = np.deg2rad(rng.normal(0, 5.0))
    flip = rng.random() < 0.5
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    m = np.array([[cos * stretch, -sin], [sin * stretch, cos]])
    if flip:
        m[0] *= -1
    offset = np.array([w / 2, h / 2]) - m @ np.array([cx, cy])
    affine = np.hstack([m, offset[:, None]])

    photo = sample.photo
    if scale < 0.75:
        # Blur before a strong reduction, as the program's resize does.
        photo = cv2.GaussianBlur(photo, (0, 0), 0.42 / scale)
    border = [cv2.BORDER_REFLECT_101, cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT][rng.integers(3)]
    image = cv2.warpAffine(photo, affine, (w, h), flags=cv2.INTER_LINEAR, borderMode=border,
                           borderValue=(128, 128, 128))
    half = affine / 2
    half[:, 2] -= 0.25
    labels2 = cv2.warpAffine(sample.labels, half, (w // 2, h // 2), flags=cv2.INTER_NEAREST,
                             borderMode=cv2.BORDER_CONSTANT, borderValue=IGNORE)
    raw2 = cv2.warpAffine(sample.raw, half, (w // 2, h // 2), flags=cv2.INTER_NEAREST,
                          borderMode=cv2.BORDER_CONSTANT, borderValue=IGNORE)

    soft = np.zeros((h // 4, w // 4, 11), np.uint8)
    if sample.soft is not None:
        quarter = affine / 4
        quarter[:, 2] -= 0.375
        sh, sw = sample.soft.shape[:2]
        ky, kx = photo.shape[0] / sh, photo.shape[1] / sw
        # From pixels of the soft labels to those of the photo, then to those of the view.
        quarter[:, 2] += quarter[:, :2] @ (np.array([kx, ky]) / 2 - 0.5)
        quarter[:, :2] *= (kx, ky)
        for first in range(0, 11, 4):
            part = np.ascontiguousarray(sample.soft[:, :, first : first + 4])
            soft[:, :, first : first + 4] = cv2.warpAffine(
                part, quarter, (w // 4, h // 4), flags=cv2.INTER_LINEAR).reshape(h // 4, w // 4, -1)

    points = sample.keypoints
    if flip:
        points = points[KEYPOINT_MIRROR]
    gh, gw = h // 4, w // 4
    xy = (points[:, :2] @ m.T + offset) / 4 - 0.5
    known = points[:, 2] > 0
    inside = (xy[:, 0] > -0.5) & (xy[:, 0] < gw - 0.5) & (xy[:, 1] > -0.5) & (xy[:, 1] < gh - 0.5)
    # A Gaussian is separable: one row and one column per keypoint.
    gx = np.exp(-((np.arange(gw)[None] - xy[:, :1]) ** 2) / (2 * 1.6**2))
    gy = np.exp(-((np.arange(gh)[None] - xy[:, 1:]) ** 2) / (2 * 1.6**2))
    heat = (gy[:, :, None] * gx[:, None, :]).astype(np.float32)
    heat[~inside] = 0
    weight = known.astype(np.float32)

    if rng.random() < 0.4:
        image = recolour(image, raw2, donor, rng)
    if rng.random() < 0.15:
        image = plain_background(image, raw2, rng)
    if rng.random() < 0.2:
        before = labels2.copy()
        occlude(image, labels2, donor, rng)
        soft[(labels2 != before)[::2, ::2]] = [255] + [0] * 10
    raw4 = np.where((labels2 == 0) | (labels2 == IGNORE), labels2, raw2)[::2, ::2]
    return colour_jitter(image, rng), labels2, heat, weight, raw4, soft


def repeats(samples: list[Sample]) -> np.ndarray:
    """How often each photo is drawn per epoch: at least once, more often if it shows a rare label.

    The square root of (a half / share of photos with the label), for the rarest label that
    covers half a percent of the photo, as in LVIS (arXiv 1908.03195).
    """
    seen = np.stack(
        [np.bincount(s.labels.ravel(), minlength=256)[:11] > 0.005 * s.labels.size for s in samples]
    )
    rarity = np.sqrt(np.maximum(1.0, 0.5 / np.maximum(seen.mean(0), 0.04)))
    return (seen * rarity).max(1)


def batches(samples: list[Sample], batch: int, area: int, rng: np.random.Generator):
    """An endless stream of batches; an epoch shows every photo, some of them twice."""
    kinds = list(VIEWS)
    shares = np.array([VIEWS[k][0] for k in kinds])
    often = repeats(samples)
    order: list[int] = []
    while True:
        kind = kinds[rng.choice(len(kinds), p=shares / shares.sum())]
        size = view_size(kind, area)
        items = []
        while len(items) < batch:
            if not order:
                times = np.floor(often + rng.random(len(samples))).astype(int)
                order = list(rng.permutation(np.repeat(np.arange(len(samples)), times)))
            donor = samples[rng.integers(len(samples))]
            items.append(view(samples[order.pop()], kind, size, donor, rng))
        yield tuple(np.stack(part) for part in zip(*items))
