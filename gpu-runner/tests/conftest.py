import os
import subprocess
import sys
from pathlib import Path

import pytest
from corpus import Corpus

RUNNER = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of this session alone: nothing here may lean on what an earlier run left."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ["MILLRACE_CACHE"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return Corpus.make(tmp_path_factory.mktemp("corpus"))


def runner_command(*args: object) -> list[str]:
    return [sys.executable, "-m", "gpu_runner", *map(str, args)]


def call(*args: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        runner_command(*args), cwd=RUNNER, input=stdin, capture_output=True, text=True, timeout=300, check=False
    )
