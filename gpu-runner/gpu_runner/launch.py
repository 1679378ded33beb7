"""`train`: prepare the run folder, start torchrun over it, send its reports.

The ranks are torchrun's; this process only waits, so it is the one that talks to the server.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from gpu_runner.errors import RunnerError
from gpu_runner.process import ERROR_FILE, die_with_parent
from gpu_runner.spool import Sender

# After the last step: long enough for a server that restarts, short enough for a demo without one.
LAST_CHANCE_S = 15.0


def launch(folder: Path, *, nproc: int, server: str | None, token: str | None) -> None:
    sender = Sender(folder / "spool", server=server, token=token) if server else None
    if sender:
        sender.start()
    try:
        _torchrun(folder, nproc)
    finally:
        if sender:
            sender.finish(LAST_CHANCE_S)


def _torchrun(folder: Path, nproc: int) -> None:
    error_file = folder / "error.txt"
    error_file.unlink(missing_ok=True)
    cores = os.cpu_count() or 1
    package = Path(__file__).resolve().parents[1]
    path = os.pathsep.join(filter(None, [str(package), os.environ.get("PYTHONPATH")]))
    env = {
        **os.environ,
        "PYTHONPATH": path,
        ERROR_FILE: str(error_file),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(max(1, cores // nproc))),
        "TOKENIZERS_PARALLELISM": "false",
    }
    # A free port of its own (c10d, port 0), so that runs side by side do not meet.
    command = [sys.executable, "-m", "torch.distributed.run", "--nnodes", "1", "--nproc-per-node", str(nproc)]
    command += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", "-m", "gpu_runner.rank", str(folder)]
    # A terminated torchrun stops its ranks after a last checkpoint; a killed one takes them along.
    child = subprocess.Popen(command, env=env, stdout=sys.stderr, preexec_fn=lambda: die_with_parent(signal.SIGTERM))
    received: list[int] = []

    def forward(number: int, _: object) -> None:
        received.append(number)
        child.terminate()

    before = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if received:
        print("millrace: stopped by a signal; --resume goes on from the last checkpoint", file=sys.stderr)
        raise SystemExit(128 + received[0])
    if error_file.is_file():
        raise RunnerError(error_file.read_text(encoding="utf-8"))
    if code != 0:
        raise SystemExit(code if code > 0 else 1)
