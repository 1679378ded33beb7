"""Instances out of a plan: input, label and document lengths of any seq_len window of the stream.

Label i is token i + 1 of the same document, also across the border of two instances: every token of a
document but its first is predicted exactly once in a run, and none from another document. Positions
without a label, and the padding of the last instance, carry IGNORED. Documents are `doc_lens` of the
attention mask: a document that goes on from the instance before starts anew here.
Cost: one binary search in the segments, then slices of memory-mapped arrays.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gpu_runner.plan import Plan

IGNORED = -100


@dataclass(frozen=True, kw_only=True)
class Instance:
    input_ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    doc_lens: list[int]
    """Sums to seq_len: padding counts as one more document, which nobody reads."""
    tokens: int


class PlanReader:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._starts = plan.starts

    def __len__(self) -> int:
        return self.plan.instances

    def __getitem__(self, index: int) -> Instance:
        """Past the end come instances of padding alone, which fill up the last batch."""
        size = self.plan.seq_len
        first = min(index * size, self.plan.tokens)
        end = min(first + size, self.plan.tokens)
        ids, document = self._stream(first, min(end + 1, self.plan.tokens))
        tokens = end - first
        input_ids = np.full(size, self.plan.end_id, dtype=np.int64)
        labels = np.full(size, IGNORED, dtype=np.int64)
        input_ids[:tokens] = ids[:tokens]
        same = document[1:] == document[:-1]
        labels[: len(same)] = np.where(same, ids[1:], IGNORED)
        _, doc_lens = np.unique(document[:tokens], return_counts=True)
        padding = [size - tokens] if tokens < size else []
        return Instance(input_ids=input_ids, labels=labels, doc_lens=[*doc_lens.tolist(), *padding], tokens=tokens)

    def _stream(self, first: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Tokens [first, end) of the stream, and for each a number that rises from document to document."""
        ids: list[NDArray[np.int64]] = []
        documents: list[NDArray[np.int64]] = []
        number = 0
        at = int(np.searchsorted(self._starts, first, side="right")) - 1
        while first < end:
            segment = self.plan.segments[at]
            side = self.plan.sidecars[int(segment["shard"])]
            start = int(segment["token_start"]) + first - int(self._starts[at])
            size = min(end, int(self._starts[at + 1])) - first
            ids.append(side.tokens[start : start + size].astype(np.int64))
            # Rows are counted from the one that `start` lies in; an end token belongs to its own row.
            row = int(np.searchsorted(side.offsets, start, side="right")) - 1
            until = int(np.searchsorted(side.offsets, start + size, side="left"))
            borders = np.clip(side.offsets[row : until + 1], start, start + size)
            documents.append(np.repeat(np.arange(number, number + until - row), np.diff(borders)))
            number += until - row
            first += size
            at += 1
        if not ids:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return np.concatenate(ids), np.concatenate(documents)
