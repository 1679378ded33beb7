"""Whole runs through the command line: torchrun, Gloo, FSDP2, checkpoints, kill -9, resume, reports."""

import io
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import RUNNER, call, runner_command
from corpus import Corpus
from transformers import LlamaForCausalLM

from gpu_runner.cli import main
from gpu_runner.contract import check
from gpu_runner.inference import Checkpoint
from gpu_runner.rundir import find_checkpoint, latest_checkpoint, load_run

QUOTAS = [{"web/en/law-policy": 1501, "web/zh/law-policy": 907}, {"synthetic/en/all": 403, "web/en/law-policy": 250}]
TOKENS = 1501 + 907 + 403 + 250
# 3,061 tokens in 48 instances of 64, 2 a step: 24 steps, the last short by 11 tokens.
RECIPE = """
seq_len = 64
instances_per_step = 2
micro_batch_instances = 2
warmup_tokens = 512
lr = 5e-3
schedule = "wsd"
decay_tokens = 1000
save_every = 4
[model]
d_model = 32
n_layers = 2
d_ff = 64
"""
STEPS = 24


@pytest.fixture(scope="module")
def recipe(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    manifest = corpus.write(QUOTAS, name="train")
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    path.write_text(f'manifest = "{manifest}"\nshards = "{corpus.folder / "shards"}"\n{RECIPE}')
    return path


def losses(run: Path) -> dict[int, float]:
    return {line["step"]: line["loss"] for line in map(json.loads, (run / "train.ndjson").read_text().splitlines())}


def report(run: Path, kind: str) -> dict[str, Any]:
    return json.loads((run / "reports" / f"{kind}.json").read_text())


@pytest.fixture(scope="module")
def finished(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undisturbed run on one rank, to which the others are compared."""
    run = tmp_path_factory.mktemp("finished") / "run"
    done = call("train", "--recipe", recipe, "-o", run, "--nproc", 1)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert f"step {STEPS}/{STEPS}  loss " in done.stderr
    return run


def test_training_reads_the_plan_to_the_token_and_learns(finished: Path) -> None:
    lines = [json.loads(line) for line in (finished / "train.ndjson").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(1, STEPS + 1))
    assert lines[-1]["tokens"] == TOKENS
    assert lines[-1]["loss"] < lines[0]["loss"] - 1
    # Warm-up, plateau, and a decay that ends with the plan's last token.
    rates = [line["lr"] for line in lines]
    assert rates[0] < max(rates) == pytest.approx(5e-3)
    assert rates[-1] == pytest.approx(0, abs=1e-9)


def test_the_reports_of_a_run(finished: Path) -> None:
    before, after = report(finished, "before"), report(finished, "after")
    for one in (before, after):
        check("report", one, "report")
        assert sum(cell["tokens"] for cell in one["cells"]) == TOKENS
        assert all(cell["tokens"] == cell["quota"] for cell in one["cells"])
        assert {(topic["lang"], topic["topic"]) for topic in one["topics"]} == {
            ("en", "law-policy"),
            ("en", "synthetic"),
            ("zh", "law-policy"),
            ("zh", "medicine-health"),
        }
        assert all(topic["docs"] == 4 for topic in one["topics"])
    assert (before["step"], before["tokens"], before["checkpoint"]) == (0, 0, None)
    assert (after["step"], after["tokens"], after["checkpoint"]) == (STEPS, TOKENS, f"checkpoints/step{STEPS}")
    assert [one["step"] for one in after["trainLoss"]] == list(range(1, STEPS + 1))
    for then, now in zip(before["topics"], after["topics"], strict=True):
        assert then["change"] is None
        assert now["nllSum"] < then["nllSum"]
        assert now["change"]["docs"] == 4
        assert now["change"]["sum"] < 0
        assert now["change"]["sumSq"] >= now["change"]["sum"] ** 2 / 4
    assert len(list((finished / "spool").glob("*.json"))) == 2


def test_killed_and_resumed_on_other_world_sizes(recipe: Path, finished: Path, tmp_path: Path) -> None:
    """Two ranks, killed; one, killed; two to the end: the losses and reports of the run that nobody disturbed."""
    run = tmp_path / "run"
    given = ("train", "--recipe", recipe, "-o", run)
    kill_after(run, *given, "--nproc", 2, step=5)
    assert latest_checkpoint(run) is not None

    refused = call(*given, "--nproc", 1)
    assert refused.returncode == 2
    assert "already holds a run" in refused.stderr

    # Asked to stop, a run makes a checkpoint where it is, and no report.
    process = start(run, *given, "--nproc", 1, "--resume", step=8)
    process.terminate()
    assert process.wait(timeout=120) == 128 + signal.SIGTERM
    assert not (run / "reports" / "after.json").exists()
    at = latest_checkpoint(run)
    assert at is not None
    assert at.name == f"step{losses_so_far(run)}"
    done = call(*given, "--nproc", 2, "--resume")
    assert done.returncode == 0, done.stderr
    assert losses(run) == pytest.approx(losses(finished), rel=2e-4)
    assert list(losses(run)) == list(range(1, STEPS + 1))
    expected, resumed = report(finished, "after"), report(run, "after")
    for one, other in zip(resumed["topics"], expected["topics"], strict=True):
        assert one["nllSum"] == pytest.approx(other["nllSum"], rel=1e-3)
    differing = {"topics": 0, "trainLoss": 0, "worldSize": 0}
    assert resumed | differing == expected | differing


def kill_after(run: Path, *args: object, step: int) -> None:
    """kill -9 to the launcher and torchrun, which takes the ranks along, once the run is past a step."""
    process = start(run, *args, step=step)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def start(run: Path, *args: object, step: int) -> subprocess.Popen[bytes]:
    """A run that is past a step."""
    process = subprocess.Popen(
        runner_command(*args), cwd=RUNNER, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            done = losses_so_far(run)
            if done >= step:
                break
            assert process.poll() is None, process.stderr and process.stderr.read().decode()
            time.sleep(0.02)
        else:
            pytest.fail("the run did not get that far")
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return process


def losses_so_far(run: Path) -> int:
    path = run / "train.ndjson"
    return path.read_text().count("\n") if path.is_file() else 0


def test_a_checkpoint_of_another_plan_is_refused(corpus: Corpus, recipe: Path, finished: Path) -> None:
    other = corpus.write([{"web/en/law-policy": 500}], name="train-other")
    done = call("train", "--recipe", recipe, "--manifest", other, "-o", finished, "--nproc", 1, "--resume")
    assert done.returncode == 2
    assert "checkpoint was made on plan" in done.stderr
    assert "Traceback" not in done.stderr
    # The refused command left the run as it was.
    assert load_run(finished).plan.tokens == TOKENS


def test_the_next_round_takes_over_weights_and_counts(
    corpus: Corpus, recipe: Path, finished: Path, tmp_path: Path
) -> None:
    run = tmp_path / "round-2"
    manifest = corpus.write([{"web/zh/medicine-health": 700}], name="train-next")
    done = call("train", "--recipe", recipe, "--manifest", manifest, "-o", run, "--nproc", 2, "--from", finished)
    assert done.returncode == 0, done.stderr
    before, after = report(run, "before"), report(run, "after")
    assert (before["step"], before["tokens"]) == (STEPS, TOKENS)
    assert (after["step"], after["tokens"]) == (STEPS + 6, TOKENS + 700)
    # Nothing happened between the rounds, so the second begins where the first ended.
    for one, other in zip(before["topics"], report(finished, "after")["topics"], strict=True):
        assert one["nllSum"] == pytest.approx(other["nllSum"], rel=1e-4)
        assert one["change"]["docs"] == 4
        assert one["change"]["sum"] == pytest.approx(0, abs=1e-2)


def test_evaluate_score_and_export_agree_with_the_run(
    corpus: Corpus,
    recipe: Path,
    finished: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(*args: object) -> str:
        # In this process: importing the engine takes longer than the commands.
        assert main(list(map(str, args))) == 0
        return capsys.readouterr().out

    manifest, shards = corpus.folder / "train", corpus.folder / "shards"
    evaluated = json.loads(run("evaluate", "--checkpoint", finished, "--manifest", manifest, "--shards", shards))
    after = report(finished, "after")
    assert evaluated["plan"] == after["plan"]
    assert evaluated["step"] == STEPS
    for one, other in zip(evaluated["topics"], after["topics"], strict=True):
        assert one["nllSum"] == pytest.approx(other["nllSum"], rel=1e-5)

    held_out = corpus.holdout[0].rows
    rows = [held_out[(2 * i + 1) * len(held_out) // 8] for i in range(4)]
    stdin = "".join(json.dumps({"id": row.id, "text": row.text}) + "\n" for row in rows)
    monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    lines = [json.loads(line) for line in run("score", "--checkpoint", finished).splitlines()]
    assert [line["id"] for line in lines] == [row.id for row in rows]
    law = next(topic for topic in after["topics"] if topic["lang"] == "en" and topic["topic"] == "law-policy")
    assert sum(line["nllSum"] for line in lines) == pytest.approx(law["nllSum"], rel=1e-5)
    assert sum(line["tokens"] for line in lines) == law["tokens"]
    assert sum(line["bytes"] for line in lines) == law["bytes"]

    run("export", "--checkpoint", finished, "-o", tmp_path / "hf")
    checkpoint, _ = find_checkpoint(finished)
    ours = Checkpoint(checkpoint).model(torch.device("cpu"))
    theirs = LlamaForCausalLM.from_pretrained(tmp_path / "hf").eval()
    ids = torch.randint(0, 8192, (2, 48))
    with torch.no_grad():
        torch.testing.assert_close(theirs(input_ids=ids).logits, ours(ids), atol=1e-4, rtol=1e-4)

    again = tmp_path / "from-hf"
    started = call(
        "train", "--recipe", recipe, "--manifest", corpus.write([{"web/en/law-policy": 90}], name="train-init"),
        "-o", again, "--nproc", 2, "--init", tmp_path / "hf",
    )  # fmt: skip
    assert started.returncode == 0, started.stderr
    for one, other in zip(report(again, "before")["topics"], after["topics"], strict=True):
        assert one["nllSum"] == pytest.approx(other["nllSum"], rel=1e-4)
