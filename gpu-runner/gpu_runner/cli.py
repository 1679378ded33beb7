"""`python -m gpu_runner plan|train|evaluate|score|export`.

Results on stdout, progress on stderr. A user's mistake is one line and exit code 2.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gpu_runner.errors import RunnerError
from gpu_runner.process import quiet

Command = Callable[[argparse.Namespace], None]


def main(argv: Sequence[str] | None = None) -> int:
    quiet()
    args = _parser().parse_args(argv)
    command: Command = args.command
    try:
        command(args)
        sys.stdout.flush()
    except RunnerError as error:
        print(f"millrace: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # `| head` has seen enough; Python would complain again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def plan(args: argparse.Namespace) -> None:
    from gpu_runner.prepare import Corpus

    corpus = Corpus(
        args.manifest,
        shards=args.shards,
        tokenizer=args.tokenizer,
        token=_token(args),
        mismatch=args.tokenizer_mismatch,
    )
    made = corpus.plan(seq_len=args.seq_len, allow_short=args.allow_short)
    if args.print_order:
        for row in made.rows():
            print(json.dumps(vars(row), ensure_ascii=False))
    else:
        print(json.dumps(made.summary(), ensure_ascii=False))


def train(args: argparse.Namespace) -> None:
    from gpu_runner.launch import launch
    from gpu_runner.prepare import prepare_run
    from gpu_runner.recipe import load_recipe, preset_recipe

    recipe = load_recipe(Path(args.recipe)) if args.recipe else preset_recipe("tiny")
    recipe = recipe.override(manifest=args.manifest, shards=args.shards, tokenizer=args.tokenizer, init=args.init)
    prepare_run(
        args.output,
        recipe,
        world_size=args.nproc,
        token=_token(args),
        resume=args.resume,
        start_from=args.start_from,
        allow_short=args.allow_short,
        mismatch=args.tokenizer_mismatch,
    )
    launch(args.output, nproc=args.nproc, server=args.report, token=_token(args))


def evaluate(args: argparse.Namespace) -> None:
    from gpu_runner.inference import evaluate_checkpoint

    report = evaluate_checkpoint(
        args.checkpoint,
        args.manifest,
        shards=args.shards,
        tokenizer=args.tokenizer,
        token=_token(args),
        mismatch=args.tokenizer_mismatch,
    )
    print(json.dumps(report, ensure_ascii=False))


def score(args: argparse.Namespace) -> None:
    from gpu_runner.inference import score_lines

    for line in score_lines(args.checkpoint, sys.stdin, tokenizer=args.tokenizer, mismatch=args.tokenizer_mismatch):
        print(json.dumps(line, ensure_ascii=False), flush=True)


def export(args: argparse.Namespace) -> None:
    from gpu_runner.inference import export_checkpoint

    export_checkpoint(args.checkpoint, args.output, dtype=args.dtype)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gpu_runner", description=__doc__.splitlines()[0] if __doc__ else None)
    commands = parser.add_subparsers(required=True, metavar="plan|train|evaluate|score|export")

    one = commands.add_parser("plan", help="what a manifest reads, token for token")
    _corpus(one, manifest_required=True)
    one.add_argument("--seq-len", type=_positive, default=256)
    one.add_argument("--allow-short", action="store_true", help="read on when a quota cannot be filled")
    one.add_argument("--print-order", action="store_true", help="a line a document, in reading order")
    one.set_defaults(command=plan)

    one = commands.add_parser("train", help="train on a manifest; starts torchrun itself")
    _corpus(one, manifest_required=False)
    one.add_argument("--recipe", help="training recipe (TOML or JSON); the tiny preset's without it")
    one.add_argument("-o", "--output", type=Path, required=True, metavar="RUN_DIR")
    one.add_argument("--nproc", type=_positive, default=2, help="ranks (default 2)")
    one.add_argument("--init", metavar="HF_DIR", help="Hugging Face Llama to start from")
    one.add_argument("--resume", action="store_true", help="go on from the folder's last checkpoint")
    one.add_argument("--from", dest="start_from", metavar="CHECKPOINT", help="end of the round before this one")
    one.add_argument("--report", metavar="URL", help="server that reports are posted to")
    one.add_argument("--allow-short", action="store_true", help="read on when a quota cannot be filled")
    one.set_defaults(command=train)

    one = commands.add_parser("evaluate", help="a checkpoint on a manifest's hold-out, as a report")
    _corpus(one, manifest_required=True)
    _checkpoint(one)
    one.set_defaults(command=evaluate)

    one = commands.add_parser("score", help="NDJSON {id, text} on stdin to {id, nllSum, tokens, bytes}")
    _checkpoint(one)
    _tokenizer(one)
    one.set_defaults(command=score)

    one = commands.add_parser("export", help="a checkpoint as a Hugging Face Llama")
    _checkpoint(one)
    one.add_argument("-o", "--output", type=Path, required=True, metavar="HF_DIR")
    one.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    one.set_defaults(command=export)
    return parser


def _corpus(parser: argparse.ArgumentParser, *, manifest_required: bool) -> None:
    parser.add_argument("--manifest", required=manifest_required, help="path of a head, or {server}/v1/manifests/{id}")
    parser.add_argument("--shards", help="folder or r2://bucket/prefix of the shards")
    parser.add_argument("--token", help="bearer key (default: MILLRACE_KEY)")
    _tokenizer(parser)


def _tokenizer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tokenizer", help="tokenizer.json (default: the committed one)")
    parser.add_argument("--tokenizer-mismatch", action="store_true", help="accept another tokenizer than planned with")


def _checkpoint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", type=Path, required=True, help="RUN_DIR, or RUN_DIR/checkpoints/stepN")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not positive")
    return value


def _token(args: argparse.Namespace) -> str | None:
    return args.token or os.environ.get("MILLRACE_KEY")
