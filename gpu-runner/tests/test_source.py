import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from corpus import Corpus
from moto import mock_aws

from gpu_runner import r2
from gpu_runner.errors import ManifestError, RunnerError, ShardError
from gpu_runner.manifest import load_manifest
from gpu_runner.plan import compile_plan, prepare_sidecars
from gpu_runner.source import Bucket, Folder, Server, sha256_file, source_of
from gpu_runner.tokenizer import load_tokenizer

KEY = "sk-test"


class Handler(BaseHTTPRequestHandler):
    """A manifest's folder and its shards, as the server lays them out."""

    corpus: Corpus
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.headers.get("authorization") != f"Bearer {KEY}":
            self.send_error(401)
            return
        folder = self.corpus.folder
        if self.path == "/v1/manifests/http":
            path = folder / "http" / "manifest.json"
        elif self.path.startswith("/v1/manifests/http/"):
            path = folder / "http" / self.path.rsplit("/", 1)[1]
        else:
            path = folder / "shards" / self.path.removeprefix("/v1/shards/")
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server(corpus: Corpus) -> Iterator[str]:
    corpus.write([{"web/en/law-policy": 400, "web/zh/law-policy": 200}], name="http")
    Handler.corpus, Handler.asked = corpus, []
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()


def test_a_manifest_and_its_shards_over_http(corpus: Corpus, server: str, tmp_path: Path) -> None:
    url = f"{server}/v1/manifests/http"
    manifest = load_manifest(url, token=KEY)
    source = source_of(url, None, token=KEY, cache=tmp_path)
    tokenizer = load_tokenizer(None, expected_sha256=manifest.tokenizer_sha256)
    plan = compile_plan(manifest, prepare_sidecars(manifest, source, tokenizer, tmp_path), tokenizer, seq_len=64)
    local = load_manifest(str(corpus.folder / "http"))
    shards = Folder(root=corpus.folder / "shards")
    assert (
        compile_plan(local, prepare_sidecars(local, shards, tokenizer, tmp_path), tokenizer, seq_len=64).hash
        == plan.hash
    )
    assert f"/v1/shards/{corpus.shards[0].key}" in Handler.asked
    # Made once: a second plan asks for nothing.
    Handler.asked.clear()
    prepare_sidecars(manifest, source, tokenizer, tmp_path)
    assert Handler.asked == []


def test_without_a_key_the_server_says_so(server: str) -> None:
    with pytest.raises(ManifestError, match=r"answered 401.*MILLRACE_KEY"):
        load_manifest(f"{server}/v1/manifests/http", token=None)


def test_no_server_there() -> None:
    with pytest.raises(ManifestError, match="is the server up"):
        load_manifest("http://127.0.0.1:9/v1/manifests/x")


@pytest.mark.parametrize("kind", ["folder", "http"])
def test_a_missing_shard(server: str, tmp_path: Path, kind: str) -> None:
    source: Any = Folder(root=tmp_path) if kind == "folder" else Server(base=server, token=KEY, cache=tmp_path)
    with pytest.raises(ShardError, match=r"shard web/gone\.parquet"):
        source.fetch("web/gone.parquet", "0" * 64)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", ["folder", "http"])
def test_a_shard_with_a_wrong_hash(corpus: Corpus, server: str, tmp_path: Path, kind: str) -> None:
    shard = corpus.shards[0]
    source: Any
    if kind == "folder":
        source = Folder(root=corpus.folder / "shards")
    else:
        source = Server(base=server, token=KEY, cache=tmp_path)
    with pytest.raises(ShardError, match=f"has sha-256 {shard.sha256}, expected {'0' * 64}"):
        source.fetch(shard.key, "0" * 64)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_damage_to_a_folder_s_shard_is_seen_even_when_its_tokens_are_cached(tmp_path: Path) -> None:
    corpus = Corpus.make(tmp_path / "own", per_shard=5, shards=1)
    manifest = load_manifest(str(corpus.write([{"web/en/law-policy": 60}])))
    tokenizer = load_tokenizer(None, expected_sha256=None)
    source = Folder(root=corpus.folder / "shards")
    prepare_sidecars(manifest, source, tokenizer, tmp_path)
    with corpus.shards[0].path.open("ab") as file:
        file.write(b"x")
    with pytest.raises(ShardError, match="its bytes are not those"):
        prepare_sidecars(manifest, source, tokenizer, tmp_path)


@pytest.mark.parametrize("key", ["../up.parquet", "/etc/passwd", "a/../../b"])
def test_keys_that_leave_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(ManifestError, match="leaves the folder"):
        Folder(root=tmp_path).fetch(key, "0" * 64)


@pytest.mark.parametrize(("column", "content"), [("text", b""), (None, b"not parquet")])
def test_files_that_are_no_shards(tmp_path: Path, column: str | None, content: bytes) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "x.parquet"
    if column is None:
        path.write_bytes(content)
    else:
        pq.write_table(pa.table({"id": ["0" * 32]}), path)
    from gpu_runner.sidecar import make_sidecar

    expected = "no column text" if column else "not readable Parquet"
    with pytest.raises(ShardError, match=expected):
        make_sidecar(path, "x.parquet", tmp_path / "sidecar", load_tokenizer(None, expected_sha256=None))


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    endpoint = "https://account.r2.cloudflarestorage.com"
    monkeypatch.setenv("MOTO_S3_CUSTOM_ENDPOINTS", endpoint)
    monkeypatch.setenv("R2_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    for name in r2.CHECKSUMS:
        monkeypatch.delenv(name, raising=False)
    r2.client.cache_clear()
    with mock_aws():
        r2.client().create_bucket(Bucket="corpus")
        yield "r2://corpus/team"
    r2.client.cache_clear()


def test_shards_and_checkpoints_in_a_bucket(corpus: Corpus, bucket: str, tmp_path: Path) -> None:
    shard = corpus.shards[0]
    r2.client().upload_file(str(shard.path), "corpus", f"team/{shard.key}")
    source = Bucket(url=bucket, cache=tmp_path / "cache")
    assert sha256_file(source.fetch(shard.key, shard.sha256)) == shard.sha256
    with pytest.raises(ShardError, match="is not under r2://corpus/team"):
        source.fetch("web/gone.parquet", "0" * 64)
    checkpoint = tmp_path / "step4"
    (checkpoint / "train").mkdir(parents=True)
    (checkpoint / ".metadata.json").write_text("{}")
    (checkpoint / "train" / "rank0.pt").write_bytes(b"state")
    r2.upload_folder(checkpoint, f"{bucket}/run/step4")
    listed = r2.client().list_objects_v2(Bucket="corpus", Prefix="team/run/")["Contents"]
    assert {one["Key"] for one in listed} == {"team/run/step4/.metadata.json", "team/run/step4/train/rank0.pt"}


@pytest.mark.usefixtures("bucket")
def test_r2_is_never_sent_the_checksums_it_refuses() -> None:
    # The emulator takes them, so a wrong upload would only be seen in production.
    assert {name: os.environ.get(name) for name in r2.CHECKSUMS} == dict.fromkeys(r2.CHECKSUMS, "when_required")
    config = r2.client().meta.config
    assert config.request_checksum_calculation == "when_required"
    assert config.response_checksum_validation == "when_required"


def test_r2_without_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("R2_ENDPOINT_URL", raising=False)
    r2.client.cache_clear()
    with pytest.raises(RunnerError, match="R2_ENDPOINT_URL is not set"):
        r2.client()


def test_r2_addresses() -> None:
    assert r2.split("r2://bucket/a/b") == ("bucket", "a/b")
    with pytest.raises(RunnerError, match="is not r2://"):
        r2.split("s3://bucket/a")
