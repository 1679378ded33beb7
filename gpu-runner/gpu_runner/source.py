"""Where a manifest's bytes come from: a folder, an HTTP server, or an R2 bucket.

Every read ends in a local file whose sha-256 was compared with what the manifest names. Downloads are
written beside their place and renamed, so a killed run leaves no half file under a good name.
"""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from gpu_runner import r2
from gpu_runner.errors import ManifestError, ShardError

BLOCK_BYTES = 1 << 20
TIMEOUT_S = 60


class ShardSource(Protocol):
    def fetch(self, key: str, sha256: str) -> Path:
        """A local file with these bytes, or ShardError."""
        ...


def sha256_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def default_cache() -> Path:
    if given := os.environ.get("MILLRACE_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "millrace"


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Shards in a local folder, named by their key. Hashed at each use: nobody else vouches for them."""

    root: Path

    def fetch(self, key: str, sha256: str) -> Path:
        path = self.root / _safe(key)
        if not path.is_file():
            raise ShardError(f"shard {key} is not in {self.root}: the manifest names it; wrong --shards folder?")
        found = sha256_file(path)
        if found != sha256:
            raise ShardError(_wrong_hash(key, found, sha256))
        return path


@dataclass(frozen=True, kw_only=True)
class Server:
    """Shards behind `{base}/v1/shards/{key}`."""

    base: str
    token: str | None
    cache: Path

    def fetch(self, key: str, sha256: str) -> Path:
        url = f"{self.base}/v1/shards/{quote(key, safe='/')}"

        def write(path: Path) -> None:
            request = Request(url, headers=_headers(self.token))
            try:
                with urlopen(request, timeout=TIMEOUT_S) as response, path.open("wb") as file:
                    while block := response.read(BLOCK_BYTES):
                        file.write(block)
            except HTTPError as error:
                cause = "the key lacks the scope" if error.code in (401, 403) else "the index still names it"
                raise ShardError(f"shard {key}: {url} answered {error.code}; expected its bytes ({cause}?)") from error
            except (URLError, OSError) as error:
                raise ShardError(f"shard {key}: {url} cannot be read: {error}") from error

        return _download(self.cache, key, sha256, write)


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Shards under an `r2://bucket/prefix`."""

    url: str
    cache: Path

    def fetch(self, key: str, sha256: str) -> Path:
        def write(path: Path) -> None:
            if not r2.download(f"{self.url.rstrip('/')}/{_safe(key)}", path):
                raise ShardError(f"shard {key} is not under {self.url}: the manifest names it; wrong prefix?")

        return _download(self.cache, key, sha256, write)


def source_of(manifest: str, shards: str | None, *, token: str | None, cache: Path) -> ShardSource:
    """`shards` wins; else the manifest's own server, or the folder it lies in."""
    if shards is not None:
        return Bucket(url=shards, cache=cache) if shards.startswith("r2://") else Folder(root=Path(shards))
    if is_url(manifest):
        parts = urlsplit(manifest)
        prefix = parts.path.partition("/v1/")[0]
        return Server(base=f"{parts.scheme}://{parts.netloc}{prefix}", token=token, cache=cache)
    return Folder(root=Path(manifest).parent)


def is_url(name: str) -> bool:
    return name.startswith(("http://", "https://"))


def read_url(url: str, token: str | None) -> bytes:
    try:
        with urlopen(Request(url, headers=_headers(token)), timeout=TIMEOUT_S) as response:
            return bytes(response.read())
    except HTTPError as error:
        cause = "a bearer key with scope train goes in --token or MILLRACE_KEY" if error.code == 401 else "wrong id?"
        raise ManifestError(f"{url} answered {error.code}; expected a manifest ({cause})") from error
    except (URLError, OSError) as error:
        raise ManifestError(f"{url} cannot be read: {error}; is the server up?") from error


def _headers(token: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}


def _download(cache: Path, key: str, sha256: str, write: "Writer") -> Path:
    path = cache / "shards" / sha256[:2] / f"{sha256}.parquet"
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        found = sha256_file(part)
        if found != sha256:
            raise ShardError(_wrong_hash(key, found, sha256))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


class Writer(Protocol):
    def __call__(self, path: Path) -> None: ...


def _wrong_hash(key: str, found: str, expected: str) -> str:
    return (
        f"shard {key} has sha-256 {found}, expected {expected}: its bytes are not those the manifest was made over "
        "(damaged, rewritten, or of another corpus)"
    )


def _safe(key: str) -> str:
    if key.startswith("/") or ".." in key.split("/") or "\\" in key:
        raise ManifestError(f"shard key {key!r} leaves the folder of shards; the manifest is not to be trusted")
    return key
