"""One rank of a training run: OLMo-core's trainer over the prepared run folder.

Order of a run: hold-out before step 0, steps with checkpoints, hold-out at the end. Rank 0 writes reports
into the run folder and its spool; sending them is the launcher's business.
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import torch
import torch.distributed as dist
import torch.distributed.checkpoint.state_dict as dist_state
from olmo_core.config import DType
from olmo_core.distributed.parallel import DataParallelType
from olmo_core.distributed.utils import get_fs_local_rank, get_rank, get_world_size, init_distributed
from olmo_core.optim import ConstantWithWarmup, SkipStepAdamWConfig
from olmo_core.optim.scheduler import Scheduler, SchedulerUnits
from olmo_core.train import Duration, LoadStrategy, Trainer, TrainerConfig
from olmo_core.train.callbacks import CheckpointerCallback
from olmo_core.train.train_module import (
    TransformerActivationCheckpointingConfig,
    TransformerDataParallelConfig,
)
from olmo_core.utils import seed_all

from gpu_runner import hf
from gpu_runner.callbacks import Progress, SkipWindow, Upload
from gpu_runner.errors import RunnerError
from gpu_runner.holdout import Document, Score, holdout_documents, load_scores, save_scores, score_documents
from gpu_runner.loader import ManifestLoader
from gpu_runner.model import build_model
from gpu_runner.process import ERROR_FILE
from gpu_runner.reading import IGNORED
from gpu_runner.report import make_report, topic_sums
from gpu_runner.rundir import Run, load_run
from gpu_runner.schedule import WarmupStableDecay
from gpu_runner.spool import put_in_spool
from gpu_runner.step import TokenMeanTrainModule

# A rank that died must not hold the others for the engine's default of hours.
COLLECTIVE_TIMEOUT = timedelta(minutes=10)


class Rank:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run: Run = load_run(folder)
        cuda = torch.cuda.is_available()
        self.device = torch.device("cuda" if cuda else "cpu")
        init_distributed("cpu:gloo,cuda:nccl" if cuda else "gloo", timeout=COLLECTIVE_TIMEOUT, shared_filesytem=True)
        self.rank, self.world_size = get_rank(), get_world_size()
        seed_all(self.run.recipe.seed)
        self.module = self._module()
        self.loader = self._loader()
        self.last_step = self.run.start.step + self.loader.total_batches
        self.trainer = self._trainer()

    def fit(self) -> None:
        self._load()
        documents = holdout_documents(self.run.plan.manifest.holdout, self.run.holdout)
        if self.trainer.global_step == self.run.start.step:
            self._evaluate("before", documents)
        self.trainer.fit()
        if self.trainer.global_step < self.last_step:
            raise RunnerError(f"stopped at step {self.trainer.global_step} of {self.last_step}: go on with --resume")
        self._evaluate("after", documents)

    def _module(self) -> TokenMeanTrainModule:
        recipe, shape, cuda = self.run.recipe, self.run.shape, self.device.type == "cuda"
        # Reduced precision pays on the GPU only; on the CPU the path is the same in float32.
        compute = DType.bfloat16 if cuda else DType.float32
        optim = SkipStepAdamWConfig(
            lr=recipe.lr,
            betas=(recipe.beta1, recipe.beta2),
            weight_decay=recipe.weight_decay,
            dtype=DType.bfloat16 if recipe.bf16_states else None,
        )
        return TokenMeanTrainModule(
            model=build_model(shape, init_device="meta"),
            optim=optim,
            rank_microbatch_size=recipe.micro_batch(self.world_size) * recipe.seq_len,
            max_sequence_length=recipe.seq_len,
            compile_model=recipe.compile and cuda,
            dp_config=TransformerDataParallelConfig(
                name=DataParallelType.fsdp, param_dtype=compute, reduce_dtype=DType.float32
            ),
            ac_config=TransformerActivationCheckpointingConfig() if recipe.recompute else None,
            max_grad_norm=recipe.max_grad_norm,
            scheduler=self._scheduler(),
            device=self.device,
            label_ignore_index=IGNORED,
        )

    def _scheduler(self) -> Scheduler:
        recipe, start = self.run.recipe, self.run.start
        if recipe.schedule == "wsd":
            return WarmupStableDecay(
                units=SchedulerUnits.tokens,
                warmup=recipe.warmup_tokens,
                warmup_min_lr=recipe.warmup_min_lr,
                decay=recipe.decay_tokens,
                decay_fraction=None,
                last_token=start.tokens + self.run.plan.tokens,
            )
        return ConstantWithWarmup(
            units=SchedulerUnits.tokens, warmup=recipe.warmup_tokens, warmup_min_lr=recipe.warmup_min_lr
        )

    def _loader(self) -> ManifestLoader:
        return ManifestLoader(
            self.run.plan,
            instances_per_step=self.run.recipe.instances_per_step,
            work_dir=str(self.folder / "work"),
            dp_world_size=self.world_size,
            dp_rank=self.rank,
            fs_local_rank=get_fs_local_rank(),
        )

    def _trainer(self) -> Trainer:
        recipe = self.run.recipe
        cpu = self.device.type == "cpu"
        callbacks: dict[str, Any] = {
            # Asynchronous saving dead-locks when everything runs on Gloo.
            "checkpointer": CheckpointerCallback(
                save_interval=recipe.save_every, max_checkpoints=recipe.keep, save_async=not cpu
            ),
            "progress": Progress(path=str(self.folder / "train.ndjson"), last_step=self.last_step),
            "skip_window": SkipWindow(),
        }
        if recipe.upload:
            callbacks["upload"] = Upload(url=recipe.upload)
        config = TrainerConfig(
            save_folder=str(self.folder / "checkpoints"),
            work_dir=str(self.folder / "work"),
            save_overwrite=True,
            max_duration=Duration.steps(self.last_step),
            metrics_collect_interval=1 if cpu else 5,
            # A terminated run has seconds for its last checkpoint; asking each step is one small reduction.
            cancel_check_interval=1,
            async_bookkeeping=not cpu,
            # Loading is ours (see _load): where a run starts is settled before its first evaluation.
            load_strategy=LoadStrategy.never,
        )
        return config.with_callbacks(callbacks).build(self.module, self.loader)

    def _load(self) -> None:
        """The run's own last checkpoint; else the earlier round's; else the given weights; else random ones."""
        trainer, start = self.trainer, self.run.start
        if trainer.maybe_load_checkpoint(load_trainer_state=True, load_optim_state=True):
            return
        if start.checkpoint is not None:
            self.loader.follow = True
            trainer.load_checkpoint(start.checkpoint, load_trainer_state=True, load_optim_state=True)
            self.loader.follow = False
        elif self.run.recipe.init is not None:
            # Rank 0 reads, the others receive their part.
            state: dict[str, Any] = {}
            if self.rank == 0:
                state |= hf.load(Path(self.run.recipe.init), self.run.shape)
            options = dist_state.StateDictOptions(full_state_dict=True, broadcast_from_rank0=True)
            dist_state.set_model_state_dict(self.module.model, state, options=options)

    def _forward(self, input_ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        self.module._set_model_mode("eval")
        with torch.no_grad():
            output = self.module.model_forward(
                input_ids, labels=labels, ignore_index=IGNORED, loss_reduction="none", return_logits=False
            )
        return output.ce_loss

    def _evaluate(self, kind: Literal["before", "after"], documents: list[Document]) -> None:
        reports = self.folder / "reports"
        if self._reported(reports / f"{kind}.json"):
            return
        scores = score_documents(
            self._forward,
            [one.tokens for one in documents],
            seq_len=self.run.plan.seq_len,
            batch=self.run.recipe.eval_instances,
            pad_id=self.run.plan.end_id,
            device=self.device,
            rank=self.rank,
            world_size=self.world_size,
        )
        if self.rank != 0:
            return
        reports.mkdir(exist_ok=True)
        report = make_report(
            plan=self.run.plan,
            kind=kind,
            step=self.trainer.global_step,
            tokens=self.trainer.global_train_tokens_seen,
            checkpoint=self._checkpoint_name() if kind == "after" else self.run.start.checkpoint,
            world_size=self.world_size,
            topics=topic_sums(documents, scores, self._previous(kind)),
            train_loss=None if kind == "before" else train_losses(self.folder / "train.ndjson"),
        )
        save_scores(reports / f"{kind}.npz", documents, scores)
        part = reports / f"{kind}.part"
        part.write_text(json.dumps(report, indent=1), encoding="utf-8")
        part.replace(reports / f"{kind}.json")
        put_in_spool(self.folder / "spool", f"{report['round']}-{kind}", report)
        total, tokens = sum(one.nll for one in scores), sum(one.tokens for one in scores)
        mean = f"{total / tokens:.4f} nats a token" if tokens else "no token to score"
        print(f"millrace: hold-out {kind}: {len(documents)} documents, {mean}", file=sys.stderr, flush=True)

    def _reported(self, path: Path) -> bool:
        """A resumed run keeps the report it made: the server holds one per step, and last digits may differ."""
        if not path.is_file():
            return False
        report = json.loads(path.read_text(encoding="utf-8"))
        return report["plan"] == self.run.plan.hash and report["step"] == self.trainer.global_step

    def _previous(self, kind: str) -> dict[str, Score] | None:
        """The run's evaluation before this one: this round's first, or the last of the round it follows."""
        if kind == "after":
            return load_scores(self.folder / "reports" / "before.npz")
        if self.run.start.checkpoint is None:
            return None
        earlier = Path(self.run.start.checkpoint).resolve().parents[1] / "reports" / "after.npz"
        return load_scores(earlier) if earlier.is_file() else None

    def _checkpoint_name(self) -> str:
        name = f"step{self.trainer.global_step}"
        upload = self.run.recipe.upload
        return f"{upload.rstrip('/')}/{name}" if upload else f"checkpoints/{name}"


def train_losses(path: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [{"step": line["step"], "loss": line["loss"]} for line in lines]


def train_rank(folder: Path) -> int:
    if "OMP_NUM_THREADS" in os.environ:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    try:
        Rank(folder).fit()
    except RunnerError as error:
        # Every rank sees the same run folder and fails alike; the launcher says it once.
        if path := os.environ.get(ERROR_FILE):
            Path(path).write_text(str(error), encoding="utf-8")
            return 0
        raise
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()
    return 0
