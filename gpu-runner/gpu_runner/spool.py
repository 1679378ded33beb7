"""Reports on their way out. A report is a file in the spool until the server has taken it; a server that
is down costs a run nothing, and the next start sends what was left.
"""

import json
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from gpu_runner.report import idempotency_key

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0
TIMEOUT_S = 30
# Asked to come back later, or the server's own fault; any other 4xx will not get better.
RETRIED = (408, 425, 429)


def put_in_spool(folder: Path, name: str, report: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{name}.part"
    part.write_text(json.dumps(report), encoding="utf-8")
    part.replace(folder / f"{name}.json")


class Sender:
    """A thread that empties the spool."""

    def __init__(self, folder: Path, *, server: str, token: str | None) -> None:
        self._folder = folder
        self._server = server.rstrip("/")
        self._token = token
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reports", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self, patience_s: float) -> None:
        """Give what is left a last chance, then say what stays."""
        self._stop.set()
        self._thread.join(timeout=patience_s)
        wait = FIRST_WAIT_S
        while not self._empty() and patience_s > 0:
            threading.Event().wait(min(wait, patience_s))
            patience_s -= wait
            wait *= 2
        left = self._waiting()
        if left:
            names = ", ".join(path.name for path in left)
            print(f"millrace: {names} not taken by {self._server}; kept in {self._folder}", file=sys.stderr)

    def _run(self) -> None:
        wait = FIRST_WAIT_S
        while not self._stop.wait(wait):
            wait = FIRST_WAIT_S if self._empty() else min(wait * 2, LONGEST_WAIT_S)

    def _waiting(self) -> list[Path]:
        # By time: the server learns "before" before "after".
        return sorted(self._folder.glob("*.json"), key=lambda path: (path.stat().st_mtime_ns, path.name))

    def _empty(self) -> bool:
        return all(self._send(path) for path in self._waiting())

    def _send(self, path: Path) -> bool:
        report = json.loads(path.read_text(encoding="utf-8"))
        headers = {"content-type": "application/json", "idempotency-key": idempotency_key(report)}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        url = f"{self._server}/v1/runs/{quote(report['run'], safe='')}/reports"
        try:
            with urlopen(Request(url, data=path.read_bytes(), headers=headers, method="POST"), timeout=TIMEOUT_S):
                pass
        except HTTPError as error:
            if error.code >= 500 or error.code in RETRIED:
                return False
            path.replace(path.with_suffix(".refused"))
            answer = error.read(500).decode(errors="replace")
            print(f"millrace: {url} refused {path.name} with {error.code}: {answer}", file=sys.stderr)
            return True
        except (URLError, OSError):
            return False
        path.unlink(missing_ok=True)
        return True
