"""A shard's true tokens, made once per (shard, tokenizer) and memory-mapped from then on.

A sidecar is a folder of arrays under `tokens/{tokenizer}/{shard}` in the cache: `tokens` (uint32: a
vocabulary of 128,256 passes 65,535), the documents of the shard one after another, each with its end
token; `offsets` (rows + 1); `ids` and `bytes` by row. A run of rows is one slice of `tokens`, which is
what lets a plan be a list of slices. It is written beside its place and renamed.
Cost: one pass of the tokenizer; 4 bytes a token on disk.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from gpu_runner.errors import ShardError
from gpu_runner.tokenizer import TextTokenizer

FORMAT = 1
ARRAYS = ("tokens", "offsets", "ids", "bytes")
BATCH_ROWS = 1024


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    tokens: NDArray[np.uint32]
    offsets: NDArray[np.int64]
    ids: NDArray[np.bytes_]
    bytes: NDArray[np.uint32]

    @property
    def rows(self) -> int:
        return len(self.offsets) - 1


def sidecar_folder(cache: Path, sha256: str, tokenizer: TextTokenizer) -> Path:
    # 16 hex digits are 64 bits: two tokenizers of one cache do not meet by chance.
    return cache / "tokens" / f"v{FORMAT}-{tokenizer.sha256[:16]}" / sha256


def open_sidecar(folder: Path) -> Sidecar | None:
    if not folder.is_dir():
        return None
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
    return Sidecar(**arrays)


def make_sidecar(shard: Path, key: str, folder: Path, tokenizer: TextTokenizer) -> Sidecar:
    existing = open_sidecar(folder)
    if existing is not None:
        return existing
    tokens: list[NDArray[np.uint32]] = []
    lengths: list[int] = []
    ids: list[bytes] = []
    sizes: list[int] = []
    for texts, batch_ids in _batches(shard, key):
        for ids_of_text in tokenizer.encode(texts):
            tokens.append(np.array(ids_of_text, dtype=np.uint32))
            lengths.append(len(ids_of_text))
        ids += [one.encode() for one in batch_ids]
        sizes += [len(text.encode()) for text in texts]
    arrays = {
        "tokens": np.concatenate(tokens) if tokens else np.zeros(0, np.uint32),
        "offsets": np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int64),
        "ids": np.array(ids, dtype="S32"),
        "bytes": np.array(sizes, dtype=np.uint32),
    }
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=folder.parent, suffix=".part"))
    try:
        for name, array in arrays.items():
            np.save(part / f"{name}.npy", array)
        # Another process may have been faster; its arrays are the same.
        with suppress(OSError):
            part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    made = open_sidecar(folder)
    if made is None:
        raise ShardError(f"the token arrays of {key} cannot be written to {folder}")
    return made


def _batches(shard: Path, key: str) -> Iterator[tuple[list[str], list[str]]]:
    try:
        with pq.ParquetFile(shard) as file:
            missing = {"id", "text"} - set(file.schema_arrow.names)
            if missing:
                raise ShardError(f"shard {key} has no column {', '.join(sorted(missing))}: not one of Millrace's")
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=["text", "id"]):
                columns = batch.to_pydict()
                yield columns["text"], columns["id"]
    except pa.ArrowException as error:
        raise ShardError(f"shard {key} is not readable Parquet: {error}") from error
