"""The JSON Schemas that are generated from the zod contracts; nothing is believed before it has passed them."""

import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast

import jsonschema
from jsonschema.protocols import Validator

from gpu_runner.errors import ManifestError, RunnerError

# In the repository the package lies in gpu-runner/; the image keeps the same two levels.
ROOT = Path(__file__).resolve().parents[2]


@cache
def validator(name: str) -> Validator:
    folder = Path(os.environ.get("MILLRACE_SCHEMA", ROOT / "schema" / "json"))
    path = folder / f"{name}.json"
    try:
        schema = cast("dict[str, object]", json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise RunnerError(
            f"no JSON Schema at {path}: expected the repository's schema/json beside gpu-runner, "
            "or MILLRACE_SCHEMA naming that folder"
        ) from error
    return jsonschema.Draft202012Validator(schema)


def check(name: str, value: Any, where: str) -> None:
    """Raise with the first place that breaks the contract."""
    for error in cast("Iterable[jsonschema.ValidationError]", validator(name).iter_errors(value)):
        pointer = "/".join(str(part) for part in error.absolute_path)
        raise ManifestError(f"{where} breaks the contract '{name}' at /{pointer}: {error.message[:300]}")
