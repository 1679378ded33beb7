"""Bytes of text per token of the committed tokenizer, by language and source: models/tokens/default.json.

One end-of-text token a document counts, as it does in a plan. Web pages are measured on real web texts
(../shared/data/topics), every other source on the sample's documents.
Run from the repository root: gpu-runner/.venv/bin/python models/measure-tokens.py
"""

import gzip
import hashlib
import json
from itertools import islice
from pathlib import Path

from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parent.parent
TOKENIZER = ROOT / "models/tokenizer/tokenizer.json"
WEB_DOCUMENTS = 1500


def texts() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for lang in ("en", "zh"):
        with gzip.open(ROOT.parent / f"shared/data/topics/{lang}.web.jsonl.gz", "rt", encoding="utf-8") as file:
            found[f"{lang}/web"] = [json.loads(line)["text"] for line in islice(file, WEB_DOCUMENTS)]
    for line in (ROOT / "test/fixtures/sample/documents.ndjson").read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        found.setdefault(f"{page['lang']}/{page['source']}", []).append(page["text"])
    return found


def main() -> None:
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    ratios: dict[str, float] = {}
    for key, documents in sorted(texts().items()):
        tokens = sum(len(one.ids) + 1 for one in tokenizer.encode_batch(documents, add_special_tokens=False))
        ratios[key] = round(sum(len(text.encode()) for text in documents) / tokens, 4)
    table = {
        "id": "bpe-8k-1",
        "tokenizer": {"name": "millrace-bpe-8k", "sha256": hashlib.sha256(TOKENIZER.read_bytes()).hexdigest()},
        "bytesPerToken": ratios,
    }
    out = ROOT / "models/tokens/default.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(ratios))


if __name__ == "__main__":
    main()
