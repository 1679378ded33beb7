"""Reports: sums of a run's hold-out and what its plan used, as schema/report.ts has them."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Literal

from gpu_runner.contract import check
from gpu_runner.holdout import Document, Score
from gpu_runner.plan import Plan

FORMAT = "millrace-report/1"


def engine() -> str:
    return f"ai2-olmo-core {version('ai2-olmo-core')}"


def topic_sums(
    documents: Sequence[Document], scores: Sequence[Score], previous: Mapping[str, Score] | None
) -> list[dict[str, Any]]:
    """Per language and topic. The change pairs each document with itself at the evaluation before."""
    topics: dict[tuple[str, str], dict[str, Any]] = {}
    for document, score in zip(documents, scores, strict=True):
        entry = topics.setdefault(
            (document.lang, document.topic),
            {
                "lang": document.lang,
                "topic": document.topic,
                "nllSum": 0.0,
                "tokens": 0,
                "bytes": 0,
                "docs": 0,
                "change": None if previous is None else {"docs": 0, "sum": 0.0, "sumSq": 0.0},
            },
        )
        entry["nllSum"] += score.nll
        entry["tokens"] += score.tokens
        entry["bytes"] += document.bytes
        entry["docs"] += 1
        before = None if previous is None else previous.get(document.id)
        # A document of one token has no mean; a new one has nothing to be paired with.
        if before is not None and before.tokens and score.tokens:
            change = score.nll / score.tokens - before.nll / before.tokens
            entry["change"]["docs"] += 1
            entry["change"]["sum"] += change
            entry["change"]["sumSq"] += change * change
    return [topics[key] for key in sorted(topics)]


def make_report(
    *,
    plan: Plan,
    kind: Literal["before", "after"],
    step: int,
    tokens: int,
    checkpoint: str | None,
    world_size: int,
    topics: list[dict[str, Any]],
    train_loss: list[dict[str, Any]] | None,
) -> dict[str, Any]:
    head = plan.manifest.head
    report: dict[str, Any] = {
        "format": FORMAT,
        "run": head["run"],
        "round": head["round"],
        "kind": kind,
        "step": step,
        "tokens": tokens,
        "manifest": plan.manifest.id,
        "plan": plan.hash,
        "tokenizer": plan.tokenizer_sha256,
        "holdout": head["holdout"]["version"],
        "checkpoint": checkpoint,
        "engine": engine(),
        "worldSize": world_size,
        "topics": topics,
        "cells": [vars(use) for use in plan.cells()],
        "unread": [{"shard": key, "rowStart": first, "rowEnd": end} for key, first, end in plan.unread()],
    }
    if train_loss is not None:
        report["trainLoss"] = train_loss
    check("report", report, f"report {kind}")
    return report


def idempotency_key(report: Mapping[str, Any]) -> str:
    return f"{report['run']}:{report['step']}:{report['kind']}"
