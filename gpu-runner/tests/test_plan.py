"""The plan against a slow and obvious reading of the same manifest."""

import json
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from corpus import CELLS, Corpus, write_manifest
from tokenizers import Tokenizer

from gpu_runner.errors import PlanError
from gpu_runner.manifest import Manifest, load_manifest
from gpu_runner.plan import Plan, compile_plan, prepare_sidecars
from gpu_runner.source import Folder
from gpu_runner.tokenizer import COMMITTED, TextTokenizer, load_tokenizer

TOKENIZER = load_tokenizer(None, expected_sha256=None)


def planned(corpus: Corpus, path: Path, cache: Path, *, seq_len: int = 64, **options: Any) -> Plan:
    manifest = load_manifest(str(path))
    return compile_plan(manifest, sidecars(corpus, manifest, cache), TOKENIZER, seq_len=seq_len, **options)


def sidecars(corpus: Corpus, manifest: Manifest, cache: Path) -> list[Any]:
    return prepare_sidecars(manifest, Folder(root=corpus.folder / "shards"), TOKENIZER, cache)


def read_slowly(corpus: Corpus, path: Path) -> tuple[list[tuple[Any, ...]], list[int]]:
    """Document by document with the library's own call; rows as (phase, cell, shard, row, id, tokens, cut), stream."""
    backend = Tokenizer.from_file(str(COMMITTED))
    end = backend.token_to_id("<|end_of_text|>")
    head = json.loads(path.read_text())
    left = {(phase["name"], quota["cell"]): quota["tokens"] for phase in head["phases"] for quota in phase["quotas"]}
    rows: list[tuple[Any, ...]] = []
    stream: list[int] = []
    for line in (path.parent / "entries.ndjson").read_text().splitlines():
        entry = json.loads(line)
        key = (entry["phase"], entry["cell"])
        shard = corpus.shards[entry["shard"]]
        for row in range(entry["rowStart"], entry["rowEnd"]):
            if left[key] == 0:
                continue
            ids = [*backend.encode(shard.rows[row].text, add_special_tokens=False).ids, end]
            taken = ids[: left[key]]
            left[key] -= len(taken)
            rows.append((*key, shard.key, row, shard.rows[row].id, len(taken), len(taken) < len(ids)))
            stream += taken
    return rows, stream


def random_quotas(seed: int) -> list[dict[str, int]]:
    rng = random.Random(seed)
    return [
        {cell: rng.randint(1, 900) for cell in rng.sample(CELLS, rng.randint(1, len(CELLS)))}
        for _ in range(rng.randint(1, 4))
    ]


@pytest.mark.parametrize("seed", range(12))
def test_quotas_are_met_to_the_token_in_the_order_of_the_entries(corpus: Corpus, cache: Path, seed: int) -> None:
    path = corpus.write(
        random_quotas(seed), name=f"random-{seed}", rows_per_entry=1 + seed % 5, reserve_rows=8, bytes_per_token=4.0
    )
    plan = planned(corpus, path, cache, allow_short=True)
    rows, stream = read_slowly(corpus, path)
    made = list(plan.rows())
    assert [(one.phase, one.cell, one.shard, one.row, one.id, one.tokens, one.cut) for one in made] == rows
    assert [one.position for one in made] == list(range(len(rows)))
    assert plan.tokens == len(stream)
    used: Counter[tuple[str, str]] = Counter()
    for one in made:
        used[one.phase, one.cell] += one.tokens
    for cell in plan.cells():
        assert cell.tokens == used[cell.phase, cell.cell] <= cell.quota
    cut = Counter((one.phase, one.cell) for one in made if one.cut)
    assert all(count == 1 for count in cut.values())


def test_true_tokens_per_cell_equal_the_quotas(corpus: Corpus, cache: Path) -> None:
    quotas = [{"web/en/law-policy": 1001, "web/zh/law-policy": 997}, {"synthetic/en/all": 503, "web/en/law-policy": 7}]
    plan = planned(corpus, corpus.write(quotas, name="exact"), cache)
    assert [(use.phase, use.cell, use.tokens) for use in plan.cells()] == [
        (f"p{phase}", cell, tokens) for phase, cells in enumerate(quotas) for cell, tokens in cells.items()
    ]
    assert plan.tokens == 1001 + 997 + 503 + 7


def test_buckets_and_phases_keep_the_manifest_s_order(corpus: Corpus, cache: Path) -> None:
    path = corpus.write(
        [{"web/zh/law-policy": 2000}, {"web/zh/law-policy": 500, "web/en/law-policy": 500}], name="order"
    )
    rows = list(planned(corpus, path, cache).rows())
    assert [row.phase for row in rows] == sorted(row.phase for row in rows)
    buckets = [row.bucket for row in rows if row.cell == "web/zh/law-policy" and row.shard.endswith("1-0.parquet")]
    known = [bucket for bucket in buckets if bucket is not None]
    assert known == sorted(known)


def test_a_document_without_a_bucket_is_read_like_any_other(corpus: Corpus, cache: Path) -> None:
    path = corpus.write([{"synthetic/en/all": 9000}], name="unscored")
    rows = list(planned(corpus, path, cache, allow_short=True).rows())
    assert [row.row for row in rows if row.bucket is None] == [59]


def test_the_reserve_is_read_only_where_the_quota_needs_it(corpus: Corpus, cache: Path) -> None:
    # The table says 4.2 bytes a token where 3.6 are true: the entries hold more tokens than they claim.
    enough = planned(corpus, corpus.write([{"web/en/law-policy": 800}], name="enough", bytes_per_token=4.2), cache)
    entries = enough.manifest.entries
    assert not entries["reserve"][enough.segments["entry"]].any()
    # At 3.0 they hold fewer, and the reserve makes up for them.
    path = corpus.write([{"web/en/law-policy": 3000}], name="needed", bytes_per_token=3.0, reserve_rows=40)
    needed = planned(corpus, path, cache)
    assert needed.manifest.entries["reserve"][needed.segments["entry"]].any()
    assert needed.tokens == 3000


def test_quotas_that_the_reserve_cannot_fill_stop_the_plan_and_are_all_named(corpus: Corpus, cache: Path) -> None:
    quotas = [{"web/en/law-policy": 900, "web/zh/law-policy": 600, "synthetic/en/all": 20}]
    path = corpus.write(quotas, name="short", bytes_per_token=2.5, reserve_rows=0)
    with pytest.raises(PlanError) as raised:
        planned(corpus, path, cache)
    rows, _ = read_slowly(corpus, path)
    have: defaultdict[str, int] = defaultdict(int)
    for _, cell, _, _, _, tokens, _ in rows:
        have[cell] += tokens
    missing = {cell: quota - have[cell] for cell, quota in quotas[0].items() if quota > have[cell]}
    assert len(missing) >= 2
    for cell, tokens in missing.items():
        assert f"{cell} in p0 lacks {tokens:,} of {quotas[0][cell]:,}" in str(raised.value)
    assert "--allow-short" in str(raised.value)
    allowed = planned(corpus, path, cache, allow_short=True)
    assert {use.cell: use.quota - use.tokens for use in allowed.cells() if use.tokens < use.quota} == missing


def test_unread_is_what_the_manifest_names_and_nobody_reads(corpus: Corpus, cache: Path) -> None:
    path = corpus.write([{"web/en/law-policy": 700, "web/zh/medicine-health": 300}], name="unread", reserve_rows=6)
    plan = planned(corpus, path, cache)
    read = {(row.shard, row.row) for row in plan.rows()}
    named = {
        (corpus.shards[int(entry["shard"])].key, row)
        for entry in plan.manifest.entries
        for row in range(int(entry["row_start"]), int(entry["row_end"]))
    }
    unread = {(shard, row) for shard, first, end in plan.unread() for row in range(first, end)}
    assert unread == named - read
    assert unread
    assert not unread & read


def test_a_row_read_in_another_epoch_is_not_unread(corpus: Corpus, cache: Path) -> None:
    path = corpus.write([{"web/en/law-policy": 14000}], name="epochs", epochs=3)
    plan = planned(corpus, path, cache)
    assert plan.tokens == 14000
    assert max(Counter((row.shard, row.row) for row in plan.rows()).values()) >= 2
    assert plan.unread() == []


def test_a_plan_is_a_pure_function_of_manifest_tokenizer_and_seq_len(
    corpus: Corpus, cache: Path, tmp_path: Path
) -> None:
    path = corpus.write([{"web/en/law-policy": 500}], name="pure")
    plan = planned(corpus, path, cache)
    again = planned(corpus, path, tmp_path / "another-cache")
    assert plan.hash == again.hash
    assert plan.segments.tobytes() == again.segments.tobytes()
    assert planned(corpus, path, cache, seq_len=65).hash != plan.hash
    other = corpus.write([{"web/en/law-policy": 500}], name="pure-2", run="another")
    assert planned(corpus, other, cache).hash != plan.hash


def test_a_cell_without_a_quota_in_its_phase_is_refused(corpus: Corpus, cache: Path) -> None:
    head, shards, entries = corpus.manifest([{"web/en/law-policy": 100}, {"web/zh/law-policy": 100}])
    entries[-1]["cell"] = "web/en/law-policy"
    path = write_manifest(corpus.folder / "misplaced", head, shards, entries)
    with pytest.raises(PlanError, match="has no quota"):
        planned(corpus, path, cache)


def test_text_that_spells_the_end_token_is_text() -> None:
    ids = TOKENIZER.encode(["a <|end_of_text|> b <|begin_of_text|>", ""])
    assert ids[0].count(TOKENIZER.end_id) == 1
    assert ids[0][-1] == TOKENIZER.end_id
    assert ids[1] == [TOKENIZER.end_id]


def test_bytes_of_a_cut_row_are_its_share(corpus: Corpus, cache: Path) -> None:
    path = corpus.write([{"web/en/law-policy": 350}], name="bytes")
    plan = planned(corpus, path, cache)
    rows = list(plan.rows())
    assert rows[-1].cut
    sizes = {(one.key, row): len(body.text.encode()) for one in corpus.shards for row, body in enumerate(one.rows)}
    whole = sum(sizes[row.shard, row.row] for row in rows[:-1])
    use = plan.cells()[0]
    assert whole < use.bytes < whole + sizes[rows[-1].shard, rows[-1].row]
    assert use.rows == len(rows)


def test_another_tokenizer_gives_another_plan(corpus: Corpus, cache: Path, tmp_path: Path) -> None:
    path = corpus.write([{"web/en/law-policy": 500}], name="tokenizer")
    vocabulary = json.loads(COMMITTED.read_text())
    vocabulary["model"]["merges"] = vocabulary["model"]["merges"][:500]
    other_path = tmp_path / "tokenizer.json"
    other_path.write_text(json.dumps(vocabulary))
    other: TextTokenizer = load_tokenizer(other_path, expected_sha256=None)
    manifest = load_manifest(str(path))
    shards = Folder(root=corpus.folder / "shards")
    plan = compile_plan(manifest, prepare_sidecars(manifest, shards, other, cache), other, seq_len=64)
    assert plan.tokens == 500
    assert plan.hash != planned(corpus, path, cache).hash
    assert next(plan.rows()).tokens > next(planned(corpus, path, cache).rows()).tokens
