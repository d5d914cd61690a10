"""Trains the parser's two networks: `python training/train.py --data DIR --out models`.

DIR is the Clothing Co-Parsing folder described in training/README.md. Runs on a GPU if torch
finds one, else on the processor. Same seed, same device, same thread count: same weights.
"""

from __future__ import annotations

import argparse
import copy
import queue
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from data import IGNORE, Sample, batches, cleaned, doubted, held_out, load
from evaluate import report
from export import export, read
from model import LABELS, RAW_LABELS, Parser
from taught import ask
from teacher import teach

# Rare labels have larger weights in the cross-entropy: about (share of pixels) ** -0.3.
CLASS_WEIGHT = torch.tensor([0.5, 1.5, 1.2, 1.2, 1.1, 1.6, 1.2, 1.6, 2.2, 1.4, 1.0])


def label_loss(logits: torch.Tensor, labels: torch.Tensor, share: float = 1.0) -> torch.Tensor:
    """Cross-entropy plus soft Jaccard over the batch, since the figures measure Jaccard (IoU)."""
    ce = share * F.cross_entropy(logits, labels, CLASS_WEIGHT.to(logits.device), ignore_index=IGNORE)
    valid = (labels != IGNORE).float()
    p = logits.softmax(1) * valid[:, None]
    onehot = F.one_hot(labels.clamp(max=len(LABELS) - 1), len(LABELS)).permute(0, 3, 1, 2).float()
    onehot = onehot * valid[:, None]
    inter = (p * onehot).sum((0, 2, 3))
    union = (p + onehot).sum((0, 2, 3)) - inter
    present = onehot.sum((0, 2, 3)) > 20
    jaccard = 1 - (inter + 1) / (union + 1)
    return ce + 0.6 * jaccard[present].mean()


def taught_loss(logits: torch.Tensor, soft: torch.Tensor) -> torch.Tensor:
    """Cross-entropy with the earlier networks' predictions, at half the labels' size; 0 without one."""
    guess = F.log_softmax(F.avg_pool2d(logits, 2), 1)
    return -(soft.permute(0, 3, 1, 2).float() / 255 * guess).sum(1).mean()


def keypoint_loss(logits: torch.Tensor, heat: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Weighted binary cross-entropy on Gaussian heatmaps; joints unknown to the teacher have no weight."""
    bce = F.binary_cross_entropy_with_logits(logits, heat, reduction="none") * (1 + 30 * heat)
    return (bce.mean((2, 3)) * weight).sum() / weight.sum().clamp(min=1)


def fine_loss(fine: torch.Tensor, presence: torch.Tensor, raw: torch.Tensor) -> torch.Tensor:
    """Cross-entropy on the dataset's fine labels per pixel, and binary cross-entropy on the presence of each
    (on at least 0.3 % of the view)."""
    per_pixel = F.cross_entropy(fine, raw, ignore_index=IGNORE)
    there = torch.stack([torch.bincount(r[r != IGNORE], minlength=RAW_LABELS) for r in raw])
    there = (there > 0.003 * raw[0].numel()).float()
    return 0.4 * per_pixel + 2.0 * F.binary_cross_entropy_with_logits(presence, there)


def add_to_mean(late: dict, weights: dict) -> None:
    """Adds a set of weights to a running mean; integer counters are those of the last set."""
    late["n"] += 1
    for name, value in weights.items():
        if late["n"] == 1 or not value.dtype.is_floating_point:
            late["weights"][name] = value.clone()
        else:
            late["weights"][name].lerp_(value, 1 / late["n"])


def prefetch(stream, depth: int = 6):
    """Prepares batches on a separate thread, in the stream's order."""
    ready: queue.Queue = queue.Queue(depth)

    def fill() -> None:
        for item in stream:
            ready.put(item)

    threading.Thread(target=fill, daemon=True).start()
    while True:
        yield ready.get()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for parser-*.onnx")
    parser.add_argument("--work", type=Path, default=Path("target/training"), help="checkpoints")
    parser.add_argument(
        "--bodies", nargs="+", default=["lite1", "lite2"], choices=["lite0", "lite1", "lite2"]
    )
    parser.add_argument("--from", dest="earlier", type=Path, help="folder with parser-*.onnx to start from: "
                        "they initialise the networks and, together, teach beside the labels")
    parser.add_argument("--epochs-small", type=int, default=24, help="epochs at 256x176 and similar sizes")
    parser.add_argument("--epochs-large", type=int, default=26, help="epochs at 384x256 and similar sizes")
    parser.add_argument(
        "--exact", action="store_true", help="single precision: for processors without bfloat16"
    )
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)

    taught = args.work / "keypoints.json"
    if not taught.exists():
        teach(args.data, taught)
    samples = load(args.data, taught)
    train = [s for s in samples if not held_out(s.stem)]
    held = [s for s in samples if held_out(s.stem)]
    mended = [cleaned(s) for s in train]
    print(f"{len(train)} photos to train on, {len(held)} held out; dresses that are skirts: "
          f"{mended.count('skirt')}, trousers: {mended.count('trousers')}", flush=True)

    cv2.setNumThreads(1)
    if args.earlier:
        learn_from_earlier(train, args)
    for number, body in enumerate(args.bodies):
        one_network(body, args.seed + number, train, held, args)


def learn_from_earlier(train: list[Sample], args) -> None:
    """Adds the earlier networks' predictions (cached in a file) to every photo; drops labels they
    contradict."""
    answers = args.work / "soft.npz"
    if not answers.exists():
        device = "cuda" if torch.cuda.is_available() else "cpu"
        ask([read(args.earlier / f"parser-{body}.onnx", body) for body in args.bodies], train, device)
        np.savez(answers, **{s.stem: s.soft for s in train})
    with np.load(answers) as stored:
        for sample in train:
            sample.soft = stored[sample.stem]
    shares = np.array([doubted(sample) for sample in train])
    print(f"labels ruled out: {shares.mean():.3f} of the person on average, more than a tenth in "
          f"{(shares > 0.1).sum()} photos", flush=True)


def one_network(body: str, seed: int, train: list[Sample], held: list[Sample], args) -> None:
    """Trains, reports on and exports the network of one body."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if args.earlier:
        model = read(args.earlier / f"parser-{body}.onnx", body)
    else:
        model = Parser(body)
        model.body.load_imagenet(body)
    for i, block in enumerate(model.body.blocks):
        block.drop = (0.1 if args.earlier else 0.2) * i / len(model.body.blocks)
    model = model.to(device, memory_format=torch.channels_last)
    mean = copy.deepcopy(model).eval()

    per_epoch = len(train) // args.batch
    small, large = args.epochs_small * per_epoch, args.epochs_large * per_epoch
    # A trained network needs neither small pictures nor a high learning rate: at half the rate, without
    # normalisation, it lost more in four epochs than the second round gained.
    small, stride = (0, 0.25) if args.earlier else (small, 1.0)
    total = small + large
    anew = ("fine.", "presence.")
    groups = [
        {"params": list(model.body.parameters()), "peak": 3e-4 * stride},
        {"params": [p for n, p in model.named_parameters() if not n.startswith(("body.", *anew))],
         "peak": 2e-3 * stride},
        {"params": [p for n, p in model.named_parameters() if n.startswith(anew)], "peak": 2e-3},
    ]
    optimiser = torch.optim.AdamW(groups, lr=1e-3, weight_decay=0.03)
    checkpoint, step, late = args.work / f"{body}.pt", 0, {"n": 0, "weights": {}}
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(saved["model"])
        mean.load_state_dict(saved["mean"])
        optimiser.load_state_dict(saved["optimiser"])
        step, late = saved["step"], saved["late"]
        rng = np.random.default_rng([seed, step])
        print(f"{body} goes on at step {step}", flush=True)

    streams = {}
    started, running = time.time(), 0.0
    model.train()
    while step < total:
        area = 256 * 176 if step < small else 384 * 256
        if area not in streams:
            streams = {area: prefetch(batches(train, args.batch, area, rng))}
        image, labels, heat, weight, raw, soft = (torch.from_numpy(a) for a in next(streams[area]))
        x = image.permute(0, 3, 1, 2).to(device, torch.float32, memory_format=torch.channels_last)
        x = x.div_(127.5).sub_(1.0)
        warm = min(1.0, (step + 1) / 200)
        rate = float(warm * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * step / total))))
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * rate
        with torch.autocast(device, torch.bfloat16, enabled=not args.exact):
            answers = model.teach(x)
        logits, points, fine, presence = (answer.float() for answer in answers)
        loss = label_loss(logits, labels.to(device, torch.long), 0.6 if args.earlier else 1.0)
        if args.earlier:
            loss = loss + 0.8 * taught_loss(logits, soft.to(device))
        loss = loss + fine_loss(fine, presence, raw.to(device, torch.long))
        loss = loss + 2.0 * keypoint_loss(points, heat.to(device), weight.to(device))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        step += 1
        # Running mean of the weights over a few hundred steps; its values at the ends of the last fifth of
        # the epochs are averaged for export.
        keep = min(0.998, step / (step + 20))
        with torch.no_grad():
            for a, b in zip(mean.state_dict().values(), model.state_dict().values()):
                if a.dtype.is_floating_point:
                    a.lerp_(b, 1 - keep)
                else:
                    a.copy_(b)
        running += loss.item()
        if step % 50 == 0:
            print(f"step {step}/{total} loss {running / 50:.4f} {time.time() - started:.0f} s", flush=True)
            running = 0.0
        if step % per_epoch == 0 or step == total:
            if step > 0.8 * total:
                add_to_mean(late, mean.state_dict())
            torch.save({"model": model.state_dict(), "mean": mean.state_dict(), "late": late,
                        "optimiser": optimiser.state_dict(), "step": step}, checkpoint)
        if step % (4 * per_epoch) == 0:
            print(report(mean, held[::2], device), flush=True)
    mean.load_state_dict(late["weights"])
    print(report(mean, held, device), flush=True)
    args.out.mkdir(parents=True, exist_ok=True)
    export(mean.cpu(), args.out / f"parser-{body}.onnx")


if __name__ == "__main__":
    main()
