"""Sums of a report, and its way to the server."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus import Corpus
from test_plan import planned

from gpu_runner.contract import check
from gpu_runner.errors import ManifestError
from gpu_runner.holdout import Document, Score, holdout_documents, load_scores, save_scores
from gpu_runner.manifest import load_manifest
from gpu_runner.plan import prepare_sidecar
from gpu_runner.report import idempotency_key, make_report, topic_sums
from gpu_runner.source import Folder
from gpu_runner.spool import Sender, put_in_spool
from gpu_runner.tokenizer import load_tokenizer


def document(name: str, topic: str, *, size: int = 3, lang: str = "en") -> Document:
    return Document(id=name, lang=lang, topic=topic, tokens=np.arange(size), bytes=10 * size)


def test_topics_add_up_and_changes_pair_each_document_with_itself() -> None:
    documents = [document("a", "law"), document("b", "law"), document("c", "code"), document("d", "law", size=1)]
    scores = [Score(nll=6.0, tokens=2), Score(nll=2.0, tokens=2), Score(nll=5.0, tokens=2), Score(nll=0.0, tokens=0)]
    first = topic_sums(documents, scores, None)
    assert [(one["topic"], one["nllSum"], one["tokens"], one["bytes"], one["docs"]) for one in first] == [
        ("code", 5.0, 2, 30, 1),
        ("law", 8.0, 4, 70, 3),
    ]
    assert all(one["change"] is None for one in first)
    before = {"a": Score(nll=8.0, tokens=2), "b": Score(nll=3.0, tokens=2), "d": Score(nll=0.0, tokens=0)}
    code, law = topic_sums(documents, scores, before)
    # a: 3 - 4 = -1; b: 1 - 1.5 = -0.5; d has no label; c was not there before.
    assert law["change"] == {"docs": 2, "sum": -1.5, "sumSq": 1.25}
    assert code["change"] == {"docs": 0, "sum": 0.0, "sumSq": 0.0}


def test_holdout_documents_are_the_rows_the_head_takes(corpus: Corpus, cache: Path) -> None:
    manifest = load_manifest(str(corpus.write([{"web/en/law-policy": 100}], name="holdout", take=3)))
    tokenizer = load_tokenizer(None, expected_sha256=None)
    source = Folder(root=corpus.folder / "shards")
    sidecars = [prepare_sidecar(source, one.key, one.sha256, one.rows, tokenizer, cache) for one in manifest.holdout]
    documents = holdout_documents(manifest.holdout, sidecars)
    rows = [shard.rows[(2 * i + 1) * len(shard.rows) // 6] for shard in corpus.holdout for i in range(3)]
    assert any(len(shard.rows) > 3 for shard in corpus.holdout)
    assert [one.id for one in documents] == [row.id for row in rows]
    assert {(one.lang, one.topic) for one in documents} == {
        ("en", "law-policy"),
        ("zh", "law-policy"),
        ("zh", "medicine-health"),
        ("en", "synthetic"),
    }
    for one, row in zip(documents, rows, strict=True):
        assert one.bytes == len(row.text.encode())
        assert one.tokens.tolist() == tokenizer.encode([row.text])[0]


def test_holdout_documents_are_taken_evenly_from_the_rows_that_are_not_left_out(corpus: Corpus, cache: Path) -> None:
    manifest = load_manifest(str(corpus.write([{"web/en/law-policy": 100}], name="left-out", take=3)))
    tokenizer = load_tokenizer(None, expected_sha256=None)
    source = Folder(root=corpus.folder / "shards")
    file, shard = next((one, two) for one, two in zip(manifest.holdout, corpus.holdout, strict=True) if one.rows > 4)
    sidecar = prepare_sidecar(source, file.key, file.sha256, file.rows, tokenizer, cache)
    left_out = (0, file.rows // 2)
    documents = holdout_documents([replace(file, left_out=left_out)], [sidecar])
    open_rows = [row for number, row in enumerate(shard.rows) if number not in left_out]
    assert [one.id for one in documents] == [open_rows[(2 * i + 1) * len(open_rows) // 6].id for i in range(3)]


def test_scores_are_saved_by_document(tmp_path: Path) -> None:
    scores = [Score(nll=1.5, tokens=2), Score(nll=0.0, tokens=0)]
    save_scores(tmp_path / "x.npz", [document("a", "law"), document("b", "law")], scores)
    assert load_scores(tmp_path / "x.npz") == {"a": scores[0], "b": scores[1]}


def report_of(corpus: Corpus, cache: Path, **changed: Any) -> dict[str, Any]:
    plan = planned(corpus, corpus.write([{"web/en/law-policy": 300}], name="report"), cache)
    given: dict[str, Any] = {
        "plan": plan,
        "kind": "before",
        "step": 0,
        "tokens": 0,
        "checkpoint": None,
        "world_size": 2,
        "topics": topic_sums([document("a", "law")], [Score(nll=1.0, tokens=2)], None),
        "train_loss": [{"step": 1, "loss": 8.5}],
    }
    return make_report(**{**given, **changed})


def test_a_report_passes_the_contract_and_a_wrong_one_does_not(corpus: Corpus, cache: Path) -> None:
    report = report_of(corpus, cache)
    check("report", report, "report")
    assert report["cells"] == [
        {"phase": "p0", "cell": "web/en/law-policy", "quota": 300, "tokens": 300}
        | {name: report["cells"][0][name] for name in ("bytes", "rows")}
    ]
    assert report["unread"]
    assert idempotency_key(report) == "test:0:before"
    with pytest.raises(ManifestError, match="contract 'report' at /worldSize"):
        report_of(corpus, cache, world_size=0)


class Taker(BaseHTTPRequestHandler):
    answers: list[int]
    taken: list[tuple[str, str, str, dict[str, Any]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        status = self.answers.pop(0) if self.answers else 201
        if status == 201:
            self.taken.append(
                (self.path, self.headers["idempotency-key"], self.headers["authorization"], json.loads(body))
            )
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"why")

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Taker.answers, Taker.taken = [], []
    http = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()


def test_a_report_is_sent_again_until_it_is_taken(corpus: Corpus, cache: Path, server: str, tmp_path: Path) -> None:
    Taker.answers = [503, 429]
    report = report_of(corpus, cache)
    put_in_spool(tmp_path, "1-before", report)
    sender = Sender(tmp_path, server=server, token="key")
    sender.start()
    sender.finish(20)
    assert Taker.taken == [("/v1/runs/test/reports", "test:0:before", "Bearer key", report)]
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_nobody_takes_stays(
    corpus: Corpus, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_in_spool(tmp_path, "1-before", report_of(corpus, cache))
    sender = Sender(tmp_path, server="http://127.0.0.1:9", token=None)
    sender.start()
    sender.finish(1)
    assert [path.name for path in tmp_path.iterdir()] == ["1-before.json"]
    assert "1-before.json not taken by http://127.0.0.1:9" in capsys.readouterr().err


def test_a_refused_report_is_put_aside_and_named(
    corpus: Corpus, cache: Path, server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Taker.answers = [422]
    put_in_spool(tmp_path, "1-before", report_of(corpus, cache))
    sender = Sender(tmp_path, server=server, token=None)
    sender.start()
    sender.finish(5)
    assert [path.name for path in tmp_path.iterdir()] == ["1-before.refused"]
    assert "refused 1-before.json with 422: why" in capsys.readouterr().err
