"""A loader's saved position and what it takes to go on from it. No torch: the launcher checks it first."""

from typing import Any

from gpu_runner.errors import CheckpointError

FORMAT = 1


def batches_done(state: dict[str, Any], *, plan: str, instances_per_step: int, follow: bool) -> int:
    """How many batches of this size a saved position stands for, or why it cannot be taken up."""
    if state.get("format") != FORMAT:
        raise CheckpointError(f"checkpoint has reading format {state.get('format')!r}, expected {FORMAT}")
    if follow:
        return 0
    if state["plan"] != plan:
        raise CheckpointError(
            f"checkpoint was made on plan {state['plan']} of manifest {state['manifest']}, this run's plan is {plan}: "
            "another manifest, tokenizer or seq_len. To start a round on a new manifest use --from"
        )
    instances: int = state["instances"]
    batches, rest = divmod(instances, instances_per_step)
    # Only the plan's last batch may be short, and then nothing is left to read.
    if rest and not state["finished"]:
        raise CheckpointError(
            f"checkpoint stands at instance {instances}, no multiple of {instances_per_step} instances a step: "
            "resume with the batch size it was made with"
        )
    return batches + (1 if rest else 0)
