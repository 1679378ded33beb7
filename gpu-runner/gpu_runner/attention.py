"""Attention that does not look across documents, without a flash-attn wheel.

OLMo-core cuts instances into documents and hands the borders to the attention backend, but its torch
backend refuses them; this one takes them. RoPE is relative, so positions need no reset at a border.
CUDA: `torch.nn.attention.varlen.varlen_attn`, whose keyword names changed from release to release, so
they are looked up. Elsewhere: SDPA under a block-diagonal causal mask, O(T^2) memory per instance.

Shapes: B batch, T positions, H query heads, K key heads, D head dimension.
"""

import inspect
from typing import Any, cast

import torch
import torch.nn.functional as F
from olmo_core.nn.attention.backend import TorchAttentionBackend
from olmo_core.nn.transformer import Transformer


class DocumentMaskBackend(TorchAttentionBackend):
    def forward(
        self,
        qkv: torch.Tensor | tuple[torch.Tensor, torch.Tensor, torch.Tensor],
        cu_doc_lens: torch.Tensor | None = None,
        *args: Any,
        max_doc_len: int | None = None,
        **rest: Any,
    ) -> torch.Tensor:
        if cu_doc_lens is None:
            return super().forward(qkv, None, *args, max_doc_len=max_doc_len, **rest)
        if isinstance(qkv, torch.Tensor) or any(value is not None for value in (*args, *rest.values())):
            raise NotImplementedError("document mask with packed qkv, a cache, sinks, or borders of its own for keys")
        q_BTHD, k_BTKD, v_BTKD = qkv
        if q_BTHD.is_cuda:
            return self._varlen(q_BTHD, k_BTKD, v_BTKD, cu_doc_lens, max_doc_len)
        return self._blockwise(q_BTHD, k_BTKD, v_BTKD, cu_doc_lens)

    def _blockwise(
        self, q_BTHD: torch.Tensor, k_BTKD: torch.Tensor, v_BTKD: torch.Tensor, borders: torch.Tensor
    ) -> torch.Tensor:
        B, T = q_BTHD.shape[:2]
        at = torch.arange(B * T, device=q_BTHD.device, dtype=borders.dtype)
        document_BT = torch.searchsorted(borders[1:].contiguous(), at, right=True).view(B, T)
        causal_TT = torch.ones(T, T, dtype=torch.bool, device=q_BTHD.device).tril()
        mask_BTT = (document_BT[:, :, None] == document_BT[:, None, :]) & causal_TT
        out_BHTD = F.scaled_dot_product_attention(
            q_BTHD.transpose(1, 2),
            k_BTKD.transpose(1, 2),
            v_BTKD.transpose(1, 2),
            attn_mask=mask_BTT[:, None],
            scale=self.scale,
            enable_gqa=True,
        )
        return out_BHTD.transpose(1, 2).contiguous()

    def _varlen(
        self,
        q_BTHD: torch.Tensor,
        k_BTKD: torch.Tensor,
        v_BTKD: torch.Tensor,
        borders: torch.Tensor,
        longest: int | None,
    ) -> torch.Tensor:
        from torch.nn.attention.varlen import varlen_attn

        B, T, H, D = q_BTHD.shape
        known = inspect.signature(varlen_attn).parameters
        options: dict[str, Any] = {"scale": self.scale} if "scale" in known else {}
        options |= {"window_size": (-1, 0)} if "window_size" in known else {"is_causal": True}
        if "enable_gqa" in known:
            options["enable_gqa"] = True
        else:
            times = H // k_BTKD.shape[2]
            k_BTKD, v_BTKD = (x.repeat_interleave(times, dim=2) for x in (k_BTKD, v_BTKD))
        q, k, v = (x.reshape(B * T, -1, D) for x in (q_BTHD, k_BTKD, v_BTKD))
        out = cast("Any", varlen_attn)(q, k, v, borders, borders, longest, longest, **options)
        return out.view(B, T, H, D)


def mask_documents(model: Transformer) -> None:
    """Swap every block's backend; before sharding, since a backend is a module."""
    for block in model.blocks.values():
        old = cast("Any", block).attention.backend
        cast("Any", block).attention.backend = DocumentMaskBackend(
            head_dim=old.head_dim, n_heads=old.n_heads, n_kv_heads=old.n_kv_heads, scale=old.scale
        )
