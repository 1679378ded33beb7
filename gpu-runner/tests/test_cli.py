"""Exit codes and messages: a user's mistake is one line on stderr and exit 2."""

import io
import json
from pathlib import Path

import pytest
from conftest import call
from corpus import Corpus

from gpu_runner.cli import main
from gpu_runner.errors import RecipeError
from gpu_runner.recipe import TrainRecipe, load_recipe, preset_recipe

QUOTAS = [{"web/en/law-policy": 300, "web/zh/law-policy": 200}]


def test_plan_prints_its_sums_and_its_order(corpus: Corpus) -> None:
    path = corpus.write(QUOTAS, name="cli")
    done = call("plan", "--manifest", path, "--shards", corpus.folder / "shards", "--seq-len", 64)
    assert (done.returncode, done.stderr) == (0, "")
    plan = json.loads(done.stdout)
    assert plan["tokens"] == 500
    assert plan["instances"] == 8
    assert [(cell["cell"], cell["tokens"]) for cell in plan["cells"]] == list(QUOTAS[0].items())
    order = call("plan", "--manifest", path, "--shards", corpus.folder / "shards", "--print-order")
    rows = [json.loads(line) for line in order.stdout.splitlines()]
    assert sum(row["tokens"] for row in rows) == 500
    assert list(rows[0]) == ["position", "phase", "cell", "bucket", "shard", "row", "id", "tokens", "cut"]


def fails(capsys: pytest.CaptureFixture[str], *args: object) -> str:
    assert main(list(map(str, args))) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("millrace: ")
    assert captured.err.count("\n") == 1
    return captured.err


def test_mistakes_of_a_plan(corpus: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = corpus.write(QUOTAS, name="cli-mistakes")
    shards = corpus.folder / "shards"
    assert "no file" in fails(capsys, "plan", "--manifest", tmp_path / "none")
    assert "is not in" in fails(capsys, "plan", "--manifest", path)
    assert "no tokenizer at" in fails(
        capsys, "plan", "--manifest", path, "--shards", shards, "--tokenizer", "none.json"
    )
    short = corpus.write([{"web/en/law-policy": 900}], name="cli-short", bytes_per_token=1.5, reserve_rows=0)
    assert "web/en/law-policy in p0 lacks" in fails(capsys, "plan", "--manifest", short, "--shards", shards)


def test_a_tokenizer_the_manifest_was_not_planned_with(
    corpus: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from gpu_runner.tokenizer import COMMITTED

    other = tmp_path / "tokenizer.json"
    other.write_text(COMMITTED.read_text() + "\n")
    path = corpus.write(QUOTAS, name="cli-tokenizer")
    given = ("plan", "--manifest", path, "--shards", corpus.folder / "shards", "--tokenizer", other)
    assert "--tokenizer-mismatch" in fails(capsys, *given)
    assert main([*map(str, given), "--tokenizer-mismatch"]) == 0
    endless = tmp_path / "endless.json"
    endless.write_text(COMMITTED.read_text().replace("<|end_of_text|>", "<|other|>"))
    message = fails(capsys, *given[:-1], endless, "--tokenizer-mismatch") if capsys.readouterr() else ""
    assert "needs a token that ends it" in message


def test_mistakes_of_a_training_run(corpus: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = corpus.write(QUOTAS, name="cli-train")
    run = ("train", "--manifest", path, "--shards", corpus.folder / "shards", "-o", tmp_path / "run")
    assert "no manifest" in fails(capsys, "train", "-o", tmp_path / "run")
    assert "no training recipe at" in fails(capsys, *run, "--recipe", tmp_path / "none.toml")
    assert "do not divide over 3 ranks" in fails(capsys, *run, "--nproc", 3)
    assert "no config.json in" in fails(capsys, *run, "--init", tmp_path)
    assert "neither a run folder nor a finished checkpoint" in fails(capsys, *run, "--from", tmp_path)
    (tmp_path / "file").write_text("")
    assert f"{tmp_path / 'file'} is a file" in fails(capsys, *run[:-1], tmp_path / "file")
    assert f"{tmp_path / 'file'} is a file" in fails(capsys, *run[:-1], tmp_path / "file" / "run")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("mine")
    assert "holds thesis.tex and no run" in fails(capsys, *run[:-1], tmp_path / "other")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["thesis.tex"]
    (tmp_path / "llama").mkdir()
    (tmp_path / "llama" / "config.json").write_text('{"vocab_size": 128256, "hidden_size": 4096}')
    assert "vocab_size 128256 (expected 8192)" in fails(capsys, *run, "--init", tmp_path / "llama")
    assert not (tmp_path / "run").exists()


def test_mistakes_of_the_other_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    for command in (("score",), ("export", "-o", tmp_path / "hf")):
        assert "neither a run folder" in fails(capsys, *command, "--checkpoint", tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seq_len = 1", "seq_len is 1; expected an integer of at least 2"),
        ("seq_len = 2.5", "expected an integer"),
        ("lr = 0", "lr is 0; expected a positive number"),
        ("schedule = 'cosine'", "expected constant or wsd"),
        ("schedule = 'wsd'", "wsd needs it"),
        ("shares = 1", "no such setting: shares"),
        ("preset = 'huge'", "preset 'huge' is unknown"),
        ("seq_len = ", "neither TOML nor"),
    ],
)
def test_recipes_that_cannot_work(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=message):
        load_recipe(path)


def test_a_recipe_starts_from_its_preset_in_either_format(tmp_path: Path) -> None:
    toml, json_ = tmp_path / "a.toml", tmp_path / "a.json"
    toml.write_text('preset = "llama3_8b"\nlr = 2e-5\n')
    json_.write_text('{"preset": "llama3_8b", "lr": 2e-5}')
    recipe = load_recipe(toml)
    assert recipe == load_recipe(json_)
    assert (recipe.seq_len, recipe.warmup_tokens, recipe.lr) == (8192, 10_000_000_000, 2e-5)
    assert preset_recipe("tiny") == TrainRecipe()


@pytest.mark.parametrize(
    ("instances", "micro", "world", "expected"), [(8, 4, 2, 4), (6, 4, 1, 3), (6, 2, 2, 1), (7, 4, 1, 1)]
)
def test_micro_batches_divide_what_a_rank_has(instances: int, micro: int, world: int, expected: int) -> None:
    assert TrainRecipe(instances_per_step=instances, micro_batch_instances=micro).micro_batch(world) == expected
