"""Manners of a process: it ends with its parent, and libraries do not talk over it."""

import ctypes
import logging
import sys
import warnings

# Set by the launcher: where a rank leaves the message of a user's mistake.
ERROR_FILE = "MILLRACE_ERROR_FILE"
PR_SET_PDEATHSIG = 1
# Said as warnings, and of no use to anybody here: an optional library, and what torchrun has set already.
CHATTER = ("transformer_engine unavailable", "Will skip setting env var")


def quiet() -> None:
    """Warnings of libraries go to stderr and their chatter nowhere; before olmo_core is imported."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    # OLMo-core prints to stdout unless its INFO is wanted by somebody, so INFO is let as far as the handler.
    handler.addFilter(lambda record: not any(text in record.getMessage() for text in CHATTER))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # OLMo-core draws random weights from its own generator: the same at any world size (tests/test_train.py).
    warnings.filterwarnings("ignore", message="DTensor random operators")


def die_with_parent(signal_number: int) -> None:
    """A killed launcher takes torchrun and the ranks along; elsewhere they end when their group breaks."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
