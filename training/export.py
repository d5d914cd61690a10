"""Exports the network as ONNX with narrow weights, for any input height and width."""

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
        if isinstance(module, ConvNorm) and not isinstance(module[1], nn.Identity):
            module[0] = fuse_conv_bn_eval(module[0], module[1])
            module[1] = nn.Identity()
    return model


def read(path: Path, body: str) -> Parser:
    """Loads an exported file for further training: normalisations stay folded, and the two heads that only
    training uses start from random weights."""
    model = folded(Parser(body))
    graph = onnx.load(str(path)).graph
    stored = {w.name: numpy_helper.to_array(w) for w in graph.initializer}
    modules = dict(model.named_modules())
    for node in graph.node:
        if node.op_type == "DequantizeLinear":
            values, factor = (stored[name] for name in node.input[:2])
            stored[node.output[0]] = values.astype(np.float32) * factor[:, None, None, None]
        elif node.op_type == "Cast":
            stored[node.output[0]] = stored[node.input[0]].astype(np.float32)
        elif node.op_type == "Conv":
            # "/merge4/merge4.0/Conv": a nested scope repeats the name of its parent.
            scopes = node.name.strip("/").split("/")[:-1]
            names = [a for a, b in zip(scopes, [*scopes[1:], ""]) if not b.startswith(a + ".")]
            module = modules[".".join(names)]
            with torch.no_grad():
                module.weight.copy_(torch.tensor(stored[node.input[1]]))
                module.bias.copy_(torch.tensor(stored[node.input[2]]))
    return model


def export(model: Parser, path: Path) -> None:
    model = folded(model)
    full = path.with_suffix(".f32.onnx")
    torch.onnx.export(
        model, (torch.zeros(1, 3, 384, 256),), str(full), dynamo=False, opset_version=17,
        input_names=["photo"], output_names=["labels", "keypoints", "kinds"],
        dynamic_axes={"photo": {2: "h", 3: "w"}, "labels": {2: "h2", 3: "w2"},
                      "keypoints": {2: "h4", 3: "w4"}},
    )
    graph = onnx.load(str(full))
    nodes = [node for i in range(len(graph.graph.initializer))
             for node in narrowed(graph.graph.initializer, i)]
    nodes += list(graph.graph.node)
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))
    full.unlink()
    compare(model, path)


def narrowed(weights, i: int) -> list[onnx.NodeProto]:
    """Stores one weight in fewer bytes and returns the node that widens it: dense convolutions in 8 bits
    with a scale per output channel, other weights except biases in half precision."""
    name, values = weights[i].name, numpy_helper.to_array(weights[i])
    if values.dtype != np.float32 or values.size <= 16 or values.ndim < 2:
        return []
    if values.ndim == 4 and values.shape[1] > 1 and values.size > 1024:
        factor = np.abs(values).max(axis=(1, 2, 3)) / 127.0
        factor = np.maximum(factor, 1e-12).astype(np.float32)
        stored = np.rint(values / factor[:, None, None, None]).astype(np.int8)
        weights[i].CopyFrom(numpy_helper.from_array(stored, name + ".int8"))
        weights.append(numpy_helper.from_array(factor, name + ".factor"))
        inputs = [name + ".int8", name + ".factor"]
        return [onnx.helper.make_node("DequantizeLinear", inputs, [name], axis=0)]
    weights[i].CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + ".half"))
    return [onnx.helper.make_node("Cast", [name + ".half"], [name], to=onnx.TensorProto.FLOAT)]


def compare(model: Parser, path: Path) -> None:
    """Compares the exported file in onnxruntime with the network; only the narrow weights may differ."""
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
    parser.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["late"]["weights"])
    export(parser.eval(), Path(out))
