"""log10 p, tokens and unknown words of each line under a KenLM model: the sum in double precision of what each word has."""

import sys

import kenlm

model = kenlm.Model(sys.argv[1])
with open(sys.argv[2], encoding="utf-8") as lines:
    for line in lines:
        scores = list(model.full_scores(line))
        print(repr(sum(p for p, _, _ in scores)), len(scores), sum(unknown for _, _, unknown in scores))
