"""What torchrun starts: `python -m gpu_runner.rank RUN_DIR`."""

import os
import signal
import sys
from pathlib import Path

from gpu_runner.process import die_with_parent, quiet


def main() -> int:
    die_with_parent(signal.SIGKILL)
    quiet()
    from gpu_runner.worker import train_rank

    return train_rank(Path(sys.argv[1]))


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # All is written by now. The interpreter's own way out would now and then meet a native thread that still
    # runs, and abort.
    os._exit(code)
