"""What a run says while it trains, and the one piece of optimizer state that OLMo-core forgets."""

import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import torch
from olmo_core.aliases import PathOrStr
from olmo_core.distributed.utils import get_rank
from olmo_core.optim import SkipStepOptimizer
from olmo_core.train.callbacks import Callback
from olmo_core.train.common import TRAIN_CE_LOSS_METRIC
from olmo_core.train.train_module import TransformerTrainModule

from gpu_runner import r2
from gpu_runner.errors import RunnerError


@dataclass
class Progress(Callback):
    """A line a step on stderr, and in train.ndjson, where a resumed run first drops what it will do again."""

    # Before the checkpointer, which flushes the step's metrics.
    priority: ClassVar[int] = 2

    path: str = ""
    last_step: int = 0
    _began: float = 0.0
    _seen: dict[int, tuple[int, int, float]] = field(default_factory=dict[int, tuple[int, int, float]])

    def pre_train(self) -> None:
        if get_rank() != 0:
            return
        path = Path(self.path)
        kept = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        # The last line may be half written.
        lines = [line for line in kept if line.endswith("}") and json.loads(line)["step"] <= self.step]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def pre_step(self, batch: dict[str, Any]) -> None:
        self._began = time.perf_counter()

    def post_train_batch(self) -> None:
        # With one line a step on the CPU, the step is over here; on a GPU its kernels may still run.
        in_step = self.trainer.data_loader.global_num_tokens_in_batch({}) or 0
        self._seen[self.step] = (self.trainer.global_train_tokens_seen, in_step, time.perf_counter() - self._began)

    def log_metrics(self, step: int, metrics: dict[str, float]) -> None:
        if get_rank() != 0 or TRAIN_CE_LOSS_METRIC not in metrics:
            return
        tokens, in_step, seconds = self._seen.pop(step)
        line = {
            "step": step,
            "loss": metrics[TRAIN_CE_LOSS_METRIC],
            "tokens": tokens,
            "lr": metrics.get("optim/LR (group 0)"),
            "gradNorm": metrics.get("optim/total grad norm"),
            "skipped": metrics.get("optim/step skipped"),
            "seconds": round(seconds, 4),
        }
        with Path(self.path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print(
            f"step {step}/{self.last_step}  loss {line['loss']:.4f}  {in_step / seconds:,.0f} tokens/s",
            file=sys.stderr,
            flush=True,
        )


@dataclass
class SkipWindow(Callback):
    """Saves the window of losses and gradient norms by which SkipStepAdamW knows a spike.

    Without it nothing is skipped for half a window after a resume, and the run is not the same run.
    """

    def state_dict(self) -> dict[str, Any]:
        optim = self._optim()
        return {
            "losses": [float(value) for value in optim._losses],
            "grad_norms": [float(value) for value in optim._grad_norms],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        optim = self._optim()
        optim._losses = [torch.tensor(value, device=optim.device) for value in state_dict["losses"]]
        optim._grad_norms = [torch.tensor(value, device=optim.device) for value in state_dict["grad_norms"]]

    def _optim(self) -> SkipStepOptimizer:
        module = self.trainer.train_module
        if not isinstance(module, TransformerTrainModule) or not isinstance(module.optim, SkipStepOptimizer):
            raise TypeError(f"{type(module).__name__} has no optimizer that skips steps")
        return module.optim


@dataclass
class Upload(Callback):
    """Copies finished checkpoints to R2. A bucket that does not answer costs the copy, not the run."""

    url: str = ""

    def post_checkpoint_saved(self, path: PathOrStr) -> None:
        if get_rank() != 0:
            return
        try:
            r2.upload_folder(Path(path), f"{self.url.rstrip('/')}/{Path(path).name}")
        except RunnerError as error:
            print(f"millrace: checkpoint not uploaded: {error}", file=sys.stderr, flush=True)
