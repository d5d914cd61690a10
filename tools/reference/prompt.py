"""From a sentence with a trigger word to the ids of both text encoders, and to their embeddings."""

from pathlib import Path

import torch
from transformers import CLIPTokenizer

LENGTH = 77


def load_tokenizer(folder: Path, config: dict, trigger: str) -> CLIPTokenizer:
    """A CLIP tokenizer over `vocab.json` and `merges.txt`, with the trigger as an added special token."""
    tokenizer = CLIPTokenizer(
        str(folder / "vocab.json"),
        str(folder / "merges.txt"),
        pad_token=config["pad_token"],
        model_max_length=LENGTH,
    )
    tokenizer.add_tokens([trigger], special_tokens=True)
    # Long texts are cut on purpose; the library would warn each time.
    tokenizer.deprecation_warnings["sequence-length-is-longer-than-the-specified-maximum"] = True
    return tokenizer


def encode(tokenizer, text: str) -> list:
    """77 ids: cut with the end token kept, or padded."""
    return tokenizer(text, padding="max_length", max_length=LENGTH, truncation=True).input_ids


def expand(tokenizer, prompt: str, trigger: str, copies: int):
    """Ids and mask of the prompt with the trigger gone and the class word before it repeated `copies`
    times."""
    ids = tokenizer(prompt, max_length=LENGTH, truncation=True).input_ids
    trigger_id = tokenizer.convert_tokens_to_ids(trigger)
    if ids.count(trigger_id) != 1:
        raise ValueError(f"the prompt must hold the trigger word once within {LENGTH} tokens")
    at = ids.index(trigger_id)
    if at < 2:
        raise ValueError("a class word must stand before the trigger word")
    row = ids[: at - 1] + [ids[at - 1]] * copies + ids[at + 1 :]
    mask = [at - 1 <= i < at - 1 + copies for i in range(LENGTH)]
    row = row[:LENGTH] + [tokenizer.pad_token_id] * (LENGTH - len(row))
    return row, mask


def text_only(tokenizer, prompt: str, trigger: str) -> str:
    """The prompt without the trigger, as the tokenizer spells it."""
    ids = tokenizer(prompt, add_special_tokens=False).input_ids
    trigger_id = tokenizer.convert_tokens_to_ids(trigger)
    return tokenizer.decode([i for i in ids if i != trigger_id], clean_up_tokenization_spaces=False)


@torch.no_grad()
def embed(encoders, rows):
    """(layer before the last of each encoder, pooled vector of the second) for one id row per encoder."""
    hidden = []
    for encoder, row in zip(encoders, rows):
        out = encoder(torch.tensor([row]), output_hidden_states=True)
        hidden.append(out.hidden_states[-2])
    return hidden, out.text_embeds
