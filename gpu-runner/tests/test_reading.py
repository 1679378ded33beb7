"""Instances and batches against the stream they are cut from."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus import Corpus
from test_plan import planned, read_slowly

from gpu_runner.errors import CheckpointError
from gpu_runner.loader import ManifestLoader
from gpu_runner.plan import Plan
from gpu_runner.reading import IGNORED, PlanReader

QUOTAS = [{"web/en/law-policy": 701, "web/zh/law-policy": 403}, {"synthetic/en/all": 250, "web/en/law-policy": 33}]


@pytest.fixture(scope="module")
def path(corpus: Corpus) -> Path:
    return corpus.write(QUOTAS, name="reading")


@pytest.fixture(scope="module")
def plan(corpus: Corpus, path: Path, cache: Path) -> Plan:
    return planned(corpus, path, cache)


@pytest.mark.parametrize("seq_len", [2, 7, 64, 256, 5000])
def test_instances_are_the_stream_and_labels_its_next_token_in_the_document(
    corpus: Corpus, path: Path, cache: Path, seq_len: int
) -> None:
    rows, stream = read_slowly(corpus, path)
    document = np.repeat(np.arange(len(rows)), [row[5] for row in rows])
    reader = PlanReader(planned(corpus, path, cache, seq_len=seq_len))
    assert len(reader) == -(-len(stream) // seq_len)
    read: list[int] = []
    labels: list[int] = []
    for index in range(len(reader)):
        one = reader[index]
        assert one.tokens == min(seq_len, len(stream) - index * seq_len)
        assert len(one.input_ids) == len(one.labels) == sum(one.doc_lens) == seq_len
        assert min(one.doc_lens) > 0
        # Borders of documents inside the instance, and of the padding.
        at = document[index * seq_len : index * seq_len + one.tokens]
        borders = np.flatnonzero(np.diff(at)) + 1
        expected = np.diff([0, *borders, one.tokens]).tolist() + (
            [seq_len - one.tokens] if one.tokens < seq_len else []
        )
        assert one.doc_lens == expected
        assert (one.labels[one.tokens :] == IGNORED).all()
        read += one.input_ids[: one.tokens].tolist()
        labels += one.labels[: one.tokens].tolist()
    assert read == stream
    following = np.append(stream[1:], 0)
    same = np.append(document[1:] == document[:-1], False)
    assert labels == np.where(same, following, IGNORED).tolist()
    # Every token but the first of each document is predicted once.
    assert sum(label != IGNORED for label in labels) == len(stream) - len(rows)


def test_past_the_end_there_is_only_padding(plan: Plan) -> None:
    one = PlanReader(plan)[plan.instances + 3]
    assert one.tokens == 0
    assert one.doc_lens == [plan.seq_len]
    assert (one.labels == IGNORED).all()


def loader(plan: Plan, tmp_path: Path, world: int, rank: int, *, size: int = 4, **options: Any) -> ManifestLoader:
    return ManifestLoader(
        plan,
        instances_per_step=size,
        work_dir=str(tmp_path),
        dp_world_size=world,
        dp_rank=rank,
        fs_local_rank=rank,
        **options,
    )


def batches(plan: Plan, tmp_path: Path, world: int, *, state: dict[str, Any] | None = None) -> list[list[list[int]]]:
    """Per step, the rows of the global batch in the order of the plan."""
    ranks = [loader(plan, tmp_path, world, rank) for rank in range(world)]
    for one in ranks:
        if state is not None:
            one.load_state_dict(state)
        one.reshuffle(1)
    steps: list[list[list[int]]] = []
    for parts in zip(*ranks, strict=True):
        rows: list[list[int]] = [[]] * 4
        for rank, part in enumerate(parts):
            rows[rank::world] = part["input_ids"].tolist()
        steps.append(rows)
    return steps


def test_every_world_size_reads_the_same_batches(plan: Plan, tmp_path: Path) -> None:
    one = batches(plan, tmp_path, 1)
    assert batches(plan, tmp_path, 2) == one
    assert batches(plan, tmp_path, 4) == one
    flat = [token for step in one for row in step for token in row]
    reader = PlanReader(plan)
    stream = [
        token for index in range(len(reader)) for token in reader[index].input_ids[: reader[index].tokens].tolist()
    ]
    assert flat[: len(stream)] == stream
    assert set(flat[len(stream) :]) <= {plan.end_id}


@pytest.mark.parametrize(("before", "after"), [(2, 1), (1, 2), (1, 4), (4, 2)])
@pytest.mark.parametrize("steps", [1, 3])
def test_a_saved_position_goes_on_at_any_world_size(
    plan: Plan, tmp_path: Path, before: int, after: int, steps: int
) -> None:
    saved = loader(plan, tmp_path, before, 0)
    saved.reshuffle(1)
    for _, _ in zip(range(steps), saved, strict=False):
        pass
    state = saved.state_dict()
    assert state["instances"] == steps * 4
    assert batches(plan, tmp_path, after, state=state) == batches(plan, tmp_path, 1)[steps:]


def test_tokens_are_counted_without_padding(plan: Plan, tmp_path: Path) -> None:
    one = loader(plan, tmp_path, 1, 0)
    one.reshuffle(1)
    counted = [one.global_num_tokens_in_batch(batch) for batch in one]
    assert sum(counted) == plan.tokens == sum(sum(cells.values()) for cells in QUOTAS)
    assert counted[0] == 4 * plan.seq_len > counted[-1]
    state = one.state_dict()
    assert state["tokens"] == plan.tokens
    assert state["instances"] == plan.instances
    assert state["finished"]
    other = loader(plan, tmp_path, 1, 0)
    other.load_state_dict(state)
    assert list(other) == []


def test_a_position_in_another_plan_is_refused(plan: Plan, corpus: Corpus, cache: Path, tmp_path: Path) -> None:
    state = loader(plan, tmp_path, 1, 0).state_dict()
    other = planned(corpus, corpus.write([{"web/en/law-policy": 300}], name="other-plan"), cache)
    with pytest.raises(CheckpointError, match=f"checkpoint was made on plan {plan.hash}"):
        loader(other, tmp_path, 1, 0).load_state_dict(state)
    following = loader(other, tmp_path, 1, 0, follow=True)
    following.load_state_dict(state)
    assert following.instances_consumed == 0


def test_a_position_between_two_batches_is_refused(plan: Plan, tmp_path: Path) -> None:
    state = {**loader(plan, tmp_path, 1, 0).state_dict(), "instances": 4}
    with pytest.raises(CheckpointError, match="no multiple of 3 instances"):
        loader(plan, tmp_path, 1, 0, size=3).load_state_dict(state)
    half = loader(plan, tmp_path, 1, 0, size=2)
    half.load_state_dict(state)
    assert half.batches_processed == 2
