"""What torchrun starts: `python -m gpu_runner.rank RUN_DIR`."""

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
    raise SystemExit(main())
