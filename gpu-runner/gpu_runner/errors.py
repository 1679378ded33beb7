"""Errors a user can act on. The command line prints their message as one line and exits 2."""


class RunnerError(Exception):
    """Message: what was found, what was expected, the likely cause."""


class ManifestError(RunnerError):
    """The manifest, or one of its files, is not what it says it is."""


class ShardError(RunnerError):
    """A shard is missing, has other bytes than the manifest names, or lacks a column."""


class TokenizerError(RunnerError):
    """The tokenizer is absent, has no end token, or is not the one the manifest was made for."""


class PlanError(RunnerError):
    """The manifest cannot be read as it promises, for instance a quota that its reserve does not fill."""


class RecipeError(RunnerError):
    """A training recipe holds a value that cannot work."""


class CheckpointError(RunnerError):
    """A checkpoint is missing, unfinished, or belongs to another plan."""
