"""The three sets of photos and what is known about each: pixel labels with the corrections of people who
looked at them; tags of what is worn, with pixel labels made by an earlier network; single garments, with
masks."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from model import GARMENT_KINDS, HEMS, KEYPOINTS, KINDS, LABELS, SLEEVES

IGNORE = 255
UNKNOWN = -1
BACKGROUND, HAIR, SKIN, UPPER, TROUSERS, SKIRT, DRESS, FOOTWEAR, LEGWEAR, ACCESSORY, OUTER = range(11)
# Second shots of other photos, never trained on, so that none gives away a held-out photo.
TWINS = ("0990", "0671", "1707", "1074", "1913", "1083", "1715", "1694", "1611", "1691", "1790", "1341")
# Least share of a view, in pixels, of a garment that counts as worn there.
LEAST = 0.003


@dataclass
class Sample:
    stem: str
    photo: np.ndarray  # H x W x 3, uint8, RGB
    labels: np.ndarray  # H x W, uint8, product class ids; IGNORE where nothing is known
    raw: np.ndarray  # H x W, uint8, the dataset's label ids; IGNORE likewise
    keypoints: np.ndarray  # 15 x 3: x, y in pixels, 1 known / 0 unknown
    box: tuple[int, int, int, int]  # person: left, top, right, bottom
    # Per product class: 1 worn, 0 not worn, UNKNOWN.
    worn: np.ndarray
    # Whether the trousers are shorts; UNKNOWN without trousers.
    shorts: int = UNKNOWN
    # Number in SLEEVES and in HEMS, or UNKNOWN.
    sleeve: int = UNKNOWN
    hem: int = UNKNOWN
    # Number in GARMENT_KINDS, in photos of a single garment.
    garment: int = UNKNOWN
    # The labels come from a network and tags, not from people.
    tagged: bool = False
    # Classes that a pixel may have, for the lesson that the tags give without pixel labels.
    allowed: np.ndarray = field(default_factory=lambda: np.ones(len(LABELS), np.float32))


def held_out(stem: str) -> bool:
    """The tenth of the labelled photos that is never trained on: numbers that end in 7."""
    return int(stem) % 10 == 7


def tags_held_out(stem: str) -> bool:
    """The tagged photos that are never trained on: numbers that end in 7, and every second one that ends in
    3, so that there are at least 150."""
    return int(stem) % 10 == 7 or int(stem) % 20 == 3


def person_box(labels: np.ndarray) -> tuple[int, int, int, int]:
    ys, xs = np.nonzero((labels != BACKGROUND) & (labels != IGNORE))
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


def read_photo(path: Path) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def heights(keypoints: np.ndarray) -> list[float | None]:
    """Mean rows of shoulders, hips, knees and ankles, where known."""
    pairs = ([3, 4], [9, 10], [11, 12], [13, 14])
    known = [[k for k in pair if keypoints[k, 2] > 0] for pair in pairs]
    return [float(keypoints[k, 1].mean()) if k else None for k in known]


def seam(photo: np.ndarray, region: np.ndarray, keypoints: np.ndarray) -> tuple[int, int]:
    """The rows between which a region becomes another garment: the strongest change of colour near the waist.
    Without shoulders and hips, all rows are in doubt."""
    shoulder, hip, *_ = heights(keypoints)
    rows = np.flatnonzero(region.any(1))
    if shoulder is None or hip is None or hip - shoulder < 20:
        return int(rows.min()), int(rows.max()) + 1
    torso = hip - shoulder
    first, last = int(shoulder + 0.45 * torso), int(hip + 0.35 * torso)
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float32)
    best, row = -1.0, int(shoulder + 0.75 * torso)
    for y in range(first, last):
        above, below = region[y - 8 : y], region[y : y + 8]
        if above.sum() < 40 or below.sum() < 40:
            continue
        change = np.abs(lab[y - 8 : y][above].mean(0) - lab[y : y + 8][below].mean(0)).sum()
        # The waist is likelier than the chest or the crotch.
        change *= np.exp(-(((y - shoulder) / torso - 0.8) / 0.35) ** 2)
        if change > best:
            best, row = float(change), y
    return row - 4, row + 4


def labelled(root: Path, keypoints: dict) -> list[Sample]:
    """The photos with pixel labels. Corrections come from `checked.jsonl`; photos called bad are left out."""
    names = json.loads((root / "label-names.json").read_text())
    number = {name: int(k) for k, name in names.items()}
    table = np.array(json.loads((root / "classes.json").read_text())["ccp_id_to_class"], np.uint8)
    lines = (root / "checked.jsonl").read_text().splitlines()
    checks = {c["id"]: c for c in map(json.loads, lines)}
    samples = []
    for path in sorted((root / "photos").glob("*.jpg")):
        check = checks.get(path.stem, {})
        if check.get("bad"):
            continue
        photo = read_photo(path)
        raw = cv2.imread(str(root / "labels" / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE)
        labels = table[raw]
        points = np.array(keypoints.get(path.stem, np.zeros((len(KEYPOINTS), 3))), np.float32)
        here = raw.copy()
        for name, wanted in check.get("fix", {}).items():
            region = here == number[name]
            labels[region] = LABELS.index(wanted)
            # What fine label it should have is not known.
            raw[region] = IGNORE
        for name, (above, below) in check.get("split", {}).items():
            region = here == number[name]
            first, last = seam(photo, region, points)
            rows = np.arange(raw.shape[0])[:, None]
            labels[region & (rows < first)] = LABELS.index(above)
            labels[region & (rows >= last)] = LABELS.index(below)
            labels[region & (rows >= first) & (rows < last)] = IGNORE
            raw[region] = IGNORE
        sample = Sample(path.stem, photo, labels, raw, points, person_box(labels), np.zeros(len(LABELS), int))
        counts = np.bincount(labels.ravel(), minlength=256)[: len(LABELS)]
        sample.worn = np.where(counts > LEAST * labels.size / 3, 1, 0)
        if sample.worn[TROUSERS]:
            shorts = ((here == number["shorts"]) & (labels == TROUSERS)).sum()
            sample.shorts = int(shorts > counts[TROUSERS] / 2)
        sample.sleeve, sample.hem = lengths(labels, points)
        samples.append(sample)
    return samples


def tagged(root: Path, keypoints: dict, pseudo: Path) -> list[Sample]:
    """The photos with tags; `pseudo`: folder of labels made by a network within what the tags allow."""
    tags = json.loads((root / "tags.json").read_text())
    samples = []
    for stem, tag in tags.items():
        photo = read_photo(root / "photos" / f"{stem}.jpg")
        labels = cv2.imread(str(pseudo / f"{stem}.png"), cv2.IMREAD_GRAYSCALE)
        points = np.array(keypoints.get(stem, np.zeros((len(KEYPOINTS), 3))), np.float32)
        worn = np.zeros(len(LABELS), int)
        worn[tag["class_ids"]] = 1
        worn[tag["uncertain_ids"]] = UNKNOWN
        raw = np.where(labels == BACKGROUND, BACKGROUND, IGNORE).astype(np.uint8)
        sample = Sample(stem, photo, labels, raw, points, person_box(labels), worn, tagged=True)
        sample.allowed = (worn != 0).astype(np.float32)
        sample.allowed[[BACKGROUND, HAIR, SKIN]] = 1
        if worn[TROUSERS] == 1:
            long = {"jeans", "pants", "leggings"} & set(tag["raw"])
            sample.shorts = 0 if "shorts" not in tag["raw"] else UNKNOWN if long else 1
        sample.sleeve, sample.hem = lengths(labels, points)
        samples.append(sample)
    return samples


# The label of the garments of each kind.
LABEL_OF = {"Blazer": OUTER, "Outwear": OUTER, "Dress": DRESS, "Skirt": SKIRT, "Pants": TROUSERS,
            "Shorts": TROUSERS}


def garment_held_out(name: str) -> bool:
    """An eighth of the garment photos, by their names."""
    return zlib.crc32(Path(name).stem.encode()) % 8 == 0


def single_garments(root: Path, masks: Path) -> list[Sample]:
    """The photos of single garments; labels are IGNORE where no mask could be cut."""
    samples = []
    for line in (root / "kinds.tsv").read_text().splitlines():
        name, kind = (part.strip() for part in line.split("\t")[:2])
        photo = read_photo(root / "photos" / name)
        scale = 720 / max(photo.shape[:2])
        if scale < 1:
            photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        h, w = photo.shape[:2]
        cut = masks / (Path(name).stem + ".png")
        mask = cv2.imread(str(cut), cv2.IMREAD_GRAYSCALE) if cut.exists() else None
        label = LABEL_OF.get(kind, UPPER)
        labels = np.full((h, w), IGNORE, np.uint8)
        if mask is not None:
            soft = cv2.resize(mask, (w, h), interpolation=cv2.INTER_LINEAR)
            labels = np.where(soft > 127, label, BACKGROUND).astype(np.uint8)
        raw = np.full((h, w), IGNORE, np.uint8)
        points = np.zeros((len(KEYPOINTS), 3), np.float32)
        sample = Sample(Path(name).stem, photo, labels, raw, points, (0, 0, w, h), np.zeros(len(LABELS), int))
        sample.garment, sample.tagged = GARMENT_KINDS.index(kind), True
        sample.worn[label] = 1
        sample.allowed = np.zeros(len(LABELS), np.float32)
        sample.allowed[[BACKGROUND, label]] = 1
        samples.append(sample)
    return samples


def lengths(labels: np.ndarray, keypoints: np.ndarray) -> tuple[int, int]:
    """Number in SLEEVES of the arms, and in HEMS of a skirt or dress; UNKNOWN where joints are unknown or the
    length lies between two names."""
    return sleeve(labels, keypoints), hem(labels, keypoints)


def sleeve(labels: np.ndarray, keypoints: np.ndarray) -> int:
    h, w = labels.shape
    upper, lower = [], []
    for shoulder, elbow, wrist in ((3, 5, 7), (4, 6, 8)):
        for start, end, shares, into in (
            (shoulder, elbow, np.linspace(0.35, 0.85, 12), upper),
            (elbow, wrist, np.linspace(0.2, 0.85, 12), lower),
        ):
            if keypoints[start, 2] > 0 and keypoints[end, 2] > 0:
                a, b = keypoints[start, :2], keypoints[end, :2]
                xy = np.clip((a + shares[:, None] * (b - a)).astype(int), 0, [w - 1, h - 1])
                here = labels[xy[:, 1], xy[:, 0]]
                skin, cloth = (here == SKIN).sum(), np.isin(here, (UPPER, DRESS, OUTER)).sum()
                if skin + cloth >= 6:
                    into.append(cloth / (skin + cloth))
    if not upper or not lower:
        return UNKNOWN
    high, low = float(np.mean(upper)), float(np.mean(lower))
    if high < 0.3:
        return SLEEVES.index("none")
    if low < 0.35 and high > 0.4:
        return SLEEVES.index("short")
    return SLEEVES.index("long") if low > 0.75 and high > 0.75 else UNKNOWN


def hem(labels: np.ndarray, keypoints: np.ndarray) -> int:
    skirt = np.isin(labels, (SKIRT, DRESS))
    _, hip, knee, ankle = heights(keypoints)
    if skirt.sum() < LEAST * labels.size or hip is None or knee is None or knee - hip < 20:
        return UNKNOWN
    # The hem's row: below it lies one pixel in fifty.
    rows = skirt.sum(1).cumsum()
    end = int(np.searchsorted(rows, 0.98 * rows[-1]))
    down = (end - hip) / (knee - hip)
    if ankle is not None and ankle > knee and end > knee:
        down = 1 + (end - knee) / (ankle - knee)
    if down < 0.85:
        return HEMS.index("mini")
    if 0.92 < down < 1.3:
        return HEMS.index("knee")
    return HEMS.index("long") if down > 1.45 else UNKNOWN


def kinds_in(sample: Sample, labels: np.ndarray, kind: str) -> tuple[np.ndarray, int, int]:
    """What a view shows: per KINDS 1, 0 or UNKNOWN; then sleeve and hem."""
    if sample.garment != UNKNOWN:
        return np.full(len(KINDS), UNKNOWN, np.float32), UNKNOWN, UNKNOWN
    seen = np.bincount(labels.ravel(), minlength=256)[: len(LABELS)] > LEAST * labels.size
    unclear = (labels == IGNORE).mean() > 0.05
    whole = kind in ("person", "whole")

    def shown(label: int) -> int:
        if sample.worn[label] == 0:
            return 0
        if sample.tagged:
            known = sample.worn[label] == 1 and (seen[label] or whole)
            return 1 if known else UNKNOWN
        return int(seen[label]) if seen[label] or not unclear else UNKNOWN

    trousers = shown(TROUSERS)
    by_name = {
        "upper": shown(UPPER), "outer": shown(OUTER), "dress": shown(DRESS), "skirt": shown(SKIRT),
        "trousers": trousers, "shorts": 0, "legwear": shown(LEGWEAR),
    }
    if UNKNOWN in (trousers, sample.shorts) and trousers != 0:
        by_name["trousers"] = by_name["shorts"] = UNKNOWN
    elif trousers == 1 and sample.shorts == 1:
        by_name["trousers"], by_name["shorts"] = 0, 1
    worn = np.array([by_name[name] for name in KINDS], np.float32)
    arms = sample.sleeve if kind != "selfie" else UNKNOWN
    end = sample.hem if whole else UNKNOWN
    return worn, arms, end
