"""Writes Parquet files as data sets come: every compression, page version, encoding and row-group size that matters.

Usage: write_parquet.py FOLDER [--small]; prints a line of JSON for each file: its name and the SHA-1 of every row's
url and text. With --small it writes test/fixtures/parquet: one file a compression, for where there is no pyarrow.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 2500


def rows(count: int = ROWS) -> list[dict[str, Any]]:
    made = []
    for i in range(count):
        text = f"Document {i}. " + " ".join(str((i * 7919 + j * j) % 65521) for j in range(i % 90))
        made.append({"id": i, "url": f"https://books.example/{i}", "title": f"Title {i}", "text": text + " 中文"})
    return made


def small(folder: Path) -> None:
    table = pa.Table.from_pylist(rows(40))
    for codec in ["snappy", "gzip", "brotli", "zstd"]:
        pq.write_table(table, folder / f"{codec}.parquet", compression=codec, row_group_size=15, use_dictionary=False)


def main(folder: Path) -> None:
    table = pa.Table.from_pylist(rows())
    nested = table.append_column("meta", pa.array([{"n": i} for i in range(ROWS)]))
    large = table.set_column(3, "text", table["text"].cast(pa.large_string()))
    nulls = table.set_column(3, "text", pa.array([None if i % 5 == 0 else f"text {i}" for i in range(ROWS)]))
    repeated = table.set_column(3, "text", pa.array([f"One of seven texts: {i % 7}." for i in range(ROWS)]))
    renamed = table.rename_columns(["docid", "source_url", "headline", "body"])
    # A page's size is looked at after each 1024 rows: these are one page, or one dictionary, of 11 MB.
    long = [
        None if i % 40 == 39 else f"Book {i % 110}. " + str(i % 110 + 7) * 45000 + str(i) * (i < 100)
        for i in range(125)
    ]
    books = pa.table(
        {"id": list(range(125)), "url": [f"https://books.example/{i}" for i in range(125)], "t": long, "text": long}
    )
    files: dict[str, tuple[pa.Table, dict[str, Any]]] = {
        **{codec: (table, {"compression": codec}) for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]},
        "groups": (table, {"row_group_size": 100}),
        "pages": (table, {"data_page_size": 2000, "write_batch_size": 10}),
        "version-2": (table, {"data_page_version": "2.0", "compression": "zstd"}),
        "delta": (table, {"use_dictionary": False, "column_encoding": {"text": "DELTA_BYTE_ARRAY"}}),
        "delta-length": (table, {"use_dictionary": False, "column_encoding": {"text": "DELTA_LENGTH_BYTE_ARRAY"}}),
        "checksums": (table, {"write_page_checksum": True}),
        "index": (table, {"write_page_index": True, "data_page_size": 2000, "write_batch_size": 10}),
        "nested": (nested, {"row_group_size": 700}),
        "large-string": (large, {}),
        "nulls": (nulls, {"data_page_size": 2000, "write_batch_size": 10}),
        "repeated": (repeated, {}),
        **{f"books-{codec}": (books, {"compression": codec}) for codec in ["none", "snappy", "gzip", "brotli", "zstd"]},
        **{
            f"books-plain-{codec}": (books, {"compression": codec, "use_dictionary": False})
            for codec in ["none", "snappy", "gzip", "brotli", "zstd"]
        },
        "books-2": (books, {"data_page_version": "2.0", "use_dictionary": False}),
        "renamed": (renamed, {}),
    }
    for name, (written, options) in files.items():
        pq.write_table(written, folder / f"{name}.parquet", **options)
        digests = [
            hashlib.sha1(f"{url}\n{text or ''}".encode(), usedforsecurity=False).hexdigest()
            for url, text in zip(written.column(1).to_pylist(), written.column(3).to_pylist(), strict=True)
        ]
        print(json.dumps({"name": name, "rows": digests}))


if __name__ == "__main__":
    (small if "--small" in sys.argv else main)(Path(sys.argv[1]))
