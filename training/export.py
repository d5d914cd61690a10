"""Writes the network as ONNX with half-precision weights and any input height and width."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn as nn
from onnx import numpy_helper
from torch.nn.utils.fusion import fuse_conv_bn_eval

from model import ConvNorm, Parser


def folded(model: Parser) -> Parser:
    """A copy with the decoder's batch normalisations folded into their convolutions."""
    model = copy.deepcopy(model).eval().to(memory_format=torch.contiguous_format)
    for module in model.modules():
        if isinstance(module, ConvNorm):
            module[0] = fuse_conv_bn_eval(module[0], module[1])
            module[1] = nn.Identity()
    return model


def export(model: Parser, path: Path) -> None:
    model = folded(model)
    full = path.with_suffix(".f32.onnx")
    torch.onnx.export(
        model, (torch.zeros(1, 3, 384, 256),), str(full), dynamo=False, opset_version=17,
        input_names=["photo"], output_names=["labels", "keypoints"],
        dynamic_axes={"photo": {2: "h", 3: "w"}, "labels": {2: "h2", 3: "w2"},
                      "keypoints": {2: "h4", 3: "w4"}},
    )
    graph = onnx.load(str(full))
    # Half-precision storage, widened by a Cast where it is used.
    casts = []
    for i, tensor in enumerate(graph.graph.initializer):
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) > 16:
            name, half = tensor.name, numpy_helper.to_array(tensor).astype(np.float16)
            graph.graph.initializer[i].CopyFrom(numpy_helper.from_array(half, name + ".half"))
            casts.append(onnx.helper.make_node("Cast", [name + ".half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = casts + list(graph.graph.node)
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))
    full.unlink()
    compare(model, path)


def compare(model: Parser, path: Path) -> None:
    """The exported file in onnxruntime against the network: half precision is all that may differ."""
    x = torch.rand(1, 3, 256, 160) * 2 - 1
    with torch.no_grad():
        wanted = model.eval()(x)[0].numpy()
    got = onnxruntime.InferenceSession(str(path)).run(None, {"photo": x.numpy()})[0]
    print(f"{path}: {path.stat().st_size} bytes, largest difference {np.abs(wanted - got).max():.4f} "
          f"of {np.abs(wanted).max():.1f}")


if __name__ == "__main__":
    import sys

    checkpoint, body, out = sys.argv[1:4]
    parser = Parser(body)
    parser.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["mean"])
    export(parser.eval(), Path(out))
