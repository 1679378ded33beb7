"""A small corpus made at test time: shards, hold-out, and a manifest over them, all under the contracts."""

import hashlib
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gpu_runner.canonical import sha256_canonical
from gpu_runner.source import sha256_file
from gpu_runner.tokenizer import COMMITTED

WORDS = {
    "en": ["river", "stone", "mill", "wheel", "grain", "water", "field", "bread", "court", "law", "judge", "market"],
    "zh": ["河流", "石头", "磨坊", "粮食", "法律", "法官", "证明", "市场", "价格", "数学"],
}
CELLS = ("web/en/law-policy", "web/zh/law-policy", "web/zh/medicine-health", "synthetic/en/all")
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("url", pa.string()),
        ("source", pa.string()),
        ("lang", pa.string()),
        ("topic", pa.string()),
        ("text", pa.string()),
        ("bytes", pa.int64()),
        ("bucket", pa.int32()),
    ]
)


@dataclass(kw_only=True)
class Row:
    id: str
    text: str
    bucket: int | None


@dataclass(kw_only=True)
class TestShard:
    __test__ = False
    key: str
    cell: str
    path: Path
    sha256: str
    rows: list[Row]

    @property
    def size(self) -> int:
        return sum(len(row.text.encode()) for row in self.rows)


def documents(cell: str, count: int, *, seed: int) -> list[Row]:
    """Rising buckets, lengths from a word to a few hundred; the text of a cell repeats itself, so it can be learnt."""
    rng = random.Random(f"{cell}/{seed}")
    words = WORDS[cell.split("/")[1]]
    joint = " " if cell.split("/")[1] == "en" else ""
    rows: list[Row] = []
    for number in range(count):
        sentences = rng.choice((1, 3, 9, 20))
        text = ". ".join(joint.join(rng.choices(words, k=rng.randint(3, 12))) for _ in range(sentences)) + f" {number}."
        bucket = None if number == count - 1 else 60 + 2 * number // 5
        rows.append(Row(id=hashlib.sha256(f"{cell}{seed}{number}".encode()).hexdigest()[:32], text=text, bucket=bucket))
    return rows


def write_shard(folder: Path, cell: str, rows: list[Row], *, name: str) -> TestShard:
    source, lang, topic = cell.split("/")
    key = f"{source}/{name}.parquet"
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(
        [
            {
                "id": row.id,
                "url": f"https://example.org/{row.id}",
                "source": source,
                "lang": lang,
                "topic": topic,
                "text": row.text,
                "bytes": len(row.text.encode()),
                "bucket": row.bucket,
            }
            for row in rows
        ],
        schema=SCHEMA,
    )
    pq.write_table(table, path, row_group_size=7)
    return TestShard(key=key, cell=cell, path=path, sha256=sha256_file(path), rows=rows)


@dataclass(kw_only=True)
class Corpus:
    folder: Path
    shards: list[TestShard] = field(default_factory=list)
    holdout: list[TestShard] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path, *, per_shard: int = 60, shards: int = 2) -> "Corpus":
        corpus = cls(folder=folder)
        for at, cell in enumerate(CELLS):
            for number in range(shards):
                rows = documents(cell, per_shard, seed=number)
                corpus.shards.append(write_shard(folder / "shards", cell, rows, name=f"{at}-{number}"))
            rows = documents(cell, 6, seed=1000)
            corpus.holdout.append(write_shard(folder / "shards", cell, rows, name=f"holdout-{at}"))
        return corpus

    def manifest(
        self,
        quotas: list[dict[str, int]],
        *,
        run: str = "test",
        reserve_rows: int = 4,
        epochs: int = 1,
        rows_per_entry: int = 3,
        tokenizer: Path = COMMITTED,
        bytes_per_token: float = 5.0,
        take: int = 4,
    ) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
        """Head, shard lines, entries. Phases follow each other through the shards; cells take turns inside one."""
        entries: list[dict[str, Any]] = []
        read = dict.fromkeys(CELLS, 0)
        for phase, cells in enumerate(quotas):
            queues = {
                cell: self._entries(
                    cell, f"p{phase}", quota, read, reserve_rows, epochs, rows_per_entry, bytes_per_token
                )
                for cell, quota in cells.items()
            }
            while any(queues.values()):
                entries += [queue.pop(0) for queue in queues.values() if queue]
        for position, entry in enumerate(entries):
            entry["position"] = position
        lines = [
            {"shard": one.key, "sha256": one.sha256, "rows": len(one.rows), "bytes": one.size} for one in self.shards
        ]
        head = {
            "format": "millrace-manifest/1",
            "parent": None,
            "run": run,
            "round": 1,
            "recipe": RECIPE,
            "seed": 0,
            "index": {"version": 1, "sha256": "0" * 64},
            "calibration": {"id": "test", "borders": {}},
            "tokenTable": {
                "id": "test",
                "tokenizer": {"name": "test", "sha256": sha256_file(tokenizer)},
                "bytesPerToken": {"en/web": bytes_per_token},
            },
            "holdout": {
                "version": "h1",
                "files": [
                    {"shard": one.key, "sha256": one.sha256, "cell": one.cell, "rows": len(one.rows), "take": take}
                    for one in self.holdout
                ],
            },
            "topics": {},
            "phases": [
                {
                    "name": f"p{phase}",
                    "tokens": sum(cells.values()),
                    "quotas": [{"cell": cell, "tokens": tokens} for cell, tokens in cells.items()],
                }
                for phase, cells in enumerate(quotas)
            ],
            "totals": {
                "tokens": sum(sum(cells.values()) for cells in quotas),
                "reserveTokens": sum(entry["tokens"] for entry in entries if "reserve" in entry),
                "entries": len(entries),
                "rows": sum(entry["rowEnd"] - entry["rowStart"] for entry in entries),
                "bytes": 0,
            },
            "checks": {"largestOvershoot": 0, "curriculum": {"p0/web/zh/law-policy": 0.5}},
            "notes": [],
        }
        return head, lines, entries

    def _entries(
        self,
        cell: str,
        phase: str,
        quota: int,
        read: dict[str, int],
        reserve_rows: int,
        epochs: int,
        rows_per_entry: int,
        bytes_per_token: float,
    ) -> list[dict[str, Any]]:
        places = [
            (number, row) for number, one in enumerate(self.shards) if one.cell == cell for row in range(len(one.rows))
        ] * epochs
        made: list[dict[str, Any]] = []
        taken, reserve = 0, 0
        while read[cell] < len(places) and (taken < quota or reserve < reserve_rows):
            shard, row = places[read[cell]]
            size = max(1, round(len(self.shards[shard].rows[row].text.encode()) / bytes_per_token))
            extra = {"reserve": True} if taken >= quota else {}
            last = made[-1] if made else None
            joins = (
                last is not None
                and last["shard"] == shard
                and last["rowEnd"] == row
                and last["bucket"] == self.shards[shard].rows[row].bucket
                and ("reserve" in last) == bool(extra)
                and last["rowEnd"] - last["rowStart"] < rows_per_entry
            )
            if joins and last is not None:
                last["rowEnd"] += 1
                last["tokens"] += size
            else:
                bucket = self.shards[shard].rows[row].bucket
                made.append(
                    {
                        "phase": phase,
                        "cell": cell,
                        "bucket": bucket,
                        "shard": shard,
                        "rowStart": row,
                        "rowEnd": row + 1,
                        "tokens": size,
                        **extra,
                    }
                )
            if extra:
                reserve += 1
            else:
                taken += size
            read[cell] += 1
        return made

    def write(self, quotas: list[dict[str, int]], name: str = "manifest", **options: Any) -> Path:
        head, lines, entries = self.manifest(quotas, **options)
        return write_manifest(self.folder / name, head, lines, entries)


def write_manifest(
    folder: Path, head: dict[str, Any], lines: list[dict[str, Any]], entries: list[dict[str, Any]]
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Any] = {}
    for kind, values in (("shards", lines), ("entries", entries)):
        body = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()
        (folder / f"{kind}.ndjson").write_bytes(body)
        files[kind] = {
            "name": f"{kind}.ndjson",
            "sha256": hashlib.sha256(body).hexdigest(),
            "lines": len(values),
            "bytes": len(body),
        }
    head = {**head, "files": files}
    head["id"] = sha256_canonical({key: value for key, value in head.items() if key != "id"})
    path = folder / "manifest.json"
    path.write_text(json.dumps(head, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


RECIPE = {
    "name": "test",
    "phases": [{"name": "p0", "share": 1, "mix": {"en": {"share": 1, "sources": {"web": 1}, "curriculum": "none"}}}],
    "takeAtMost": 0.3333333333333333,
    "maxEpochs": 4,
    "topics": "observed",
    "shortfall": "fail",
    "missingSources": "fail",
    "select": "even",
    "withoutBucket": "last",
    "reserve": {"share": 0.03, "rows": 2},
    "segmentTokens": 131072,
    "feedback": {"alpha": 0.2, "topicWeights": {}, "maxChange": 0.03, "floor": 0.022727272727272728, "clamp": [0.5, 2]},
    "seed": 0,
}
