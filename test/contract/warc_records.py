"""Prints every WARC record that another reader finds in files, a line of JSON each; an error is a line too.

Usage: warc_records.py warcio|fastwarc FILES…; block and payload are as stored: no transfer or content coding is undone.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Line = dict[str, Any]


def sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def with_warcio(path: Path) -> Iterator[Line]:
    from warcio.archiveiterator import ArchiveIterator

    blocks: list[str] = []
    with path.open("rb") as file:
        blocks.extend(sha1(record.raw_stream.read()) for record in ArchiveIterator(file, no_record_parse=True))
    with path.open("rb") as file:
        found = ArchiveIterator(file)
        for block, record in zip(blocks, found, strict=True):
            # Asking for the offset reads the record to its end.
            payload = sha1(record.raw_stream.read()) if record.http_headers and record.rec_type == "response" else block
            offset = found.get_record_offset()
            url = record.rec_headers.get_header("WARC-Target-URI")
            yield {"offset": offset, "type": record.rec_type, "url": url, "block": block, "payload": payload}


def with_fastwarc(path: Path) -> Iterator[Line]:
    from fastwarc.warc import ArchiveIterator

    blocks: list[str] = []
    with path.open("rb") as file:
        blocks.extend(sha1(record.reader.read()) for record in ArchiveIterator(file, parse_http=False))
    with path.open("rb") as file:
        for block, record in zip(blocks, ArchiveIterator(file, parse_http=True), strict=True):
            kind = record.headers.get("WARC-Type")
            payload = sha1(record.reader.read()) if record.is_http and kind == "response" else block
            url = record.headers.get("WARC-Target-URI")
            yield {"offset": record.stream_pos, "type": kind, "url": url, "block": block, "payload": payload}


READERS = {"warcio": with_warcio, "fastwarc": with_fastwarc}


def main(reader: str, files: list[str]) -> None:
    for file in files:
        try:
            for line in READERS[reader](Path(file)):
                print(json.dumps({"file": file, **line}))
        except Exception as error:
            print(json.dumps({"file": file, "error": f"{type(error).__name__}: {str(error).strip()[:80]}"}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
