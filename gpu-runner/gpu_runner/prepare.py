"""From a recipe to a run folder: fetch, hash, tokenise, plan. Everything a user can get wrong is found here,
in one process and before torch is loaded.
"""

import json
import sys
from pathlib import Path
from typing import Any

from gpu_runner.errors import CheckpointError, RecipeError
from gpu_runner.loader_state import batches_done
from gpu_runner.manifest import Manifest, load_manifest
from gpu_runner.plan import Plan, compile_plan, prepare_sidecar, prepare_sidecars
from gpu_runner.recipe import TrainRecipe
from gpu_runner.rundir import (
    Run,
    Start,
    check_run_folder,
    find_checkpoint,
    latest_checkpoint,
    read_card,
    save_run,
)
from gpu_runner.shape import ModelShape, preset
from gpu_runner.sidecar import Sidecar, sidecar_folder
from gpu_runner.source import ShardSource, default_cache, source_of
from gpu_runner.tokenizer import TextTokenizer, load_tokenizer

# Tables whose height divides by 128 suit the GPU's matrix units; Llama-3's 128,256 already does.
VOCAB_MULTIPLE = 128


class Corpus:
    """A manifest with what it takes to read it."""

    def __init__(
        self, where: str, *, shards: str | None, tokenizer: str | None, token: str | None, mismatch: bool = False
    ) -> None:
        self.cache: Path = default_cache()
        self.manifest: Manifest = load_manifest(where, token=token)
        self.source: ShardSource = source_of(where, shards, token=token, cache=self.cache)
        self.tokenizer: TextTokenizer = load_tokenizer(
            Path(tokenizer) if tokenizer else None, expected_sha256=self.manifest.tokenizer_sha256, mismatch=mismatch
        )

    def plan(self, *, seq_len: int, allow_short: bool) -> Plan:
        sidecars = prepare_sidecars(self.manifest, self.source, self.tokenizer, self.cache)
        return compile_plan(self.manifest, sidecars, self.tokenizer, seq_len=seq_len, allow_short=allow_short)

    def holdout(self) -> list[Sidecar]:
        return [
            prepare_sidecar(self.source, file.key, file.sha256, file.rows, self.tokenizer, self.cache)
            for file in self.manifest.holdout
        ]

    def folders(self) -> tuple[list[Path], list[Path]]:
        shards = [sidecar_folder(self.cache, one.sha256, self.tokenizer) for one in self.manifest.shards]
        holdout = [sidecar_folder(self.cache, one.sha256, self.tokenizer) for one in self.manifest.holdout]
        return shards, holdout


def prepare_run(
    folder: Path,
    recipe: TrainRecipe,
    *,
    world_size: int,
    token: str | None,
    resume: bool,
    start_from: str | None,
    allow_short: bool,
    mismatch: bool,
) -> Run:
    if recipe.manifest is None:
        raise RecipeError("no manifest: give --manifest, or manifest in the recipe")
    recipe.micro_batch(world_size)
    check_run_folder(folder)
    found = latest_checkpoint(folder)
    if found is not None and not resume:
        raise CheckpointError(f"{folder} already holds a run ({found.name}); pass --resume to go on with it")
    corpus = Corpus(recipe.manifest, shards=recipe.shards, tokenizer=recipe.tokenizer, token=token, mismatch=mismatch)
    plan = corpus.plan(seq_len=recipe.seq_len, allow_short=allow_short)
    shape = _shape(recipe, corpus.tokenizer)
    if found is not None:
        start = Start(**read_card(folder)["start"])
        batches_done(
            trainer_state(found)["data_loader"],
            plan=plan.hash,
            instances_per_step=recipe.instances_per_step,
            follow=False,
        )
    else:
        start = _start(start_from, shape)
    run = Run(recipe=recipe, shape=shape, plan=plan, holdout=corpus.holdout(), start=start)
    sidecars, holdout = corpus.folders()
    save_run(folder, run, sidecars=sidecars, holdout=holdout)
    print(
        f"millrace: plan {plan.hash[:12]}: {plan.tokens:,} tokens in {plan.instances:,} instances of {plan.seq_len}, "
        f"{shape.parameters:,} parameters, {world_size} ranks",
        file=sys.stderr,
        flush=True,
    )
    return run


def _shape(recipe: TrainRecipe, tokenizer: TextTokenizer) -> ModelShape:
    vocab_size = -(-tokenizer.vocab_size // VOCAB_MULTIPLE) * VOCAB_MULTIPLE
    shape = preset(recipe.preset, vocab_size, recipe.model)
    if shape.vocab_size < tokenizer.vocab_size:
        raise RecipeError(f"vocab_size {shape.vocab_size} is below the tokenizer's {tokenizer.vocab_size} ids")
    if recipe.init is not None:
        _check_init(Path(recipe.init), shape)
    return shape


def _check_init(folder: Path, shape: ModelShape) -> None:
    path = folder / "config.json"
    if not path.is_file():
        raise CheckpointError(f"no config.json in {folder}: expected a Hugging Face Llama")
    card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    expected = {
        "vocab_size": shape.vocab_size,
        "hidden_size": shape.d_model,
        "intermediate_size": shape.d_ff,
        "num_hidden_layers": shape.n_layers,
        "num_attention_heads": shape.n_heads,
        "num_key_value_heads": shape.n_kv_heads,
    }
    odd = [f"{name} {card.get(name)} (expected {value})" for name, value in expected.items() if card.get(name) != value]
    if odd:
        raise CheckpointError(f"{path} is another model: {', '.join(odd)}; wrong preset or tokenizer?")


def _start(start_from: str | None, shape: ModelShape) -> Start:
    if start_from is None:
        return Start()
    checkpoint, card = find_checkpoint(Path(start_from))
    if card["shape"] != shape.as_dict():
        raise CheckpointError(f"{checkpoint} is of another shape than the recipe's model: {card['shape']}")
    state = trainer_state(checkpoint)
    if not state["data_loader"]["finished"]:
        print(f"millrace: {checkpoint} is not the end of its plan; the rest of that plan stays unread", file=sys.stderr)
    return Start(
        step=state["global_step"], tokens=state["global_train_tokens_seen"], checkpoint=str(checkpoint.resolve())
    )


def trainer_state(checkpoint: Path) -> dict[str, Any]:
    import torch  # only runs that go on need it here

    path = checkpoint / "train" / "rank0.pt"
    try:
        # OLMo-core pickles random-number states; the file is one this runner wrote.
        return torch.load(path, map_location="cpu", weights_only=False)
    except (OSError, RuntimeError, EOFError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error
