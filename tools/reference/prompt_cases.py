"""Texts with corners, and the ids and spelling that the tokenizer gives them."""

import json
from pathlib import Path

import models
import prompt
import vocabulary

TEXTS = [
    "",
    " ",
    "!",
    "portrait photo of a woman img in a red coat",
    "manimg in the snow",
    "a man img, a woman img",
    "a man IMG and a Img",
    "img first",
    "no trigger at all",
    "a  boy\timg\n reading\u3000a newspaper",
    "cafe\u0301 versus café",
    "it's we're I'VE they'll he'd I'm can't 'sx ''s",
    "1920s, f/2.8 35mm 3½ Ⅷ ٣",
    "눈 속의 여자 img, 빨간 코트",
    "雪の中の女性 img",
    "smile 😀👍🏽 and 🇰🇷",
    "ΟΔΟΣ İSTANBUL STRASSE ẞ DŽ",
    "under_score-dash--dash ... ?!?! (a:1.3) [b] {c}",
    "zero\u200bwidth no\u00a0break soft\u00adhyphen",
    "naïve résumé ﬁ ﬂ ſ",
    "a <|endoftext|> in the middle",
    "<|startoftext|>a girl img",
    "a\u0000b \u0007 c",
    "tab\x0bvertical\x0cfeed\x85next\u2028line",
    "\u0915\u094d\u0937 हिन्दी ไทย",
    "word " * 90 + "img",
    "woman img " + "word " * 90,
]


def make(out: Path) -> None:
    vocabulary.write(out / "tokenizer")
    tokenizers = [
        prompt.load_tokenizer(out / "tokenizer", models.tokenizer(pad)["tokenizer_config"], "img")
        for pad in ("<|endoftext|>", "!")
    ]
    rows = []
    for text in TEXTS:
        row = {
            "text": text,
            "ids": tokenizers[0](text).input_ids,
            "padded.1": prompt.encode(tokenizers[0], text),
            "padded.2": prompt.encode(tokenizers[1], text),
        }
        row["text_only"] = prompt.text_only(tokenizers[1], text, "img")
        for copies in (1, 2, 16):
            try:
                ids, mask = prompt.expand(tokenizers[1], text, "img", copies)
                row[f"expanded.{copies}"] = {"ids.2": ids, "first": mask.index(True), "count": sum(mask)}
            except ValueError as reason:
                row["refused"] = str(reason)
        rows.append(row)
    trigger = tokenizers[0].convert_tokens_to_ids("img")
    lines = ",\n".join("  " + json.dumps(r) for r in rows)
    (out / "prompts.json").write_text(
        f'{{\n "format": 1, "trigger_word": "img", "trigger_id": {trigger}, "tokenizer": "tokenizer",\n'
        f' "texts": [\n{lines}\n ]\n}}\n'
    )
    print(f"prompts: {len(rows)} texts, {sum('refused' in r for r in rows)} refused")
