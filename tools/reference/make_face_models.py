"""Makes the face models, photos and expected answers that tests/faces.rs of drape-photomaker reads.

    pip install numpy onnx onnxruntime pillow
    python tools/reference/make_face_models.py [--opencv]

The networks have the inputs and outputs of InsightFace's (SCRFD with landmarks; ArcFace) and weights from a
seed. Their "faces" are coloured blocks: a green one is a face to the squares of 8 pixels, a red one to those
of 16, a blue one to those of 32. The answers come from onnxruntime and from the numpy code below, which
follows the published description of each step and shares nothing with the Rust code. With --opencv the
resized photos and aligned faces are also compared with OpenCV's, and nothing is written.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

OUT = Path(__file__).resolve().parents[2] / "crates/drape-photomaker/tests/data/faces"
STRIDES = (8, 16, 32)
SIDES = (640, 576, 512, 448, 384, 320, 256)
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
# What makes a block a face of a stride: its own colour less the other two.
COLOURS = {8: (-1, 1, -1), 16: (1, -1, -1), 32: (-1, -1, 1)}
# Both answers of a square, in its units: distances to the sides, then eyes, nose, corners of the mouth.
BOX = ((2.6, 3.1, 3.4, 3.9), (3.2, 3.4, 3.8, 4.1))
POINTS = (
    (-0.75, -0.9, 1.55, -0.7, 0.35, 0.4, -0.6, 1.3, 1.1, 1.45),
    (-0.8, -1.0, 1.6, -0.9, 0.3, 0.5, -0.5, 1.4, 1.2, 1.5),
)


class Graph:
    def __init__(self):
        self.nodes, self.weights = [], []

    def weight(self, value, dtype=np.float32):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def node(self, kind, inputs, output=None, **attributes):
        output = output or f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(kind, inputs, [output], name=f"{kind}_{len(self.nodes)}", **attributes)
        )
        return output

    def save(self, name, given, outputs):
        given = helper.make_tensor_value_info("input.1", TensorProto.FLOAT, given)
        outputs = [helper.make_tensor_value_info(o, TensorProto.FLOAT, shape) for o, shape in outputs]
        graph = helper.make_graph(self.nodes, "face", [given], outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
        onnx.checker.check_model(model)
        onnx.save(model, OUT / name)


def detector(name, side=None, batched=False, points=True, seed=1):
    """One like SCRFD: with `batched` the outputs are [1, n, c] and in another order."""
    random = np.random.default_rng(seed)
    g = Graph()
    pooled = {s: g.node("AveragePool", ["input.1"], kernel_shape=[s, s], strides=[s, s]) for s in STRIDES}
    # A pyramid as in SCRFD: what the largest squares see is added to the middle ones, enlarged to a shape
    # that the graph computes.
    small, middle = g.node("Shape", [pooled[32]]), g.node("Shape", [pooled[16]])
    cut = lambda shape, a, b: g.node(
        "Slice", [shape, g.weight([a], np.int64), g.weight([b], np.int64), g.weight([0], np.int64)]
    )
    size = g.node("Concat", [cut(small, 0, 2), cut(middle, 2, 4)], axis=0)
    enlarged = g.node(
        "Resize",
        [pooled[32], g.weight([]), g.weight([]), size],
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    pooled[16] = g.node("Add", [pooled[16], g.node("Mul", [enlarged, g.weight(0.02)])])
    named = {}
    for s in STRIDES:
        n = 2 * ((side or 640) // s) ** 2
        shape = (lambda c: [1, n, c]) if batched else (lambda c: [n, c])
        colour = np.array(COLOURS[s], np.float32).reshape(1, 3, 1, 1)
        own = g.node("Relu", [g.node("Conv", [pooled[s], g.weight(colour), g.weight([-2.0])])])
        score = np.zeros((2, 1, 3, 3), np.float32)
        # Squares of 32 pixels want to be alone, so that a block can be too large at one size of the photo.
        score[:, 0] = -8.0 if s == 32 else 0.0
        score[:, 0, 1, 1] = 14.0
        scores = g.node("Conv", [own, g.weight(score), g.weight([-7.0, -7.6])], pads=[1, 1, 1, 1])
        kinds = [("score", 1, scores)]
        for kind, width, constants in (("bbox", 4, BOX), ("kps", 10, POINTS)):
            kernel = random.normal(0, 0.08, (2 * width, 3, 1, 1))
            kinds.append(
                (kind, width, g.node("Conv", [pooled[s], g.weight(kernel), g.weight(np.ravel(constants))]))
            )
        for kind, width, value in kinds if points else kinds[:2]:
            order, flat = ([0, 2, 3, 1], [1, -1, width]) if batched else ([2, 3, 0, 1], [-1, width])
            last = g.node(
                "Reshape",
                [g.node("Transpose", [value], perm=order), g.weight(flat, np.int64)],
                None if kind == "score" else f"{kind}_{s}",
            )
            if kind == "score":
                last = g.node("Sigmoid", [last], f"score_{s}")
            named[kind, s] = (last, shape(width))
    kinds = ("score", "bbox", "kps") if points else ("score", "bbox")
    order = [(kind, s) for kind in kinds for s in STRIDES]
    if batched:
        random.shuffle(order)
    # Like det_10g.onnx: the shapes of the outputs are written for 640 pixels although any size goes in.
    g.save(name, [1, 3, side or "?", side or "?"], [named[key] for key in order])


def recogniser(name, width=512, seed=2, own_scale=False, side=112):
    """One like ArcFace's: means, convolution, normalisation, PReLU, two matrices, normalisation."""
    random = np.random.default_rng(seed)
    g = Graph()
    value = "input.1"
    if own_scale:
        value = g.node("Mul", [g.node("Sub", [value, g.weight(127.5)]), g.weight(0.0078125)])
    value = g.node("AveragePool", [value], kernel_shape=[4, 4], strides=[4, 4])
    value = g.node(
        "Conv", [value, g.weight(random.normal(0, 0.3, (2, 3, 4, 4))), g.weight([0.1, -0.1])], strides=[4, 4]
    )
    norm = lambda value, n: g.node(
        "BatchNormalization",
        [
            value,
            *(
                g.weight(w)
                for w in (
                    random.uniform(0.5, 1.5, n),
                    random.normal(0, 0.2, n),
                    random.normal(0, 0.2, n),
                    random.uniform(0.5, 1.5, n),
                )
            ),
        ],
    )
    value = g.node("PRelu", [norm(value, 2), g.weight(np.full((2, 1, 1), 0.25))])
    value = g.node("Flatten", [value], axis=1)
    value = g.node(
        "Gemm", [value, g.weight(random.normal(0, 0.15, (3, 98))), g.weight(np.zeros(3))], transB=1
    )
    value = g.node(
        "Gemm",
        [value, g.weight(random.normal(0, 0.5, (width, 3))), g.weight(random.normal(0, 0.3, width))],
        transB=1,
    )
    g.node("Identity", [value], "683")
    g.save(name, ["None", 3, side, side], [("683", [1, width])])


def photo(width, height, blocks, seed):
    """Waves of three colours in few steps, so that the files are small, and blocks."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    waves = [np.sin(x / (34 + 7 * c + seed) + c) + np.cos(y / (45 - 6 * c + seed)) for c in range(3)]
    picture = np.stack([110 + 28 * np.round(wave) for wave in waves], -1).astype(np.uint8)
    for left, top, right, bottom, colour in blocks:
        picture[top:bottom, left:right] = COLOUR[colour]
    return picture


def resize(picture, width, height):
    """Bilinear, centres of pixels at halves, edges repeated, no smoothing."""
    def axis(values, to, along):
        n = values.shape[along]
        at = np.clip((np.arange(to) + 0.5) * (n / to) - 0.5, 0, n - 1)
        low = np.floor(at).astype(int)
        share = (at - low).reshape([-1 if a == along else 1 for a in range(3)])
        take = lambda i: np.take(values, np.minimum(i, n - 1), along)
        return take(low) * (1 - share) + take(low + 1) * share
    return np.round(axis(axis(picture.astype(np.float64), width, 1), height, 0)).astype(np.uint8)


def square(picture, side):
    height, width = picture.shape[:2]
    ratio = height / width
    w, h = (int(side / ratio), side) if ratio > 1 else (side, int(side * ratio))
    out = np.zeros((side, side, 3), np.uint8)
    out[:h, :w] = resize(picture, w, h)
    return out, h / height


def overlap(a, b):
    area = lambda r: max(0, r[2] - r[0] + 1) * max(0, r[3] - r[1] + 1)
    shared = area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
    return shared / (area(a) + area(b) - shared)


def detect(session, picture, sides):
    for side in sides:
        fitted, scale = square(picture, side)
        values = ((fitted.astype(np.float32) - 127.5) / 128).transpose(2, 0, 1)[None]
        names = [o.name for o in session.get_outputs()]
        outputs = dict(zip(names, session.run(names, {"input.1": values})))
        found = []
        for s in STRIDES:
            score, box, kps = (
                outputs[f"{kind}_{s}"].reshape(-1, c) for kind, c in (("score", 1), ("bbox", 4), ("kps", 10))
            )
            for i in np.flatnonzero(score[:, 0] >= 0.5):
                row, column = divmod(i // 2, side // s)
                centre = np.array([column, row]) * s
                low, high = centre - box[i, :2] * s, centre + box[i, 2:] * s
                points = centre + kps[i].reshape(5, 2) * s
                found.append((float(score[i, 0]), np.r_[low, high] / scale, points / scale))
        found.sort(key=lambda face: -face[0])
        kept = []
        for face in found:
            if all(overlap(face[1], other[1]) <= 0.4 for other in kept):
                kept.append(face)
        if kept:
            return kept, side, len(found)
    return [], None, 0


def align(picture, points):
    """Umeyama (1991) by its singular value decomposition; bilinear; black outside."""
    source, target = points.astype(np.float64), TEMPLATE
    a, b = source - source.mean(0), target - target.mean(0)
    u, d, vt = np.linalg.svd(b.T @ a / 5)
    sign = np.diag([1, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ sign @ vt
    matrix = rotation * (np.trace(np.diag(d) @ sign) / a.var(0).sum())
    shift = target.mean(0) - matrix @ source.mean(0)
    y, x = np.mgrid[:112, :112]
    at = (np.stack([x, y], -1) - shift) @ np.linalg.inv(matrix).T
    low = np.floor(at).astype(int)
    share = at - low
    height, width = picture.shape[:2]
    total = np.zeros((112, 112, 3))
    for dy in (0, 1):
        for dx in (0, 1):
            column, row = low[..., 0] + dx, low[..., 1] + dy
            inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
            weight = (share[..., 0] if dx else 1 - share[..., 0]) * (
                share[..., 1] if dy else 1 - share[..., 1]
            )
            total += (
                picture[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
                * (weight * inside)[..., None]
            )
    return np.round(total).astype(np.uint8), np.c_[matrix, shift]


def embed(session, face, mean=127.5, scale=127.5):
    values = ((face.astype(np.float32) - mean) / scale).transpose(2, 0, 1)[None]
    return session.run(None, {"input.1": values})[0][0]


COLOUR = {"green": (0, 255, 0), "red": (255, 0, 0), "pale red": (245, 14, 14), "blue": (0, 0, 255)}
# Width, height and blocks: left, top, right, bottom. In "two" the larger face is the less sure one; in
# "close" the block fills several squares until the photo is looked at smaller.
PHOTOS = {
    "none": (200, 150, []),
    "one": (320, 240, [(120, 100, 136, 116, "red")]),
    "two": (300, 400, [(40, 60, 60, 80, "pale red"), (200, 250, 206, 256, "green")]),
    "border": (320, 320, [(0, 150, 9, 160, "red")]),
    "close": (320, 320, [(96, 96, 128, 128, "blue")]),
}
ALIGNMENTS = {
    "upright": ("one", [[110.0, 92.0], [141.0, 93.5], [126.0, 111.0], [113.0, 126.0], [139.0, 127.0]]),
    "rotated": ("two", [[150.0, 240.0], [128.0, 285.0], [118.0, 250.0], [104.0, 222.0], [86.0, 258.0]]),
    "outside": ("border", [[-20.0, 280.0], [40.0, 290.0], [8.0, 312.0], [-18.0, 345.0], [30.0, 352.0]]),
}


def compare_with_opencv(photos):
    import cv2

    for name, picture in photos.items():
        (height, width) = picture.shape[:2]
        ours, _ = square(picture, 640)
        w, h = (int(640 * width / height), 640) if height > width else (640, int(640 * height / width))
        theirs = cv2.resize(picture, (w, h))
        difference = np.abs(ours[:h, :w].astype(int) - theirs)
        print(f"resize {name}: largest {difference.max()}, mean {difference.mean():.4f}")
    for name, (photo_name, points) in ALIGNMENTS.items():
        ours, matrix = align(photos[photo_name], np.array(points))
        theirs = cv2.warpAffine(photos[photo_name], matrix, (112, 112), borderValue=0.0)
        difference = np.abs(ours.astype(int) - theirs)
        print(f"align {name}: largest {difference.max()}, mean {difference.mean():.4f}")


def main():
    onnxruntime.set_default_logger_severity(3)
    OUT.mkdir(parents=True, exist_ok=True)
    photos = {name: photo(w, h, blocks, i) for i, (name, (w, h, blocks)) in enumerate(PHOTOS.items())}
    if "--opencv" in sys.argv:
        return compare_with_opencv(photos)
    for name, picture in photos.items():
        Image.fromarray(picture).save(OUT / f"{name}.png", optimize=True)
    detector("det.onnx")
    detector("det_batched.onnx", side=320, batched=True)
    detector("det_no_landmarks.onnx", points=False)
    recogniser("rec.onnx")
    recogniser("rec_own_scale.onnx", own_scale=True, seed=3)
    recogniser("rec_256.onnx", width=256)
    sessions = {path.stem: onnxruntime.InferenceSession(path) for path in OUT.glob("*.onnx")}
    expected = {"faces": {}, "alignments": {}}
    for name, picture in photos.items():
        answers = {}
        for model, sides in (("det", SIDES), ("det_batched", (320,))):
            kept, side, found = detect(sessions[model], picture, sides)
            print(
                name,
                model,
                "side",
                side,
                "answers",
                found,
                "faces",
                [(round(f[0], 3), f[1].round(1).tolist()) for f in kept],
            )
            answers[model] = {
                "side": side,
                "faces": [
                    {
                        "score": round(f[0], 6),
                        "bounds": f[1].round(4).tolist(),
                        "landmarks": f[2].round(4).tolist(),
                    }
                    for f in kept
                ],
            }
            if kept and model == "det":
                area = lambda face: (face[1][2] - face[1][0]) * (face[1][3] - face[1][1])
                aligned, _ = align(picture, max(kept, key=area)[2])
                if name in ("two", "border"):
                    answers["rec"] = embed(sessions["rec"], aligned).round(5).tolist()
                if name == "two":
                    answers["rec_own_scale"] = (
                        embed(sessions["rec_own_scale"], aligned, 0, 1).round(5).tolist()
                    )
        expected["faces"][name] = answers
    for name, (photo_name, points) in ALIGNMENTS.items():
        face, _ = align(photos[photo_name], np.array(points))
        Image.fromarray(face).save(OUT / f"aligned_{name}.png", optimize=True)
        expected["alignments"][name] = {"photo": photo_name, "landmarks": points}
    text = json.dumps(
        json.loads(
            json.dumps(expected), parse_float=lambda v: float(np.format_float_positional(np.float32(v)))
        )
    )
    (OUT / "expected.json").write_text(text + "\n")
    print("bytes", sum(path.stat().st_size for path in OUT.iterdir()))


if __name__ == "__main__":
    main()
