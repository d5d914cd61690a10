"""A byte-pair vocabulary in CLIP's layout, learnt from a few sentences, small enough to commit."""

import collections
import json
import re
from pathlib import Path

MERGES = 360
SENTENCES = """
portrait photo of a woman in a red coat standing in the snow
a portrait of a man reading a newspaper by the window, soft morning light
cinematic photo of a boy with headphones in a neon city at night
a girl holding green apples beside the wooden table, shallow depth of field
an elderly person wearing a dark blue velvet jacket with silver buttons
film grain, muted colours, quiet mood, sharp eyes, calm expression, grey beard
low quality, blurry, worst quality, bad anatomy, bad hands, extra fingers, watermark
a studio photograph of a tall man walking a small brown dog along the river
watercolour painting of two friends drinking coffee on a rainy afternoon
the photographer's assistant couldn't find the white shirt, so they've used the striped one
summer dress, winter scarf, autumn hat, spring flowers, 1920s paris, 35mm, f2
he is standing here and she is looking there, it's the best portrait of the year
""".strip()


def byte_symbols() -> list:
    """The 256 byte symbols in the order of their ids: printable bytes stand for themselves, the rest from
    U+0100 on."""
    kept = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = [b for b in range(256) if b not in kept]
    return [chr(b) for b in kept] + [chr(0x100 + i) for i in range(len(moved))]


def learn(text: str, count: int) -> list:
    """The `count` most frequent merges, ties by spelling so that the result never changes."""
    pieces = collections.Counter(
        re.findall(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+", text.lower())
    )
    spelled = {p: [*p[:-1], p[-1] + "</w>"] for p in pieces}
    merges = []
    while len(merges) < count:
        pairs = collections.Counter()
        for piece, symbols in spelled.items():
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += pieces[piece]
        if not pairs:
            break
        best = min(pairs, key=lambda p: (-pairs[p], p))
        merges.append(best)
        for symbols in spelled.values():
            i = 0
            while i + 1 < len(symbols):
                if (symbols[i], symbols[i + 1]) == best:
                    symbols[i : i + 2] = ["".join(best)]
                i += 1
    return merges


def write(folder: Path) -> int:
    """Writes vocab.json and merges.txt; gives the number of entries. The end token is the last."""
    merges = learn(SENTENCES, MERGES)
    symbols = byte_symbols()
    names = (
        symbols
        + [s + "</w>" for s in symbols]
        + ["".join(m) for m in merges]
        + ["<|startoftext|>", "<|endoftext|>"]
    )
    if len(set(names)) != len(names):
        raise ValueError("two merges spell the same token")
    folder.mkdir(parents=True, exist_ok=True)
    vocab = {name: i for i, name in enumerate(names)}
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False, separators=(",", ":")) + "\n")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    return len(names)
