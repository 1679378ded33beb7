"""A peer's main text of a crawl: extract-peers.py TOOL CRAWL > NDJSON; the last line of stderr: pages, bytes, processor seconds.

TOOL: trafilatura, trafilatura-fast or resiliparse. Only the extraction is timed, from bytes to text (and metadata where the tool has them).
"""

import json
import sys
import time

from fastwarc.warc import ArchiveIterator, WarcRecordType

TOOL, CRAWL = sys.argv[1:3]


def with_trafilatura(fast):
    from trafilatura import bare_extraction

    def run(body, url):
        found = bare_extraction(body, url=url, fast=fast, with_metadata=True)
        if found is None:
            return {}
        found = found.as_dict()
        return {
            "text": found["text"],
            "title": found["title"],
            "author": found["author"],
            "date": found["date"],
        }

    return run


def with_resiliparse():
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import detect_encoding
    from resiliparse.parse.html import HTMLTree

    def run(body, _url):
        tree = HTMLTree.parse_from_bytes(body, detect_encoding(body))
        return {"text": extract_plain_text(tree, main_content=True, alt_texts=False)}

    return run


def main():
    run = (
        with_resiliparse()
        if TOOL == "resiliparse"
        else with_trafilatura(TOOL == "trafilatura-fast")
    )
    pages = size = failed = 0
    seconds = 0.0
    with open(CRAWL, "rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
            url, body = record.headers["WARC-Target-URI"], record.reader.read()
            begun = time.process_time()
            try:
                found = run(body, url)
            except Exception as error:  # noqa: BLE001
                # A peer that fails on a page is scored as empty there, and counted.
                failed += 1
                found = {}
                print(f"{url}: {error!r}"[:200], file=sys.stderr)
            seconds += time.process_time() - begun
            pages += 1
            size += len(body)
            print(json.dumps({"url": url, "text": "", **found}))
    print(
        json.dumps(
            {"pages": pages, "bytes": size, "seconds": seconds, "failed": failed}
        ),
        file=sys.stderr,
    )


main()
