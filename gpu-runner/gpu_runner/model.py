"""A shape's OLMo-core model, its attention masked by document."""

from olmo_core.config import DType
from olmo_core.nn.feed_forward import FeedForwardConfig
from olmo_core.nn.transformer import Transformer, TransformerConfig

from gpu_runner.attention import mask_documents
from gpu_runner.shape import ModelShape


def build_model(shape: ModelShape, *, init_device: str) -> Transformer:
    config = TransformerConfig.llama_like(
        d_model=shape.d_model,
        vocab_size=shape.vocab_size,
        n_layers=shape.n_layers,
        n_heads=shape.n_heads,
        n_kv_heads=shape.n_kv_heads,
        rope_theta=shape.rope_theta,
        layer_norm_eps=shape.norm_eps,
        feed_forward=FeedForwardConfig(hidden_size=shape.d_ff, bias=False, dtype=DType.float32),
        dtype=DType.float32,
    )
    model = config.build(init_device=init_device)
    mask_documents(model)
    return model
