"""One optimizer step whose loss is the mean over all real tokens of the global batch.

OLMo-core divides each rank's summed loss by that rank's own labels and averages over ranks. Ranks differ
in labels here (document borders, the padded end of a plan), so the mean, and with it the run, would
depend on the world size, and a rank of padding alone would divide by zero. The divisor is therefore the
labels of all ranks over the number of ranks: FSDP's average then gives sum / count.
"""

from typing import Any

import torch
import torch.distributed as dist
from olmo_core.distributed.utils import is_distributed
from olmo_core.train.train_module import TransformerTrainModule


class TokenMeanTrainModule(TransformerTrainModule):
    _divisor: torch.Tensor | None = None

    def train_batch(self, batch: dict[str, Any], dry_run: bool = False) -> None:
        count = (batch["labels"] != self.label_ignore_index).sum().to(self.device, torch.float32)
        if is_distributed():
            dist.all_reduce(count, group=self.dp_process_group)
        self._divisor = count.clamp(min=1) / self.world_size
        try:
            super().train_batch(batch, dry_run=dry_run)
        finally:
            self._divisor = None

    def model_forward(self, input_ids: torch.Tensor, labels: torch.Tensor | None = None, **kwargs: Any) -> Any:
        if self._divisor is not None:
            kwargs["loss_div_factor"] = self._divisor
        return super().model_forward(input_ids, labels, **kwargs)
