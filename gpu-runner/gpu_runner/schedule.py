"""Warm-up, plateau, linear decay in real tokens, the decay ending with the plan's last token.

OLMo-core's WSD ends at the trainer's own count, which takes every batch for a full one.
"""

from dataclasses import dataclass

import torch
from olmo_core.optim import WSD


@dataclass
class WarmupStableDecay(WSD):
    last_token: int = 0

    def get_lr(self, initial_lr: float | torch.Tensor, current: int, t_max: int) -> float | torch.Tensor:
        del t_max
        return super().get_lr(initial_lr, current, self.last_token)
