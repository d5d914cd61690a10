"""Depthwise convolutions that train fast on a processor: the forward pass is torch's, the backward pass
`depthwise.c`, built with `cc` if that exists."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F


@cache
def library() -> ctypes.CDLL | None:
    """The built C code; None without a compiler, and torch's own gradients are used."""
    source = Path(__file__).with_name("depthwise.c")
    # Loaded for as long as the process runs, so the folder stays.
    built = Path(tempfile.mkdtemp()) / "depthwise.so"
    flags = ["-O3", "-march=native", "-ffast-math", "-fopenmp", "-shared", "-fPIC"]
    try:
        subprocess.run(["cc", *flags, "-o", str(built), str(source)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    library = ctypes.CDLL(str(built))
    for function in (library.depthwise_backward_bf16, library.depthwise_backward_f32):
        function.argtypes = [ctypes.c_void_p] * 5 + [ctypes.c_long] * 8
        function.restype = None
    return library


class Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, stride):
        dtype = torch.bfloat16 if torch.is_autocast_cpu_enabled() else torch.float32
        x = x.to(dtype).contiguous(memory_format=torch.channels_last)
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        padding = weight.shape[2] // 2
        return F.conv2d(x, weight.to(dtype), bias.to(dtype), stride, padding, 1, weight.shape[0])

    @staticmethod
    def backward(ctx, g):
        x, weight = ctx.saved_tensors
        (n, c, h, w), k = x.shape, weight.shape[2]
        g = g.to(x.dtype).contiguous(memory_format=torch.channels_last)
        flat = weight.detach().reshape(c, k * k).t().contiguous()
        gx, gw = torch.empty_like(x, memory_format=torch.channels_last), torch.empty_like(flat)
        arrays = (a.data_ptr() for a in (x, g, flat, gx, gw))
        narrow = x.dtype == torch.bfloat16
        backward = library().depthwise_backward_bf16 if narrow else library().depthwise_backward_f32
        backward(*arrays, n, h, w, g.shape[2], g.shape[3], c, k, ctx.stride)
        return gx, gw.t().reshape(weight.shape), g.sum((0, 2, 3), dtype=torch.float32), None


def convolve(conv: nn.Conv2d, x: torch.Tensor) -> torch.Tensor:
    """A convolution whose gradients come from the C code on a processor, where that code applies."""
    training = torch.is_grad_enabled() and x.requires_grad
    if training and x.device.type == "cpu" and conv.out_channels % 16 == 0 and library() is not None:
        return Depthwise.apply(x, conv.weight, conv.bias, conv.stride[0])
    return conv(x)
