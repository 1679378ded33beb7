"""The shape of a Llama-3 model. Plain numbers: reading a recipe or a checkpoint's card needs no torch."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from gpu_runner.errors import RecipeError


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelShape:
    vocab_size: int
    d_model: int
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_ff: int
    rope_theta: int = 500_000
    norm_eps: float = 1e-5

    def __post_init__(self) -> None:
        if self.d_model % self.n_heads or (self.d_model // self.n_heads) % 2:
            raise RecipeError(f"d_model {self.d_model} over {self.n_heads} heads: expected an even head dimension")
        if self.n_heads % self.n_kv_heads:
            raise RecipeError(f"n_heads {self.n_heads} is not a multiple of n_kv_heads {self.n_kv_heads}")

    @property
    def parameters(self) -> int:
        head = self.d_model // self.n_heads
        attention = 2 * self.d_model * self.d_model + 2 * self.d_model * self.n_kv_heads * head
        block = attention + 3 * self.d_model * self.d_ff + 2 * self.d_model
        return 2 * self.vocab_size * self.d_model + self.n_layers * block + self.d_model

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> "ModelShape":
        unknown = set(value) - {field.name for field in fields(cls)}
        if unknown:
            raise RecipeError(f"model has no setting {', '.join(sorted(unknown))}")
        return cls(**value)


def tiny(vocab_size: int) -> ModelShape:
    # 2 x 8,192 x 128 for the two tables and 4 blocks of 0.2 M: 2.9 M, a second a step of 4,096 tokens on two cores.
    return ModelShape(vocab_size=vocab_size, d_model=128, n_layers=4, n_heads=4, n_kv_heads=2, d_ff=384)


def llama3_8b(vocab_size: int) -> ModelShape:
    return ModelShape(vocab_size=vocab_size, d_model=4096, n_layers=32, n_heads=32, n_kv_heads=8, d_ff=14336)


PRESETS = {"tiny": tiny, "llama3_8b": llama3_8b}


def preset(name: str, vocab_size: int, overrides: dict[str, Any]) -> ModelShape:
    if name not in PRESETS:
        raise RecipeError(f"model preset {name!r} is unknown; expected one of {', '.join(PRESETS)}")
    shape = PRESETS[name](vocab_size)
    try:
        return replace(shape, **overrides)
    except TypeError as error:
        raise RecipeError(f"model has no such setting: {error}") from error
