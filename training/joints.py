"""Fits a map that corrects each joint of the networks by all the others: along a trouser leg or a sleeve a
heatmap is long, and the rest of the body says where on it the joint is.

    python training/joints.py --data DIR --models models [--keypoints FILE]

One linear map per coordinate, fitted to the teacher's joints (ridge regression) on the training photos with
the exported networks, which place joints there no better than on unseen photos. Written as `joints.f32`,
little-endian: 45 means, then for each of the 30 outputs a constant and 45 factors.
Inputs are x, y and confidence of each joint; x and y from the middle of the torso, in torso lengths;
a joint below `SEEN` counts as an average one.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch

from dataset import held_out
from evaluate import network_size
from export import read
from model import KEYPOINT_MIRROR, KEYPOINTS
from teacher import teach

# As in the program (`parse/` of drape-retouch).
SEEN, WINDOW, MOST = 0.3, 8, 0.25
TORSO = [3, 4, 9, 10]
LEGS = [11, 12, 13, 14]
RIDGE = 100.0


def peak(heat: np.ndarray) -> tuple[float, float, float]:
    """Position of the highest value, refined by the weighted mean around it, and the value."""
    h, w = heat.shape
    y, x = divmod(int(heat.argmax()), w)
    rows = slice(max(0, y - WINDOW), min(h, y + WINDOW + 1))
    columns = slice(max(0, x - WINDOW), min(w, x + WINDOW + 1))
    p = heat[rows, columns] ** 2
    ys, xs = np.mgrid[rows, columns]
    return float((p * xs).sum() / p.sum()), float((p * ys).sum() / p.sum()), float(heat[y, x])


@torch.no_grad()
def found(networks: list, photo: np.ndarray) -> np.ndarray:
    """15 x [x, y, confidence] in pixels of the photo, before any correction."""
    (h, w), (nh, nw) = photo.shape[:2], network_size(*photo.shape[:2])
    small = cv2.resize(photo, (nw, nh), interpolation=cv2.INTER_AREA)
    x = torch.from_numpy(small).permute(2, 0, 1)[None].float() / 127.5 - 1.0
    x = torch.cat([x, x.flip(3)]).contiguous(memory_format=torch.channels_last)
    logits = torch.zeros(())
    with torch.autocast("cpu", torch.bfloat16):
        for network in networks:
            heat = network(x)[1].float()
            logits = logits + heat[0] + heat[1].flip(2)[KEYPOINT_MIRROR]
    heats = torch.sigmoid(logits / (2 * len(networks))).numpy()
    places = [peak(heat) for heat in heats]
    return np.array([((x + 0.5) * 4 * w / nw, (y + 0.5) * 4 * h / nh, c) for x, y, c in places])


def frame(joints: np.ndarray) -> tuple[np.ndarray, float]:
    """The middle of the torso and its length."""
    shoulders, hips = joints[TORSO[:2], :2].mean(0), joints[TORSO[2:], :2].mean(0)
    return (shoulders + hips) / 2, float(np.hypot(*(shoulders - hips)))


def inputs(joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """15 x [x, y, confidence] in torso lengths, and which joints are confident enough to count."""
    middle, length = frame(joints)
    return np.c_[(joints[:, :2] - middle) / length, joints[:, 2]], joints[:, 2] >= SEEN


def fitted(photos: list[np.ndarray], taught: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Means (45) and factors (30 x 46), flat."""
    rows, masks, wanted, known = [], [], [], []
    pairs = list(zip(photos, taught))
    mirror = [-1, 1, 1]
    pairs += [(joints[KEYPOINT_MIRROR] * mirror, truth[KEYPOINT_MIRROR] * mirror) for joints, truth in pairs]
    for joints, truth in pairs:
        middle, length = frame(joints)
        x, seen = inputs(joints)
        # Also without the legs, and without further random joints, for half bodies and hidden arms.
        without_legs = seen.copy()
        without_legs[LEGS] = False
        fewer = without_legs & ((rng.random(len(seen)) > 0.3) | np.isin(np.arange(len(seen)), TORSO))
        for mask in (seen, without_legs, fewer):
            rows.append(x)
            masks.append(mask)
            wanted.append(np.clip((truth[:, :2] - middle) / length - x[:, :2], -MOST, MOST))
            known.append((truth[:, 2] > 0) & mask)
    rows, masks, wanted, known = map(np.array, (rows, masks, wanted, known))
    means = (rows * masks[:, :, None]).sum(0) / masks.sum(0)[:, None].clip(1)
    centred = ((rows - means) * masks[:, :, None]).reshape(len(rows), -1)
    spread = centred.std(0) + 1e-3
    features = np.c_[np.ones(len(rows)), centred / spread]
    penalty = RIDGE * np.eye(features.shape[1])
    penalty[0, 0] = 0.1
    factors = np.zeros((len(KEYPOINTS), 2, features.shape[1]))
    for k in range(len(KEYPOINTS)):
        f = features[known[:, k]]
        factors[k] = np.linalg.solve(f.T @ f + penalty, f.T @ wanted[known[:, k], k]).T
    factors[:, :, 1:] /= spread
    return np.concatenate([means.ravel(), factors.ravel()]).astype("<f4")


def corrected(joints: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Applies the table as the program does."""
    x, seen = inputs(joints)
    middle, length = frame(joints)
    if not seen[TORSO].all() or length < 4:
        return joints
    means, factors = table[:45].reshape(15, 3), table[45:].reshape(15, 2, 46)
    centred = ((x - means) * seen[:, None]).ravel()
    shift = np.clip(factors[:, :, 0] + factors[:, :, 1:] @ centred, -MOST, MOST)
    out = joints.copy()
    out[:, :2] += np.where(seen[:, None], shift * length, 0)
    return out


def near(joints: list[np.ndarray], taught: list[np.ndarray]) -> float:
    """Share of the teacher's joints found within a tenth of the torso's length."""
    hits, every = 0, 0
    for found_here, truth in zip(joints, taught):
        known = truth[:, 2] > 0
        apart = np.hypot(*(found_here[known, :2] - truth[known, :2]).T) / max(frame(truth)[1], 1e-3)
        hits, every = hits + int((apart <= 0.1).sum()), every + int(known.sum())
    return hits / max(1, every)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--models", type=Path, required=True, help="folder with parser-*.onnx, and for the result"
    )
    parser.add_argument("--keypoints", type=Path, default=Path("target/training/keypoints.json"))
    parser.add_argument("--every", type=int, default=1, help="use every N-th training photo")
    args = parser.parse_args()
    if not args.keypoints.exists():
        args.keypoints.parent.mkdir(parents=True, exist_ok=True)
        teach(args.data, args.keypoints, "labels")
    teacher = {k: np.array(v, np.float64) for k, v in json.loads(args.keypoints.read_text()).items()}
    networks = [read(path, path.stem.removeprefix("parser-")).eval().to(memory_format=torch.channels_last)
                for path in sorted(args.models.glob("parser-*.onnx"))]

    def look(stems: list[str]) -> list[np.ndarray]:
        photos = (cv2.imread(str(args.data / "photos" / f"{stem}.jpg")) for stem in stems)
        return [found(networks, cv2.cvtColor(photo, cv2.COLOR_BGR2RGB)) for photo in photos]

    train = [s for s in sorted(teacher) if not held_out(s)][:: args.every]
    held = [s for s in sorted(teacher) if held_out(s)]
    seen = [(s, j) for s, j in zip(train, look(train)) if (j[TORSO, 2] >= SEEN).all()]
    table = fitted([j for _, j in seen], [teacher[s] for s, _ in seen], np.random.default_rng(7))
    (args.models / "joints.f32").write_bytes(table.tobytes())
    before, truth = look(held), [teacher[s] for s in held]
    after = [corrected(j, table) for j in before]
    print(f"{len(seen)} photos; held-out joints near the teacher's: {near(before, truth):.3f}, "
          f"corrected {near(after, truth):.3f}")


if __name__ == "__main__":
    main()
