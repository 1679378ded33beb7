"""The plan: the exact reading of a manifest under one tokenizer.

The entries are walked in order. Each (phase, cell) takes documents until its quota of true tokens; the
document that fills it is cut there, and what the cell still has in that phase is dropped. A document's
tokens are its text's and one end token, which counts; a cut document has none. Entries marked `reserve`
are like any other, they only come last in their cell. The stream of what is taken, in order, is what
the model reads: instance i is tokens [i * seq_len, (i + 1) * seq_len) of it, the last one shorter.

A plan is a list of segments, each a slice of one shard's token array, so 100 B tokens are about a
million records. It is a pure function of manifest, tokenizer and seq_len, and its hash names it.
Departs from the planners of other engines: no random numbers, no iterator per cell, no rounding of a
quota to whole instances (docs/formats/plan.md).
Cost: one binary search per entry that is cut, two look-ups per other entry.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpu_runner.errors import PlanError, ShardError
from gpu_runner.manifest import NO_BUCKET, Manifest
from gpu_runner.sidecar import Sidecar, make_sidecar, open_sidecar, sidecar_folder
from gpu_runner.source import Folder, ShardSource
from gpu_runner.tokenizer import TextTokenizer

FORMAT = "millrace-plan/1"

SEGMENT = np.dtype(
    [
        ("entry", "<u4"),
        ("phase", "<u2"),
        ("cell", "<u2"),
        ("bucket", "<i4"),
        ("shard", "<u4"),
        ("row_start", "<u4"),
        # Exclusive; where `cut`, the last row is read in part.
        ("row_end", "<u4"),
        ("cut", "?"),
        # First token in the shard's token array, and how many are read.
        ("token_start", "<u8"),
        ("tokens", "<u8"),
    ]
)


@dataclass(frozen=True, kw_only=True)
class CellUse:
    phase: str
    cell: str
    quota: int
    tokens: int
    bytes: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    position: int
    phase: str
    cell: str
    bucket: int | None
    shard: str
    row: int
    id: str
    tokens: int
    cut: bool


@dataclass(frozen=True, kw_only=True)
class Plan:
    manifest: Manifest
    tokenizer_sha256: str
    end_id: int
    seq_len: int
    segments: NDArray[np.void]
    sidecars: Sequence[Sidecar]

    @cached_property
    def hash(self) -> str:
        named = {
            "format": FORMAT,
            "manifest": self.manifest.id,
            "tokenizer": self.tokenizer_sha256,
            "end": self.end_id,
            "seqLen": self.seq_len,
        }
        digest = hashlib.sha256(json.dumps(named, sort_keys=True).encode())
        digest.update(self.segments.tobytes())
        return digest.hexdigest()

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where each segment begins in the stream; one more for its end."""
        ends = np.cumsum(self.segments["tokens"].astype(np.int64))
        return np.concatenate((np.zeros(1, np.int64), ends))

    @property
    def tokens(self) -> int:
        return int(self.starts[-1])

    @property
    def instances(self) -> int:
        return -(-self.tokens // self.seq_len)

    def cells(self) -> list[CellUse]:
        """Per phase and cell of the head, in its order. A cut row gives its bytes in proportion to its tokens."""
        taken: dict[tuple[int, int], list[int]] = {key: [0, 0, 0] for key in self.manifest.quotas}
        for segment in self.segments:
            use = taken[int(segment["phase"]), int(segment["cell"])]
            first, last = int(segment["row_start"]), int(segment["row_end"])
            side = self.sidecars[int(segment["shard"])]
            use[0] += int(segment["tokens"])
            use[1] += int(side.bytes[first:last].sum(dtype=np.int64))
            use[2] += last - first
            if segment["cut"]:
                read, whole = self._last_row(segment, side)
                use[1] -= int(side.bytes[last - 1]) * (whole - read) // whole
        return [
            CellUse(
                phase=self.manifest.phases[phase],
                cell=self.manifest.cells[cell],
                quota=quota,
                tokens=taken[phase, cell][0],
                bytes=taken[phase, cell][1],
                rows=taken[phase, cell][2],
            )
            for (phase, cell), quota in self.manifest.quotas.items()
        ]

    def unread(self) -> list[tuple[str, int, int]]:
        """Rows that the manifest names and no segment reads, as (shard, first, end)."""
        ranges: list[tuple[str, int, int]] = []
        named_by_shard = _by_shard(self.manifest.entries, len(self.manifest.shards))
        read_by_shard = _by_shard(self.segments, len(self.manifest.shards))
        for shard, named_in, read_in in zip(self.manifest.shards, named_by_shard, read_by_shard, strict=True):
            named, read = _cover(named_in, shard.rows), _cover(read_in, shard.rows)
            edges = np.flatnonzero(np.diff(np.concatenate(([0], (named & ~read).astype(np.int8), [0]))))
            ranges += [(shard.key, int(first), int(end)) for first, end in edges.reshape(-1, 2)]
        return ranges

    def rows(self) -> Iterator[PlanRow]:
        """Every document as it will be read."""
        position = 0
        for segment in self.segments:
            side = self.sidecars[int(segment["shard"])]
            first, last = int(segment["row_start"]), int(segment["row_end"])
            bucket = int(segment["bucket"])
            for row in range(first, last):
                cut = bool(segment["cut"]) and row == last - 1
                tokens = self._last_row(segment, side)[0] if cut else int(side.offsets[row + 1] - side.offsets[row])
                yield PlanRow(
                    position=position,
                    phase=self.manifest.phases[int(segment["phase"])],
                    cell=self.manifest.cells[int(segment["cell"])],
                    bucket=None if bucket == NO_BUCKET else bucket,
                    shard=self.manifest.shards[int(segment["shard"])].key,
                    row=row,
                    id=side.ids[row].decode(),
                    tokens=tokens,
                    cut=cut,
                )
                position += 1

    def summary(self) -> dict[str, Any]:
        return {
            "plan": self.hash,
            "manifest": self.manifest.id,
            "tokenizer": self.tokenizer_sha256,
            "seqLen": self.seq_len,
            "tokens": self.tokens,
            "instances": self.instances,
            "cells": [vars(use) for use in self.cells()],
            "unread": [{"shard": key, "rowStart": first, "rowEnd": end} for key, first, end in self.unread()],
        }

    @staticmethod
    def _last_row(segment: np.void, side: Sidecar) -> tuple[int, int]:
        """(tokens read, tokens there) of a segment's last row."""
        row = int(segment["row_end"]) - 1
        before = int(side.offsets[row]) - int(segment["token_start"])
        return int(segment["tokens"]) - before, int(side.offsets[row + 1] - side.offsets[row])


def compile_plan(
    manifest: Manifest,
    sidecars: Sequence[Sidecar],
    tokenizer: TextTokenizer,
    *,
    seq_len: int,
    allow_short: bool = False,
) -> Plan:
    if seq_len < 2:
        raise PlanError(f"seq_len is {seq_len}; expected at least 2, one token to read and one to predict")
    left = dict(manifest.quotas)
    records: list[tuple[object, ...]] = []
    # As tuples of plain integers the walk is several times faster than over numpy records.
    for number, (position, phase, cell, bucket, shard, first, last, _) in enumerate(manifest.entries.tolist()):
        key = (phase, cell)
        if key not in left:
            raise PlanError(
                f"entry {position} is of {manifest.cells[cell]} in {manifest.phases[phase]}, which has no quota for it"
            )
        if left[key] == 0:
            continue
        side = sidecars[shard]
        start, end = int(side.offsets[first]), int(side.offsets[last])
        taken = min(end - start, left[key])
        cut = False
        if taken < end - start:
            # The row that the quota's last token lies in.
            last = int(np.searchsorted(side.offsets, start + taken, side="left"))
            cut = int(side.offsets[last]) != start + taken
        left[key] -= taken
        records.append((number, phase, cell, bucket, shard, first, last, cut, start, taken))
    short = [(key, missing) for key, missing in left.items() if missing]
    if short and not allow_short:
        named = "; ".join(
            f"{manifest.cells[cell]} in {manifest.phases[phase]} lacks {missing:,} of {manifest.quotas[phase, cell]:,}"
            for (phase, cell), missing in short
        )
        raise PlanError(
            f"the reserve does not fill {len(short)} quota(s), {sum(missing for _, missing in short):,} tokens in all: "
            f"{named}. The token table overrates these cells: plan again with a corrected one, or pass --allow-short"
        )
    segments = np.array(records, dtype=SEGMENT)
    if not len(segments):
        raise PlanError("the plan is empty: the manifest's quotas are 0 or its entries hold no document")
    return Plan(
        manifest=manifest,
        tokenizer_sha256=tokenizer.sha256,
        end_id=tokenizer.end_id,
        seq_len=seq_len,
        segments=segments,
        sidecars=sidecars,
    )


def prepare_sidecars(manifest: Manifest, source: ShardSource, tokenizer: TextTokenizer, cache: Path) -> list[Sidecar]:
    """Fetch and tokenise what the cache lacks. A local folder's shards are hashed even when their tokens are there."""
    return [prepare_sidecar(source, shard.key, shard.sha256, shard.rows, tokenizer, cache) for shard in manifest.shards]


def prepare_sidecar(
    source: ShardSource, key: str, sha256: str, rows: int, tokenizer: TextTokenizer, cache: Path
) -> Sidecar:
    folder = sidecar_folder(cache, sha256, tokenizer)
    local = source.fetch(key, sha256) if isinstance(source, Folder) else None
    side = open_sidecar(folder)
    if side is None:
        side = make_sidecar(local or source.fetch(key, sha256), key, folder, tokenizer)
    if side.rows != rows:
        raise ShardError(f"shard {key} holds {side.rows} rows, the manifest says {rows}")
    return side


def _by_shard(records: NDArray[np.void], shards: int) -> list[NDArray[np.void]]:
    ordered = records[np.argsort(records["shard"], kind="stable")]
    borders = np.searchsorted(ordered["shard"], np.arange(1, shards))
    return np.split(ordered, borders)


def _cover(records: NDArray[np.void], rows: int) -> NDArray[np.bool_]:
    """Rows inside any of the records' ranges: +1 where one begins, -1 where it ends."""
    deltas = np.zeros(rows + 1, dtype=np.int32)
    np.add.at(deltas, records["row_start"], 1)
    np.add.at(deltas, records["row_end"], -1)
    return np.cumsum(deltas[:-1]) > 0
