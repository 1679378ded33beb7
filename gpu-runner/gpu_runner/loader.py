"""OLMo-core's data loader over a plan. Its whole position is one integer: instances consumed.

Batch b is instances [b * n, (b + 1) * n) of the plan whatever the world size, and rank r of w takes
every w-th of them, so a run saved at one world size goes on at any that divides n.
"""

from collections.abc import Iterable
from typing import Any

import torch
from olmo_core.data import DataCollator, TextDataLoaderBase

from gpu_runner.loader_state import FORMAT, batches_done
from gpu_runner.plan import Plan
from gpu_runner.reading import IGNORED, PlanReader


class ManifestLoader(TextDataLoaderBase):
    def __init__(
        self,
        plan: Plan,
        *,
        instances_per_step: int,
        work_dir: str,
        dp_world_size: int,
        dp_rank: int,
        fs_local_rank: int,
        follow: bool = False,
    ) -> None:
        """`follow`: the checkpoint to be loaded ends an earlier round, and this plan begins at its own start."""
        super().__init__(
            collator=DataCollator(pad_token_id=plan.end_id, label_ignore_index=IGNORED),
            work_dir=work_dir,
            global_batch_size=instances_per_step * plan.seq_len,
            dp_world_size=dp_world_size,
            dp_rank=dp_rank,
            fs_local_rank=fs_local_rank,
        )
        self.plan = plan
        self.reader = PlanReader(plan)
        self.follow = follow
        self._epoch = 1

    @property
    def instances_per_step(self) -> int:
        return self.global_batch_size // self.plan.seq_len

    @property
    def total_batches(self) -> int:
        return -(-self.plan.instances // self.instances_per_step)

    @property
    def instances_consumed(self) -> int:
        return min(self.batches_processed * self.instances_per_step, self.plan.instances)

    def tokens_in_batch(self, batch: int) -> int:
        size = self.global_batch_size
        return max(0, min(self.plan.tokens - batch * size, size))

    def global_num_tokens_in_batch(self, batch: dict[str, Any]) -> int:
        # Real tokens: the last batch is filled up with padding that no schedule or report should count.
        # The trainer asks while it holds the batch that was counted last.
        return self.tokens_in_batch(self.batches_processed - 1)

    def state_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "manifest": self.plan.manifest.id,
            "plan": self.plan.hash,
            "instances": self.instances_consumed,
            "tokens": min(self.instances_consumed * self.plan.seq_len, self.plan.tokens),
            "finished": self.instances_consumed == self.plan.instances,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.batches_processed = batches_done(
            state_dict, plan=self.plan.hash, instances_per_step=self.instances_per_step, follow=self.follow
        )
        self.tokens_processed = self.batches_processed * self.global_batch_size

    def reshuffle(self, epoch: int | None = None, **kwargs: Any) -> None:
        """The order is the manifest's."""
        self._epoch = epoch or 1

    def get_mock_batch(self) -> dict[str, Any]:
        return self._batch([self.plan.instances] * (self.rank_batch_size // self.plan.seq_len))

    def _iter_batches(self) -> Iterable[dict[str, Any]]:
        size = self.instances_per_step
        while self.batches_processed < self.total_batches:
            first = self.batches_processed * size
            yield self._batch(range(first + self.dp_rank, first + size, self.dp_world_size))

    def _batch(self, indices: Iterable[int]) -> dict[str, Any]:
        instances = [self.reader[index] for index in indices]
        batch = self.collator(
            [
                {"input_ids": torch.from_numpy(one.input_ids), "doc_lens": torch.tensor(one.doc_lens)}
                for one in instances
            ]
        )
        batch["labels"] = torch.stack([torch.from_numpy(one.labels) for one in instances])
        return batch
