"""The image cannot be built where the tests run, so what can be known of it is read from its files."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from conftest import RUNNER

from gpu_runner.contract import ROOT
from gpu_runner.r2 import CHECKSUMS

LOCK = (RUNNER / "requirements.lock").read_text()
PINS = re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)$", LOCK, re.MULTILINE)


def instructions() -> list[tuple[str, str]]:
    """(name, the rest) of each instruction, its lines joined and its comments gone."""
    text = re.sub(r"^\s*#.*\n", "", (RUNNER / "Dockerfile").read_text(), flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", " ", text)
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()]


def arguments(name: str) -> list[str]:
    return [rest for one, rest in instructions() if one == name]


def test_only_instructions_that_exist() -> None:
    known = {"FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "ENTRYPOINT", "CMD"}
    assert {name for name, _ in instructions()} <= known
    assert instructions()[0][0] == "FROM"


def test_one_pinned_base_whose_torch_is_the_lock_s() -> None:
    (base,) = arguments("FROM")
    assert re.fullmatch(r"pytorch/pytorch:(\d+\.\d+\.\d+)-cuda[\d.]+-cudnn\d+-runtime", base)
    assert f":{dict(PINS)['torch']}-" in base


def test_r2_s_switches_are_set() -> None:
    env = " ".join(arguments("ENV"))
    for name, value in CHECKSUMS.items():
        assert f"{name}={value}" in env


def test_it_does_not_run_as_root() -> None:
    users = arguments("USER")
    assert users
    assert users[-1] not in ("root", "0")
    assert f"useradd --create-home --uid 10001 {users[-1]}" in " ".join(arguments("RUN"))
    # Nothing is installed after privileges are gone, and nothing runs before.
    names = [name for name, _ in instructions()]
    assert "RUN" not in names[names.index("USER") :]


def test_what_is_copied_is_there_and_the_package_finds_it() -> None:
    targets = {}
    for copied in arguments("COPY"):
        source, target = copied.split()
        assert (ROOT / source).exists(), source
        targets[source] = Path(target)
    package = targets["gpu-runner/gpu_runner"]
    assert targets["schema/json"] == package.parents[1] / "schema" / "json"
    assert targets["models/tokenizer"] == package.parents[1] / "models" / "tokenizer"


def test_signals_reach_the_program() -> None:
    assert arguments("ENTRYPOINT") == ['["python", "-m", "gpu_runner"]']


def test_what_the_image_leaves_out_is_in_the_lock_and_not_in_the_package() -> None:
    (left_out,) = re.findall(r"grep -vE '\^\(([a-z|]+)\)=='", " ".join(arguments("RUN")))
    names = left_out.split("|")
    assert set(names) <= {name for name, _ in PINS}
    imported = set(
        re.findall(
            r"^\s*(?:import|from) (\w+)",
            "\n".join(path.read_text() for path in (RUNNER / "gpu_runner").glob("*.py")),
            re.MULTILINE,
        )
    )
    assert not imported & (set(names) - {"torch"})


def test_the_lock_pins_torch_first_and_names_no_host() -> None:
    lines = [line for line in LOCK.splitlines() if line and not line.startswith("#")]
    assert lines[0].startswith("torch==")
    assert [f"{name}=={value}" for name, value in PINS] == lines
    assert len({name.lower() for name, _ in PINS}) == len(PINS)


@pytest.mark.parametrize(("name", "pinned"), PINS, ids=[name for name, _ in PINS])
def test_the_environment_is_the_lock_s(name: str, pinned: str) -> None:
    # A local part (+cpu, +cu130) says how it was built, not what.
    assert version(name).partition("+")[0] == pinned
