"""A manifest as the runner reads it: the head and the two files beside it, each held to its hash.

Entries are columns, not objects: a manifest of 100 B tokens has about a million.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from gpu_runner.canonical import sha256_canonical
from gpu_runner.contract import check, validator
from gpu_runner.errors import ManifestError
from gpu_runner.source import is_url, read_url

# A bucket is floor(16 ln perplexity), so a small integer; no bucket is the least int32.
NO_BUCKET = np.iinfo(np.int32).min

ENTRY = np.dtype(
    [
        ("position", "<u4"),
        ("phase", "<u2"),
        ("cell", "<u2"),
        ("bucket", "<i4"),
        ("shard", "<u4"),
        ("row_start", "<u4"),
        ("row_end", "<u4"),
        ("reserve", "?"),
    ]
)

ENTRY_FIELDS = {"position", "phase", "cell", "bucket", "shard", "rowStart", "rowEnd", "tokens"}


@dataclass(frozen=True, kw_only=True)
class Shard:
    key: str
    sha256: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class HoldoutFile:
    key: str
    sha256: str
    cell: str
    rows: int
    take: int
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Manifest:
    head: dict[str, Any]
    shards: tuple[Shard, ...]
    entries: NDArray[np.void]
    """ENTRY records in reading order; `phase` and `cell` index the two tuples below."""
    phases: tuple[str, ...]
    cells: tuple[str, ...]

    @property
    def id(self) -> str:
        return cast("str", self.head["id"])

    @property
    def tokenizer_sha256(self) -> str:
        return cast("str", self.head["tokenTable"]["tokenizer"]["sha256"])

    @cached_property
    def quotas(self) -> dict[tuple[int, int], int]:
        """(phase, cell) → tokens."""
        cells = {cell: index for index, cell in enumerate(self.cells)}
        return {
            (phase, cells[quota["cell"]]): quota["tokens"]
            for phase, body in enumerate(self.head["phases"])
            for quota in body["quotas"]
        }

    @property
    def holdout(self) -> tuple[HoldoutFile, ...]:
        return tuple(
            HoldoutFile(
                key=file["shard"],
                sha256=file["sha256"],
                cell=file["cell"],
                rows=file["rows"],
                take=file["take"],
                left_out=tuple(file.get("leftOut", ())),
            )
            for file in self.head["holdout"]["files"]
        )


def load_manifest(where: str, *, token: str | None = None) -> Manifest:
    """`where` is a head's path, the folder it lies in, or `{server}/v1/manifests/{id}`."""
    if is_url(where):
        base = where.rstrip("/")
        head = _json(read_url(base, token), base)
        beside = {name: read_url(f"{base}/{name}", token) for name in _names(head, base)}
    else:
        path = Path(where)
        path = path / "manifest.json" if path.is_dir() else path
        head = _json(_read(path), str(path))
        beside = {name: _read(path.parent / name) for name in _names(head, str(path))}
    return parse_manifest(head, beside)


def parse_manifest(head: dict[str, Any], beside: dict[str, bytes]) -> Manifest:
    without_id = {key: value for key, value in head.items() if key != "id"}
    actual = sha256_canonical(without_id)
    if actual != head["id"]:
        raise ManifestError(f"manifest calls itself {head['id']}, but its head hashes to {actual}: it was edited")
    for file in head["files"].values():
        found = hashlib.sha256(beside[file["name"]]).hexdigest()
        if found != file["sha256"]:
            raise ManifestError(
                f"{file['name']} has sha-256 {found}, the head names {file['sha256']}: damaged or swapped"
            )
    shards = tuple(
        Shard(key=line["shard"], sha256=line["sha256"], rows=line["rows"])
        for line in _lines("shard-line", beside[head["files"]["shards"]["name"]], "shards")
    )
    phases = tuple(phase["name"] for phase in head["phases"])
    cells = tuple(sorted({quota["cell"] for phase in head["phases"] for quota in phase["quotas"]}))
    entries = _entries(beside[head["files"]["entries"]["name"]], shards, phases, cells)
    return Manifest(head=head, shards=shards, entries=entries, phases=phases, cells=cells)


def _entries(
    text: bytes, shards: tuple[Shard, ...], phases: tuple[str, ...], cells: tuple[str, ...]
) -> NDArray[np.void]:
    phase_of = {name: index for index, name in enumerate(phases)}
    cell_of = {name: index for index, name in enumerate(cells)}
    records: list[tuple[object, ...]] = []
    last_position, last_phase = -1, 0
    for line in _lines("entry", text, "entries"):
        at = f"entry {line['position']}"
        phase, cell = phase_of.get(line["phase"]), cell_of.get(line["cell"])
        if phase is None or cell is None:
            raise ManifestError(
                f"{at} names phase {line['phase']!r} and cell {line['cell']!r}; the head has no such quota"
            )
        if line["position"] <= last_position or phase < last_phase:
            raise ManifestError(f"{at} of phase {line['phase']!r} is out of reading order")
        if line["shard"] >= len(shards):
            raise ManifestError(f"{at} reads line {line['shard']} of shards.ndjson, which has {len(shards)}")
        if not line["rowStart"] < line["rowEnd"] <= shards[line["shard"]].rows:
            raise ManifestError(
                f"{at} reads rows {line['rowStart']} to {line['rowEnd']} of {shards[line['shard']].key}, "
                f"which has {shards[line['shard']].rows}"
            )
        last_position, last_phase = line["position"], phase
        bucket = NO_BUCKET if line["bucket"] is None else line["bucket"]
        records.append(
            (last_position, phase, cell, bucket, line["shard"], line["rowStart"], line["rowEnd"], "reserve" in line)
        )
    return np.array(records, dtype=ENTRY)


def _lines(contract: str, text: bytes, file: str) -> Iterator[dict[str, Any]]:
    lines = text.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    is_valid = is_plain_entry if contract == "entry" else validator(contract).is_valid
    for number, raw in enumerate(lines):
        where = f"{file}.ndjson line {number + 1}"
        line = _json(raw, where, contract=None)
        if not is_valid(line):
            check(contract, line, where)
            raise ManifestError(f"{where} holds a number that is no 32-bit integer")
        yield line


def is_plain_entry(line: Any) -> bool:
    """True only for what the contract `entry` allows, in a hundredth of the validator's time; there are a million."""
    if type(line) is not dict or not ENTRY_FIELDS <= line.keys() <= ENTRY_FIELDS | {"reserve"}:
        return False
    counts = (line["position"], line["shard"], line["rowStart"], line["rowEnd"], line["tokens"])
    bucket = line["bucket"]
    return (
        all(type(count) is int and 0 <= count < 2**32 for count in counts)
        and line["rowEnd"] > 0
        and type(line["phase"]) is str
        and type(line["cell"]) is str
        and (bucket is None or (type(bucket) is int and abs(bucket) < 2**31))
        and line.get("reserve", True) is True
    )


def _json(raw: bytes, where: str, *, contract: str | None = "manifest-head") -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except ValueError as error:
        raise ManifestError(f"{where} is not JSON: {error}") from error
    if contract is not None:
        check(contract, value, where)
    return cast("dict[str, Any]", value)


def _names(head: dict[str, Any], where: str) -> tuple[str, str]:
    names = (head["files"]["shards"]["name"], head["files"]["entries"]["name"])
    for name in names:
        if "/" in name or "\\" in name or name.startswith("."):
            raise ManifestError(f"{where} names a file {name!r}; expected a plain name beside the head")
    return names


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ManifestError(
            f"no file {path}: expected a manifest's head with its two NDJSON files beside it"
        ) from error
