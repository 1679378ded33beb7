import json
import random
from pathlib import Path
from typing import Any

import pytest
from corpus import Corpus, write_manifest

from gpu_runner.contract import validator
from gpu_runner.errors import ManifestError
from gpu_runner.manifest import NO_BUCKET, is_plain_entry, load_manifest

QUOTAS = [{"web/en/law-policy": 600, "web/zh/law-policy": 300}, {"web/en/law-policy": 200}]


def test_a_manifest_is_read_whole(corpus: Corpus) -> None:
    path = corpus.write(QUOTAS)
    manifest = load_manifest(str(path))
    assert manifest.phases == ("p0", "p1")
    assert manifest.quotas == {(0, 0): 600, (0, 1): 300, (1, 0): 200}
    assert load_manifest(str(path.parent)).id == manifest.id
    lines = [json.loads(line) for line in (path.parent / "entries.ndjson").read_text().splitlines()]
    read = manifest.entries
    assert read["row_end"].tolist() == [line["rowEnd"] for line in lines]
    assert read["reserve"].tolist() == ["reserve" in line for line in lines]
    assert [None if bucket == NO_BUCKET else bucket for bucket in read["bucket"].tolist()] == [
        line["bucket"] for line in lines
    ]
    assert len(manifest.holdout) == 4


def test_an_edited_head_is_refused(corpus: Corpus) -> None:
    path = corpus.write(QUOTAS, name="edited")
    head = json.loads(path.read_text())
    head["phases"][0]["quotas"][0]["tokens"] += 1
    path.write_text(json.dumps(head))
    with pytest.raises(ManifestError, match="it was edited"):
        load_manifest(str(path))


def test_a_swapped_file_is_refused(corpus: Corpus) -> None:
    path = corpus.write(QUOTAS, name="swapped")
    entries = path.parent / "entries.ndjson"
    entries.write_text("\n".join(reversed(entries.read_text().splitlines())) + "\n")
    with pytest.raises(ManifestError, match=r"entries\.ndjson has sha-256 .* damaged or swapped"):
        load_manifest(str(path))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("order", lambda lines: lines[1].update(position=0), "out of reading order"),
        ("phases", lambda lines: lines[0].update(phase="p1"), "out of reading order"),
        ("cell", lambda lines: lines[0].update(cell="web/en/other"), "no such quota"),
        ("shard", lambda lines: lines[0].update(shard=99), "which has 8"),
        ("rows", lambda lines: lines[0].update(rowEnd=61), "which has 60"),
        ("empty", lambda lines: lines[0].update(rowStart=5, rowEnd=5), "reads rows 5 to 5"),
        (
            "type",
            lambda lines: lines[0].update(tokens="9"),
            "entries.ndjson line 1 breaks the contract 'entry' at /tokens",
        ),
        ("extra", lambda lines: lines[0].update(note="x"), "contract 'entry'"),
    ],
)
def test_entries_that_cannot_be_read(corpus: Corpus, name: str, change: Any, message: str) -> None:
    head, shards, entries = corpus.manifest(QUOTAS)
    change(entries)
    path = write_manifest(corpus.folder / f"bad-{name}", head, shards, entries)
    with pytest.raises(ManifestError, match=message):
        load_manifest(str(path))


def test_a_head_that_breaks_the_contract_names_the_place(corpus: Corpus) -> None:
    head, shards, entries = corpus.manifest(QUOTAS)
    head["holdout"]["files"][0]["take"] = 0
    path = write_manifest(corpus.folder / "bad-head", head, shards, entries)
    with pytest.raises(ManifestError, match="'manifest-head' at /holdout/files/0/take"):
        load_manifest(str(path))


def test_the_fast_check_of_an_entry_lets_nothing_past_the_contract() -> None:
    rng = random.Random(0)
    values: list[Any] = [0, 1, -1, 1.0, 1.5, True, False, None, "x", "", [], {}, 2**31, 2**33, 2**60]
    accepted = 0
    for _ in range(4000):
        entry: dict[str, Any] = dict.fromkeys(("position", "bucket", "shard", "rowStart", "rowEnd", "tokens"), 1)
        entry |= {"phase": "p", "cell": "c"} | ({"reserve": True} if rng.random() < 0.5 else {})
        for name in rng.sample([*entry, "reserve", "extra"], rng.randint(0, 2)):
            if rng.random() < 0.2:
                entry.pop(name, None)
            else:
                entry[name] = rng.choice(values)
        if is_plain_entry(entry):
            accepted += 1
            assert validator("entry").is_valid(entry), entry
        # What it turns away although the contract allows it is not a number the arrays can hold.
        elif validator("entry").is_valid(entry):
            assert any(
                isinstance(value, float) or (isinstance(value, int) and value >= 2**31) for value in entry.values()
            )
    assert accepted > 500


@pytest.mark.parametrize("where", ["nowhere", "nowhere/manifest.json"])
def test_no_manifest_there(tmp_path: Path, where: str) -> None:
    with pytest.raises(ManifestError, match="no file"):
        load_manifest(str(tmp_path / where))


def test_not_json(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text("{")
    with pytest.raises(ManifestError, match="is not JSON"):
        load_manifest(str(path))


def test_a_file_name_that_leaves_the_folder_is_refused(corpus: Corpus) -> None:
    path = corpus.write(QUOTAS, name="leaving")
    head = json.loads(path.read_text())
    head["files"]["shards"]["name"] = "../shards.ndjson"
    path.write_text(json.dumps(head))
    with pytest.raises(ManifestError, match="plain name"):
        load_manifest(str(path))
