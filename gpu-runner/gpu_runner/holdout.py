"""The hold-out documents of a manifest, and their negative log-likelihood under a model.

Documents are padded, not packed: one never sees another. A document longer than seq_len is scored in
windows of seq_len that follow on each other, each label in exactly one; the first token is never
scored, the end token is. Sums are kept (nats, tokens, bytes, documents), so that they can be added.
Batches are cut from the windows in order of length and dealt to the ranks, so which windows share a
batch, and with it every digit, does not depend on the world size.
Cost: a forward pass per window; padding is at most the spread of lengths inside a batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray

from gpu_runner.manifest import HoldoutFile
from gpu_runner.reading import IGNORED
from gpu_runner.sidecar import Sidecar

# Per-position loss of (inputs, labels), both (B, T), as (B, T): IGNORED positions give 0.
Forward = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True, kw_only=True)
class Document:
    id: str
    lang: str
    topic: str
    tokens: NDArray[np.int64]
    """With the end token."""
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Score:
    nll: float
    tokens: int


def holdout_documents(files: Sequence[HoldoutFile], sidecars: Sequence[Sidecar]) -> list[Document]:
    """Of each file's rows that are not left out `take`, evenly spread: they are sorted by bucket, easy ones first."""
    documents: list[Document] = []
    for file, side in zip(files, sidecars, strict=True):
        source, lang, topic = file.cell.split("/")
        left_out = set(file.left_out)
        rows = [row for row in range(file.rows) if row not in left_out]
        for row in (rows[(2 * i + 1) * len(rows) // (2 * file.take)] for i in range(file.take)):
            first, last = int(side.offsets[row]), int(side.offsets[row + 1])
            documents.append(
                Document(
                    id=side.ids[row].decode(),
                    lang=lang,
                    topic=topic if source == "web" else source,
                    tokens=side.tokens[first:last].astype(np.int64),
                    bytes=int(side.bytes[row]),
                )
            )
    return documents


def score_documents(
    forward: Forward,
    documents: Sequence[NDArray[np.int64]],
    *,
    seq_len: int,
    batch: int,
    pad_id: int,
    device: torch.device,
    rank: int = 0,
    world_size: int = 1,
) -> list[Score]:
    """The same list on every rank. Each rank makes equally many forward passes: under FSDP they are collectives."""
    windows = [
        (number, start, min(start + seq_len, len(tokens) - 1))
        for number, tokens in enumerate(documents)
        for start in range(0, len(tokens) - 1, seq_len)
    ]
    windows.sort(key=lambda window: (window[1] - window[2], window))
    batches = [windows[first : first + batch] for first in range(0, len(windows), batch)]
    sums = torch.zeros(len(documents), dtype=torch.float64, device=device)
    for first in range(0, len(batches), world_size):
        mine = batches[first + rank] if first + rank < len(batches) else []
        width = max((end - start for _, start, end in mine), default=1)
        inputs = np.full((max(len(mine), 1), width), pad_id, dtype=np.int64)
        labels = np.full_like(inputs, IGNORED)
        for row, (number, start, end) in enumerate(mine):
            inputs[row, : end - start] = documents[number][start:end]
            labels[row, : end - start] = documents[number][start + 1 : end + 1]
        losses = forward(torch.from_numpy(inputs).to(device), torch.from_numpy(labels).to(device))
        for row, (number, _, _) in enumerate(mine):
            sums[number] += losses[row].double().sum()
    if world_size > 1:
        dist.all_reduce(sums)
    return [
        Score(nll=nll, tokens=max(len(tokens) - 1, 0)) for nll, tokens in zip(sums.tolist(), documents, strict=True)
    ]


def save_scores(path: Path, documents: Sequence[Document], scores: Sequence[Score]) -> None:
    """Per document, so that the next evaluation can be paired with this one."""
    np.savez_compressed(
        path,
        ids=np.array([one.id for one in documents]),
        nll=np.array([one.nll for one in scores]),
        tokens=np.array([one.tokens for one in scores]),
    )


def load_scores(path: Path) -> dict[str, Score]:
    with np.load(path) as saved:
        return {
            str(name): Score(nll=float(nll), tokens=int(tokens))
            for name, nll, tokens in zip(saved["ids"], saved["nll"], saved["tokens"], strict=True)
        }
