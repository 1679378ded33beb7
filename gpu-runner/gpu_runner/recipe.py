"""A training recipe: how the model is trained on a plan. What it reads is the manifest's business.

A TOML or JSON file with the fields below; the command line overrides only where things are. Token
counts are of real tokens, so a schedule means the same at any batch or world size.
"""

import json
import tomllib
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from gpu_runner.errors import RecipeError


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainRecipe:
    manifest: str | None = None
    """Path of the head, or {server}/v1/manifests/{id}."""
    shards: str | None = None
    """Folder or r2://bucket/prefix; by default the manifest's folder or server."""
    tokenizer: str | None = None
    """A tokenizer.json; the committed 8k one by default."""
    init: str | None = None
    """Folder of a Hugging Face Llama to start from; random weights without it."""
    upload: str | None = None
    """r2://bucket/prefix that finished checkpoints are copied to."""

    preset: str = "tiny"
    model: dict[str, Any] = field(default_factory=dict[str, Any])
    """Settings of the preset's shape to change."""

    seq_len: int = 256
    instances_per_step: int = 8
    micro_batch_instances: int = 4
    """Instances of one rank that go through the model at once."""

    lr: float = 3e-3
    warmup_min_lr: float = 0.0
    warmup_tokens: int = 4096
    schedule: Literal["constant", "wsd"] = "constant"
    decay_tokens: int = 0
    """Length of the linear decay at the end; wsd only."""
    beta1: float = 0.9
    beta2: float = 0.95
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    bf16_states: bool = False
    """Adam's moments in bfloat16: 12 instead of 16 bytes a parameter; the weights stay float32."""
    recompute: bool = False
    """Activations of every block are computed again in the backward pass."""
    compile: bool = False

    seed: int = 0
    save_every: int = 250
    """Steps between checkpoints; the last step always makes one."""
    keep: int = 3
    """Checkpoints kept; the oldest go first."""
    eval_instances: int = 8
    """Hold-out windows that one rank scores at once."""

    def __post_init__(self) -> None:
        at_least = {
            "seq_len": 2,
            "instances_per_step": 1,
            "micro_batch_instances": 1,
            "save_every": 1,
            "keep": 1,
            "eval_instances": 1,
            "warmup_tokens": 0,
            "decay_tokens": 0,
        }
        for name, least in at_least.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise RecipeError(f"{name} is {value!r}; expected an integer of at least {least}")
        if not self.lr > 0:
            raise RecipeError(f"lr is {self.lr!r}; expected a positive number")
        if self.schedule not in ("constant", "wsd"):
            raise RecipeError(f"schedule is {self.schedule!r}; expected constant or wsd")
        if (self.schedule == "wsd") != (self.decay_tokens > 0):
            raise RecipeError("decay_tokens goes with schedule wsd, and wsd needs it")

    def rank_instances(self, world_size: int) -> int:
        if self.instances_per_step % world_size:
            raise RecipeError(
                f"{self.instances_per_step} instances a step do not divide over {world_size} ranks: "
                "choose another --nproc, or instances_per_step"
            )
        return self.instances_per_step // world_size

    def micro_batch(self, world_size: int) -> int:
        """The largest divisor of a rank's instances that is not above the recipe's: a step is what counts."""
        rank = self.rank_instances(world_size)
        return next(size for size in range(min(self.micro_batch_instances, rank), 0, -1) if rank % size == 0)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def override(self, **given: str | int | None) -> "TrainRecipe":
        return replace(self, **{name: value for name, value in given.items() if value is not None})


def load_recipe(path: Path) -> TrainRecipe:
    try:
        text = path.read_text(encoding="utf-8")
        value: dict[str, Any] = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except FileNotFoundError as error:
        raise RecipeError(f"no training recipe at {path}") from error
    except ValueError as error:
        raise RecipeError(f"{path} is neither TOML nor (as .json) JSON: {error}") from error
    unknown = set(value) - {one.name for one in fields(TrainRecipe)}
    if unknown:
        raise RecipeError(
            f"{path}: no such setting: {', '.join(sorted(unknown))} (a mixture's recipe is the planner's)"
        )
    return replace(preset_recipe(value.get("preset", "tiny")), **value)


def preset_recipe(name: str) -> TrainRecipe:
    if name == "tiny":
        return TrainRecipe()
    if name == "llama3_8b":
        # SynE (arXiv 2407.18743): AdamW .9/.95, clip 1, 8,192 tokens, lr 1e-7 to 1e-5 over 10 B tokens, then flat.
        # Its batch is unpublished; 128 x 8,192 = 1.05 M tokens is ours. Memory: 12 bytes x 8.03 B = 89.7 GiB of 140.
        return TrainRecipe(
            preset=name,
            seq_len=8192,
            instances_per_step=128,
            micro_batch_instances=1,
            lr=1e-5,
            warmup_min_lr=1e-7,
            warmup_tokens=10_000_000_000,
            bf16_states=True,
            recompute=True,
            compile=True,
            save_every=500,
            eval_instances=2,
        )
    raise RecipeError(f"preset {name!r} is unknown; expected tiny or llama3_8b")
