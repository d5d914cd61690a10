"""Trains the parser's two networks: `python training/train.py --data DIR --tags DIR --out models`.

The folders are those of training/README.md. Runs on a GPU if torch
finds one, else on the processor. Same seed, same device, same thread count: same weights.
"""

from __future__ import annotations

import argparse
import copy
import json
import queue
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from cut_out import cut_all
from data import VIEWS, batches
from dataset import (
    IGNORE, TWINS, garment_held_out, held_out, labelled, single_garments, tagged, tags_held_out,
)
from evaluate import report
from export import export, read
from model import HEMS, KINDS, LABELS, RAW_LABELS, SLEEVES, ConvNorm, Parser
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


def limit_loss(logits: torch.Tensor, allowed: torch.Tensor) -> torch.Tensor:
    """What pixels give to garments that the photo's tags rule out, as -log of the rest, at half the size."""
    p = F.avg_pool2d(logits, 2).softmax(1)
    rest = (p * allowed[:, :, None, None]).sum(1).clamp(min=1e-4)
    return -rest.log().mean()


def kinds_loss(logits: torch.Tensor, kinds: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy per kind, cross-entropy for sleeve, hem and single garment. What is UNKNOWN does
    not count."""
    n, first, second = len(KINDS), len(KINDS) + len(SLEEVES), len(KINDS) + len(SLEEVES) + len(HEMS)
    logits = logits.flatten(1)
    known = (kinds[:, :n] >= 0).float()
    each = F.binary_cross_entropy_with_logits(logits[:, :n], kinds[:, :n].clamp(min=0), reduction="none")
    loss = (each * known).sum() / known.sum().clamp(min=1)
    choices = ((logits[:, n:first], 0.3), (logits[:, first:second], 0.3), (logits[:, second:], 1.0))
    for k, (part, weight) in enumerate(choices):
        right = kinds[:, n + k]
        if (right >= 0).any():
            loss = loss + weight * F.cross_entropy(part[right >= 0], right[right >= 0].long())
    return loss


def keypoint_loss(logits: torch.Tensor, heat: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Weighted binary cross-entropy on Gaussian heatmaps; joints unknown to the teacher have no weight."""
    bce = F.binary_cross_entropy_with_logits(logits, heat, reduction="none") * (1 + 30 * heat)
    return (bce.mean((2, 3)) * weight).sum() / weight.sum().clamp(min=1)


def fine_loss(
    fine: torch.Tensor, presence: torch.Tensor, raw: torch.Tensor, labelled: torch.Tensor
) -> torch.Tensor:
    """Cross-entropy on the dataset's fine labels per pixel, and binary cross-entropy on the presence of each
    (on at least 0.3 % of the view) in the photos that people labelled."""
    per_pixel = F.cross_entropy(fine, raw, ignore_index=IGNORE)
    there = torch.stack([torch.bincount(r[r != IGNORE], minlength=RAW_LABELS) for r in raw])
    there = (there > 0.003 * raw[0].numel()).float()
    each = F.binary_cross_entropy_with_logits(presence, there, reduction="none").mean(1)
    return 0.4 * per_pixel + 2.0 * (each * labelled).sum() / labelled.sum().clamp(min=1)


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


def renormalised(model: Parser, images: list[torch.Tensor]) -> Parser:
    """Gives a network from an exported file, whose normalisations are folded into its convolutions, new ones
    that change nothing yet: their mean and variance are those of the given pictures. Without them a network
    cannot be trained at more than a fraction of the rate."""
    sums: dict[str, list] = {}
    handles = []
    for name, module in model.named_modules():
        if isinstance(module, ConvNorm):
            def note(_, __, out, name=name):
                sums.setdefault(name, []).append((out.mean((0, 2, 3)), (out * out).mean((0, 2, 3))))
            handles.append(module[0].register_forward_hook(note))
    model.eval()
    with torch.no_grad():
        for image in images:
            model.teach(image)
    for handle in handles:
        handle.remove()
    for name, module in model.named_modules():
        if isinstance(module, ConvNorm):
            conv, norm = module[0], torch.nn.BatchNorm2d(module[0].out_channels, momentum=0.03)
            mean = torch.stack([m for m, _ in sums[name]]).mean(0)
            square = torch.stack([q for _, q in sums[name]]).mean(0)
            variance = (square - mean * mean).clamp(min=1e-6)
            with torch.no_grad():
                norm.running_mean.copy_(mean - conv.bias)
                norm.running_var.copy_(variance)
                norm.weight.copy_((variance + norm.eps).sqrt())
                norm.bias.copy_(mean)
            conv.bias = None
            module[1] = norm
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="photos with pixel labels")
    parser.add_argument("--tags", type=Path, help="photos with tags")
    parser.add_argument("--garments", type=Path, help="photos of single garments")
    parser.add_argument("--out", type=Path, required=True, help="folder for parser-*.onnx")
    parser.add_argument("--work", type=Path, default=Path("target/training"), help="checkpoints")
    parser.add_argument(
        "--bodies", nargs="+", default=["lite1", "lite2"], choices=["lite0", "lite1", "lite2"]
    )
    parser.add_argument("--from", dest="earlier", type=Path, help="folder with parser-*.onnx to start from")
    parser.add_argument("--epochs-small", type=int, default=24, help="epochs at 256x176 and similar sizes; "
                        "none with --from")
    parser.add_argument("--epochs-large", type=int, default=26, help="epochs at 384x256 and similar sizes")
    parser.add_argument(
        "--exact", action="store_true", help="single precision: for processors without bfloat16"
    )
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)

    points = known_joints(args.data, args.work / "keypoints.json", "labels")
    samples = labelled(args.data, points)
    train = [s for s in samples if not held_out(s.stem) and s.stem not in TWINS]
    held = [s for s in samples if held_out(s.stem)]
    held_tags = []
    if args.tags:
        points = known_joints(args.tags, args.work / "keypoints-tags.json", "pseudo")
        made = args.work / "pseudo"
        every = tagged(args.tags, points, made if made.exists() else args.tags / "pseudo")
        # The other shot of a held-out photo would give it away.
        train += [s for s in every if not tags_held_out(s.stem) and s.stem not in TWINS]
        held_tags = [s for s in every if tags_held_out(s.stem)]
    singles, held_singles = [], []
    if args.garments:
        masks = args.work / "garments"
        if not (masks / "complete").exists():
            cut_all(args.garments, masks)
        every = single_garments(args.garments, masks)
        singles = [s for s in every if not garment_held_out(s.stem)]
        held_singles = [s for s in every if garment_held_out(s.stem)]
    print(f"{len(train)} people and {len(singles)} garments to train on, "
          f"{len(held)} + {len(held_tags)} and {len(held_singles)} held out", flush=True)

    cv2.setNumThreads(1)
    for number, body in enumerate(args.bodies):
        one_network(body, args.seed + number, (train, singles), (held, held_tags, held_singles), args)


def known_joints(root: Path, cache: Path, masks: str) -> dict:
    if not cache.exists():
        teach(root, cache, masks)
    return json.loads(cache.read_text())


def start(body: str, train: tuple, args) -> Parser:
    """The network to train: ImageNet's features, or an earlier round's network."""
    if not args.earlier:
        model = Parser(body)
        model.body.load_imagenet(body)
        return model
    model = read(args.earlier / f"parser-{body}.onnx", body)
    stream = batches(*train, args.batch, 384 * 256, np.random.default_rng(args.seed))
    pictures = [torch.from_numpy(next(stream)[0]).permute(0, 3, 1, 2).float() / 127.5 - 1 for _ in range(12)]
    return renormalised(model, pictures)


def one_network(body: str, seed: int, train: tuple, held: tuple, args) -> None:
    """Trains, reports on and exports the network of one body. `train`: people and single garments; `held`:
    labelled, tagged and single garments."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = start(body, train, args)
    for i, block in enumerate(model.body.blocks):
        block.drop = (0.1 if args.earlier else 0.2) * i / len(model.body.blocks)
    model = model.to(device, memory_format=torch.channels_last)
    mean = copy.deepcopy(model).eval()
    print(body, "before training\n" + report(mean, *held, device), flush=True)

    per_epoch = round(len(train[0]) / args.batch / (1 - (VIEWS["garment"][0] if train[1] else 0)))
    small, large = (0 if args.earlier else args.epochs_small) * per_epoch, args.epochs_large * per_epoch
    # A trained body moves less.
    stride = 0.5 if args.earlier else 1.0
    total = small + large
    anew = ("fine.", "presence.", "places.", "kinds")
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
    started, running = time.time(), np.zeros(5)
    model.train()
    while step < total:
        area = 256 * 176 if step < small else 384 * 256
        if area not in streams:
            streams = {area: prefetch(batches(*train, args.batch, area, rng))}
        batch = (torch.from_numpy(a) for a in next(streams[area]))
        image, labels, heat, weight, raw, allowed, kinds = batch
        x = image.permute(0, 3, 1, 2).to(device, torch.float32, memory_format=torch.channels_last)
        x = x.div_(127.5).sub_(1.0)
        warm = min(1.0, (step + 1) / 200)
        rate = float(warm * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * step / total))))
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * rate
        with torch.autocast(device, torch.bfloat16, enabled=not args.exact):
            answers = model.teach(x)
        logits, points, worn, fine, presence = (answer.float() for answer in answers)
        labelled_here = (allowed.min(1).values > 0).float()
        losses = [
            label_loss(logits, labels.to(device, torch.long)),
            limit_loss(logits, allowed.to(device)),
            kinds_loss(worn, kinds.to(device)),
            fine_loss(fine, presence, raw.to(device, torch.long), labelled_here.to(device)),
            2.0 * keypoint_loss(points, heat.to(device), weight.to(device)),
        ]
        optimiser.zero_grad(set_to_none=True)
        sum(losses).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        step += 1
        # Running mean of the weights over a few hundred steps; its values at the ends of the last third of
        # the epochs are averaged for export.
        keep = min(0.998, step / (step + 20))
        with torch.no_grad():
            for a, b in zip(mean.state_dict().values(), model.state_dict().values()):
                if a.dtype.is_floating_point:
                    a.lerp_(b, 1 - keep)
                else:
                    a.copy_(b)
        running += [loss.item() for loss in losses]
        if step % 50 == 0:
            parts = " ".join(f"{v / 50:.3f}" for v in running)
            took = time.time() - started
            print(f"step {step}/{total} loss {running.sum() / 50:.4f} ({parts}) {took:.0f} s", flush=True)
            running[:] = 0
        if step % per_epoch == 0 or step == total or step % 100 == 0:
            if step > 0.67 * total and (step % per_epoch == 0 or step == total):
                add_to_mean(late, mean.state_dict())
            state = {"model": model.state_dict(), "mean": mean.state_dict(), "late": late,
                     "optimiser": optimiser.state_dict(), "step": step}
            # Written aside, so that an interruption leaves the last one whole.
            torch.save(state, checkpoint.with_suffix(".part"))
            checkpoint.with_suffix(".part").replace(checkpoint)
        if step % (2 * per_epoch) == 0:
            print(report(mean, *held, device), flush=True)
            model.train()
    mean.load_state_dict(late["weights"])
    print(report(mean, *held, device), flush=True)
    args.out.mkdir(parents=True, exist_ok=True)
    export(mean.cpu(), args.out / f"parser-{body}.onnx")


if __name__ == "__main__":
    main()
