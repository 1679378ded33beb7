"""The folder of a run: what is to be trained, settled before any process group exists.

run.json                the recipe as used, the model's shape, tokenizer, plan, where the run starts
plan/                   head.json shards.json entries.npy segments.npy: the plan, ready to be mapped
checkpoints/stepN/      OLMo-core checkpoints
reports/                {before,after}.json and per-document scores (.npz)
spool/                  reports the server has not taken yet
train.ndjson            loss, tokens, learning rate of every step
"""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gpu_runner.errors import CheckpointError
from gpu_runner.manifest import Manifest, Shard
from gpu_runner.plan import Plan
from gpu_runner.recipe import TrainRecipe
from gpu_runner.shape import ModelShape
from gpu_runner.sidecar import Sidecar, open_sidecar

FORMAT = "millrace-run/1"


@dataclass(frozen=True, kw_only=True)
class Start:
    """Where the plan's first step stands in the run: later rounds go on counting."""

    step: int = 0
    tokens: int = 0
    checkpoint: str | None = None
    """The earlier round's, whose weights and optimizer are taken over."""


@dataclass(frozen=True, kw_only=True)
class Run:
    recipe: TrainRecipe
    shape: ModelShape
    plan: Plan
    holdout: list[Sidecar]
    start: Start


# What a start that was killed early leaves, before its run.json.
EARLY = {"run.part", "plan"}


def check_run_folder(folder: Path) -> None:
    """One that can be made, or that holds nothing but a run: whatever else lies there is somebody's."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise CheckpointError(f"{folder} cannot be the folder of a run: {there} is a file")
    if not os.access(there, os.W_OK):
        raise CheckpointError(f"{folder} cannot be the folder of a run: {there} cannot be written to")
    if folder != there or (folder / "run.json").is_file():
        return
    other = sorted({path.name for path in folder.iterdir()} - EARLY)
    if other:
        raise CheckpointError(f"{folder} holds {other[0]} and no run: expected an empty or a new folder")


def shard_sidecars(folders: list[str]) -> list[Sidecar]:
    sidecars: list[Sidecar] = []
    for folder in folders:
        side = open_sidecar(Path(folder))
        if side is None:
            raise CheckpointError(f"token arrays {folder} are gone: was the cache cleared? Start the command again")
        sidecars.append(side)
    return sidecars


def save_run(folder: Path, run: Run, *, sidecars: list[Path], holdout: list[Path]) -> None:
    plan_folder = folder / "plan"
    shutil.rmtree(plan_folder, ignore_errors=True)
    plan_folder.mkdir(parents=True)
    manifest = run.plan.manifest
    _write(plan_folder / "head.json", manifest.head)
    _write(plan_folder / "shards.json", [[one.key, one.sha256, one.rows] for one in manifest.shards])
    np.save(plan_folder / "entries.npy", manifest.entries)
    np.save(plan_folder / "segments.npy", run.plan.segments)
    body = {
        "format": FORMAT,
        "recipe": run.recipe.as_dict(),
        "shape": run.shape.as_dict(),
        "start": vars(run.start),
        "manifest": manifest.id,
        "plan": run.plan.hash,
        "seqLen": run.plan.seq_len,
        "tokenizer": {"sha256": run.plan.tokenizer_sha256, "endId": run.plan.end_id},
        "phases": list(manifest.phases),
        "cells": list(manifest.cells),
        "sidecars": [str(path) for path in sidecars],
        "holdout": [str(path) for path in holdout],
    }
    _write(folder / "run.json", body)


def load_run(folder: Path) -> Run:
    body = read_card(folder)
    plan_folder = folder / "plan"
    shards: list[list[Any]] = json.loads((plan_folder / "shards.json").read_text(encoding="utf-8"))
    manifest = Manifest(
        head=json.loads((plan_folder / "head.json").read_text(encoding="utf-8")),
        shards=tuple(Shard(key=key, sha256=sha256, rows=rows) for key, sha256, rows in shards),
        entries=np.load(plan_folder / "entries.npy", mmap_mode="r"),
        phases=tuple(body["phases"]),
        cells=tuple(body["cells"]),
    )
    plan = Plan(
        manifest=manifest,
        tokenizer_sha256=body["tokenizer"]["sha256"],
        end_id=body["tokenizer"]["endId"],
        seq_len=body["seqLen"],
        segments=np.load(plan_folder / "segments.npy", mmap_mode="r"),
        sidecars=shard_sidecars(body["sidecars"]),
    )
    if plan.hash != body["plan"]:
        raise CheckpointError(f"{plan_folder} hashes to {plan.hash}, run.json names {body['plan']}: damaged run folder")
    return Run(
        recipe=TrainRecipe(**body["recipe"]),
        shape=ModelShape.from_dict(body["shape"]),
        plan=plan,
        holdout=shard_sidecars(body["holdout"]),
        start=Start(**body["start"]),
    )


def read_card(folder: Path) -> dict[str, Any]:
    """run.json of a run folder."""
    path = folder / "run.json"
    if not path.is_file():
        raise CheckpointError(f"no run.json in {folder}: expected the folder that `train -o` made")
    return json.loads(path.read_text(encoding="utf-8"))


def latest_checkpoint(folder: Path) -> Path | None:
    """A checkpoint is complete once its .metadata.json is there; a killed save leaves none."""
    found = {
        int(path.name.removeprefix("step")): path
        for path in (folder / "checkpoints").glob("step*")
        if path.name.removeprefix("step").isdigit() and (path / ".metadata.json").is_file()
    }
    return found[max(found)] if found else None


def find_checkpoint(path: Path) -> tuple[Path, dict[str, Any]]:
    """A checkpoint, or the last one of a run folder; and the card of its run."""
    if (path / "run.json").is_file():
        checkpoint = latest_checkpoint(path)
        if checkpoint is None:
            raise CheckpointError(f"{path} holds no finished checkpoint yet")
        return checkpoint, read_card(path)
    if not (path / ".metadata.json").is_file():
        raise CheckpointError(f"{path} is neither a run folder nor a finished checkpoint (RUN_DIR/checkpoints/stepN)")
    return path, read_card(path.resolve().parents[1])


def _write(path: Path, value: object) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value), encoding="utf-8")
    part.replace(path)
