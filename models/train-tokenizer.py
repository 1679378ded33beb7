"""Train the 8k byte-level BPE that the demo and the tests use in place of Llama-3's tokenizer.

Byte-pair encoding over bytes (Sennrich et al. 2016, arXiv 1508.07909; the byte alphabet of GPT-2), so that no text is
out of vocabulary. Half of the sample is English and half Chinese, counted in bytes; of each half, half is web text and
half running prose. Cost: about a minute on one core. Departure from Llama-3: GPT-2's split pattern and 8,192 tokens.

Run from the repository root: gpu-runner/.venv/bin/python models/train-tokenizer.py
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
OUT = ROOT / "models" / "tokenizer" / "tokenizer.json"

VOCABULARY = 8192
SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>"]
# Four equal parts of 5 MB: enough for 8k merges to settle, small enough for a minute.
PART_BYTES = 5_000_000


def lines(path: Path) -> Iterator[str]:
    """Yield the texts of a compressed file: a paragraph a line, or the `text` of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)["text"] if ".jsonl" in path.name else line.rstrip("\n")


def sample(path: Path) -> Iterator[str]:
    """Yield every fourth text of a file until the part is full."""
    taken = 0
    for number, text in enumerate(lines(path)):
        if number % 4:
            continue
        if taken > PART_BYTES:
            return
        taken += len(text.encode())
        yield text


def corpus() -> Iterator[str]:
    for name in ("topics/en.web.jsonl.gz", "lm/en.train.txt.gz", "topics/zh.web.jsonl.gz", "lm/zh.train.txt.gz"):
        yield from sample(DATA / name)


def main() -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        # A Chinese sentence is one run of letters; a longer merge than this is a quotation, not a word.
        max_token_length=24,
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    if tokenizer.get_vocab_size() != VOCABULARY:
        raise ValueError(f"the sample gave {tokenizer.get_vocab_size()} tokens, expected {VOCABULARY}: too little text")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(OUT), pretty=False)
    print(json.dumps({"vocabulary": VOCABULARY, "sha256": hashlib.sha256(OUT.read_bytes()).hexdigest()}))


if __name__ == "__main__":
    main()
