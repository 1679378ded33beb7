"""Prints how many response records WARC files hold, a line a file, as warcio reads them."""

import sys
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

for name in sys.argv[1:]:
    with Path(name).open("rb") as file:
        print(sum(record.rec_type == "response" for record in ArchiveIterator(file)))
