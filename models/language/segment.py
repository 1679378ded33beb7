"""Chinese running text cut into words by jieba 0.42.1: segment.py TEXT.gz > WORDS.

A line a paragraph, words apart by U+0001.

python3 -m venv jieba-venv && jieba-venv/bin/pip install jieba==0.42.1
"""

import gzip
import random
import sys

import jieba

CHARACTERS = 4_500_000
SEED = 3

with gzip.open(sys.argv[1], "rt", encoding="utf-8") as text:
    lines = text.read().split("\n")
random.Random(SEED).shuffle(lines)  # noqa: S311 - a sample, not a secret
cut = 0
for line in lines:
    if len(line) < 20:
        continue
    line = line[:600]
    print("\x01".join(jieba.cut(line)))
    cut += len(line)
    if cut > CHARACTERS:
        break
