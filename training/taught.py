"""Predictions of an earlier round's networks for the training photos, as a second, soft set of labels: the
mean of all networks over each photo and its mirror image."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from data import Sample
from evaluate import network_size


@torch.no_grad()
def ask(networks: list, samples: list[Sample], device: str) -> None:
    """Fills `Sample.soft` at half the networks' input size."""
    for network in networks:
        network.to(device, memory_format=torch.channels_last).eval()
    for sample in samples:
        h, w = network_size(*sample.labels.shape)
        small = cv2.resize(sample.photo, (w, h), interpolation=cv2.INTER_AREA)
        x = torch.from_numpy(small).permute(2, 0, 1)[None].to(device, torch.float32) / 127.5 - 1.0
        x = torch.cat([x, x.flip(3)]).contiguous(memory_format=torch.channels_last)
        logits = torch.zeros(())
        with torch.autocast(device, torch.bfloat16):
            for network in networks:
                answer = network(x)[0].float().cpu()
                logits = logits + answer[0] + answer[1].flip(2)
        soft = (logits / (2 * len(networks))).softmax(0).permute(1, 2, 0)
        sample.soft = (soft.numpy() * 255).round().astype(np.uint8)
