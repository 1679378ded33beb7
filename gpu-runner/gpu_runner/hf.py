"""Llama weights between OLMo-core and Hugging Face: a map of names, since both store the same matrices.

OLMo-core imports Llama but refuses to export one, so both directions are ours and tested by logits.
Both rotate halves in RoPE; nothing is permuted.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from gpu_runner.errors import CheckpointError
from gpu_runner.shape import ModelShape

OUTER = {
    "embeddings.weight": "model.embed_tokens.weight",
    "lm_head.norm.weight": "model.norm.weight",
    "lm_head.w_out.weight": "lm_head.weight",
}
BLOCK = {
    "attention_norm.weight": "input_layernorm.weight",
    "attention.w_q.weight": "self_attn.q_proj.weight",
    "attention.w_k.weight": "self_attn.k_proj.weight",
    "attention.w_v.weight": "self_attn.v_proj.weight",
    "attention.w_out.weight": "self_attn.o_proj.weight",
    "feed_forward_norm.weight": "post_attention_layernorm.weight",
    "feed_forward.w1.weight": "mlp.gate_proj.weight",
    "feed_forward.w2.weight": "mlp.down_proj.weight",
    "feed_forward.w3.weight": "mlp.up_proj.weight",
}
# One file up to here; a loader must hold a file's header only, but copying is done by the file.
MAX_FILE_BYTES = 4 << 30


def names(n_layers: int) -> dict[str, str]:
    """OLMo-core name → Hugging Face name."""
    blocks = {
        f"blocks.{layer}.{ours}": f"model.layers.{layer}.{theirs}"
        for layer in range(n_layers)
        for ours, theirs in BLOCK.items()
    }
    return {**OUTER, **blocks}


def config(shape: ModelShape, *, seq_len: int, end_id: int, dtype: torch.dtype) -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": shape.vocab_size,
        "hidden_size": shape.d_model,
        "intermediate_size": shape.d_ff,
        "num_hidden_layers": shape.n_layers,
        "num_attention_heads": shape.n_heads,
        "num_key_value_heads": shape.n_kv_heads,
        "head_dim": shape.d_model // shape.n_heads,
        "hidden_act": "silu",
        "rms_norm_eps": shape.norm_eps,
        "rope_theta": float(shape.rope_theta),
        "rope_parameters": {"rope_type": "default", "rope_theta": float(shape.rope_theta)},
        "max_position_embeddings": seq_len,
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": False,
        "bos_token_id": None,
        "eos_token_id": end_id,
        "dtype": str(dtype).removeprefix("torch."),
    }


def save(state: dict[str, torch.Tensor], folder: Path, shape: ModelShape, *, seq_len: int, end_id: int) -> None:
    """`state` in OLMo-core's names; every tensor of the model and no other."""
    wanted = names(shape.n_layers)
    if set(state) != set(wanted):
        odd = sorted(set(state) ^ set(wanted))
        raise CheckpointError(f"checkpoint is not of this shape: {', '.join(odd[:5])} missing or unknown")
    folder.mkdir(parents=True, exist_ok=True)
    files: list[dict[str, torch.Tensor]] = [{}]
    size = 0
    for ours, theirs in wanted.items():
        tensor = state[ours].contiguous()
        bytes_of_tensor = tensor.numel() * tensor.element_size()
        if files[-1] and size + bytes_of_tensor > MAX_FILE_BYTES:
            files.append({})
            size = 0
        files[-1][theirs] = tensor
        size += bytes_of_tensor
    index: dict[str, str] = {}
    for number, tensors in enumerate(files, start=1):
        name = "model.safetensors" if len(files) == 1 else f"model-{number:05d}-of-{len(files):05d}.safetensors"
        save_file(tensors, folder / name, metadata={"format": "pt"})
        index |= dict.fromkeys(tensors, name)
    if len(files) > 1:
        total = sum(tensor.numel() * tensor.element_size() for tensors in files for tensor in tensors.values())
        body = {"metadata": {"total_size": total}, "weight_map": index}
        (folder / "model.safetensors.index.json").write_text(json.dumps(body, indent=1), encoding="utf-8")
    dtype = next(iter(state.values())).dtype
    card = config(shape, seq_len=seq_len, end_id=end_id, dtype=dtype)
    (folder / "config.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def load(folder: Path, shape: ModelShape) -> dict[str, torch.Tensor]:
    """A Hugging Face Llama in OLMo-core's names, in float32."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise CheckpointError(f"no .safetensors in {folder}: expected a Hugging Face Llama")
    found: dict[str, torch.Tensor] = {}
    for path in files:
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 (not a dict)
                found[name] = file.get_tensor(name)
    # Tied models store the table once.
    if "lm_head.weight" not in found and "model.embed_tokens.weight" in found:
        found["lm_head.weight"] = found["model.embed_tokens.weight"]
    state: dict[str, torch.Tensor] = {}
    for ours, theirs in names(shape.n_layers).items():
        if theirs not in found:
            raise CheckpointError(f"{folder} lacks {theirs}: it is not a Llama of {shape.n_layers} layers")
        state[ours] = found[theirs].float()
    return state
