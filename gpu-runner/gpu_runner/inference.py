"""A trained checkpoint in one process: evaluated on a hold-out, as a scorer of documents, as a Hugging Face Llama."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from olmo_core.distributed.checkpoint import load_model_and_optim_state
from olmo_core.nn.transformer import Transformer

from gpu_runner import hf
from gpu_runner.errors import RunnerError
from gpu_runner.holdout import Forward, holdout_documents, score_documents
from gpu_runner.model import build_model
from gpu_runner.prepare import Corpus, trainer_state
from gpu_runner.reading import IGNORED
from gpu_runner.report import make_report, topic_sums
from gpu_runner.rundir import find_checkpoint
from gpu_runner.shape import ModelShape
from gpu_runner.tokenizer import load_tokenizer

SCORED_AT_ONCE = 64


class Checkpoint:
    def __init__(self, path: Path) -> None:
        self.path, self.card = find_checkpoint(path)
        self.shape = ModelShape.from_dict(self.card["shape"])
        self.seq_len: int = self.card["seqLen"]
        self.end_id: int = self.card["tokenizer"]["endId"]
        self.batch: int = self.card["recipe"]["eval_instances"]

    def model(self, device: torch.device) -> Transformer:
        model = build_model(self.shape, init_device="cpu")
        load_model_and_optim_state(str(self.path / "model_and_optim"), model)
        return model.to(device).eval()


def evaluate_checkpoint(
    path: Path, manifest: str, *, shards: str | None, tokenizer: str | None, token: str | None, mismatch: bool
) -> dict[str, Any]:
    """A report of kind `after`, of the checkpoint as it stands; nothing is posted."""
    checkpoint = Checkpoint(path)
    corpus = Corpus(manifest, shards=shards, tokenizer=tokenizer, token=token, mismatch=mismatch)
    plan = corpus.plan(seq_len=checkpoint.seq_len, allow_short=True)
    documents = holdout_documents(corpus.manifest.holdout, corpus.holdout())
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    scores = score_documents(
        forward_of(checkpoint.model(device)),
        [one.tokens for one in documents],
        seq_len=checkpoint.seq_len,
        batch=checkpoint.batch,
        pad_id=checkpoint.end_id,
        device=device,
    )
    state = trainer_state(checkpoint.path)
    return make_report(
        plan=plan,
        kind="after",
        step=state["global_step"],
        tokens=state["global_train_tokens_seen"],
        checkpoint=str(checkpoint.path),
        world_size=1,
        topics=topic_sums(documents, scores, None),
        train_loss=None,
    )


def score_lines(path: Path, lines: Iterable[str], *, tokenizer: str | None, mismatch: bool) -> Iterator[dict[str, Any]]:
    """In the order of the input, a bounded number at a time."""
    checkpoint = Checkpoint(path)
    text_tokenizer = load_tokenizer(
        Path(tokenizer) if tokenizer else None,
        expected_sha256=checkpoint.card["tokenizer"]["sha256"],
        mismatch=mismatch,
    )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    forward = forward_of(checkpoint.model(device))
    for group in _groups(lines):
        encoded = text_tokenizer.encode([line["text"] for line in group])
        scores = score_documents(
            forward,
            [np.array(ids, dtype=np.int64) for ids in encoded],
            seq_len=checkpoint.seq_len,
            batch=checkpoint.batch,
            pad_id=checkpoint.end_id,
            device=device,
        )
        for line, score in zip(group, scores, strict=True):
            size = len(line["text"].encode())
            yield {"id": line["id"], "nllSum": score.nll, "tokens": score.tokens, "bytes": size}


def export_checkpoint(path: Path, folder: Path, *, dtype: str) -> None:
    checkpoint = Checkpoint(path)
    wanted = {"float32": torch.float32, "bfloat16": torch.bfloat16}[dtype]
    state = {name: value.to(wanted) for name, value in checkpoint.model(torch.device("cpu")).state_dict().items()}
    hf.save(state, folder, checkpoint.shape, seq_len=checkpoint.seq_len, end_id=checkpoint.end_id)
    print(f"millrace: {checkpoint.path} as a Hugging Face Llama in {folder}", file=sys.stderr)


def forward_of(model: Transformer) -> Forward:
    def forward(input_ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            output = model(input_ids, labels=labels, ignore_index=IGNORED, loss_reduction="none", return_logits=False)
        return output.ce_loss

    return forward


def _groups(lines: Iterable[str]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            line = json.loads(raw)
        except ValueError as error:
            raise RunnerError(f"line {number} of stdin is not JSON: {error}") from error
        if not isinstance(line, dict) or not isinstance(cast("dict[str, Any]", line).get("text"), str):
            raise RunnerError(f"line {number} of stdin has no text: expected {{id, text}}")
        group.append({"id": line.get("id"), "text": line["text"]})
        if len(group) == SCORED_AT_ONCE:
            yield group
            group = []
    if group:
        yield group
