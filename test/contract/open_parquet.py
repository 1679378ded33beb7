"""Opens Parquet files as users do and prints, a line of JSON each, what every reader finds in every file.

Usage: open_parquet.py FILES…; the readers are pyarrow, DuckDB and Hugging Face datasets (streaming).
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from datasets import load_dataset

Row = tuple[str, str, int | None, int]
COLUMNS = ["id", "text", "bucket", "bytes"]


def with_pyarrow(file: str) -> Iterator[Row]:
    columns = pq.read_table(file).to_pydict()
    yield from zip(*(columns[name] for name in COLUMNS), strict=True)


def with_duckdb(file: str) -> Iterator[Row]:
    found = duckdb.execute("select * from read_parquet(?, file_row_number = true) order by file_row_number", [file])
    names = [column[0] for column in found.description or []]
    for row in found.fetchall():
        name, text, bucket, size = (row[names.index(column)] for column in COLUMNS)
        yield name, text, bucket, size


def streamed(rows: Iterable[dict[str, Any]]) -> Iterator[Row]:
    for row in rows:
        yield row["id"], row["text"], row["bucket"], row["bytes"]


def describe(rows: Iterable[Row]) -> dict[str, Any]:
    ids = hashlib.sha256()
    texts = hashlib.sha256()
    count = text_bytes = claimed = 0
    ascending = True
    last = float("-inf")
    for name, text, bucket, size in rows:
        encoded = text.encode()
        ids.update(f"{name}\n".encode())
        texts.update(encoded)
        count += 1
        text_bytes += len(encoded)
        claimed += size
        at = float("inf") if bucket is None else bucket
        ascending = ascending and at >= last
        last = at
    return {
        "rows": count,
        "textBytes": text_bytes,
        "bytes": claimed,
        "ids": ids.hexdigest(),
        "texts": texts.hexdigest(),
        "ascending": ascending,
    }


def main(files: list[str]) -> None:
    splits = {f"file{number}": file for number, file in enumerate(files)}
    dataset = load_dataset("parquet", data_files=splits, streaming=True)
    for split, file in splits.items():
        metadata = pq.read_metadata(file).metadata or {}
        line = {
            "file": file,
            "sha256": hashlib.sha256(Path(file).read_bytes()).hexdigest(),
            "metadata": {key.decode(): value.decode() for key, value in metadata.items()},
            "readers": {
                "pyarrow": describe(with_pyarrow(file)),
                "duckdb": describe(with_duckdb(file)),
                "datasets": describe(streamed(dataset[split])),
            },
        }
        print(json.dumps(line))


if __name__ == "__main__":
    main(sys.argv[1:])
