"""The views of the photos that training sees.

Nothing here writes a photo or a crop to disk: the datasets may be used for training only.
"""

from __future__ import annotations

import cv2
import numpy as np

from dataset import BACKGROUND, HAIR, IGNORE, SKIN, Sample, kinds_in
from model import KEYPOINT_MIRROR

# Kinds of views: how often each is drawn, and its shape (height, width). A batch holds one kind.
VIEWS = {
    "person": (0.37, (1.5, 1.0)),
    "whole": (0.14, (1.5, 1.0)),
    "half": (0.30, (1.2, 1.0)),
    "selfie": (0.07, (1.0, 1.0)),
    # A garment without a person.
    "garment": (0.12, (1.2, 1.0)),
}


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
    if kind == "garment":
        height = max(photo_h, photo_w / aspect) * rng.uniform(0.8, 1.5)
        centre = np.array([photo_w, photo_h]) * (0.5 + rng.normal(0, 0.05, 2))
        return centre[0], centre[1], height
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


def recolour(
    image: np.ndarray, labels2: np.ndarray, donor: Sample, rng: np.random.Generator
) -> np.ndarray:
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

    for label in np.unique(labels2):
        # Hair and skin keep their colours.
        if label in (BACKGROUND, IGNORE, HAIR, SKIN) or rng.random() < 0.4:
            continue
        tint(labels2 == label, 1.0)
    if rng.random() < 0.5:
        step = max(1, donor.labels.shape[0] // h)
        other = donor.labels[::step, ::step]
        choices = [v for v in np.unique(other) if v not in (0, IGNORE)]
        mask = np.zeros((h, w), np.uint8)
        dy, dx = int(rng.integers(0, max(1, h // 3))), int(rng.integers(0, max(1, w // 2)))
        piece = (other == rng.choice(choices))[: h - dy, : w - dx]
        mask[dy : dy + piece.shape[0], dx : dx + piece.shape[1]] = piece
        tint(mask, 0.6)
    return cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)


def room(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """A place that is no street: a plain or graded wall, often with a floor, and with doors, pictures or
    pieces of furniture."""
    tone = rng.uniform(25, 250, (1, 3)) * 0.35 + rng.uniform(25, 250, (1, 1)) * 0.65
    t = np.linspace(-0.5, 0.5, h, dtype=np.float32)[:, None, None] * rng.normal(0, 40)
    s = np.linspace(-0.5, 0.5, w, dtype=np.float32)[None, :, None] * rng.normal(0, 40)
    wall = np.ascontiguousarray(np.broadcast_to(tone, (h, w, 3)) + t + s, np.float32)
    if rng.random() < 0.6:
        for _ in range(int(rng.integers(1, 6))):
            y, x = int(rng.integers(-h // 4, h)), int(rng.integers(-w // 4, w))
            size = (int(h * rng.uniform(0.05, 0.7)), int(w * rng.uniform(0.05, 0.5)))
            colour = [float(v) for v in rng.uniform(10, 250, 3) * 0.5 + rng.uniform(10, 250) * 0.5]
            cv2.rectangle(wall, (x, y), (x + size[1], y + size[0]), colour,
                          -1 if rng.random() < 0.7 else int(rng.integers(1, 6)))
    if rng.random() < 0.5:
        floor = int(h * rng.uniform(0.6, 0.95))
        wall[floor:] = rng.uniform(25, 230, 3) * 0.4 + rng.uniform(25, 230) * 0.6
    if rng.random() < 0.5:
        wall = cv2.GaussianBlur(wall, (0, 0), rng.uniform(0.8, 6))
    grain = rng.standard_normal((h, w, 1), np.float32) * rng.uniform(0, 5)
    return np.clip(wall + grain, 0, 255)


def elsewhere(image: np.ndarray, labels2: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Replaces the background with a wall or a room, and colours what spilled over the person's edge."""
    h, w = image.shape[:2]
    # What is unknown stays as it is.
    mask = cv2.resize((labels2 != 0).astype(np.float32), (w, h), interpolation=cv2.INTER_LINEAR)
    mask = cv2.GaussianBlur(mask, (0, 0), 1.0)[:, :, None]
    return (image * mask + room(h, w, rng) * (1 - mask)).astype(np.uint8)


def darkened(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A room at night: little light, warm, noisy, darker towards one side."""
    h, w = image.shape[:2]
    x = (image.astype(np.float32) / 255) ** rng.uniform(1.0, 1.7) * rng.uniform(0.35, 0.8)
    x *= np.array([1.0, rng.uniform(0.75, 0.95), rng.uniform(0.5, 0.85)], np.float32)
    side = np.linspace(rng.uniform(0.4, 1), rng.uniform(0.4, 1), w, dtype=np.float32)[None, :, None]
    x = x * side * 255 + rng.standard_normal((h, w, 3), np.float32) * rng.uniform(3, 12)
    return np.clip(x, 0, 255).astype(np.uint8)


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

    Returns the picture (H x W x 3 uint8), labels at half size, keypoint heatmaps, their weights, the
    dataset's labels at quarter size, the classes that a pixel may have, and kinds, sleeve and hem.
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

    worn, arms, end = kinds_in(sample, labels2, kind)
    if rng.random() < 0.4:
        image = recolour(image, labels2, donor, rng)
    if rng.random() < 0.25:
        image = elsewhere(image, labels2, rng)
    if rng.random() < 0.2:
        occlude(image, labels2, donor, rng)
    if rng.random() < 0.07:
        image = darkened(image, rng)
    raw4 = np.where((labels2 == 0) | (labels2 == IGNORE), labels2, raw2)[::2, ::2]
    # The kinds are numbers of one row: KINDS, then sleeve, hem and the kind of a single garment.
    kinds = np.concatenate([worn, [arms, end, sample.garment]]).astype(np.float32)
    return colour_jitter(image, rng), labels2, heat, weight, raw4, sample.allowed, kinds


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


class Deck:
    """Photos in random order, those with rare labels more often; all of them before one comes again."""

    def __init__(self, samples: list[Sample], often: np.ndarray, rng: np.random.Generator):
        self.samples, self.often, self.rng = samples, often, rng
        self.order: list[int] = []

    def draw(self) -> Sample:
        if not self.order:
            times = np.floor(self.often + self.rng.random(len(self.samples))).astype(int)
            self.order = list(self.rng.permutation(np.repeat(np.arange(len(self.samples)), times)))
        return self.samples[self.order.pop()]


def batches(people: list[Sample], garments: list[Sample], batch: int, area: int, rng: np.random.Generator):
    """An endless stream of batches, each of one kind of view; an epoch shows every photo of a person, some of
    them twice. Rare kinds of garments are drawn more often, too."""
    kinds = [k for k in VIEWS if garments or k != "garment"]
    shares = np.array([VIEWS[k][0] for k in kinds])
    deck = Deck(people, repeats(people), rng)
    counts = np.bincount([s.garment for s in garments], minlength=1)
    singles = Deck(garments, np.array([np.sqrt(counts.max() / counts[s.garment]) for s in garments]), rng)
    while True:
        kind = kinds[rng.choice(len(kinds), p=shares / shares.sum())]
        size = view_size(kind, area)
        items = []
        while len(items) < batch:
            donor = people[rng.integers(len(people))]
            items.append(view((singles if kind == "garment" else deck).draw(), kind, size, donor, rng))
        yield tuple(np.stack(part) for part in zip(*items))
